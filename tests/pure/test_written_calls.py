"""Words, thoughts and tool calls parted from a model's text, whatever pieces it comes in."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from visavis_models.errors import ModelError
from visavis_models.ports import ToolCall
from visavis_models.written_calls import WrittenCalls, arguments

TOOLS = ("look", "set_timer")
TIMER = ("set_timer", {"minutes": 3})
TEXTS = {
    "Hello there, how are you?": ("Hello there, how are you?", []),
    "**Bold** and `code`.": ("Bold and code.", []),
    "<think>Hm, a greeting.</think>\n\nHello.": ("Hello.", []),
    "1 < 2 and [so] on.": ("1 < 2 and [so] on.", []),
    '<tool_call>\n{"name": "set_timer", "arguments": {"minutes": 3}}\n</tool_call>': ("", [TIMER]),
    'Sure. <tool_call>{"name": "look", "arguments": {}}</tool_call>': ("Sure. ", [("look", {})]),
    '<tool_call>{"name": "look"}</tool_call><tool_call>{"name": "set_timer", "arguments": "{\\"minutes\\": 3}"}'
    "</tool_call>": ("", [("look", {}), TIMER]),
    '[TOOL_REQUEST]{"name": "look", "arguments": null}[END_TOOL_REQUEST]': ("", [("look", {})]),
    '[TOOL_CALLS] [{"name": "look", "arguments": {}}, {"name": "set_timer", "arguments": {"minutes": 3}}]': (
        "",
        [("look", {}), TIMER],
    ),
    "<tool_call>\n<function=set_timer>\n<parameter=minutes>\n3\n</parameter>\n</function>\n</tool_call>": ("", [TIMER]),
    '{"name": "set_timer", "parameters": {"minutes": 3}}': ("", [TIMER]),
    '{"type": "function", "function": {"name": "look", "arguments": {}}}': ("", [("look", {})]),
    '```json\n{"name": "look", "arguments": {}}\n```': ("", [("look", {})]),
    '{"name": "look", "arguments": {}}; {"name": "set_timer", "parameters": {"minutes": 3}}': (
        "",
        [("look", {}), TIMER],
    ),
    '{"name": "Anna", "age": 3}': ('{"name": "Anna", "age": 3}', []),
    "{curly} words": ("{curly} words", []),
    "[laughs] Well.": ("[laughs] Well.", []),
}


def part(pieces: list[str], thinking: bool = False) -> tuple[str, list[tuple[str, dict[str, object]]]]:
    written = WrittenCalls(TOOLS, thinking)
    found = [thing for piece in pieces for thing in written.feed(piece)] + list(written.rest())
    said = "".join(thing for thing in found if isinstance(thing, str))
    return said, [(thing.name, thing.arguments) for thing in found if isinstance(thing, ToolCall)]


@pytest.mark.parametrize("text", TEXTS)
def test_whole(text: str) -> None:
    assert part([text]) == TEXTS[text]


@pytest.mark.parametrize("text", TEXTS)
def test_letter_by_letter(text: str) -> None:
    assert part(list(text)) == TEXTS[text]


@given(st.sampled_from(sorted(TEXTS)), st.lists(st.integers(0, 200)))
def test_any_pieces(text: str, cuts: list[int]) -> None:
    edges = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    assert part([text[a:b] for a, b in pairwise(edges)]) == TEXTS[text]


def test_a_prompt_that_opened_a_thought() -> None:
    assert part(["I should greet.", "</think>", "Hello."], thinking=True) == ("Hello.", [])


def test_words_are_not_held_back() -> None:
    written = WrittenCalls(TOOLS)
    assert list(written.feed("Hello ")) == ["Hello "]
    assert list(written.feed("the <")) == ["the "]
    assert list(written.feed("b> end")) == ["<b> end"]


def test_calls_have_ids_of_their_own() -> None:
    written = WrittenCalls(TOOLS)
    calls = [
        *written.feed('<tool_call>{"name": "look"}</tool_call><tool_call>{"name": "look"}</tool_call>'),
        *written.rest(),
    ]
    assert len({call.id for call in calls if isinstance(call, ToolCall)}) == 2


@pytest.mark.parametrize("text", ["<tool_call>{broken</tool_call>", "<tool_call></tool_call>", "[TOOL_CALLS] 7"])
def test_a_call_that_cannot_be_read(text: str) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        part([text])


def test_a_thought_without_end() -> None:
    written = WrittenCalls()
    list(written.feed("<think>" + "hm " * 20_000))
    with pytest.raises(ModelError, match="without end"):
        list(written.feed("hm " * 20_000))


@pytest.mark.parametrize("found", ["{broken", "[1]", [1], 7, '"text"'])
def test_arguments_that_are_none(found: object) -> None:
    with pytest.raises(ModelError, match="arguments"):
        arguments(found)


@given(st.text())
def test_any_text_is_parted_or_refused(text: str) -> None:
    with suppress(ModelError):
        part([text])
