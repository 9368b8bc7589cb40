"""Who may come in: the token, the page's origin, the host it was asked for, and how often. No I/O.

A browser lets any page connect to any address, so a page of another origin is refused unless it is allowed. Without a
token only loopback names are answered: otherwise a foreign name that resolves to 127.0.0.1 would be "the same origin".
"""

from __future__ import annotations

import ipaddress
import secrets
from collections import deque
from collections.abc import Mapping
from urllib.parse import urlsplit

from visavis_server.settings import ServerSettings

MINUTE_S = 60.0
ADDRESSES = 10_000  # remembered for the rate limit


class Refused(Exception):
    """The client does not get what it asked for. status: of HTTP; what, todo: in plain words."""

    def __init__(self, status: int, what: str, todo: str = "") -> None:
        super().__init__(what)
        self.status = status
        self.what = what
        self.todo = todo


def loopback(host: str) -> bool:
    """Whether a host name or address means this machine only."""
    name = host.strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


class Guard:
    """Raises Refused, or lets pass."""

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        self._offers: dict[str, deque[float]] = {}

    def knows(self, headers: Mapping[str, str], query: Mapping[str, str]) -> bool:
        """Whether the token is right, or none is needed."""
        if not self._settings.token:
            return True
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            given = query.get("token", "")
        return secrets.compare_digest(given.strip().encode(), self._settings.token.encode())

    def check(self, headers: Mapping[str, str], query: Mapping[str, str]) -> None:
        """Origin, host and token of a request or WebSocket."""
        host = headers.get("host", "")
        if not self._settings.token and not loopback(_name(host)):
            raise Refused(403, f"this server answers only as localhost, not as {host[:100]!r}", "Set a token.")
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != host and origin not in self._settings.origins:
            raise Refused(403, f"pages of {origin[:100]} may not connect", "Add it to the setting server.origins.")
        if not self.knows(headers, query):
            raise Refused(401, "the token is missing or wrong", "Open the page with ?token=... at its end.")

    def offer(self, address: str, now: float) -> None:
        """One more connection from this address."""
        recent = self._offers.setdefault(address, deque())
        while recent and now - recent[0] > MINUTE_S:
            recent.popleft()
        if len(recent) >= self._settings.offers_per_minute:
            wait = MINUTE_S - (now - recent[0])
            raise Refused(429, "too many connections from your address", f"Try again in {wait:.0f} seconds.")
        recent.append(now)
        if len(self._offers) > ADDRESSES:
            self._offers = {a: times for a, times in self._offers.items() if now - times[-1] <= MINUTE_S}


def _name(host: str) -> str:
    """The host of a Host header, without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
