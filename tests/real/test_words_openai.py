"""Words from an OpenAI-compatible server: a real one on loopback, behaving and misbehaving."""

from __future__ import annotations

import asyncio
import base64
import socket
import threading
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

import cv2
import numpy as np
import pytest

from tests.real import endpoint as served
from visavis_models.backends.openai_chat import OpenAIChat, load
from visavis_models.errors import ModelError, Unreachable
from visavis_models.packs import Packs
from visavis_models.ports import Message, ToolCall, ToolSpec
from visavis_models.settings import BackendSettings, ModelSettings
from visavis_models.workers import Worker

HELLO = (Message("system", "Be brief."), Message("user", "Hello."))
LOOK = ToolSpec("look", "Look through the camera.", {"type": "object", "properties": {}})


@pytest.fixture(scope="module")
def endpoint() -> Iterator[served.Endpoint]:
    with served.running() as endpoint:
        yield endpoint


def chat(endpoint: served.Endpoint, model: str, **settings: Any) -> OpenAIChat:
    chosen = BackendSettings(backend="openai", base_url=endpoint.url, model=model, **settings)
    return load(chosen, Packs(ModelSettings().packs))


def said(endpoint: served.Endpoint, model: str, tools: tuple[ToolSpec, ...] = (), **settings: Any) -> list[Any]:
    return list(chat(endpoint, model, **settings).reply(HELLO, tools))


def test_words_come_as_they_are_made(endpoint: served.Endpoint) -> None:
    assert said(endpoint, "words", api_key="secret") == served.WORDS
    assert endpoint.asked[-1] == {
        "model": "words",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello."}],
        "stream": True,
        "max_tokens": 200,
    }
    assert endpoint.headers[-1]["authorization"] == "Bearer secret"


@pytest.mark.parametrize(
    ("model", "text"),
    [
        ("crlf, comments, no space, no blank at the end", "Hi."),
        ("cut anywhere", "Grüße aus der Höhle. 🙂"),
        ("reasoning", "Yes."),
        ("whole", "Whole."),
        ("odd types", "Fine."),
    ],
)
def test_streams_of_all_kinds(endpoint: served.Endpoint, model: str, text: str) -> None:
    assert "".join(said(endpoint, model)) == text


def test_tools_are_joined_by_index(endpoint: served.Endpoint) -> None:
    assert said(endpoint, "tools", (LOOK,)) == [
        "Let me see. ",
        ToolCall("look", {}, "a1"),
        ToolCall("set_timer", {"minutes": 3}, "b2"),
    ]
    assert endpoint.asked[-1]["tools"][0]["function"]["name"] == "look"


@pytest.mark.parametrize(("model", "given"), [("tools at once", {"where": "left"}), ("tools as text", {})])
def test_tools_in_other_forms(endpoint: served.Endpoint, model: str, given: dict[str, Any]) -> None:
    [call] = said(endpoint, model, (LOOK,))
    assert (call.name, call.arguments) == ("look", given)
    assert call.id


def test_a_tool_and_its_answer_in_the_history(endpoint: served.Endpoint) -> None:
    call = ToolCall("look", {"where": "left"}, "a1")
    history = (*HELLO, Message("assistant", "", calls=(call,)), Message("tool", "A cup.", call_id="a1"))
    assert list(chat(endpoint, "words").reply(history))
    asked, answered = endpoint.asked[-1]["messages"][-2:]
    assert asked["tool_calls"] == [
        {"id": "a1", "type": "function", "function": {"name": "look", "arguments": '{"where": "left"}'}}
    ]
    assert answered == {"role": "tool", "content": "A cup.", "tool_call_id": "a1"}


def test_pictures_are_small_jpegs(endpoint: served.Endpoint) -> None:
    picture = np.zeros((900, 1600, 3), np.uint8)
    picture[:, :800] = (250, 10, 10)
    message = Message("user", "What is this?", pictures=(picture,))
    assert list(chat(endpoint, "words", options={"sees": True}).reply((message,)))
    text, image = endpoint.asked[-1]["messages"][0]["content"]
    assert text == {"type": "text", "text": "What is this?"}
    head, _, data = image["image_url"]["url"].partition(",")
    assert head == "data:image/jpeg;base64"
    decoded = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert decoded.shape == (432, 768, 3)
    blue, green, red = decoded[200, 100]
    assert (red > 200, green < 60, blue < 60) == (True, True, True)
    assert list(chat(endpoint, "words").reply((message,)))
    assert endpoint.asked[-1]["messages"][0]["content"] == "What is this?"


def test_fields_of_the_request(endpoint: served.Endpoint) -> None:
    options = {"request": {"temperature": 0.2}, "max_tokens_field": "max_completion_tokens", "tools": False}
    assert said(endpoint, "words", (LOOK,), options=options)
    asked = endpoint.asked[-1]
    assert (asked["temperature"], asked["max_completion_tokens"]) == (0.2, 200)
    assert "max_tokens" not in asked
    assert "tools" not in asked


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("needs a key", "Incorrect API key.*models.language.api_key"),
        ("unknown", "model 'unknown' not found.*base_url ends with /v1"),
        ("no tools", "auto tool choice requires a parser"),
        ("busy", "slow down.*later"),
        ("loading", "Loading model.*moment"),
        ("broken", "Internal Server Error.*log"),
        ("moved", "moved to '/elsewhere"),
        ("error with status 200", "no such model"),
        ("error in the stream", "out of memory"),
        ("page", "answered nothing|broke off"),
        ("nothing", "answered nothing"),
        ("only reasoning", "only thought.*reasoning_effort"),
        ("no end", "broke off"),
        ("breaks off", "broke off"),
        ("nonsense", "broken"),
        ("a list", "sent '.1, 2.'"),
        ("huge", "longer than 8 MB"),
        ("bad arguments", "no JSON"),
    ],
)
def test_errors_say_what_to_do(endpoint: served.Endpoint, model: str, told: str) -> None:
    with pytest.raises(ModelError, match=told):
        said(endpoint, model)


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings = BackendSettings(backend="openai", base_url=f"http://127.0.0.1:{port}/v1", model="m")
    with pytest.raises(Unreachable, match="is it running"):
        list(load(settings, Packs(ModelSettings().packs)).reply(HELLO))


@pytest.mark.parametrize("model", ["silent before its headers", "never ends", "only comments"])
def test_a_server_that_falls_silent(endpoint: served.Endpoint, model: str) -> None:
    with pytest.raises(Unreachable, match=r"silent for 0\.2 s"):
        said(endpoint, model, timeout_s=0.2)


@pytest.mark.parametrize("model", ["silent before its headers", "never ends"])
def test_cancelling_hangs_up_at_once(endpoint: served.Endpoint, model: str) -> None:
    """A reply cancelled while the server is silent: the server notices, and the thread is free again."""
    endpoint.waiting.clear()
    endpoint.left.clear()
    language = chat(endpoint, model, timeout_s=60)

    async def cancelled() -> None:
        worker = Worker("language", concurrency=2)
        heard: list[Any] = []

        async def reply() -> None:
            async with aclosing(worker.stream(language.reply(HELLO))) as pieces:
                async for piece in pieces:
                    heard.append(piece)

        task = asyncio.create_task(reply())
        await asyncio.to_thread(endpoint.waiting.wait, 10)
        task.cancel()
        await asyncio.wait([task])
        assert await asyncio.to_thread(endpoint.left.wait, 10)
        worker.close()

    asyncio.run(cancelled())
    left = [thread for thread in threading.enumerate() if thread.name.startswith("model-language")]
    for thread in left:
        thread.join(10)
    assert not any(thread.is_alive() for thread in left)


def test_many_at_once(endpoint: served.Endpoint) -> None:
    language = chat(endpoint, "words")
    assert language.concurrency == 8

    async def ask() -> list[list[Any]]:
        worker = Worker("language", concurrency=language.concurrency)

        async def one() -> list[Any]:
            async with aclosing(worker.stream(language.reply(HELLO))) as pieces:
                return [piece async for piece in pieces]

        try:
            return await asyncio.gather(*(one() for _ in range(20)))
        finally:
            worker.close()

    assert asyncio.run(ask()) == [served.WORDS] * 20


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"base_url": "", "model": "m"}, "base_url = '' is no address"),
        ({"base_url": "localhost:11434/v1", "model": "m"}, "no address"),
        ({"base_url": "http://localhost:11434/v1"}, "model is empty"),
        ({"base_url": "http://localhost:1/v1", "model": "m", "options": {"seees": True}}, "options.*seees"),
        ({"base_url": "http://localhost:1/v1", "model": "m", "options": {"sees": "yes"}}, "options.*sees"),
    ],
)
def test_settings_that_cannot_work(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ModelError, match=told):
        load(BackendSettings(backend="openai", **settings), Packs(ModelSettings().packs))
