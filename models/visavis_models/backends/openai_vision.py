"""Eyes of any OpenAI-compatible server that takes pictures: Ollama, llama.cpp, vLLM, LM Studio, Gemini, OpenAI.

The same wire as the words (`openai_chat.py`); pictures go as JPEG data addresses. Settings: base_url, model, api_key,
timeout_s, and options (`Options`).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Annotated, Any, cast

import msgspec

from visavis_models.backends import openai_chat
from visavis_models.errors import ModelError
from visavis_models.openai_http import Endpoint
from visavis_models.packs import Packs
from visavis_models.ports import Message, Picture
from visavis_models.settings import BackendSettings

INSTRUCTIONS = (
    "You see through a camera for somebody who hears you. Answer in one or two short sentences of plain spoken "
    "English, without lists or symbols. If you are not sure, say so."
)


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`models.vision.options`. request: fields added to every request as they are."""

    max_tokens: int = 120
    instructions: str = INSTRUCTIONS
    concurrency: int = 8  # answers asked for at once
    pictures: Annotated[int, msgspec.Meta(ge=1, le=16)] = 4  # most of one question: the newest; some models take one
    picture_side: Annotated[int, msgspec.Meta(ge=32, le=4096)] = 768  # pixels of a picture's longest side
    max_tokens_field: str = "max_tokens"  # newer OpenAI models want "max_completion_tokens"
    request: dict[str, Any] = {}


def load(settings: BackendSettings, packs: Packs) -> OpenAIVision:
    """Raises ModelError for settings that cannot work; the server is not asked before the first answer."""
    try:
        options = msgspec.convert(settings.options, Options)
    except msgspec.ValidationError as error:
        raise ModelError(f"models.vision.options: {error}") from None
    return OpenAIVision(Endpoint(settings, "vision"), options)


class OpenAIVision:
    """The Vision port; safe to use from several threads."""

    def __init__(self, endpoint: Endpoint, options: Options) -> None:
        self.concurrency = max(1, options.concurrency)
        self._options = options
        self._chat = openai_chat.OpenAIChat(
            endpoint,
            openai_chat.Options(
                sees=True,
                tools=False,
                pictures=options.pictures,
                picture_side=options.picture_side,
                max_tokens_field=options.max_tokens_field,
                request=options.request,
            ),
        )

    def answer(self, pictures: Sequence[Picture], words: str) -> Generator[str, None, None]:
        """Raises Unreachable or ModelError. Closing it hangs up."""
        if not len(pictures):
            raise ModelError("there is no picture to look at: turn the camera on")
        messages = [
            Message("system", self._options.instructions),
            Message("user", words, pictures=tuple(pictures)),
        ]
        pieces = self._chat.reply(messages, max_tokens=self._options.max_tokens)
        return cast("Generator[str, None, None]", pieces)  # no tools were offered
