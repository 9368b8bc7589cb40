"""A conversation in the terminal, with the machine's own microphone and loudspeaker (`pip install visavis[mic]`)."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np

from visavis_client.captions import Captions
from visavis_client.connection import VisitError
from visavis_client.ear import Ear
from visavis_client.sound import FRAME, RATE, Pcm
from visavis_client.tracks import Clock, Microphone
from visavis_client.visit import Visitor

FOREVER_S = 1e7
LATEST_S = 0.3  # sound that may wait to be sent or played; older is lost


class LiveMicrophone(Microphone):
    """Sends what the sound card records, and keeps nothing."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, keep=False)

    def record(self, pcm: Pcm) -> None:
        self.say(pcm)
        self._queue = self._queue[-int(LATEST_S * RATE) :]


class LiveEar(Ear):
    """Has what is received ready for the sound card, and keeps nothing."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self._waiting: Pcm = np.zeros(0, np.float32)

    def keep(self, at: float, pcm: Pcm) -> None:
        self.loud.clear()
        self._waiting = np.concatenate([self._waiting, pcm])[-int(LATEST_S * RATE) :]

    def play(self, count: int) -> Pcm:
        """The next `count` samples; called by the sound card's thread."""
        now, self._waiting = self._waiting[:count], self._waiting[count:]
        return np.pad(now, (0, count - len(now)))


async def converse(visitor: Visitor, captions: Captions) -> None:
    """Talk until Ctrl-C or until the server ends it. Raises VisitError when there is no sound card or no server."""
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        raise VisitError(
            f"the microphone needs the package sounddevice and PortAudio ({error}): pip install 'visavis[mic]', "
            "or give --wav or --text"
        ) from None
    visitor.microphone = microphone = LiveMicrophone(visitor.clock)
    visitor.ear = ear = LiveEar(visitor.clock)
    loop = asyncio.get_running_loop()

    def exchange(recorded: Any, played: Any, count: int, time: Any, status: Any) -> None:
        loop.call_soon_threadsafe(microphone.record, recorded[:, 0].copy())
        played[:, 0] = ear.play(count)

    try:
        with sounddevice.Stream(samplerate=RATE, blocksize=FRAME, channels=1, dtype="float32", callback=exchange):
            await visitor.connect()
            captions.note("Talk. Ctrl-C ends the conversation. Headphones keep the assistant from hearing itself.")
            await visitor.until(lambda: False, FOREVER_S, "an end")
    except sounddevice.PortAudioError as error:
        raise VisitError(f"the sound card could not be opened ({error}): give --wav or --text") from None
    finally:
        if visitor.connection:
            await visitor.leave()
