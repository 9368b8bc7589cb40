"""Conversations by text in real time: a session without ears, whose voice is done at once."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Sequence

import msgspec
import numpy as np

from visavis_agents import events as ev
from visavis_agents.knowledge import Knowledge
from visavis_agents.roles import Role
from visavis_agents.session import Session
from visavis_agents.settings import AgentSettings
from visavis_models.ports import Embedder, Language, Spoken
from visavis_models.senses import Sense, Senses
from visavis_models.workers import Worker


class Mute:
    """A voice that is done at once."""

    def speak(self, text: str, pace: float = 1.0) -> Generator[Spoken, None, None]:
        yield Spoken(np.zeros(480, np.float32), 24_000)


class Deaf:
    """No ear: silence is all it hears. Stands for voice activity and for the recognizer."""

    def open(self) -> Deaf:
        return self

    def probability(self, pcm: object) -> float:
        return 0.0


def senses(language: Sense[Language], embedder: Sense[Embedder] | None = None) -> Senses:
    ears = Sense(Deaf(), Worker("ears"))
    return Senses(
        voice_activity=ears,
        recognizer=ears,  # type: ignore[arg-type]
        language=language,
        voice=Sense(Mute(), Worker("voice")),
        embedder=embedder,
    )


async def converse(
    senses: Senses, role: Role, lines: Sequence[str], knowledge: Knowledge | None = None
) -> list[ev.Event]:
    """Say the lines, each when the answer to the one before has ended. Returns all events."""
    loop = asyncio.get_running_loop()
    events: list[ev.Event] = []
    ended = asyncio.Event()

    def emit(event: ev.Event) -> None:
        events.append(event)
        if isinstance(event, ev.ReplyEnded):
            ended.set()

    async def room() -> None:
        return

    session = Session(
        id="typed",
        role=msgspec.structs.replace(role, greeting=""),
        senses=senses,
        settings=AgentSettings(),
        clock=loop.time,
        emit=emit,
        room=room,
        knowledge=knowledge,
    )
    running = asyncio.create_task(session.run())
    await asyncio.sleep(0)
    session.attached(resumed=False)
    for line in lines:
        ended.clear()
        session.receive(ev.TextTyped(text=line))
        async with asyncio.timeout(60):
            while not ended.is_set():
                session.speech.pull()
                await asyncio.sleep(0.002)
    await session.close("the end")
    await running
    return events


def answers(events: Sequence[ev.Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, ev.ReplyEnded)]
