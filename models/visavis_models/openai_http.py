"""The wire to any OpenAI-compatible server: one exchange at a time, streamed, bounded, and cut from any thread.

A backend makes one `Endpoint` and lets it run its generators. Each exchange has a connection of its own for as long as
it lasts (kept alive for the next one), so that closing the generator hangs up at once, even while another thread waits
for the server's first byte: a server that hears nobody listen any more stops generating. Formats as vLLM, llama.cpp,
Ollama, LM Studio and OpenAI send them.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import httpx

from visavis_models.errors import ModelError, Unreachable
from visavis_models.openai_line import Line
from visavis_models.openai_told import Telling
from visavis_models.public_address import is_public, through_proxy
from visavis_models.settings import BackendSettings

T = TypeVar("T")

MOST_BYTES = 32 << 20  # of one answer; a large picture in base64 is below it
MOST_LINE = 8 << 20  # of one event of a stream
MOST_SAID = 64_000  # of the reason for a refusal
MOST_WAITS = 15  # timeouts that an answer may take which comes in drops
MOST_REDIRECTS = 3  # of a picture's address
MOST_IDLE = 8  # connections kept for the next exchange
LOOPBACK = {"localhost", "127.0.0.1", "::1"}  # never asked for through a proxy


class Endpoint:
    """One server and how to reach it. Safe to use from several threads."""

    def __init__(self, settings: BackendSettings, ability: str) -> None:
        """Raises ModelError for settings that cannot work. ability: names the setting in messages."""
        self.setting = f"models.{ability}"
        self.model = settings.model
        self.timeout_s = settings.timeout_s
        parts = urlsplit(settings.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ModelError(
                f"{self.setting}.base_url = {settings.base_url!r} is no address: "
                "give the server's address up to and with /v1, such as http://127.0.0.1:11434/v1"
            )
        if not settings.model:
            raise ModelError(f"{self.setting}.model is empty: give the name of one of the server's models")
        self.told = Telling(ability, parts.netloc.rpartition("@")[2], settings.model, settings.timeout_s)
        self.peer = ""  # the server's own network address, once it has been reached
        self._base = settings.base_url.rstrip("/")
        self._headers = {"authorization": f"Bearer {settings.api_key}"} if settings.api_key else {}
        self._trust_env = parts.hostname not in LOOPBACK
        self._idle: list[Line] = []

    def steps(self, make: Callable[[Exchange], Generator[T, None, None]]) -> Generator[T, None, None]:
        """Run a generator that talks through an exchange; closing it hangs up, from any thread."""
        exchange = Exchange(self)
        return _Steps(make(exchange), exchange)

    def url(self, path: str) -> str:
        return f"{self._base}/{path.lstrip('/')}"

    def take(self) -> Line:
        try:
            return self._idle.pop()
        except IndexError:
            return Line(self._headers, self.timeout_s, self._trust_env)

    def give_back(self, line: Line) -> None:
        if len(self._idle) < MOST_IDLE:
            self._idle.append(line)
        else:
            line.client.close()


class Exchange:
    """Questions to one endpoint, one after the other, on one connection."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._line: Line | None = None
        self._cut = False
        self.done = False  # the stream has said so itself

    def events(self, path: str, body: dict[str, Any] | None = None, **form: Any) -> Iterator[dict[str, Any]]:
        """Post `body` (or a form, as `post`), get the JSON objects of the event stream until `[DONE]` or its end.

        Raises Unreachable when the server is away, silent for `timeout_s`, breaks off or sends nonsense, ModelError
        when it refuses.
        """
        with self._sent("POST", path, json=body, headers={"accept": "text/event-stream"}, **form) as answer:
            if "json" in answer.headers.get("content-type", ""):  # an error told with status 200, or no stream at all
                yield self._object(self._read(answer))
                return
            for data in self._data_lines(answer):
                if data == "[DONE]":
                    self.done = True
                    return
                yield self._object(data)

    def post(self, path: str, body: dict[str, Any] | None = None, **form: Any) -> dict[str, Any]:
        """Post JSON, or a form (`data`, `files` as httpx takes them); the answer's JSON object. Raises as `events`."""
        with self._sent("POST", path, json=body, **form) as answer:
            return self._object(self._read(answer))

    def fetch(self, url: str) -> bytes:
        """The bytes at an address (http, https or data) that the server has named. Raises as `events`."""
        if url.startswith("data:"):
            try:
                return base64.b64decode(url.partition(",")[2], validate=True)
            except ValueError:
                raise self._endpoint.told.nonsense("a data address that is not base64") from None
        for _ in range(MOST_REDIRECTS + 1):
            if not url.startswith(("http://", "https://")):
                raise self._endpoint.told.nonsense(f"the address {url[:80]!r}")
            with self._sent("GET", url) as answer:
                if not answer.has_redirect_location:
                    return self._read(answer)
                url = urljoin(url, answer.headers["location"])
        raise self._endpoint.told.nonsense(f"an address that leads on more than {MOST_REDIRECTS} times")

    def broken_off(self) -> Unreachable:
        """The error of an answer that ended before it said that it was whole."""
        return self._endpoint.told.broken_off()

    def cut(self) -> None:
        """Hang up now, whatever another thread is waiting for."""
        self._cut = True
        if line := self._line:
            line.hang_up()

    # --- inside ------------------------------------------------------------------------------------------------------

    @contextmanager
    def _sent(self, method: str, path: str, **content: Any) -> Iterator[httpx.Response]:
        """A response with its body still to come; httpx's errors become ours, and the connection is put away."""
        url = path if "://" in path else self._endpoint.url(path)
        ours = url.startswith(self._endpoint.url(""))  # another server, say of pictures, gets no key of ours
        line = self._line = self._endpoint.take() if ours else Line({}, self._endpoint.timeout_s, trust_env=True)
        if not ours and not through_proxy(url):
            line.check = self._may_ask
        clean = False
        try:
            if self._cut:
                raise Unreachable("the call was cancelled")
            request = line.client.build_request(method, url, extensions=line.tracing, **content)
            with closing(line.client.send(request, stream=True)) as answer:
                if answer.status_code >= 300 and (ours or not answer.has_redirect_location):
                    raise self._refusal(answer)
                self._endpoint.peer = line.peer if ours else self._endpoint.peer
                yield answer
            clean = not self._cut
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            raise self._gone(error) from None
        finally:
            self._line = None
            if clean and ours:
                self._endpoint.give_back(line)
            else:
                line.client.close()

    def _may_ask(self, peer: str) -> None:
        """Raises Unreachable for a machine in a network of ours that the server has no business to name."""
        if peer != self._endpoint.peer and not is_public(peer):
            raise self._endpoint.told.nonsense(
                f"an address of {peer}, which is not on the internet (ask it for response_format = 'b64_json')"
            )

    def _refusal(self, answer: httpx.Response) -> ModelError:
        body = b""
        for data in answer.iter_bytes():
            body += data
            if len(body) > MOST_SAID:
                break
        return self._endpoint.told.refusal(answer.status_code, body, answer.headers.get("location", ""))

    def _data_lines(self, answer: httpx.Response) -> Iterator[str]:
        """The `data` of each server-sent event (WHATWG HTML, 9.2). Comments do not put off the timeout."""
        held: list[str] = []
        last = time.monotonic()
        for line in self._lines(answer):
            if line.startswith("data:"):
                last = time.monotonic()
                held.append(line[5:].removeprefix(" "))
            elif not line and held:
                yield "\n".join(held)
                held = []
                last = time.monotonic()
            elif time.monotonic() - last > self._endpoint.timeout_s:
                raise self._endpoint.told.silent()
        if held:
            yield "\n".join(held)

    def _lines(self, answer: httpx.Response) -> Iterator[str]:
        rest = b""
        for data in self._bounded(answer):
            *lines, rest = (rest + data).split(b"\n")
            if len(rest) > MOST_LINE:
                raise self._endpoint.told.nonsense(f"a line longer than {MOST_LINE >> 20} MB")
            for line in lines:
                yield line.removesuffix(b"\r").decode("utf-8", "replace")
        if rest:
            yield rest.decode("utf-8", "replace")

    def _read(self, answer: httpx.Response) -> bytes:
        until, pieces = time.monotonic() + MOST_WAITS * self._endpoint.timeout_s, []
        for data in self._bounded(answer):
            pieces.append(data)
            if time.monotonic() > until:
                raise self._endpoint.told.silent()
        return b"".join(pieces)

    def _bounded(self, answer: httpx.Response) -> Iterator[bytes]:
        size = 0
        for data in answer.iter_bytes():
            size += len(data)
            if size > MOST_BYTES:
                raise self._endpoint.told.nonsense(f"more than {MOST_BYTES >> 20} MB")
            yield data

    def _object(self, data: str | bytes) -> dict[str, Any]:
        try:
            found = json.loads(data)
        except ValueError:
            raise self._endpoint.told.nonsense(f"{data[:80]!r}") from None
        if not isinstance(found, dict):
            raise self._endpoint.told.nonsense(f"{data[:80]!r}")
        if found.get("error"):
            raise self._endpoint.told.failed(found)
        return found

    def _gone(self, error: Exception) -> Unreachable:
        """What a failure of the connection means for the user."""
        told = self._endpoint.told
        if self._cut:
            return Unreachable("the call was cancelled")
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            return told.away(str(error))
        if isinstance(error, httpx.TimeoutException):
            return told.silent()
        return told.broken_off(f": {error or type(error).__name__}")


class _Steps(Generator[T, None, None]):
    """A generator that may be closed while another thread is in one of its steps."""

    def __init__(self, steps: Generator[T, None, None], exchange: Exchange) -> None:
        self._steps = steps
        self._exchange = exchange

    def send(self, value: None) -> T:
        return self._steps.send(value)

    def throw(self, *error: Any) -> T:
        return self._steps.throw(*error)

    def stop(self) -> None:
        self._exchange.cut()

    def close(self) -> None:
        self.stop()
        with suppress(ValueError):  # in a step on another thread, which ends now that the line is cut
            self._steps.close()
