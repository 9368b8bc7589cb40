"""Pictures from an OpenAI-compatible server: a real one on loopback, behaving and misbehaving."""

from __future__ import annotations

import base64
import json
import socket
import struct
import threading
import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import cv2
import numpy as np
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from visavis_models.backends.openai_images import OpenAIImages, load
from visavis_models.errors import ModelError, Unreachable
from visavis_models.packs import Packs
from visavis_models.picture_file import decoded, dimensions
from visavis_models.settings import BackendSettings, ModelSettings

RED = np.full((40, 60, 3), (200, 30, 20), np.uint8)


def file(extension: str = ".png", picture: np.ndarray = RED) -> bytes:
    ordered = picture[..., [2, 1, 0, *range(3, picture.shape[2])]]
    return cv2.imencode(extension, ordered)[1].tobytes()


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def bomb() -> bytes:
    """A PNG of some bytes that says it is 60,000 pixels wide and high."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


ANSWERS: dict[str, Any] = {
    "base64": {"created": 1, "data": [{"b64_json": text(file()), "revised_prompt": "red"}]},
    "jpeg": {"data": [{"b64_json": text(file(".jpg"))}]},
    "webp": {"data": [{"b64_json": text(file(".webp"))}]},
    "data address": {"data": [{"url": "data:image/png;base64," + text(file())}]},
    "data address in base64": {"data": [{"b64_json": "data:image/png;base64," + text(file())}]},
    "no picture": {"data": []},
    "no data": {"created": 1},
    "odd types": {"data": [7]},
    "odd picture": {"data": [{"b64_json": 7, "url": None}]},
    "text": {"data": [{"b64_json": text(b"hello")}]},
    "no base64": {"data": [{"b64_json": "a"}]},
    "torn": {"data": [{"b64_json": text(file()[:60])}]},
    "bomb": {"data": [{"b64_json": text(bomb())}]},
    "file address": {"data": [{"url": "file:///etc/passwd"}]},
    "error with status 200": {"error": {"message": "no such model"}},
}


class Endpoint:
    """What was asked, and with which headers."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.waiting, self.left = threading.Event(), threading.Event()
        self.url = ""

    async def generate(self, request: Request) -> Response:
        body = await request.json()
        self.asked.append(body)
        self.keys.append(request.headers.get("authorization", ""))
        model = body["model"]
        if model == "address":
            return JSONResponse({"data": [{"url": self.url.removesuffix("/v1") + "/made.png"}]})
        if model == "gone address":
            return JSONResponse({"data": [{"url": self.url.removesuffix("/v1") + "/gone.png"}]})
        if model == "filtered":
            return JSONResponse({"error": {"message": "Your request was rejected by the safety system"}}, 400)
        if model == "key":
            return JSONResponse({"error": {"message": "Incorrect API key"}}, 401)
        if model == "slow":
            self.waiting.set()
            while not await request.is_disconnected():
                pass
            self.left.set()
        if model == "endless":
            return StreamingResponse(self.endless(), media_type="application/json")
        if model.startswith("stream"):
            return StreamingResponse(self.events(model), media_type="text/event-stream")
        return JSONResponse(ANSWERS[model])

    async def endless(self) -> AsyncIterator[bytes]:
        yield b'{"data": [{"b64_json": "'
        for _ in range(80):
            yield b"A" * (1 << 20)

    async def events(self, model: str) -> AsyncIterator[str]:
        for index in range(2):
            partial = {"type": "image_generation.partial_image", "partial_image_index": index, "b64_json": text(file())}
            yield f"event: {partial['type']}\ndata: {json.dumps(partial)}\n\n"
        if model == "stream":
            whole = {"type": "image_generation.completed", "b64_json": text(file())}
            yield f"data: {json.dumps(whole)}\n\n"

    async def made(self, request: Request) -> Response:
        self.keys.append(request.headers.get("authorization", ""))
        return Response(file(), media_type="image/png")

    async def gone(self, request: Request) -> Response:
        return PlainTextResponse("gone", 404)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    served = Endpoint()
    routes = [
        Route("/v1/images/generations", served.generate, methods=["POST"]),
        Route("/made.png", served.made),
        Route("/gone.png", served.gone),
    ]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(Starlette(routes=routes), log_level="critical", lifespan="off")
        server = uvicorn.Server(config)
        served.url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield served
        server.should_exit = True
        thread.join(10)


def painter(endpoint: Endpoint, model: str, **options: Any) -> OpenAIImages:
    settings = BackendSettings(
        backend="openai", base_url=endpoint.url, model=model, api_key="secret", timeout_s=10, options=options
    )
    return load(settings, Packs(ModelSettings().packs))


@pytest.mark.parametrize("model", ["base64", "jpeg", "webp", "data address", "data address in base64", "address"])
def test_a_picture_in_every_form(endpoint: Endpoint, model: str) -> None:
    (painting,) = painter(endpoint, model).paint("a red field")
    assert (painting.done, painting.progress, painting.alt) == (True, 1.0, "a red field")
    assert painting.picture.shape == (40, 60, 3)
    assert np.abs(painting.picture.astype(int) - RED).max() < 12


def test_what_is_asked_for(endpoint: Endpoint) -> None:
    list(painter(endpoint, "base64").paint("a cat"))
    assert endpoint.asked[-1] == {"model": "base64", "n": 1, "size": "1024x1024", "prompt": "a cat"}
    assert endpoint.keys[-1] == "Bearer secret"
    list(painter(endpoint, "base64", size="", quality="low", prompt="a dog").paint("a cat"))
    assert endpoint.asked[-1] == {"model": "base64", "n": 1, "quality": "low", "prompt": "a cat"}


def test_the_key_is_not_sent_with_a_picture_address(endpoint: Endpoint) -> None:
    list(painter(endpoint, "address").paint("a cat"))
    assert endpoint.keys[-1] == ""


def test_previews_of_a_stream(endpoint: Endpoint) -> None:
    paintings = list(painter(endpoint, "stream", stream=True, partial_images=2).paint("a cat"))
    assert [painting.done for painting in paintings] == [False, False, True]
    assert [round(painting.progress, 2) for painting in paintings] == [0.33, 0.67, 1.0]
    with pytest.raises(Unreachable, match="broke off"):
        list(painter(endpoint, "stream that ends early", stream=True, partial_images=2).paint("a cat"))


@pytest.mark.parametrize(
    ("model", "error", "said"),
    [
        ("no picture", ModelError, "without a picture"),
        ("no data", ModelError, "without a picture"),
        ("odd types", ModelError, "without a picture"),
        ("odd picture", ModelError, "without a picture"),
        ("text", Unreachable, "no PNG, JPEG or WebP"),
        ("no base64", Unreachable, "sent a file that"),
        ("torn", Unreachable, "damaged|no PNG"),
        ("bomb", Unreachable, "60000 x 60000 pixels"),
        ("file address", Unreachable, "address"),
        ("gone address", ModelError, "404"),
        ("error with status 200", ModelError, "no such model"),
        ("filtered", ModelError, "rejected by the safety system"),
        ("key", ModelError, r"models\.painter\.api_key"),
        ("endless", Unreachable, "more than 32 MB"),
    ],
)
def test_misbehaviour_is_said_plainly(endpoint: Endpoint, model: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        list(painter(endpoint, model).paint("a cat"))


def test_closing_hangs_up_while_it_waits(endpoint: Endpoint) -> None:
    steps = painter(endpoint, "slow").paint("a cat")
    ended = threading.Event()

    def wait() -> None:
        with pytest.raises(Unreachable):
            next(steps)
        ended.set()

    thread = threading.Thread(target=wait)
    thread.start()
    assert endpoint.waiting.wait(5)
    steps.close()
    assert ended.wait(5)
    assert endpoint.left.wait(5)
    thread.join(5)


def test_a_server_that_is_away() -> None:
    settings = BackendSettings(backend="openai", base_url="http://127.0.0.1:9/v1", model="m", timeout_s=2)
    with pytest.raises(Unreachable, match=r"models\.painter.*is it running"):
        list(load(settings, Packs(ModelSettings().packs)).paint("a cat"))
    with pytest.raises(ModelError, match=r"models\.painter\.base_url"):
        load(BackendSettings(backend="openai", model="m"), Packs(ModelSettings().packs))


@pytest.mark.parametrize("extension", [".png", ".jpg", ".webp"])
def test_sizes_are_read_from_headers(extension: str) -> None:
    assert dimensions(file(extension)) == (60, 40)
    for cut in range(0, 40):
        dimensions(file(extension)[:cut])


def test_lossless_webp_and_transparency() -> None:
    clear = np.dstack([RED, np.zeros((40, 60), np.uint8)])
    lossless = cv2.imencode(".webp", RED[..., ::-1], [cv2.IMWRITE_WEBP_QUALITY, 101])[1].tobytes()
    assert dimensions(lossless) == (60, 40)
    assert np.array_equal(decoded(lossless), RED)
    assert (decoded(file(".png", clear)) == 255).all()
    assert decoded(cv2.imencode(".png", RED[..., 0])[1].tobytes()).shape == (40, 60, 3)
    deep = cv2.imencode(".png", RED[..., ::-1].astype(np.uint16) * 257)[1].tobytes()
    assert np.array_equal(decoded(deep), RED)
