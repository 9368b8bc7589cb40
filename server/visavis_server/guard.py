"""Who may come in: the token, the page's origin, and how often."""

from __future__ import annotations

import asyncio
import hmac
from collections import OrderedDict, deque
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from visavis_server.sessions import Refused
from visavis_server.settings import ServerSettings

ADDRESSES = 4096  # whose attempts are remembered


class Guard:
    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        self._attempts: OrderedDict[str, deque[float]] = OrderedDict()

    def check(self, request: HTTPConnection, *, counts: bool = False) -> None:
        """Raises Refused. counts: this is a new connection, of which there may be so many a minute."""
        self._check_origin(request)
        if not self.knows(request):
            raise Refused("This server needs a token.", "Open the page with ?token=... in its address.", 401)
        if counts:
            self._count(request.client.host if request.client else "")

    def knows(self, request: HTTPConnection) -> bool:
        """Whether the request shows the right token, if one is needed."""
        if not self._settings.token:
            return True
        given = request.headers.get("authorization", "").removeprefix("Bearer ") or request.query_params.get(
            "token", ""
        )
        return hmac.compare_digest(given.encode(), self._settings.token.encode())

    def _check_origin(self, request: HTTPConnection) -> None:
        """Browsers always name the page's origin; other programs do not, and are no danger to a page's user."""
        origin = request.headers.get("origin")
        if origin is None or origin in self._settings.origins:
            return
        if urlsplit(origin).netloc != request.headers.get("host"):
            raise Refused(f"Pages of {origin} may not connect.", "Add the origin to server.origins.", 403)

    def _count(self, address: str) -> None:
        now = asyncio.get_running_loop().time()
        recent = self._attempts.setdefault(address, deque())
        self._attempts.move_to_end(address)
        while len(self._attempts) > ADDRESSES:
            self._attempts.popitem(last=False)
        while recent and now - recent[0] > 60:
            recent.popleft()
        if len(recent) >= self._settings.offers_a_minute:
            raise Refused("Too many connections in the last minute.", "Wait a minute and try again.", 429)
        recent.append(now)
