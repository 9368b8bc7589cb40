"""The real ears, heard through: sound in, all that was posted out, as on a machine whose models take no time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

import numpy as np

from visavis_agents.hearing import Hearing
from visavis_agents.inner import Inner, Transcribed, VoiceWeighed
from visavis_agents.settings import AgentSettings
from visavis_models.backends import moonshine, silero, smart_turn
from visavis_models.packs import Packs
from visavis_models.ports import Pcm
from visavis_models.senses import Sense, Senses
from visavis_models.settings import BackendSettings, ModelSettings
from visavis_models.workers import Worker

RATE = 16_000
HOP = 640
TAKEN_S = 0.7  # silence after which the turn is taken


def real_senses() -> Senses:
    """The embedded ears; nobody to answer."""
    packs = Packs(ModelSettings().packs)

    def settings(name: str) -> BackendSettings:
        return BackendSettings(backend=name)

    return Senses(
        voice_activity=Sense(silero.load(settings("silero"), packs), Worker("voice activity")),
        turn_end=Sense(smart_turn.load(settings("smart_turn"), packs), Worker("turn end")),
        recognizer=Sense(moonshine.load(settings("moonshine"), packs), Worker("recognizer")),
        language=None,  # type: ignore[arg-type]
        voice=None,  # type: ignore[arg-type]
    )


def listen(senses: Senses, pcm: Pcm, **settings: float) -> list[Inner]:
    """pcm: (samples,), 16 kHz; it begins at session time 0."""
    return asyncio.run(_listen(senses, pcm, AgentSettings(**settings)))  # type: ignore[arg-type]


async def _listen(senses: Senses, pcm: Pcm, settings: AgentSettings) -> list[Inner]:
    posted: list[Inner] = []
    troubles: list[str] = []
    hearing = Hearing(senses, settings, posted.append, troubles.append)
    running = asyncio.create_task(hearing.run())
    me = asyncio.current_task()
    for n in range(0, pcm.size, HOP):
        hearing.feed(pcm[n : n + HOP], n / RATE)
        await asyncio.sleep(0)
        # Everything that this piece of sound started comes to its end before the next one is fed.
        while not hearing.idle or asyncio.all_tasks() - {me, running}:
            await asyncio.sleep(0.0005)
        last = next((event for event in reversed(posted) if not isinstance(event, VoiceWeighed)), None)
        if last and n / RATE - getattr(last, "end_s", np.inf) > TAKEN_S:
            hearing.close(last.utterance)  # type: ignore[attr-defined]
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert not troubles
    return posted


def text_of(posted: Sequence[Inner]) -> str:
    """The last transcript of every utterance."""
    last = {event.utterance: event.text for event in posted if isinstance(event, Transcribed)}
    return " ".join(filter(None, last.values()))
