"""What is being said: sound pulled 20 ms at a time, and the account of what was heard.

The reply task adds clauses, the loudspeaker pulls frames; the number of samples pulled decides which words were heard.
What was pulled will be heard: sound on its way is not called back. Ducking and holding fade the next frame; a resumed
reply comes back at the start of the word or sentence it was silenced in. All of this runs on the event loop and takes
microseconds.
"""

from __future__ import annotations

import asyncio
import math
from bisect import bisect_right
from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from visavis_agents.events import Word
from visavis_agents.stretch import joined, reach, stretched

RATE = 48_000  # samples per second, mono
FRAME = RATE // 50  # samples in the 20 ms that one pull returns
QUEUED_S = 15.0  # sound prepared ahead of what is heard, at most
PAST = 1500  # frames kept after they were heard, to be said again (30 s)
FADE = FRAME // 4  # samples (5 ms) in which the gain changes: nothing clicks, and an interruption is heard at once
DUCKED = 0.25  # gain while the user's first sound is judged (-12 dB)
LATELY = 25  # words that an echo may consist of
JUST_BEGUN_S = 1.5  # of a sentence: who asks for it again wants the one before

Frame = NDArray[np.int16]
_SILENCE: Frame = np.zeros(FRAME, np.int16)
_SILENCE.flags.writeable = False


class Speech:
    """One session's voice. The callbacks are called from `pull`, on the event loop:

    on_start(reply) with its first sound, on_word(reply, index) as each word begins, on_done(reply) after its last,
    on_frame(frame) with every frame that has sound."""

    def __init__(
        self,
        on_start: Callable[[int], None],
        on_word: Callable[[int, int], None],
        on_done: Callable[[int], None],
        on_frame: Callable[[Frame], None] = lambda frame: None,
    ) -> None:
        self._on_start = on_start
        self._on_word = on_word
        self._on_done = on_done
        self._on_frame = on_frame
        self._space = asyncio.Event()
        self._space.set()
        self._quiet = asyncio.Event()
        self._fade: Frame | None = None
        self.volume = 1.0  # the user's wish
        self.begin(0)
        self._stop()

    # --- filled by the reply ---------------------------------------------------------------------------------------

    def begin(self, reply: int) -> None:
        """Reply `reply` is the one being said from now on."""
        self.reply = reply
        self._sound: deque[Frame] = deque()
        self._past: deque[Frame] = deque(maxlen=PAST)  # sound already pulled, for going back
        self._words: list[Word] = []
        self._starts: list[int] = []
        self._played = 0  # samples pulled; less after going back
        self._heard = 0  # samples ever pulled
        self._total = 0
        self._said = 0
        self._started = False
        self._finished = False
        self._ended = False
        self._quiet.clear()
        self._gain = self._target = 1.0
        self._paces: list[tuple[int, float]] = []  # up to this sample, so much faster than it was made
        self._tail: Frame | None = None  # that the next stretched frame begins on
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
        self._fade_to(DUCKED)

    def lift(self) -> None:
        """As loud as before."""
        self._fade_to(1.0)

    def hold(self) -> None:
        """Fall silent with the next frame and stay where we are."""
        self._fade_to(0.0)

    def resume(self, sentence: bool = False) -> None:
        """Go on; after a hold from the start of the word that was interrupted, or of its sentence."""
        if self._gain == 0.0 and not self._ended:
            index = self._word_at(self._played)
            self._go_back(self._sentence_of(index) if sentence else index)
        self._fade_to(1.0)

    def again(self) -> None:
        """From the start of the sentence being said; if that has only just begun, of the one before."""
        if not self._ended:
            index = self._sentence_of(self._word_at(self._played))
            if index > 0 and self._played - self._starts[index] < JUST_BEGUN_S * RATE:
                index = self._sentence_of(index - 1)
            self._go_back(index)
        self._gain = 0.0  # the sound jumps: fade in
        self._target = 1.0

    def repace(self, faster: float) -> None:
        """What is queued is said so much faster, and slower below 1; what comes later was made for the new pace."""
        self._paces.append((self._total, faster))

    def back_to(self, word: int) -> None:
        """What was pulled since the start of this word (counted from 0) was not heard: it comes again."""
        if not self._ended and word < self._said:
            self._go_back(word)
            self._heard = min(self._heard, self._played)

    def cut(self, reply: int) -> tuple[str, float]:
        """Silence for good. Returns the words heard (a word counts from its middle on) and the seconds heard."""
        if reply != self.reply:
            return "", 0.0
        heard_s = self._heard / RATE
        heard = " ".join(w.text for w in self._words if (w.start_s + w.end_s) / 2 <= heard_s)
        if not self._ended and self._gain > 0.0:
            self._fade = self._loud(self._take(FRAME), self._gain, 0.0)
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
        frame = self._loud(self._next(), self._gain, self._target)
        self._gain = self._target
        self._on_frame(frame)
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
    def lately(self) -> list[str]:
        """The words said last."""
        return [word.text for word in self._words[max(0, self._said - LATELY) : self._said]]

    def queued_s(self, reply: int) -> float:
        """Seconds of sound that wait to be heard of this reply."""
        return (self._total - self._played) / RATE if reply == self.reply else 0.0

    @property
    def left_s(self) -> float:
        """Seconds of the current reply still to be heard; infinite while more may come."""
        return (self._total - self._played) / RATE if self._finished else math.inf

    # --- inside ----------------------------------------------------------------------------------------------------

    def _next(self) -> Frame:
        """20 ms of sound, at the pace that was asked for after it was made."""
        faster = math.prod(pace for until, pace in self._paces if self._played < until)
        tail, self._tail = self._tail, None
        if faster == 1.0:
            return joined(tail, self._take(FRAME))
        frame, self._tail = stretched(self._peek(reach(FRAME)), FRAME, tail)
        self._take(round(FRAME * faster))
        return frame

    def _peek(self, samples: int) -> Frame:
        """The next samples, as far as there are any; they are not played yet."""
        pieces: list[Frame] = []
        for piece in self._sound:
            if samples <= 0:
                break
            pieces.append(piece[:samples])
            samples -= len(piece)
        return np.concatenate(pieces) if pieces else _SILENCE[:0]

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
        self._heard = max(self._heard, self._played)
        self._past.extend(pieces)
        self._measure()
        if missing:
            pieces.append(_SILENCE[:missing])
        return np.concatenate(pieces)

    def _fade_to(self, gain: float) -> None:
        self._target = gain
        if not self._started:  # nothing sounds that could click
            self._gain = gain

    def _loud(self, frame: Frame, first: float, last: float) -> Frame:
        """The frame with a gain from first to last, at the user's volume; what would be too loud is rounded off."""
        if first == last == self.volume == 1.0:
            return frame
        gain = np.full(FRAME, last * self.volume)
        gain[:FADE] = np.linspace(first * self.volume, last * self.volume, FADE)
        louder = frame * gain if self.volume <= 1.0 else 32767 * np.tanh(frame * gain / 32767)
        return np.asarray(louder, np.int16)

    def _word_at(self, samples: int) -> int:
        return max(0, bisect_right(self._starts, samples) - 1)

    def _sentence_of(self, index: int) -> int:
        """The first word of the sentence of word `index`."""
        while index > 0 and not self._words[index - 1].text.rstrip("\"')").endswith((".", "!", "?")):
            index -= 1
        return index

    def _go_back(self, index: int) -> None:
        """To the start of word `index`, as far as the sound is kept."""
        self._tail = None
        missing = self._played - (self._starts[index] if index and index < len(self._starts) else 0)
        while missing > 0 and self._past:
            piece = self._past.pop()
            if len(piece) > missing:
                self._past.append(piece[:-missing])
                piece = piece[-missing:]
            self._sound.appendleft(piece)
            self._played -= len(piece)
            missing -= len(piece)
        self._said = min(self._said, bisect_right(self._starts, self._played - 1))

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
