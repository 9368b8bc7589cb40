"""How each family of image-text models is asked: with its chat template if it has one, else as it was trained to be.

`tensors` is given a conversation in the port's own messages. Chat models get all of it, pictures where they belong
among the words; the older ones get the newest picture (or pictures) and what was said last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from visavis_models.errors import ModelError
from visavis_models.ports import Message, ToolSpec

Ask = Callable[[Any, list[Any], str], Any]  # processor, PIL pictures (oldest first), question -> tensors


def _caption(processor: Any, pictures: list[Any], _: str) -> Any:
    """Models that only say what they see."""
    return processor(images=pictures[-1], return_tensors="pt")


def filled(form: str) -> Ask:
    """One picture, and a question in the words that the model was trained with."""

    def ask(processor: Any, pictures: list[Any], question: str) -> Any:
        return processor(images=pictures[-1], text=form.replace("{question}", question), return_tensors="pt")

    return ask


def _marked(form: str, mark: str = "<image>\n") -> Ask:
    """Any number of pictures, each marked in the text."""

    def ask(processor: Any, pictures: list[Any], question: str) -> Any:
        text = form.replace("{0}", mark * len(pictures)).replace("{1}", question)
        return processor(images=pictures or None, text=text, return_tensors="pt")

    return ask


def _idefics(processor: Any, pictures: list[Any], question: str) -> Any:
    """The open Flamingo: pictures lie among the pieces of the text. Source: the model card of idefics-9b-instruct."""
    pieces = ["User:", *pictures, f"{question}<end_of_utterance>\nAssistant:"]
    return processor(text=[pieces], return_tensors="pt", add_end_of_utterance_token=False)


# Families asked without a chat template, by `model_type`, with the prompts of their papers or model cards.
SEVERAL_PICTURES: dict[str, Ask] = {
    "idefics": _idefics,
    "idefics2": _marked("User:{1}{0}<end_of_utterance>\nAssistant:", "<image>"),
    "idefics3": _marked("User:{0}{1}<end_of_utterance>\nAssistant:", "<image>"),
    "llava": _marked("USER: {0}{1} ASSISTANT:"),
    "llava_next": _marked("USER: {0}{1} ASSISTANT:"),
    "paligemma": _marked("{0}answer en {1}", "<image>"),
}
ONE_PICTURE: dict[str, Ask] = {
    "vision-encoder-decoder": _caption,
    "blip": _caption,  # BLIP's question model is `BLIP_QUESTIONS`
    "git": _caption,
    "blip-2": filled("Question: {question} Answer:"),
    "instructblip": filled("{question}"),
}
BLIP_QUESTIONS = filled("{question}")


def tensors(
    processor: Any,
    ask: Ask | None,
    messages: Sequence[Message],
    images: dict[int, list[Any]],
    tools: Sequence[ToolSpec],
    template: dict[str, Any],
) -> Any:
    """The model's inputs. images: PIL pictures of each message, by its place. template: values for the chat template.
    Raises ModelError."""
    from jinja2 import TemplateError

    if ask is not None:
        pictures = [image for place in sorted(images) for image in images[place]]
        return ask(processor, pictures, messages[-1].text)
    known = {name: value for name, value in template.items() if name in str(processor.chat_template)}
    entries = [_entry(message, images.get(place, []), messages) for place, message in enumerate(messages)]
    for chat in (entries, _without_system(entries)):
        try:
            return processor.apply_chat_template(
                chat,
                tools=[_function(tool) for tool in tools] or None,
                add_generation_prompt=True,
                tokenize=True,
                return_dict=True,
                return_tensors="pt",
                **known,
            )
        except TemplateError as error:  # some know no system role
            refused = error
    raise ModelError(f"the model's chat template takes no such conversation: {refused}")


def _entry(message: Message, images: list[Any], history: Sequence[Message]) -> dict[str, Any]:
    content = [{"type": "image", "image": image} for image in images]
    entry: dict[str, Any] = {"role": message.role, "content": [*content, {"type": "text", "text": message.text}]}
    if message.calls:
        entry["tool_calls"] = [
            {"type": "function", "id": call.id, "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.calls
        ]
    if message.role == "tool":
        names = {call.id: call.name for earlier in history for call in earlier.calls}
        entry |= {"tool_call_id": message.call_id, "name": names.get(message.call_id, "tool")}
    return entry


def _without_system(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The system prompt as the beginning of the user's first words."""
    if len(entries) < 2 or entries[0]["role"] != "system" or entries[1]["role"] != "user":
        return entries
    first = [*entries[1]["content"][:-1], *entries[0]["content"], entries[1]["content"][-1]]
    return [{**entries[1], "content": first}, *entries[2:]]


def _function(tool: ToolSpec) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
    }
