"""Senses that answer after a stated time without threads, for conversations on a virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from typing import Any

import numpy as np

from visavis_models.line import Line
from visavis_models.ports import Box, Face, Message, Pcm, Picture, Spoken, ToolCall, ToolSpec, Transcript, Word
from visavis_models.senses import Sense, Senses


class Inline:
    """A worker without a thread: every call takes `seconds` of virtual time."""

    def __init__(self, seconds: float) -> None:
        self.name = "inline"
        self.seconds = seconds
        self.idle = True
        self.line = Line(self.name)

    async def run(self, call: Callable[..., Any], *args: Any, within_s: float = 0.0) -> Any:
        await asyncio.sleep(self.seconds)
        return call(*args)

    async def stream(
        self, steps: Generator[Any, None, None], within_s: Callable[[], float] = lambda: 0.0
    ) -> AsyncGenerator[Any, None]:
        try:
            while True:
                await asyncio.sleep(self.seconds)
                try:
                    yield next(steps)
                except StopIteration:
                    return
        finally:
            steps.close()

    def close(self) -> None:
        pass


# A spoken sentence is a tone whose level says which sentence it is: level = 0.1 + 0.01 * its number.


def level_of(number: int) -> float:
    return 0.1 + 0.01 * number


class Loudness:
    """Voice activity: sound is speech."""

    def open(self) -> Loudness:
        return self

    def probability(self, pcm: Pcm) -> float:
        loud = pcm.dot(pcm) > 0.05**2 and float(np.abs(pcm).max()) > 0.05  # the sum of squares is soon known
        return 1.0 if loud else 0.0


class Certain:
    """End of turn: always the same probability."""

    def __init__(self, complete: float) -> None:
        self.complete = complete

    def probability(self, pcm: Pcm) -> float:
        return self.complete


class Codebook:
    """Recognizer: reads the numbers of the sentences off the sound, in the order they were said."""

    def __init__(self, sentences: Sequence[str]) -> None:
        self.sentences = sentences

    def open(self) -> Codebook:
        return self

    def partial(self, pcm: Pcm) -> Transcript:
        return Transcript(" ".join(self._final(pcm).split()[: max(1, len(pcm) // 8000)]))

    def final(self, pcm: Pcm) -> Transcript:
        text = self._final(pcm)
        words = text.split()
        step = len(pcm) / 16000 / max(len(words), 1)
        return Transcript(text, tuple(Word(w, i * step, (i + 1) * step) for i, w in enumerate(words)))

    def _final(self, pcm: Pcm) -> str:
        levels = np.unique(np.round((np.abs(pcm[np.abs(pcm) > 0.05]) - 0.1) * 100).astype(int))
        order = sorted(levels, key=lambda n: int(np.argmax(np.isclose(np.abs(pcm), level_of(n), atol=0.004))))
        return " ".join(self.sentences[n] for n in order if self.sentences[n])


class Script:
    """Language: the same words every time, one by one."""

    sees = False
    knows = True
    calls_tools = False
    concurrency = 1

    def __init__(self, words: str | Callable[[Sequence[Message]], Sequence[str | ToolCall]]) -> None:
        self.words = words
        self.asked: list[tuple[Message, ...]] = []

    def reply(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec] = (), max_tokens: int = 200
    ) -> Generator[str | ToolCall, None, None]:
        self.asked.append(tuple(messages))
        if callable(self.words):
            yield from self.words(messages)
        else:
            yield from (word + " " for word in self.words.split())

    def warm(self, messages: Sequence[Message]) -> None:
        pass


class Monotone:
    """Voice: a tone of a quarter of a second for each word, with word times."""

    def speak(self, text: str, pace: float = 1.0) -> Generator[Spoken, None, None]:
        words = text.split()
        pcm = np.full(len(words) * 6000, 0.3, np.float32)
        yield Spoken(pcm, 24_000, tuple(Word(w, i * 0.25, i * 0.25 + 0.25) for i, w in enumerate(words)))


# A picture of faces is one pixel for each: how far it is turned, how high its mouth is, and that it is there.


def picture_of(*faces: tuple[float, float]) -> Picture:
    """faces: (yaw in degrees, height of the mouth) each."""
    picture = np.zeros((1, 4, 3), np.uint8)
    for n, (yaw, mouth) in enumerate(faces):
        picture[0, n] = (round(yaw) + 128, round(mouth * 500), 1)
    return picture


class Puppets:
    """Faces: reads them off the pixels."""

    def faces(self, picture: Picture, known: Sequence[Face] = ()) -> tuple[Face, ...]:
        place = Box(0.4, 0.3, 0.2, 0.4)
        return tuple(Face(place, 0.0, int(yaw) - 128.0, 0.0, int(m) / 500) for yaw, m, there in picture[0] if there)


def senses(sentences: Sequence[str], words: Any, complete: float = 0.9, **others: Any) -> Senses:
    return Senses(
        voice_activity=Sense(Loudness(), Inline(0.0)),
        turn_end=Sense(Certain(complete), Inline(0.05)),
        recognizer=Sense(Codebook(sentences), Inline(0.08)),
        language=Sense(words if not isinstance(words, str) else Script(words), Inline(0.02)),
        voice=Sense(Monotone(), Inline(0.02)),
        **others,
    )
