"""Records the small library of conversations again: `python -m tests.conversations.make [NAME...]`.

A real server with the embedded models, a real WebRTC visitor, and questions spoken by the embedded voice: nobody's
recorded voice is in here. Only the lines are kept, packed; the microphone is left out, since a replay takes from the
tape what models said of it.
"""

from __future__ import annotations

import asyncio
import lzma
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np

from tests import speech
from visavis_agents import events as ev
from visavis_client.serving import serving
from visavis_client.visit import Question, Visitor
from visavis_server.disk_tape import EVENTS

HERE = Path(__file__).parent
NONE = [f"--set=models.{ability}.backend=none" for ability in ("vision", "reader", "painter")]


class Person:
    """A visitor who speaks with the embedded voice."""

    def __init__(self, visitor: Visitor, folder: Path) -> None:
        self.visitor = visitor
        self._folder = folder

    def question(self, *parts: str | float) -> Question:
        """Texts, and seconds of silence between them."""
        pieces = []
        for part in parts:
            if isinstance(part, str):
                pcm = Question.from_file(speech.spoken(part, self._folder).path).pcm
                pieces.append(pcm[24_000:-24_000])
            else:
                pieces.append(np.zeros(round(part * 48_000), np.float32))
        quiet = np.zeros(24_000, np.float32)
        pcm = np.concatenate([quiet, *pieces, quiet])
        return Question(str(parts), pcm, (0.5, len(pcm) / 48_000 - 0.5))

    async def ask(self, *parts: str | float) -> None:
        await self.visitor.ask(await asyncio.to_thread(self.question, *parts))
        await self.quiet()

    async def say_over(self, after_words: int, *parts: str | float) -> None:
        """Speak into the answer."""
        question = await asyncio.to_thread(self.question, *parts)
        await self.listen(after_words)
        self.visitor.microphone.say(question.pcm)

    def type(self, text: str) -> None:
        self._before = len(self.visitor.account.replies)
        self.visitor.send(ev.TextTyped(text=text))

    async def listen(self, words: int) -> None:
        """Until so many words of the answer to what was typed were heard."""
        replies, before = self.visitor.account.replies, self._before
        await self.visitor.until(lambda: len(replies) > before and replies[-1].spoken >= words, 20, "words")

    async def quiet(self) -> None:
        await asyncio.sleep(0.5)
        await self.visitor.until(lambda: self.visitor.account.quiet, 30, "silence")
        await asyncio.sleep(0.5)


async def questions(person: Person) -> None:
    await person.ask("What is twelve times seven?")
    await person.ask("Why do birds sing?")


async def interruption(person: Person) -> None:
    person.type("What can you do?")
    await person.say_over(4, "What is nine times six?")
    await asyncio.sleep(3.0)
    await person.quiet()


async def listening(person: Person) -> None:
    person.type("What can you do?")
    await person.say_over(5, "Mm-hm.")
    await person.quiet()


async def pause(person: Person) -> None:
    await person.ask("What is twelve times", 0.6, "seven?")


async def facts(person: Person) -> None:
    await person.ask("My name is Ada.")
    for text in ("What is my name?", "Forget everything", "What is my name?"):
        person.type(text)
        await person.listen(1)
        await person.quiet()


async def lost(person: Person) -> None:
    visitor = person.visitor
    person.type("What can you do?")
    await person.listen(6)
    line = visitor.connection
    line.cut()
    await asyncio.sleep(3.5)
    await visitor.connect()
    await person.quiet()
    await line.close()


ALL: dict[str, Callable[[Person], Awaitable[None]]] = {
    "questions": questions,
    "interruption": interruption,
    "listening": listening,
    "pause": pause,
    "facts": facts,
    "lost": lost,
}


def make(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with serving(place / "log.txt", [*NONE, f"--set=recorder.folder={place}"]) as server:
            for name in names:
                before = set(place.glob("20*"))
                asyncio.run(_talk(server.url, ALL[name], place))
                time.sleep(1.0)
                (made,) = set(place.glob("20*")) - before
                (HERE / name).mkdir(exist_ok=True)
                data = (made / EVENTS).read_bytes()
                (HERE / name / f"{EVENTS}.xz").write_bytes(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))
                print(f"{name}: {len(data.splitlines())} lines")


async def _talk(url: str, conversation: Callable[[Person], Awaitable[None]], folder: Path) -> None:
    visitor = Visitor(url)
    await visitor.connect()
    person = Person(visitor, folder)
    await person.quiet()  # the notice
    await conversation(person)
    await visitor.leave()


if __name__ == "__main__":
    make(sys.argv[1:] or list(ALL))
