"""What is being said: sound pulled 20 ms at a time, and the account of what was heard.

The reply task adds clauses, the loudspeaker pulls frames; the number of samples pulled decides which words were heard.
Ducking and holding change the gain over one frame, so that nothing clicks; a resumed reply comes back at the start of
the word it was silenced in. Everything here runs on the event loop and takes microseconds.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from visavis_agents.events import Word

RATE = 48_000  # samples per second, mono
FRAME = RATE // 50  # samples in the 20 ms that one pull returns
QUEUED_S = 15.0  # sound prepared ahead of what is heard, at most
DUCKED = 0.25  # gain while the user's first sound is judged (-12 dB)

Frame = NDArray[np.int16]
_SILENCE: Frame = np.zeros(FRAME, np.int16)
_SILENCE.flags.writeable = False


class Speech:
    """One session's voice. The callbacks are called from `pull`, on the event loop:

    on_start(reply) with its first sound, on_word(reply, index) as each word begins, on_done(reply) after its last."""

    def __init__(
        self,
        on_start: Callable[[int], None],
        on_word: Callable[[int, int], None],
        on_done: Callable[[int], None],
    ) -> None:
        self._on_start = on_start
        self._on_word = on_word
        self._on_done = on_done
        self._space = asyncio.Event()
        self._space.set()
        self._quiet = asyncio.Event()
        self._fade: Frame | None = None
        self.begin(0)
        self._stop()

    # --- filled by the reply ---------------------------------------------------------------------------------------

    def begin(self, reply: int) -> None:
        """Reply `reply` is the one being said from now on."""
        self.reply = reply
        self._sound: deque[Frame] = deque()
        self._past: Frame = _SILENCE[:0]  # sound already pulled since the last word began, for rewinding
        self._words: list[Word] = []
        self._starts: list[int] = []
        self._played = 0
        self._total = 0
        self._said = 0
        self._started = False
        self._finished = False
        self._ended = False
        self._quiet.clear()
        self._gain = self._target = 1.0
        self._measure()

    def add(self, reply: int, pcm: NDArray[np.float32], words: tuple[Word, ...]) -> tuple[float, tuple[Word, ...]]:
        """Append a piece of sound at 48 kHz with its words. Returns its start and its words, in reply seconds.

        A piece of a reply that was cut meanwhile is dropped."""
        if reply != self.reply or self._ended:
            return 0.0, ()
        start_s = self._total / RATE
        placed = tuple(Word(w.text, start_s + w.start_s, start_s + w.end_s) for w in words)
        self._sound.append((np.clip(pcm, -1.0, 1.0) * 32767).astype(np.int16))
        self._total += len(pcm)
        self._words.extend(placed)
        self._starts.extend(int(w.start_s * RATE) for w in placed)
        self._measure()
        return start_s, placed

    def finish(self, reply: int) -> None:
        """No more sound will come for this reply."""
        if reply == self.reply and not self._ended:
            self._finished = True
            if self._played >= self._total:
                self._end()

    async def room(self) -> None:
        """Wait until there is room for more sound."""
        await self._space.wait()

    async def silence(self) -> None:
        """Wait until nothing is being said."""
        await self._quiet.wait()

    # --- told by the turn machine ----------------------------------------------------------------------------------

    def duck(self) -> None:
        self._target = DUCKED

    def hold(self) -> None:
        """Fall silent within one frame and stay where we are."""
        self._target = 0.0

    def resume(self) -> None:
        """Go on; after a hold from the start of the word that was interrupted."""
        if self._gain == 0.0 and not self._ended:
            index = bisect_right(self._starts, self._played) - 1
            self._rewind(self._starts[index] if index >= 0 else 0)
        self._target = 1.0

    def cut(self, reply: int) -> tuple[str, float]:
        """Silence for good. Returns the words heard (a word counts from its middle on) and the seconds heard."""
        if reply != self.reply:
            return "", 0.0
        heard_s = self._played / RATE
        heard = " ".join(w.text for w in self._words if (w.start_s + w.end_s) / 2 <= heard_s)
        if not self._ended and self._gain > 0.0:
            tail = self._take(FRAME)
            self._fade = (tail * np.linspace(self._gain, 0.0, FRAME)).astype(np.int16)
        self.begin(0)
        self._stop()
        return heard, heard_s

    # --- pulled by the loudspeaker ---------------------------------------------------------------------------------

    def pull(self) -> Frame:
        """The next 20 ms: (960,) int16, 48 kHz, mono. Silence when there is nothing to say."""
        if self._fade is not None:
            fade, self._fade = self._fade, None
            return fade
        if self._ended or (self._gain == 0.0 and self._target == 0.0) or self._played >= self._total:
            return _SILENCE
        if not self._started:
            self._started = True
            self._on_start(self.reply)
        frame = self._take(FRAME)
        if self._gain != self._target or self._gain != 1.0:
            frame = (frame * np.linspace(self._gain, self._target, FRAME)).astype(np.int16)
            self._gain = self._target
        while self._said < len(self._starts) and self._starts[self._said] < self._played:
            self._on_word(self.reply, self._said)
            self._said += 1
        if self._finished and self._played >= self._total:
            self._end()
        return frame

    @property
    def idle(self) -> bool:
        """Nothing is being said and nothing waits to be said."""
        return self._ended or self._played >= self._total

    @property
    def played_s(self) -> float:
        """Seconds of the current reply that were pulled."""
        return self._played / RATE

    # --- inside ----------------------------------------------------------------------------------------------------

    def _take(self, samples: int) -> Frame:
        """The next samples, padded with silence; they count as played."""
        pieces: list[Frame] = []
        missing = samples
        while missing and self._sound:
            piece = self._sound.popleft()
            if len(piece) > missing:
                self._sound.appendleft(piece[missing:])
                piece = piece[:missing]
            pieces.append(piece)
            missing -= len(piece)
        self._played += samples - missing
        taken = np.concatenate(pieces) if pieces else _SILENCE[:0]
        index = bisect_right(self._starts, self._played) - 1
        keep = self._played - (self._starts[index] if index >= 0 else 0)
        self._past = np.concatenate([self._past, taken])[-keep:] if keep else _SILENCE[:0]
        self._measure()
        return np.concatenate([taken, _SILENCE[:missing]]) if missing else taken

    def _rewind(self, to: int) -> None:
        back = min(self._played - to, len(self._past))
        if back > 0:
            self._sound.appendleft(self._past[-back:])
            self._past = self._past[:-back]
            self._played -= back

    def _stop(self) -> None:
        self._ended = True
        self._quiet.set()

    def _end(self) -> None:
        self._stop()
        self._on_done(self.reply)

    def _measure(self) -> None:
        if self._total - self._played < QUEUED_S * RATE:
            self._space.set()
        else:
            self._space.clear()


def spread(text: str, seconds: float) -> tuple[Word, ...]:
    """Words of a clause over its sound by their length, for voices that give no times of their own."""
    words = text.split()
    weights = np.array([len(word) + 1 for word in words], float)
    edges = np.concatenate([[0.0], np.cumsum(weights)]) / max(weights.sum(), 1.0) * seconds
    return tuple(Word(w, float(a), float(b)) for w, a, b in zip(words, edges[:-1], edges[1:], strict=True))
