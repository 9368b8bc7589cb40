"""A conversation in the terminal, with the machine's own microphone and loudspeaker (`pip install visavis[mic]`)."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
import typer

from visavis_agents import events as ev
from visavis_client.media import Ear, Microphone
from visavis_client.sound import FRAME, RATE
from visavis_client.visit import VisitError, Visitor

LATEST = 25  # 20 ms pieces waiting to be played, at most


class LiveMicrophone(Microphone):
    """Sends what the sound card records."""

    def record(self, pcm: np.ndarray[Any, np.dtype[np.float32]]) -> None:
        if len(self._queue) < RATE // 2:
            self.say(pcm)


class LiveEar(Ear):
    """Plays what is received."""

    def __init__(self, clock: Any) -> None:
        super().__init__(clock)
        self.waiting: deque[np.ndarray[Any, np.dtype[np.float32]]] = deque(maxlen=LATEST)

    def keep(self, stream_s: float, pcm: np.ndarray[Any, np.dtype[np.float32]]) -> None:
        self.waiting.append(pcm)


async def converse(server: str, token: str, video: Path | None) -> None:
    """Talk until Ctrl-C. Raises VisitError when there is no sound card or no server."""
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        raise VisitError(
            f"the microphone needs the package sounddevice and PortAudio ({error}): pip install 'visavis[mic]', "
            "or give --wav or --text"
        ) from None
    visitor = Visitor(server, token, video, report=_show)
    microphone, ear = LiveMicrophone(visitor.clock), LiveEar(visitor.clock)
    visitor.prepare(microphone, ear)
    loop = asyncio.get_running_loop()

    def exchange(recorded: Any, played: Any, frames: int, time: Any, status: Any) -> None:
        loop.call_soon_threadsafe(microphone.record, recorded[:, 0].copy())
        played[:] = 0
        with contextlib.suppress(IndexError):
            pcm = ear.waiting.popleft()[:frames]
            played[: len(pcm), 0] = pcm

    await visitor.connect()
    try:
        with sounddevice.Stream(samplerate=RATE, blocksize=FRAME, channels=1, dtype="float32", callback=exchange):
            typer.echo("Talk. Ctrl-C ends the conversation. Headphones keep the assistant from hearing itself.")
            await asyncio.Event().wait()
    except sounddevice.PortAudioError as error:
        raise VisitError(f"the sound card could not be opened ({error}): give --wav or --text") from None
    finally:
        await visitor.leave()


def _show(at: float, event: ev.Event) -> None:
    match event:
        case ev.UserFinal(text=text):
            typer.echo(f"  you  {text}")
        case ev.ReplyClause(text=text) if text:
            typer.echo(f"  vis  {text}")
        case ev.Trouble(what=what, todo=todo):
            typer.echo(f"  !    {what} {todo}")
