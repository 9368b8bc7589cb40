"""Eyes of an OpenAI-compatible server: a real one on loopback."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest

from tests.real import endpoint as served
from visavis_models.backends import openai_chat
from visavis_models.backends.openai_vision import OpenAIVision, load
from visavis_models.errors import ModelError, Unreachable
from visavis_models.packs import Packs
from visavis_models.ports import Message, ToolCall, ToolSpec
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


def test_pictures_are_bounded(endpoint: served.Endpoint) -> None:
    """However large and many they are, and whatever their history holds."""
    list(eyes(endpoint, "words", options={"pictures": 1}).answer([PICTURE] * 3, "What is it?"))
    assert len(endpoint.asked[-1]["messages"][1]["content"]) == 1 + 1
    noise = np.random.default_rng(0).integers(0, 255, (2000, 3000, 3), np.uint8)
    list(eyes(endpoint, "words").answer([noise] * 9, "What is it?"))
    assert int(endpoint.headers[-1]["content-length"]) < 2_000_000
    for options in ({"pictures": 0}, {"pictures": 99}, {"picture_side": 8}):
        with pytest.raises(ModelError, match=r"models\.vision\.options"):
            eyes(endpoint, "words", options=options)


def test_words_that_see_get_pictures_and_tools(endpoint: served.Endpoint) -> None:
    """The language port: pictures in the turns they were shown in, the newest only; tools beside them."""
    settings = BackendSettings(backend="openai", base_url=endpoint.url, model="tools", options={"sees": True})
    language = openai_chat.load(settings, Packs(ModelSettings().packs))
    history = [
        Message("system", "Be brief."),
        Message("user", "This?", pictures=(PICTURE,) * 3),
        Message("assistant", "A wall."),
        Message("user", "And this?", pictures=(PICTURE,) * 2),
    ]
    look = ToolSpec("look", "Look again.", {"type": "object", "properties": {}})
    said, *calls = language.reply(history, (look,))
    assert said == "Let me see. "
    assert [call.name for call in calls if isinstance(call, ToolCall)] == ["look", "set_timer"]
    asked = endpoint.asked[-1]
    assert asked["tools"][0]["function"]["name"] == "look"
    kinds = [
        [part["type"] for part in message["content"]] if isinstance(message["content"], list) else message["content"]
        for message in asked["messages"]
    ]
    assert kinds == ["Be brief.", ["text", "image_url", "image_url"], "A wall.", ["text", "image_url", "image_url"]]


def test_gemini(endpoint: served.Endpoint) -> None:
    assert list(eyes(endpoint, "gemini").answer([PICTURE], "What is it?")) == ["A red ", "wall."]
    with pytest.raises(ModelError, match="API key not valid"):
        list(eyes(endpoint, "gemini without a key").answer([PICTURE], "What?"))
    with pytest.raises(ModelError, match=r"answered nothing.*content_filter"):
        list(eyes(endpoint, "held back").answer([PICTURE], "What?"))


@pytest.mark.parametrize(
    ("model", "told"), [("blind", "mmproj"), ("one picture", "At most 1 image"), ("too large", "413")]
)
def test_a_server_that_refuses_pictures(endpoint: served.Endpoint, model: str, told: str) -> None:
    todo = rf"check that '{model}' takes pictures, how many \(models\.vision\.options\.pictures\)"
    with pytest.raises(ModelError, match=rf"{told}.*{todo}"):
        list(eyes(endpoint, model).answer([PICTURE], "What?"))


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
