"""A person by the second: what they say when, what the session says back, on a virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from typing import Any

import numpy as np

from tests.timed.virtual import level_of
from visavis_agents.events import Event
from visavis_agents.keeping import Snapshot
from visavis_agents.replay.recorded import Recorded
from visavis_agents.replay.tape import FORMAT, Header
from visavis_agents.roles import Role, load_role
from visavis_agents.seeing.sight import Frame
from visavis_agents.session import Session
from visavis_agents.settings import AgentSettings
from visavis_models.ports import Pcm

FRAME_S = 0.02


@cache
def sound_of(number: int | None) -> Pcm:
    """20 ms of somebody who says the sentence of that number, or nothing."""
    sound = np.full(320, 0.0 if number is None else level_of(number), np.float32)
    sound.flags.writeable = False
    return sound


@dataclass
class Scene:
    """say: (start, end, number of the sentence). act: (time, what to do with the session)."""

    senses: Any
    say: list[tuple[float, float, int]] = field(default_factory=list)
    act: list[tuple[float, Any]] = field(default_factory=list)
    role: Role = field(default_factory=lambda: load_role("companion"))
    lasts_s: float = 10.0
    away: list[tuple[float, float, float]] = field(default_factory=list)  # dead from, noticed at, back at
    kept: Snapshot | None = None
    gone_s: float = 0.0  # since then
    settings: AgentSettings = field(default_factory=AgentSettings)
    events: list[Event] = field(default_factory=list)
    shows: Callable[[float], Any] | None = None  # the camera's picture at a time, None while it is off
    listen_to: Callable[[float, Any], None] = lambda at, frame: None
    sounding: list[float] = field(default_factory=list)  # times of frames with sound in them that were heard
    tape: Any = None  # records it
    left: Snapshot | None = None  # where the conversation stood at the end

    async def play(self) -> Scene:
        loop = asyncio.get_running_loop()
        began_s = self.kept.at + self.gone_s if self.kept else 0.0
        start = loop.time() - began_s
        session = self._session(lambda: loop.time() - start)
        running = asyncio.create_task(session.run())
        await asyncio.sleep(0)
        session.attached(resumed=self.kept is not None)
        waiting = sorted(self.act, key=lambda a: a[0])
        for n in range(round(self.lasts_s / FRAME_S)):
            at = n * FRAME_S
            while waiting and waiting[0][0] <= at:
                waiting.pop(0)[1](session)
            said = next((number for a, b, number in self.say if a <= at < b), None)
            dead = next((dead for dead in self.away if dead[0] <= at < dead[2]), None)
            if dead is None:
                session.listen(sound_of(said), began_s + at)
            if self.shows and n % 3 == 0 and (picture := self.shows(at)) is not None:
                session.see(Frame(began_s + at, lambda picture=picture: picture))
            frame = session.speech.pull() if dead is None or at < dead[1] else np.zeros(960, np.int16)
            if dead is None:
                self.listen_to(at, frame)
            if not dead and np.count_nonzero(frame):
                self.sounding.append(at)
            for since, noticed, back in self.away:
                if at < noticed <= at + FRAME_S:
                    session.detached(since)
                if at < back <= at + FRAME_S:
                    session.attached(resumed=True)
            await asyncio.sleep(FRAME_S)
        self.left = session.snapshot()
        await session.close("the end")
        await running
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        assert not left, left
        return self

    def _session(self, clock: Callable[[], float]) -> Any:
        place = {"id": "scene", "clock": clock, "emit": self.events.append, "room": self._room, "kept": self.kept}
        make = partial(Session, role=self.role, settings=self.settings)
        if self.tape is None:
            return make(senses=self.senses, now=lambda: datetime(2026, 3, 1, 16, 10), **place)
        header = partial(
            Header,
            format=FORMAT,
            version="test",
            role=self.role,
            settings=self.settings.model_dump(),
            zone_s=3600.0,
        )
        return Recorded(make, self.senses, self.tape, header, wall=lambda: 1_772_377_800.0 + clock(), **place)

    async def _room(self) -> None:
        return

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]
