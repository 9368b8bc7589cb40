"""What goes wrong with an OpenAI-compatible server: one line for who runs this one, one sentence to say aloud.

Pure; `openai_http.py` raises what is made here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from visavis_models.errors import ModelError, Refused, Unreachable

_DOES = {"painter": "paints", "vision": "looks", "language": "thinks"}
_HELD_BACK = ("content_policy", "content policy", "moderation", "safety system", "content filter", "responsible ai")


@dataclass(frozen=True)
class Telling:
    """Of one server. ability: what it is used for here."""

    ability: str
    host: str
    model: str
    timeout_s: float

    @property
    def setting(self) -> str:
        return f"models.{self.ability}"

    @property
    def who(self) -> str:
        return f"the server at {self.host} ({self.setting})"

    def aloud(self, what: str) -> str:
        return f"The server that {_DOES.get(self.ability, 'works')} for me {what}"

    def nonsense(self, what: str) -> Unreachable:
        return Unreachable(
            f"{self.who} sent {what}: is {self.setting}.base_url an OpenAI-compatible one?",
            self.aloud("sent something that I cannot use."),
        )

    def broken_off(self, why: str = "in its answer") -> Unreachable:
        return Unreachable(
            f"{self.who} broke off{why if why.startswith(':') else f' {why}'}. Ask again.",
            self.aloud("broke off. Ask me again."),
        )

    def silent(self) -> Unreachable:
        return Unreachable(
            f"{self.who} has been silent for {self.timeout_s:g} s: it may be overloaded or loading its model. "
            f"Ask again, or raise {self.setting}.timeout_s",
            self.aloud("does not answer. Ask me again in a while."),
        )

    def away(self, why: str) -> Unreachable:
        return Unreachable(
            f"{self.who} cannot be reached ({why or 'timeout'}): is it running?",
            self.aloud("cannot be reached right now."),
        )

    def failed(self, body: Any) -> ModelError:
        """An error that was told with status 200."""
        said = said_error(body)
        return Refused(f"{self.who} failed: {said}", self._spoken(0, f"{said} {json.dumps(body)[:2000]}"))

    def refusal(self, status: int, body: bytes, location: str) -> ModelError:
        """The error that a status other than 2xx stands for."""
        whole = body.decode("utf-8", "replace")
        try:
            said = said_error(json.loads(body))
        except ValueError:
            said = " ".join(whole.split())[:300]
        todo = {
            401: f"set {self.setting}.api_key",
            403: f"set {self.setting}.api_key to one that may use this model",
            404: f"check that it has the model {self.model!r}, and that {self.setting}.base_url ends with /v1",
            413: "send less: shorten the history or the picture",
            429: "it is overloaded or its quota is used up: ask again later",
            503: "it is loading its model or overloaded: ask again in a moment",
        }.get(status, f"check {self.setting}" if status < 500 else "look at that server's log")
        if status == 400 and _held_back(whole):
            todo = "its rules held that back: ask for something else"
        if 300 <= status < 400:
            todo = f"it moved to {location or 'another address'!r}: set {self.setting}.base_url"
        message = f"{self.who} refused with {status}{f' ({said})' if said else ''}: {todo}"
        spoken = self._spoken(status, whole)
        return (
            Unreachable(message, spoken) if status in (429, 502, 503, 504) else Refused(message, spoken, status=status)
        )

    def _spoken(self, status: int, whole: str) -> str:
        if status in (401, 403):
            return self.aloud("does not let me in.")
        if status in (429, 502, 503, 504):
            return self.aloud("is too busy right now. Ask me again in a while.")
        if _held_back(whole):
            return self.aloud("held that back. Ask me for something else.")
        return self.aloud("could not do that.")


def said_error(body: Any) -> str:
    """The message in any of the forms that servers send: {error: {message}}, {error: text}, {detail}, {message}."""
    for key in ("error", "detail", "message", "msg"):
        if isinstance(body, dict) and body.get(key):
            return said_error(body[key])
    if isinstance(body, list) and body:
        return said_error(body[0])
    return " ".join((body if isinstance(body, str) else json.dumps(body)).split())[:300]


def _held_back(text: str) -> bool:
    lower = text.lower()
    return any(sign in lower for sign in _HELD_BACK)
