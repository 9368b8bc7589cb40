"""A client's messages: understood, or answered with a `trouble` event; life goes on."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from visavis_agents.events import Event, FromClient, Trouble, decode_from_client
from visavis_server import metrics

COMPLAINTS = 20  # bad messages that are answered; more are only counted


class Understand:
    """Call it with each message of one connection."""

    def __init__(
        self,
        largest: int,
        receive: Callable[[FromClient], None],
        send: Callable[[Event], None],
        clock: Callable[[], float],
    ) -> None:
        self._largest = largest
        self._receive = receive
        self._send = send
        self._clock = clock
        self._complaints = 0

    def __call__(self, message: str | bytes) -> None:
        if len(message) > self._largest:
            self._complain(f"A message of {len(message)} bytes is too long; {self._largest} are allowed.")
            return
        try:
            event = decode_from_client(message)
        except (msgspec.ValidationError, msgspec.DecodeError, UnicodeError) as error:
            self._complain(f"A message could not be understood: {error}.")
            return
        self._receive(event)

    def _complain(self, what: str) -> None:
        metrics.BAD_MESSAGES.inc()
        self._complaints += 1
        if self._complaints <= COMPLAINTS:
            self._send(Trouble(at=self._clock(), what=what, todo="See docs/events.schema.json for what may be sent."))
