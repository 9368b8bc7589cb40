"""Where the page lies: inside the installed package, or beside it in a checkout. And how it may be used."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # the address may hold the token
    "Cache-Control": "no-cache",
    "Permissions-Policy": "microphone=(self), camera=(self)",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; media-src 'self' data: blob:; "
        "style-src 'self' 'unsafe-inline'; "
        "connect-src 'self' ws: wss:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'"
    ),
}


def folder() -> Path | None:
    """The folder of the page, if there is one."""
    here = Path(__file__).resolve().parent
    for place in (here / "web", here.parents[1] / "client" / "web"):
        if (place / "index.html").is_file():
            return place
    return None


class Page(StaticFiles):
    """The page's files with their headers."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers.update(HEADERS)
        return response
