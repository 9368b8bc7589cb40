"""What a language model writes, parted as it comes: words to be said, thoughts to be dropped, calls of tools.

Models write calls and thoughts into their text in a few common forms: `<tool_call>{json}</tool_call>` (Hermes, Qwen,
SmolLM3), `<function=name><parameter=key>` inside it (Qwen3-Coder), `[TOOL_REQUEST]` (LM Studio), `[TOOL_CALLS][...]`
(Mistral), a bare JSON object or list (Llama 3), `<think>...</think>`. Pure; fed piece by piece, gives each thing as
soon as it is certain.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Any
from uuid import uuid4

from visavis_models.errors import ModelError
from visavis_models.ports import ToolCall

MOST_HELD = 64_000  # characters of one call or thought
_THOUGHT = {"<think>": "</think>", "<thinking>": "</thinking>", "<reasoning>": "</reasoning>"}
_CALL = {
    "<tool_call>": "</tool_call>",
    "<function_call>": "</function_call>",
    "[TOOL_REQUEST]": "[END_TOOL_REQUEST]",
    "[TOOL_CALLS]": "",  # to the end
    "<|python_tag|>": "",
}
_OPENINGS = {**_THOUGHT, **_CALL}
_FENCE = re.compile(r"```(?:json)?")
_DRESSING = re.compile(r"[*`]+")  # of markdown, what nobody says


class WrittenCalls:
    """One reply's text. tools: the names it may call; a bare JSON object is a call only of one of these."""

    def __init__(self, tools: Collection[str] = (), thinking: bool = False) -> None:
        """thinking: the prompt has already opened a thought."""
        self._tools = frozenset(tools)
        self._opening = "<think>" if thinking else ""
        self._held = ""
        self._started = False

    def feed(self, piece: str) -> Iterator[str | ToolCall]:
        """Raises ModelError for a call that cannot be read."""
        self._held += piece
        yield from self._parted(last=False)

    def rest(self) -> Iterator[str | ToolCall]:
        """What was held back when the reply is over. Raises as `feed`."""
        yield from self._parted(last=True)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _parted(self, last: bool) -> Iterator[str | ToolCall]:
        while self._held:
            if self._opening:
                closing = _OPENINGS[self._opening]
                end = self._held.find(closing) if closing else -1
                if end < 0 and not last:
                    if len(self._held) > MOST_HELD:
                        raise ModelError("the language model wrote a thought or tool call without end: ask again")
                    return
                end = len(self._held) if end < 0 else end
                inside, self._held = self._held[:end], self._held[end + len(closing) :]
                if self._opening in _CALL:
                    yield from _calls(inside)
                self._opening = ""
                continue
            if not self._started:
                self._held = self._held.lstrip()
            if not self._started and self._may_be_bare_call():
                if not last and len(self._held) <= MOST_HELD:
                    return
                calls = _bare_calls(self._held, self._tools)
                if calls is not None:
                    self._held = ""
                    yield from calls
                    return
            found = [(self._held.find(opening), opening) for opening in _OPENINGS if opening in self._held]
            if found:
                start, opening = min(found)
                words, self._held, self._opening = self._held[:start], self._held[start + len(opening) :], opening
            else:
                keep = 0 if last else _unfinished(self._held)
                words, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
            if words := _DRESSING.sub("", words):
                self._started = True
                yield words
            if not self._opening:
                return

    def _may_be_bare_call(self) -> bool:
        """The reply begins like JSON, which is held until its end shows what it is."""
        fence = any(self._held == "```json"[:size] for size in range(1, 7))
        return bool(self._tools) and (fence or self._held == "[" or self._held.startswith(("{", "[{", "```json")))


def _unfinished(text: str) -> int:
    """Length of the tail that may be the beginning of an opening."""
    longest = max(map(len, _OPENINGS))
    for size in range(min(longest, len(text)), 0, -1):
        if any(opening.startswith(text[-size:]) for opening in _OPENINGS):
            return size
    return 0


def _calls(text: str) -> list[ToolCall]:
    """The calls inside a call's marks."""
    if match := re.search(r"<function=([^>\s]+)>(.*)", text, re.DOTALL):
        pairs = re.findall(r"<parameter=([^>\s]+)>\n?(.*?)\n?</parameter>", match[2], re.DOTALL)
        return [ToolCall(match[1], {key: _value(value) for key, value in pairs}, new_id())]
    calls = [call for found in _json_values(text) if (call := _call(found))]
    if not calls:
        raise ModelError(f"the language model asked for a tool in a form that cannot be read: {text.strip()[:120]!r}")
    return calls


def _bare_calls(text: str, tools: Collection[str]) -> list[ToolCall] | None:
    """The calls of a reply that is nothing but JSON, or None if it is something else."""
    try:
        calls = [_call(found) for found in _json_values(_FENCE.sub("", text))]
    except ModelError:
        return None
    if calls and all(call and call.name in tools for call in calls):
        return [call for call in calls if call]
    return None


def _json_values(text: str) -> list[Any]:
    """All JSON values in the text, lists opened up; they may be parted by white space, commas or semicolons."""
    values: list[Any] = []
    decoder = json.JSONDecoder()
    while text := text.strip().strip(";,").strip():
        try:
            value, end = decoder.raw_decode(text)
        except (ValueError, RecursionError):
            raise ModelError(f"the language model wrote JSON that cannot be read: {text[:120]!r}") from None
        values += value if isinstance(value, list) else [value]
        text = text[end:]
    return values


def _call(found: Any) -> ToolCall | None:
    if isinstance(found, dict) and isinstance(found.get("function"), dict):
        found = found["function"]
    if not isinstance(found, dict) or not isinstance(found.get("name"), str):
        return None
    return ToolCall(found["name"], arguments(found.get("arguments", found.get("parameters"))), new_id())


def arguments(found: Any) -> dict[str, Any]:
    """A call's arguments: an object, JSON text of one, or nothing. Raises ModelError for anything else."""
    if isinstance(found, str):
        try:
            found = json.loads(found) if found.strip() else {}
        except (ValueError, RecursionError):
            raise ModelError(f"the language model gave a tool arguments that are no JSON: {found[:120]!r}") from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ModelError(f"the language model gave a tool arguments that are no object: {str(found)[:120]!r}")
    return found


def new_id() -> str:
    """Nine letters and digits, which every chat template accepts."""
    return uuid4().hex[:9]


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
