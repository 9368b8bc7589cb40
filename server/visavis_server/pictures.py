"""A finished picture over HTTP: the right type, an ETag, byte ranges for clips, and nothing that could run. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from starlette.responses import Response

from visavis_agents.painting.gallery import FORMS, Work
from visavis_server.guard import Refused

_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")
_HOW = {"html": "attachment"}  # a book runs a program to turn its pages: not with the rights of this server's page
_HEADERS = {
    "Accept-Ranges": "bytes",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",  # for SVG
    "Referrer-Policy": "no-referrer",
}


def answer(work: Work | None, form: str, asked: Mapping[str, str], keep_s: float) -> Response:
    """form: png, jpg, svg, webm, gif, or empty for the first there is. asked: the request's headers.

    keep_s: how long it may be kept by who fetched it. Raises Refused."""
    if work is None:
        raise Refused(404, "this picture is gone, or never was", "Ask for it to be drawn again.")
    form = form or next(iter(work.files))
    if (data := work.files.get(form)) is None:
        raise Refused(404, f"there is no {form[:10]!r} of this picture", f"There is {' and '.join(work.files)}.")
    tag = f'"{hashlib.blake2b(data, digest_size=12).hexdigest()}"'
    headers = {
        **_HEADERS,
        "ETag": tag,
        "Cache-Control": f"private, max-age={keep_s:.0f}",
        "Content-Disposition": f'{_HOW.get(form, "inline")}; filename="visavis-{work.number}.{form}"',
    }
    if tag in re.split(r",\s*|W/", asked.get("if-none-match", "")):
        return Response(None, 304, headers)
    whole = Response(data, 200, headers, FORMS[form])
    if not (asked_range := _RANGE.match(asked.get("range", ""))) or asked.get("if-range", tag) != tag:
        return whole
    first, last = asked_range.groups()
    if not (first or last):
        return whole
    start, end = (int(first), int(last or len(data) - 1)) if first else (max(0, len(data) - int(last)), len(data) - 1)
    end = min(end, len(data) - 1)
    if start > end:
        return Response(None, 416, {**headers, "Content-Range": f"bytes */{len(data)}"})
    return Response(
        data[start : end + 1], 206, {**headers, "Content-Range": f"bytes {start}-{end}/{len(data)}"}, FORMS[form]
    )
