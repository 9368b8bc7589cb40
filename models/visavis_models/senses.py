"""The loaded models of a server, each with the worker that owns it. Loaded once, shared by all sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from visavis_models.ports import (
    Embedder,
    Faces,
    Language,
    Painter,
    Reader,
    Recognizer,
    TurnEnd,
    Vision,
    Voice,
    VoiceActivity,
)
from visavis_models.workers import Worker

Port = TypeVar("Port", covariant=True)


@dataclass(frozen=True)
class Sense(Generic[Port]):
    """One loaded backend and its thread: `await sense.worker.run(sense.port.method, ...)`."""

    port: Port
    worker: Worker


@dataclass(frozen=True)
class Senses:
    """None: this server goes without the ability (setting `backend = "none"`)."""

    voice_activity: Sense[VoiceActivity]
    recognizer: Sense[Recognizer]
    language: Sense[Language]
    voice: Sense[Voice]
    turn_end: Sense[TurnEnd] | None = None
    vision: Sense[Vision] | None = None
    faces: Sense[Faces] | None = None
    reader: Sense[Reader] | None = None
    painter: Sense[Painter] | None = None
    embedder: Sense[Embedder] | None = None

    def close(self) -> None:
        for sense in vars(self).values():
            if sense is not None:
                sense.worker.close()
