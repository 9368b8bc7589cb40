"""Pictures from any OpenAI-compatible images endpoint (`/images/generations`).

options are sent as they are: `size` ("1024x1024" unless set, which all of OpenAI's models take), `quality`, `style`,
`n_steps` or whatever the server knows; `stream = true` with `partial_images = 2` asks for previews.
"""

from __future__ import annotations

import base64
from collections.abc import Generator
from typing import Any

from visavis_models.errors import ModelError, Unreachable
from visavis_models.openai_http import Endpoint, Exchange
from visavis_models.packs import Packs
from visavis_models.picture_file import decoded
from visavis_models.ports import Painting, Picture
from visavis_models.settings import BackendSettings

PATH = "/images/generations"


class OpenAIImages:
    """Painter port."""

    concurrency = 4

    def __init__(self, endpoint: Endpoint, options: dict[str, Any]) -> None:
        self._endpoint = endpoint
        self._body = {"model": endpoint.model, "n": 1, "size": "1024x1024"} | options

    def paint(self, prompt: str, size: tuple[int, int] = (512, 512)) -> Generator[Painting, None, None]:
        """One answer, or previews and an answer. Raises Unreachable, and ModelError when the server refuses."""
        body = {key: value for key, value in self._body.items() if value not in (None, "")} | {"prompt": prompt}
        return self._endpoint.steps(lambda exchange: _steps(exchange, body, prompt))


def load(settings: BackendSettings, packs: Packs) -> OpenAIImages:
    """Raises ModelError for settings that cannot work."""
    return OpenAIImages(Endpoint(settings, "painter"), dict(settings.options))


def _steps(exchange: Exchange, body: dict[str, Any], prompt: str) -> Generator[Painting, None, None]:
    if not body.get("stream"):
        yield Painting(_picture(exchange, exchange.post(PATH, body)), True, 1.0, prompt)
        return
    asked = body.get("partial_images")
    previews = asked if isinstance(asked, int) else 0
    for event in exchange.events(PATH, body):
        if event.get("type") == "image_generation.partial_image":
            index = event.get("partial_image_index")
            done = (index + 1 if isinstance(index, int) else 1) / (previews + 1)
            yield Painting(_picture(exchange, event), False, min(0.95, max(0.0, done)))
        elif event.get("type", "image_generation.completed") == "image_generation.completed":
            yield Painting(_picture(exchange, event), True, 1.0, prompt)
            return
    raise exchange.broken_off()


def _picture(exchange: Exchange, answer: dict[str, Any]) -> Picture:
    """The picture in an answer: {data: [{b64_json | url}]}, or the same without the list."""
    listed = answer.get("data")
    entry = listed[0] if isinstance(listed, list) and listed else answer
    if not isinstance(entry, dict):
        entry = {}
    try:
        if isinstance(encoded := entry.get("b64_json"), str) and encoded:
            return decoded(base64.b64decode(encoded.partition(",")[2] if encoded.startswith("data:") else encoded))
        if isinstance(url := entry.get("url"), str) and url:
            return decoded(exchange.fetch(url))
    except ValueError as error:
        raise Unreachable(f"the images endpoint sent a file that {error}. Ask again.") from None
    raise ModelError("the images endpoint answered without a picture: is models.painter.model one that draws?")
