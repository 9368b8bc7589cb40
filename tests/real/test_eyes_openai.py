"""Eyes of an OpenAI-compatible server: a real one on loopback."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest

from tests.real import endpoint as served
from visavis_models.backends.openai_vision import OpenAIVision, load
from visavis_models.errors import ModelError, Unreachable
from visavis_models.packs import Packs
from visavis_models.settings import BackendSettings, ModelSettings

PICTURE = np.full((600, 1200, 3), (200, 30, 30), np.uint8)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[served.Endpoint]:
    with served.running() as endpoint:
        yield endpoint


def eyes(endpoint: served.Endpoint, model: str, **settings: Any) -> OpenAIVision:
    chosen = BackendSettings(backend="openai", base_url=endpoint.url, model=model, **settings)
    return load(chosen, Packs(ModelSettings().packs))


def test_pictures_and_words_are_sent_and_the_answer_streams(endpoint: served.Endpoint) -> None:
    vision = eyes(endpoint, "words", options={"instructions": "Be brief.", "picture_side": 300, "request": {"seed": 1}})
    assert list(vision.answer([PICTURE[:, :600], PICTURE], "What is it?")) == served.WORDS
    asked = endpoint.asked[-1]
    assert (asked["seed"], asked["max_tokens"], asked.get("tools")) == (1, 120, None)
    system, user = asked["messages"]
    assert system == {"role": "system", "content": "Be brief."}
    text, first, second = user["content"]
    assert text == {"type": "text", "text": "What is it?"}
    shapes = []
    for part in (first, second):
        head, _, data = part["image_url"]["url"].partition(",")
        assert head == "data:image/jpeg;base64"
        pixels = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
        np.testing.assert_allclose(pixels[..., ::-1].mean((0, 1)), (200, 30, 30), atol=6)
        shapes.append(pixels.shape[:2])
    assert shapes == [(300, 300), (150, 300)]


def test_only_the_newest_pictures_are_sent(endpoint: served.Endpoint) -> None:
    list(eyes(endpoint, "words").answer([PICTURE] * 9, "What is it?"))
    assert len(endpoint.asked[-1]["messages"][1]["content"]) == 1 + 4


def test_hanging_up_stops_the_server(endpoint: served.Endpoint) -> None:
    endpoint.waiting.clear()
    endpoint.left.clear()
    answer = eyes(endpoint, "never ends").answer([PICTURE], "What is it?")
    assert next(answer) == "Well"
    assert endpoint.waiting.wait(5)
    answer.close()
    assert endpoint.left.wait(5)


def test_errors_say_whose_they_are(endpoint: served.Endpoint) -> None:
    with pytest.raises(ModelError, match=r"models\.vision.*no such model|models\.vision\.api_key"):
        list(eyes(endpoint, "needs a key").answer([PICTURE], "What?"))
    with pytest.raises(Unreachable):
        list(eyes(endpoint, "busy").answer([PICTURE], "What?"))
    with pytest.raises(ModelError, match="no picture"):
        list(eyes(endpoint, "words").answer([], "What?"))
    with pytest.raises(ModelError, match=r"models\.vision\.options"):
        eyes(endpoint, "words", options={"sees": True})
    with pytest.raises(ModelError, match=r"models\.vision\.base_url"):
        load(BackendSettings(backend="openai", model="m"), Packs(ModelSettings().packs))
