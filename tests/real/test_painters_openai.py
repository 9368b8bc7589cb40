"""Pictures from an OpenAI-compatible server: a real one on loopback, behaving and misbehaving."""

from __future__ import annotations

import base64
import json
import socket
import struct
import threading
import zlib
from collections.abc import AsyncIterator, Iterator
from email.parser import BytesParser
from typing import Any

import cv2
import numpy as np
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from visavis_models.backends.openai_images import OpenAIImages, load
from visavis_models.changed import ANEW
from visavis_models.errors import ModelError, Unreachable
from visavis_models.packs import Packs
from visavis_models.picture_file import decoded, dimensions
from visavis_models.ports import Editor, Painting
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
        self.sent: bytes = b""  # the picture of the last change
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
        if model in ("gone", "moved", "round"):
            return JSONResponse({"data": [{"url": self.url.removesuffix("/v1") + f"/{model}.png"}]})
        if model.startswith("http"):  # it names an address, or one that leads to it
            named = f"{self.url.removesuffix('/v1')}/to?{model.removesuffix('/led')}"
            return JSONResponse({"data": [{"url": named if model.endswith("/led") else model}]})
        if model == "filtered":
            return JSONResponse({"error": {"message": "Your request was rejected by the safety system"}}, 400)
        if model == "key":
            return JSONResponse({"error": {"message": "Incorrect API key"}}, 401)
        if model == "held back":
            said = {"message": "This request has been blocked.", "code": "content_policy_violation"}
            return JSONResponse({"error": said}, 400)
        if model == "busy":
            return JSONResponse({"error": {"message": "Rate limit reached"}}, 429)
        if model == "broken":
            return Response(b'{"data": [', media_type="application/json")
        if model == "page":
            return PlainTextResponse("<html>", 200)
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

    async def edit(self, request: Request) -> Response:
        kind = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
        fields: dict[str, Any] = {}
        for part in BytesParser().parsebytes(kind + await request.body()).get_payload():
            name = part.get_param("name", header="content-disposition")
            data = part.get_payload(decode=True)
            fields[name] = data if part.get_filename() else data.decode()
        self.sent = fields.pop("image")
        self.asked.append(fields)
        if fields["model"] == "only paints":
            return JSONResponse({"error": {"message": "Not Found"}}, 404)
        if fields["model"] == "held back":
            return JSONResponse({"error": {"message": "no", "code": "moderation_blocked"}}, 400)
        if fields.get("stream"):
            return StreamingResponse(self.events("stream", "image_edit"), media_type="text/event-stream")
        return JSONResponse({"data": [{"b64_json": text(self.sent)}]})

    async def endless(self) -> AsyncIterator[bytes]:
        yield b'{"data": [{"b64_json": "'
        for _ in range(80):
            yield b"A" * (1 << 20)

    async def events(self, model: str, what: str = "image_generation") -> AsyncIterator[str]:
        for index in range(2):
            partial = {"type": f"{what}.partial_image", "partial_image_index": index, "b64_json": text(file())}
            yield f"event: {partial['type']}\ndata: {json.dumps(partial)}\n\n"
        if model == "stream":
            whole = {"type": f"{what}.completed", "b64_json": text(file())}
            yield f"data: {json.dumps(whole)}\n\n"

    async def made(self, request: Request) -> Response:
        self.keys.append(request.headers.get("authorization", ""))
        return Response(file(), media_type="image/png")

    async def gone(self, request: Request) -> Response:
        return PlainTextResponse("gone", 404)

    async def leads_on(self, request: Request) -> Response:
        if request.url.path == "/to":
            return RedirectResponse(request.url.query)
        return RedirectResponse({"/moved.png": "/made.png", "/round.png": "/round.png"}[request.url.path])


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    served = Endpoint()
    routes = [
        Route("/v1/images/generations", served.generate, methods=["POST"]),
        Route("/v1/images/edits", served.edit, methods=["POST"]),
        Route("/made.png", served.made),
        *(Route(path, served.leads_on) for path in ("/moved.png", "/round.png", "/to")),
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


@pytest.mark.parametrize(
    "model", ["base64", "jpeg", "webp", "data address", "data address in base64", "address", "moved"]
)
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
        ("gone", ModelError, "404"),
        ("round", Unreachable, "leads on more than 3 times"),
        ("broken", Unreachable, "OpenAI-compatible"),
        ("page", Unreachable, "OpenAI-compatible"),
        ("held back", ModelError, "its rules held that back"),
        ("busy", Unreachable, "Rate limit reached.*ask again later"),
        ("error with status 200", ModelError, "no such model"),
        ("filtered", ModelError, "rejected by the safety system"),
        ("key", ModelError, r"models\.painter\.api_key"),
        ("endless", Unreachable, "more than 32 MB"),
    ],
)
def test_misbehaviour_is_said_plainly(endpoint: Endpoint, model: str, error: type[ModelError], said: str) -> None:
    with pytest.raises(error, match=said) as raised:
        list(painter(endpoint, model).paint("a cat"))
    assert raised.value.spoken.startswith("The server that paints for me ")
    assert not any(sign in raised.value.spoken for sign in ("models.", "http", "127"))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("model", "spoken"),
    [
        ("key", "The server that paints for me does not let me in."),
        ("busy", "The server that paints for me is too busy right now. Ask me again in a while."),
        ("filtered", "The server that paints for me held that back. Ask me for something else."),
        ("held back", "The server that paints for me held that back. Ask me for something else."),
        ("broken", "The server that paints for me sent something that I cannot use."),
        ("text", "The server that paints for me sent no picture that I can show. Ask me again."),
        ("error with status 200", "The server that paints for me could not do that."),
    ],
)
def test_what_is_said_aloud(endpoint: Endpoint, model: str, spoken: str) -> None:
    with pytest.raises(ModelError) as raised:
        list(painter(endpoint, model).paint("a cat"))
    assert raised.value.spoken == spoken


@pytest.mark.parametrize("way", ["", "/led"])
def test_no_picture_is_fetched_from_a_network_of_ours(endpoint: Endpoint, way: str) -> None:
    """Another machine in here, named or led to: it is connected to at most, and asked nothing."""
    with socket.create_server(("127.0.0.2", 0)) as inside:
        address = f"http://127.0.0.2:{inside.getsockname()[1]}/secret.png"
        with pytest.raises(Unreachable, match=r"an address of 127\.0\.0\.2, which is not on the internet.*b64_json"):
            list(painter(endpoint, address + way).paint("a cat"))
        inside.settimeout(5)
        connection, _ = inside.accept()
        with connection:
            connection.settimeout(5)
            assert connection.recv(100) == b""


def test_a_picture_is_changed(endpoint: Endpoint) -> None:
    before = Painting(RED, True, 1.0, "a red field")
    brush = painter(endpoint, "any", quality="low", edit={"size": "512x512", "fast": True})
    assert isinstance(brush, Editor)
    (after,) = brush.edit(before, "add a tree")
    assert np.array_equal(after.picture, RED)
    assert (after.done, after.alt, after.note) == (True, "a red field, a tree", "")
    assert endpoint.asked[-1] == {
        "model": "any", "n": "1", "size": "512x512", "quality": "low", "fast": "true", "prompt": "add a tree",
    }  # fmt: skip
    assert dimensions(endpoint.sent) == (60, 40)
    *previews, last = painter(endpoint, "any", stream=True, partial_images=2).edit(before, "add a tree")
    assert [preview.done for preview in previews] == [False, False]
    assert (last.done, last.alt) == (True, "a red field, a tree")
    with pytest.raises(ModelError, match="held that back"):
        list(painter(endpoint, "held back").edit(before, "add a tree"))


def test_a_server_that_only_paints_paints_anew(endpoint: Endpoint) -> None:
    before = Painting(RED, True, 1.0, "a cat wearing a hat")
    brush = painter(endpoint, "only paints")
    ANSWERS["only paints"] = ANSWERS["base64"]
    for times in (2, 1):  # the second time it is known
        count = len(endpoint.asked)
        (after,) = brush.edit(before, "remove the hat")
        assert (after.alt, after.note) == ("a cat", ANEW)
        assert len(endpoint.asked) == count + times
        assert endpoint.asked[-1]["prompt"] == "a cat, without the hat"
    (after,) = painter(endpoint, "base64", edit=False).edit(before, "make it night")
    assert endpoint.asked[-1]["prompt"] == "a cat wearing a hat, night"
    with pytest.raises(ModelError, match=r"options\.edit = 7"):
        painter(endpoint, "base64", edit=7)


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
    with pytest.raises(Unreachable, match=r"models\.painter.*is it running") as raised:
        list(load(settings, Packs(ModelSettings().packs)).paint("a cat"))
    assert raised.value.spoken == "The server that paints for me cannot be reached right now."
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
