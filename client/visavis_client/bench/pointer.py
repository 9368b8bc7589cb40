"""A language model of the bench that looks whenever somebody speaks: it says at which word something was shown.

A real OpenAI-compatible server on loopback, with the sense of a signpost. So any recorded sentence, not only "What is
this?", becomes a question about what the camera showed at one of its words.
"""

from __future__ import annotations

import difflib
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

POINTING = ("this", "that", "these", "those", "it", "here")


class Pointer:
    """words: of the sentence that is said next; word: the one that was chosen from what was heard, or empty."""

    def __init__(self) -> None:
        self.url = ""
        self.words: Sequence[str] = ()
        self.word = ""

    def flags(self) -> list[str]:
        """For `visavis serve`."""
        language = {"backend": "openai", "model": "pointer", "base_url": self.url}
        return [flag for key, value in language.items() for flag in ("--set", f"models.language.{key}={value}")]

    def answer(self, messages: list[dict[str, Any]]) -> dict[str, Any]:
        """The message it has to give."""
        if not messages or messages[-1].get("role") != "user":
            return {"content": "All right."}
        heard = [part.strip(".,;:!?\"'").lower() for part in str(messages[-1].get("content")).split()]
        self.word = choose(self.words, heard)
        if not self.word:
            return {"content": "I heard none of it."}
        call = {"name": "look", "arguments": json.dumps({"question": "What is this?", "word": self.word})}
        return {"tool_calls": [{"index": 0, "id": "look", "type": "function", "function": call}]}


def choose(said: Sequence[str], heard: Sequence[str]) -> str:
    """A word that was said once and heard once, and beside it one of its neighbours: a pointing one, else the one
    nearest to the middle; or empty. A word that is misheard for another one has no place of its own."""
    blocks = difflib.SequenceMatcher(None, said, heard, autojunk=False).get_matching_blocks()
    together = [word for block in blocks if block.size > 1 for word in said[block.a : block.a + block.size]]
    sure = [word for word in together if said.count(word) == 1 and heard.count(word) == 1]
    pointing = [word for word in sure if word in POINTING]
    middle = (len(said) - 1) / 2
    return min(pointing or sure, key=lambda word: abs(said.index(word) - middle), default="")


@contextmanager
def pointing() -> Iterator[Pointer]:
    """Serve it on a free port."""
    pointer = Pointer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))))
            delta = pointer.answer(asked.get("messages", []))
            done = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
            lines = [{"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}, done]
            body = "".join(f"data: {json.dumps(line)}\n\n" for line in lines) + "data: [DONE]\n\n"
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            with suppress(ConnectionError):  # the draft was dropped meanwhile
                self.wfile.write(body.encode())

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    pointer.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, name="pointer")
    thread.start()
    try:
        yield pointer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
