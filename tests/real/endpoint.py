"""A real OpenAI-compatible server on loopback, whose model names say how it behaves."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

WORDS = ["The ", "sea ", "is ", "blue."]


class Endpoint:
    """What the server has been asked (`asked`), and which streams were hung up on (`left`)."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.waiting = threading.Event()  # a stream has begun that will never end by itself
        self.left = threading.Event()
        self.connections: set[tuple[str, int]] = set()
        self.url = ""

    async def chat(self, request: Request) -> Response:
        body = await request.json()
        self.asked.append(body)
        self.headers.append(dict(request.headers))
        if request.client:
            self.connections.add((request.client.host, request.client.port))
        model = body["model"]
        if model in REFUSALS:
            status, content = REFUSALS[model]
            if isinstance(content, str):
                return PlainTextResponse(content, status)
            return JSONResponse(content, status)
        if model == "moved":
            return RedirectResponse("/elsewhere/v1/chat/completions")
        if model == "whole":
            return JSONResponse({"choices": [{"message": {"content": "Whole."}, "finish_reason": "stop"}]})
        if model == "error with status 200":
            return JSONResponse({"error": {"message": "no such model", "code": 7}})
        if model == "page":
            return PlainTextResponse("<html>hello</html>", media_type="text/html")
        if model == "silent before its headers":
            await self.until_left(request)
            return PlainTextResponse("")
        return StreamingResponse(self.lines(model, request), media_type="text/event-stream")

    async def lines(self, model: str, request: Request) -> AsyncIterator[str]:
        if model == "never ends":
            yield sse(delta(content="Well"))
            await self.until_left(request)
        elif model == "only comments":
            self.waiting.set()
            for _ in range(200):
                yield ": still here\n\n"
                await asyncio.sleep(0.02)
        elif model == "huge":
            for _ in range(40):
                yield "data: " + "x" * (1 << 20)
        elif model == "breaks off":
            yield sse(delta(content="The "))
            raise ConnectionError
        elif model in ("two rounds of tools", "tools without end"):
            for line in self.next_step(model):
                yield line
        else:
            for line in STREAMS[model]:
                yield line

    def next_step(self, model: str) -> list[str]:
        """Asks for the time, then for an impossible sum, then says what it was told; or asks for a sum again and again."""
        told = [message["content"] for message in self.asked[-1]["messages"] if message["role"] == "tool"]
        if model == "tools without end" or len(told) == 1:
            expression = "1 / 0" if model == "two rounds of tools" else "1 + 1"
            return [
                sse(call(0, json.dumps({"expression": expression}), id=f"c{len(told)}", name="calculate")),
                STOP,
                DONE,
            ]
        if not told:
            return [sse(delta(content="One moment. ")), sse(call(0, "{}", id="t", name="time_and_date")), STOP, DONE]
        return [sse(delta(content=f"I was told: {' / '.join(told)}")), STOP, DONE]

    async def until_left(self, request: Request) -> None:
        """Starlette tells a stream by cancelling it, and everybody else when asked."""
        self.waiting.set()
        try:
            while not await request.is_disconnected():
                await asyncio.sleep(0.01)
        finally:
            self.left.set()


def delta(**content: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": content, "finish_reason": None}]}


def sse(event: Any) -> str:
    return f"data: {json.dumps(event)}\n\n"


def call(index: int, arguments: str, **first: Any) -> dict[str, Any]:
    function = {"arguments": arguments} | ({"name": first["name"]} if "name" in first else {})
    piece = {"index": index, "function": function} | ({"id": first["id"]} if "id" in first else {})
    return delta(tool_calls=[piece])


STOP = sse({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
DONE = "data: [DONE]\n\n"
STREAMS: dict[str, list[str]] = {
    "words": [
        sse(delta(role="assistant", content=None)),
        *(sse(delta(content=word)) for word in WORDS),
        STOP,
        sse({"choices": [], "usage": {"total_tokens": 9}}),
        DONE,
    ],
    "crlf, comments, no space, no blank at the end": [
        ": hello\r\n",
        "event: message\r\nid: 1\r\ndata:" + json.dumps(delta(content="Hi.")) + "\r\n\r\n",
        "data:" + json.dumps({"choices": [{"delta": {}, "finish_reason": "stop"}]}),
    ],
    "cut anywhere": [*(sse(delta(content="Grüße aus der Höhle. 🙂")) + STOP + DONE)],
    "tools": [
        sse(delta(content="Let me see. ")),
        sse(call(0, "", id="a1", name="look")),
        sse(call(1, "", id="b2", name="set_timer")),
        sse(call(0, "{}")),
        sse(call(1, '{"minu')),
        sse(call(1, 'tes": 3}')),
        STOP,
        DONE,
    ],
    "tools at once": [
        sse(delta(content="", tool_calls=[{"function": {"name": "look", "arguments": {"where": "left"}}}])),
        STOP,
        DONE,
    ],
    "tools as text": [sse(delta(content='<tool_call>{"name": "look", "arguments": {}}</tool_call>')), STOP, DONE],
    "bad arguments": [sse(call(0, "{broken", id="a", name="look")), STOP, DONE],
    "reasoning": [
        sse(delta(reasoning="Hm. ")),
        sse(delta(reasoning_content="Hm. ")),
        sse(delta(content="<think>Or</think>Yes.")),
        STOP,
        DONE,
    ],
    "only reasoning": [
        sse(delta(reasoning="Hm. ")),
        sse({"choices": [{"delta": {}, "finish_reason": "length"}]}),
        DONE,
    ],
    "nothing": [DONE],
    "gemini": [  # every piece with its role, the end in the last one, no [DONE] of its own line before it
        sse({"choices": [{"index": 0, "delta": {"role": "assistant", "content": "A red "}}]}),
        sse({"choices": [{"index": 0, "delta": {"role": "assistant", "content": "wall."}, "finish_reason": "stop"}]}),
        DONE,
    ],
    "held back": [sse({"choices": [{"index": 0, "delta": {}, "finish_reason": "content_filter"}]}), DONE],
    "no end": [sse(delta(content="The sea"))],
    "error in the stream": [sse(delta(content="The ")), sse({"error": {"message": "out of memory"}})],
    "nonsense": ["data: {broken\n\n"],
    "a list": ["data: [1, 2]\n\n"],
    "odd types": [
        sse({"choices": [7]}),
        sse({"choices": [{"delta": "text"}]}),
        sse({"choices": "text"}),
        sse(delta(content=7, tool_calls="none")),
        sse(delta(content=[{"type": "text", "text": "Fine."}], tool_calls=[7, {"function": 7}])),
        STOP,
        DONE,
    ],
}
REFUSALS: dict[str, tuple[int, Any]] = {
    "needs a key": (401, {"error": {"message": "Incorrect API key", "type": "auth", "code": "invalid"}}),
    "unknown": (404, {"error": "model 'unknown' not found"}),
    "no tools": (400, {"detail": [{"msg": "auto tool choice requires a parser"}]}),
    "blind": (500, {"error": {"message": "image input is not supported - hint: you may need to provide the mmproj"}}),
    "one picture": (400, {"message": "At most 1 image(s) may be provided in one request."}),
    "too large": (413, "Payload Too Large"),
    "gemini without a key": (400, [{"error": {"code": 400, "message": "API key not valid.", "status": "INVALID"}}]),
    "busy": (429, {"error": {"message": "slow down"}}),
    "loading": (503, {"error": {"message": "Loading model", "type": "unavailable", "code": 503}}),
    "broken": (500, "Internal Server Error"),
}


@contextmanager
def running() -> Iterator[Endpoint]:
    """The server on a free port, in a thread of its own."""
    endpoint = Endpoint()
    app = Starlette(routes=[Route("/v1/chat/completions", endpoint.chat, methods=["POST"])])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1))
        endpoint.url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield endpoint
        finally:
            server.should_exit = True
            thread.join(10)
