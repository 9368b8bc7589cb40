"""Pictures from any OpenAI-compatible images endpoint: `/images/generations`, and `/images/edits` for changes.

options are sent as they are: `size` ("1024x1024" unless set, which all of OpenAI's models take), `quality`, `style`,
`response_format`, `n_steps` or whatever the server knows; `stream = true` with `partial_images = 2` asks for previews.
`edit = { model = "...", ... }` is sent with changes instead of those, `edit = false` has everything painted anew.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Generator
from typing import Any

import cv2

from visavis_models.changed import ANEW, changed
from visavis_models.errors import ModelError, Refused, Unreachable
from visavis_models.openai_http import Endpoint, Exchange
from visavis_models.packs import Packs
from visavis_models.picture_file import decoded
from visavis_models.ports import Painting, Picture
from visavis_models.settings import BackendSettings

PAINT, EDIT = "/images/generations", "/images/edits"
LACKING = (404, 405, 501)  # no such path: many servers only paint

_LOG = logging.getLogger(__name__)
Steps = Generator[Painting, None, None]


class OpenAIImages:
    """Painter and Editor port. pixels: it begins from any picture, a photograph too."""

    concurrency = 4
    pixels = True

    def __init__(self, endpoint: Endpoint, options: dict[str, Any]) -> None:
        """Raises ModelError for options that cannot work."""
        edit = options.pop("edit", {})
        if not isinstance(edit, dict | bool):
            raise ModelError(f"models.painter.options.edit = {edit!r}: give false, or what is to be sent with a change")
        self._endpoint = endpoint
        self._body = {"model": endpoint.model, "n": 1, "size": "1024x1024"} | options
        self._edit_body = self._body | (edit if isinstance(edit, dict) else {})
        self.pixels = edit is not False

    def paint(self, prompt: str, size: tuple[int, int] = (512, 512)) -> Steps:
        """One answer, or previews and an answer. Raises Unreachable, and ModelError when the server refuses."""
        return self._endpoint.steps(lambda exchange: self._painted(exchange, prompt, prompt, ""))

    def edit(self, before: Painting, request: str) -> Steps:
        """As paint. A server without that path paints anew, and says so."""
        alt, away = changed(before.alt, request)
        anew = f"{alt}, without {away}" if away else alt
        return self._endpoint.steps(lambda exchange: self._changed(exchange, before, request, alt, anew))

    def _painted(self, exchange: Exchange, prompt: str, alt: str, note: str) -> Steps:
        body = _given(self._body) | {"prompt": prompt}
        yield from _steps(exchange, body, alt, note, lambda call: call(PAINT, body))

    def _changed(self, exchange: Exchange, before: Painting, request: str, alt: str, anew: str) -> Steps:
        if self.pixels:
            body = _given(self._edit_body) | {"prompt": request}
            form = {name: _field(value) for name, value in body.items()}
            files = {"image": ("picture.png", _png(before.picture), "image/png")}
            try:
                yield from _steps(exchange, body, alt, "", lambda call: call(EDIT, data=form, files=files))
                return
            except Refused as error:
                if error.status not in LACKING:
                    raise
                _LOG.warning("painter: changes are painted anew, for %s", error)
                self.pixels = False
        yield from self._painted(exchange, anew, alt, ANEW)


def load(settings: BackendSettings, packs: Packs) -> OpenAIImages:
    """Raises ModelError for settings that cannot work."""
    return OpenAIImages(Endpoint(settings, "painter"), dict(settings.options))


def _steps(exchange: Exchange, body: dict[str, Any], alt: str, note: str, ask: Callable[[Any], Any]) -> Steps:
    if not body.get("stream"):
        yield Painting(_picture(exchange, ask(exchange.post)), True, 1.0, alt, note)
        return
    asked = body.get("partial_images")
    previews = asked if isinstance(asked, int) else 0
    for event in ask(exchange.events):
        kind = str(event.get("type", "completed")).rpartition(".")[2]
        if kind == "partial_image":
            index = event.get("partial_image_index")
            done = (index + 1 if isinstance(index, int) else 1) / (previews + 1)
            yield Painting(_picture(exchange, event), False, min(0.95, max(0.0, done)))
        elif kind == "completed":
            yield Painting(_picture(exchange, event), True, 1.0, alt, note)
            return
    raise exchange.broken_off()


def _picture(exchange: Exchange, answer: dict[str, Any]) -> Picture:
    """The picture in an answer: {data: [{b64_json | url}]}, or the same without the list."""
    listed = answer.get("data")
    entry = listed[0] if isinstance(listed, list) and listed else answer
    if not isinstance(entry, dict):
        entry = {}
    unusable = "The server that paints for me sent no picture that I can show. Ask me again."
    try:
        if isinstance(encoded := entry.get("b64_json"), str) and encoded:
            return decoded(base64.b64decode(encoded.partition(",")[2] if encoded.startswith("data:") else encoded))
        if isinstance(url := entry.get("url"), str) and url:
            return decoded(exchange.fetch(url))
    except ValueError as error:
        raise Unreachable(f"the images endpoint sent a file that {error}. Ask again.", unusable) from None
    raise ModelError(
        "the images endpoint answered without a picture: is models.painter.model one that draws?", unusable
    )


def _given(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value not in (None, "")}


def _field(value: Any) -> str:
    """Of a form."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _png(picture: Picture) -> bytes:
    done, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    if not done:
        raise ModelError("the picture could not be encoded as PNG")
    return bytes(data)
