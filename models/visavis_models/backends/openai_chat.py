"""Words from any OpenAI-compatible server: Ollama, llama.cpp, vLLM, LM Studio, OpenAI.

Settings: base_url, model, api_key, timeout_s, and options (`Options`). The reply is streamed; closing it hangs up, so
that the server stops generating for nobody.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator, Sequence
from typing import Annotated, Any

import msgspec

from visavis_models.errors import ModelError
from visavis_models.openai_http import Endpoint, Exchange
from visavis_models.packs import Packs
from visavis_models.picture_file import jpeg_address
from visavis_models.ports import Message, Picture, ToolCall, ToolSpec
from visavis_models.settings import BackendSettings
from visavis_models.written_calls import WrittenCalls, arguments, new_id

MOST_CALLS = 16  # tools in one answer
MOST_ARGUMENTS = 64_000  # characters
_ABOUT_PICTURES = re.compile(r"\b(?:image|picture|vision|visual|multi-?modal|mmproj)|\b413\b", re.IGNORECASE)


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`models.language.options`. request: fields added to every request as they are, such as temperature = 0.5 or
    reasoning_effort = "none"."""

    sees: bool = False  # the model takes pictures
    tools: bool = True  # the model takes tools
    concurrency: int = 8  # replies asked for at once
    pictures: Annotated[int, msgspec.Meta(ge=1, le=16)] = 4  # most in one request: the newest; some models take one
    picture_side: Annotated[int, msgspec.Meta(ge=32, le=4096)] = 768  # pixels of a picture's longest side
    max_tokens_field: str = "max_tokens"  # newer OpenAI models want "max_completion_tokens"
    request: dict[str, Any] = {}


def load(settings: BackendSettings, packs: Packs) -> OpenAIChat:
    try:
        options = msgspec.convert(settings.options, Options)
    except msgspec.ValidationError as error:
        raise ModelError(f"models.language.options: {error}") from None
    return OpenAIChat(Endpoint(settings, "language"), options)


class OpenAIChat:
    """Language port."""

    knows = True

    def __init__(self, endpoint: Endpoint, options: Options) -> None:
        self.sees = options.sees
        self.calls_tools = options.tools
        self.concurrency = max(1, options.concurrency)
        self._endpoint = endpoint
        self._options = options
        self._about_pictures = (
            f"check that {endpoint.model!r} takes pictures, how many ({endpoint.setting}.options.pictures) and of what "
            f"size ({endpoint.setting}.options.picture_side)"
        )

    def reply(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec] = (), max_tokens: int = 200
    ) -> Generator[str | ToolCall, None, None]:
        body: dict[str, Any] = {
            "model": self._endpoint.model,
            "messages": self._entries(messages),
            "stream": True,
            self._options.max_tokens_field: max_tokens,
        }
        if tools and self.calls_tools:
            body["tools"] = [_function(tool) for tool in tools]
        body |= self._options.request
        names = [tool.name for tool in tools]
        pictured = self.sees and any(message.pictures for message in messages)
        return self._endpoint.steps(lambda exchange: self._pieces(exchange, body, names, pictured))

    def warm(self, messages: Sequence[Message]) -> None:
        """The server keeps its own prefixes."""

    # --- inside ------------------------------------------------------------------------------------------------------

    def _pieces(
        self, exchange: Exchange, body: dict[str, Any], tools: list[str], pictured: bool
    ) -> Generator[str | ToolCall, None, None]:
        written, asked = WrittenCalls(tools), _Asked()
        spoken = thought = False
        finish = ""
        for event in self._events(exchange, body, pictured):
            choice = _first(event)
            delta = choice.get("delta") or choice.get("message")
            delta = delta if isinstance(delta, dict) else {}
            thought = thought or bool(delta.get("reasoning") or delta.get("reasoning_content"))
            for piece in written.feed(_text(delta.get("content") or delta.get("refusal"))):
                spoken = True
                yield piece
            asked.add(delta.get("tool_calls"))
            finish = choice.get("finish_reason") or finish
        for piece in written.rest():
            spoken = True
            yield piece
        if not finish and not exchange.done:
            raise exchange.broken_off()
        calls = list(asked.calls())
        yield from calls
        if not spoken and not calls:
            raise ModelError(self._nothing(finish, thought))

    def _events(self, exchange: Exchange, body: dict[str, Any], pictured: bool) -> Iterator[dict[str, Any]]:
        """The stream; what a server says against pictures comes with what can be done."""
        try:
            yield from exchange.events("chat/completions", body)
        except ModelError as error:
            if pictured and _ABOUT_PICTURES.search(str(error)):
                raise type(error)(f"{error}; {self._about_pictures}") from None
            raise

    def _nothing(self, finish: str, thought: bool) -> str:
        if thought:
            return (
                "the language model only thought and said nothing: set models.language.options.request = "
                '{ reasoning_effort = "none" } (llama.cpp: { chat_template_kwargs = { enable_thinking = false } }), '
                "or raise agents.max_reply_tokens"
            )
        return f"the language model {self._endpoint.model!r} answered nothing (finish_reason: {finish or 'none'})"

    def _entries(self, messages: Sequence[Message]) -> list[dict[str, Any]]:
        """The history as the wire has it, with its newest pictures."""
        room = self._options.pictures if self.sees else 0
        entries = []
        for message in reversed(messages):
            pictures = message.pictures[-room:] if room else ()
            room -= len(pictures)
            entries.append(self._entry(message, pictures))
        return entries[::-1]

    def _entry(self, message: Message, pictures: Sequence[Picture]) -> dict[str, Any]:
        entry: dict[str, Any] = {"role": message.role, "content": message.text}
        if message.calls:
            entry["tool_calls"] = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": json.dumps(call.arguments)},
                }
                for call in message.calls
            ]
        if message.role == "tool":
            entry["tool_call_id"] = message.call_id
        if pictures:
            shown = [
                {"type": "image_url", "image_url": {"url": jpeg_address(picture, self._options.picture_side)}}
                for picture in pictures
            ]
            entry["content"] = [{"type": "text", "text": message.text}, *shown]
        return entry


class _Asked:
    """Tool calls joined from their pieces by index: id and name in the first piece, arguments whole or in fragments."""

    def __init__(self) -> None:
        self._calls: dict[int, dict[str, str]] = {}

    def add(self, pieces: Any) -> None:
        for position, piece in enumerate(pieces if isinstance(pieces, list) else []):
            if not isinstance(piece, dict):
                continue
            function = piece.get("function")
            function = function if isinstance(function, dict) else {}
            index = piece.get("index")
            call = self._calls.setdefault(
                index if isinstance(index, int) else position, {"id": "", "name": "", "arguments": ""}
            )
            call["id"] = call["id"] or str(piece.get("id") or "")
            call["name"] = call["name"] or str(function.get("name") or "")
            more = function.get("arguments")
            call["arguments"] += more if isinstance(more, str) else json.dumps(more) if more else ""
            if len(self._calls) > MOST_CALLS or len(call["arguments"]) > MOST_ARGUMENTS:
                raise ModelError(
                    "the language model asked for too many tools at once, or with too much text: ask again"
                )

    def calls(self) -> Iterator[ToolCall]:
        for _, call in sorted(self._calls.items()):
            if call["name"]:
                yield ToolCall(call["name"], arguments(call["arguments"]), call["id"] or new_id())


def _first(event: dict[str, Any]) -> dict[str, Any]:
    """The first choice; usage and other events have none."""
    choices = event.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else {}
    return choice if isinstance(choice, dict) else {}


def _text(content: Any) -> str:
    """Content as text, as a list of parts, or nothing."""
    if isinstance(content, list):
        return "".join(_text(part.get("text")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _function(tool: ToolSpec) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
    }
