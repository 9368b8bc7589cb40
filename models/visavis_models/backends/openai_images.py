"""Pictures from any OpenAI-compatible images endpoint (`/images/generations`)."""

from __future__ import annotations

import base64
from collections.abc import Generator
from typing import Any

import cv2
import numpy as np

from visavis_models.errors import ModelError, Unreachable
from visavis_models.openai_http import Endpoint, Exchange
from visavis_models.packs import Packs
from visavis_models.ports import Painting
from visavis_models.settings import BackendSettings

LARGEST = 4096  # pixels of a side


def load(settings: BackendSettings, packs: Packs) -> OpenAIImages:
    return OpenAIImages(Endpoint(settings, "painter"), settings)


class OpenAIImages:
    """Painter port. options are sent as they are, e.g. quality or style."""

    concurrency = 4

    def __init__(self, endpoint: Endpoint, settings: BackendSettings) -> None:
        self._endpoint = endpoint
        self._body = {"model": settings.model, "n": 1, **settings.options}

    def paint(self, prompt: str, size: tuple[int, int] = (512, 512)) -> Generator[Painting, None, None]:
        wanted = {"prompt": prompt, "size": f"{size[0]}x{size[1]}"} | {k: v for k, v in self._body.items() if v}

        def steps(exchange: Exchange) -> Generator[Painting, None, None]:
            answer = exchange.post("/images/generations", wanted)
            yield Painting(_decoded(_data(exchange, answer)), True, 1.0, prompt)

        yield from self._endpoint.steps(steps)


def _data(exchange: Exchange, answer: dict[str, Any]) -> bytes:
    try:
        picture = answer["data"][0]
        if encoded := picture.get("b64_json"):
            return base64.b64decode(encoded, validate=True)
        return exchange.fetch(picture["url"])
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise Unreachable("the images endpoint answered without a picture. Ask again.") from error


def _decoded(data: bytes) -> np.ndarray[Any, np.dtype[np.uint8]]:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None or max(picture.shape[:2]) > LARGEST:
        raise ModelError("the images endpoint sent what is no picture. Ask again.")
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
