"""The ears of a session: microphone sound in, what was said and when out.

`feed` takes sound as it comes; `run` puts it to the voice activity, frame by frame, and lets `endpoint.step` decide
when somebody speaks. An utterance grows until the turn machine closes it. While it grows the recognizer writes partial
transcripts. At the first silent frame it writes one that is ready if a pause comes of it, and at the second the
end-of-turn model is asked; both are posted with the pause, and dropped if speech goes on. While the silence lasts and
the latter is not sure, it is asked again. Time comes with the samples, never from a clock.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from math import inf

import numpy as np

from visavis_agents import endpoint
from visavis_agents.echo import Echo
from visavis_agents.frames import FRAME, Frames
from visavis_agents.inner import (
    Inner,
    SpeechPaused,
    SpeechStarted,
    SpeechWentOn,
    TurnGuessed,
    VoiceRose,
    VoiceWeighed,
)
from visavis_agents.judge import SILENT, Evidence, Likeness, weigh
from visavis_agents.lows import Lows
from visavis_agents.recognition import Recognition
from visavis_agents.room import Room
from visavis_agents.settings import AgentSettings
from visavis_agents.utterance import Sound, Utterance
from visavis_models.errors import ModelError
from visavis_models.ports import HEARING_RATE, Pcm, VoiceActivityStream
from visavis_models.senses import Senses

BACKLOG_S = 2.0  # sound that may wait; older is lost
PRE_ROLL_S = 0.3  # kept from before the onset: a soft first consonant is not yet "voice"
FIRST_PARTIAL_S = 0.5  # speech before the first partial transcript
ANEW = 16  # quiet frames over a reply after which the voice activity begins anew


class Hearing:
    """post: must not block. trouble: told, in plain words, what failed."""

    def __init__(
        self,
        senses: Senses,
        settings: AgentSettings,
        post: Callable[[Inner], None],
        trouble: Callable[[str], None],
        utterances: int = 0,
    ) -> None:
        self.lost_s = 0.0  # sound that came faster than it could be heard
        self.idle = True  # all sound that came was heard
        self._activity = senses.voice_activity
        self._post = post
        self._words = Recognition(senses, post, trouble)
        self._rule = endpoint.Rule(pause_s=settings.pause_s)
        self._longest_s = settings.max_utterance_s

        self._backlog: deque[tuple[Pcm, float]] = deque()
        self._waiting = 0  # samples in it
        self._arrived = asyncio.Event()
        self._muted = False
        self._pressed = False

        self._listener: VoiceActivityStream | None = None
        self._quiet = 0  # frames without a voice in a row
        self._anew = False  # the voice activity is to forget what was before the last frames
        self._frames = Frames()
        self._before: deque[tuple[Pcm, float]] = deque(maxlen=round(PRE_ROLL_S / endpoint.FRAME_S) + self._rule.onset)
        self._state: endpoint.State = endpoint.Quiet()
        self.echo = Echo()
        self._room = Room()
        self._lows = Lows()
        self._evidence = Evidence()
        self._likeness = Likeness.NOTHING
        self._number = utterances  # of the newest utterance

    # --- from the session --------------------------------------------------------------------------------------------

    def feed(self, pcm: Pcm, at: float) -> None:
        """pcm: (samples,), 16 kHz, any length; at: session time of its first sample. Never blocks."""
        if self._muted or not pcm.size:
            return
        if self.idle and self._frames.leaves_room(pcm, at):  # nothing to do yet
            self._frames.add(pcm, at, follow=self._words.utterance is None)
            return
        self._backlog.append((pcm, at))
        self._waiting += pcm.size
        while self._waiting > BACKLOG_S * HEARING_RATE and len(self._backlog) > 1:
            lost, _ = self._backlog.popleft()
            self._waiting -= lost.size
            self.lost_s += lost.size / HEARING_RATE
        self.idle = False
        self._arrived.set()

    def close(self, utterance: int) -> None:
        """The text of the utterance was taken: later speech is the next one."""
        self._end(utterance, taken=True)

    def drop(self, utterance: int) -> None:
        """Nobody wants the utterance: what is still being said of it is not listened to."""
        self._end(utterance, taken=False)

    def press(self) -> None:
        """Push-to-talk is down: all sound until `release` is one utterance, whatever the pauses."""
        if self._pressed or self._muted:
            return
        self._pressed = True
        if self._words.utterance is None or self._words.utterance.sealed:
            self._open(self._words.now, by_button=True)
        else:
            if isinstance(self._state, endpoint.Pausing):
                self._post(SpeechWentOn(at=self._words.now, utterance=self._words.utterance.number))
            self._words.utterance.asking = None
            self._words.utterance.by_button = True
        self._state = endpoint.Speaking(self._words.now)

    def release(self) -> None:
        """Push-to-talk is up: the utterance is complete."""
        if not self._pressed:
            return
        self._pressed = False
        self._seal()

    def mute(self, muted: bool) -> None:
        """While muted nothing is heard; what was being said is forgotten."""
        self._muted = muted
        if muted:
            self._backlog.clear()
            self._waiting = 0
            self._pressed = False
            self._forget()

    async def run(self) -> None:
        """Hear until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._words.group = group
            try:
                while True:
                    await self._arrived.wait()
                    self._arrived.clear()
                    while self._backlog:
                        pcm, at = self._backlog.popleft()
                        self._waiting -= pcm.size
                        await self._hear(pcm, at)
                    self.idle = True
            finally:
                self._words.group = None

    # --- sound -> frames ---------------------------------------------------------------------------------------------

    async def _hear(self, pcm: Pcm, at: float) -> None:
        if self._frames.apart(at):
            if self._words.utterance is not None and not self._words.utterance.sealed:
                self._seal()
            self._forget(keep=True)
            self._frames.begin(at)
        frames, start = self._frames.add(pcm, at, follow=self._words.utterance is None)
        if not frames:
            return
        for n, (frame, probability) in enumerate(zip(frames, await self._probabilities(frames), strict=True)):
            if not self._muted:
                at = start + (n + 1) * FRAME / HEARING_RATE
                probability = self._room.near(frame, 0.0 if self.echo.ours(frame, at) else probability)
                self._frame(frame, probability, at)
                self._weigh(probability)
                self._listen_anew(probability, at)

    async def _probabilities(self, frames: list[Pcm]) -> list[float]:
        try:
            return await self._activity.worker.run(self._listen, frames)
        except ModelError as error:
            self._words.tell(f"Nobody can be heard just now: {error}")
            return [0.0] * len(frames)

    def _listen(self, frames: list[Pcm]) -> list[float]:
        """On the worker's thread."""
        if self._listener is None:
            self._listener = self._activity.port.open()
        elif self._anew:
            self._anew = False
            fresh = self._activity.port.open()
            lately = [fresh.probability(frame) for frame, _ in self._before if frame.size == FRAME]
            if lately and lately[-1] < SILENT:  # else what goes on in the room would begin again
                self._listener = fresh
        return [self._listener.probability(self._lows.given(frame)) for frame in frames]

    def _listen_anew(self, probability: float, at: float) -> None:
        """Over a reply, forget a quiet half second: the longer its past, the later the model believes a voice."""
        self._quiet = self._quiet + 1 if probability < SILENT else 0
        if self._quiet >= ANEW and self._words.utterance is None and self.echo.sounding(at):
            self._anew, self._quiet = True, 0

    # --- frames -> utterances ----------------------------------------------------------------------------------------

    def _frame(self, frame: Pcm, probability: float, at: float) -> None:
        """at: session time of the end of the frame."""
        self._words.now = at
        self._before.append((frame, probability))
        utterance = self._words.utterance
        if utterance is not None and utterance.sealed:
            return
        if utterance is not None:
            utterance.sound.add(frame)
            self._count(utterance, probability)
            utterance.clear += self._room.clear
            utterance.amid_voices = self._room.talks
        if self._pressed:
            if probability >= self._rule.off:
                self._state = endpoint.Speaking(at)
        else:
            self._state, happened = endpoint.step(self._state, probability, at, self._rule)
            for happening in happened:
                self._carry_out(happening)
        if isinstance(self._state, endpoint.Speaking) and self._state.end_s == at:
            self._words.partial_if_due()  # not in a silence: the final transcript may be wanted next
        elif isinstance(self._state, endpoint.Speaking):
            self._words.foresee(self._state.end_s)
            if not self._pressed:
                self._words.guess_if_due(self._state.end_s)
        elif isinstance(self._state, endpoint.Pausing):
            self._words.guess_if_due(self._state.end_s)
        if utterance is not None and at - utterance.sound.at >= self._longest_s and self._words.utterance is utterance:
            self._seal()

    def _weigh(self, probability: float) -> None:
        """Tell how much this is like a voice, when that has changed; a voice only with an utterance to its name."""
        self._evidence = weigh(self._evidence, probability)
        likeness = self._evidence.likeness
        if likeness is Likeness.VOICE and self._words.utterance is None:
            likeness = Likeness.SOUND
        if likeness is not self._likeness:
            self._likeness = likeness
            self._post(VoiceWeighed(at=self._words.now, likeness=likeness))

    def _carry_out(self, happening: endpoint.Happening) -> None:
        utterance = self._words.utterance
        match happening:
            case endpoint.Started(start_s=start_s):
                self._open(start_s)
            case endpoint.Paused(end_s=end_s) if utterance:
                self._post(SpeechPaused(at=self._words.now, utterance=utterance.number, end_s=end_s))
                self._words.ask(utterance, end_s)
            case endpoint.Paused():
                self._state = endpoint.Quiet()  # the end of something that was dropped
            case endpoint.Rose() if utterance:
                self._post(VoiceRose(at=self._words.now, utterance=utterance.number))
            case endpoint.WentOn(start_s=start_s) if utterance:
                utterance.asking = None
                utterance.went_on_s = start_s
                self._post(SpeechWentOn(at=self._words.now, utterance=utterance.number))

    def _open(self, start_s: float, by_button: bool = False) -> None:
        """A new utterance, from a little before start_s on."""
        before = np.concatenate([np.zeros(0, np.float32), *(frame for frame, _ in self._before)])
        kept = before[-round((self._words.now - start_s + PRE_ROLL_S) * HEARING_RATE) :]
        self._number += 1
        sound = Sound(self._words.now - kept.size / HEARING_RATE)
        sound.add(kept)
        self._words.utterance = Utterance(self._number, sound, by_button, partial_due_s=start_s + FIRST_PARTIAL_S)
        for _, probability in self._before:
            self._count(self._words.utterance, probability)
        self._post(SpeechStarted(at=self._words.now, utterance=self._number, start_s=start_s))
        self._likeness = Likeness.NOTHING  # of this utterance: a voice that is known already is told again

    def _count(self, utterance: Utterance, probability: float) -> None:
        if probability >= self._rule.off:
            utterance.voiced += 1
            utterance.voice += probability

    def _seal(self) -> None:
        """The utterance is complete by force: the button, its length, a lost line."""
        utterance = self._words.utterance
        if utterance is None or utterance.sealed:
            return
        utterance.sealed = True
        was = self._state
        self._state = endpoint.Quiet()
        end_s = was.end_s if isinstance(was, endpoint.Speaking | endpoint.Pausing) else self._words.now
        if isinstance(was, endpoint.Speaking):
            self._post(SpeechPaused(at=self._words.now, utterance=utterance.number, end_s=end_s))
        if utterance.asking is None:
            self._words.ask(utterance, end_s, guess=False)
        self._post(TurnGuessed(at=self._words.now, utterance=utterance.number, end_s=end_s, probability=inf))

    def _end(self, number: int, taken: bool) -> None:
        utterance = self._words.utterance
        if utterance is None or utterance.number != number:
            return
        self._words.utterance = None
        went_on = utterance.went_on_s
        if isinstance(self._state, endpoint.Pausing):
            self._state = endpoint.Quiet(self._state.run, self._state.since)
        elif isinstance(self._state, endpoint.Quiet):
            pass
        elif went_on is not None and (taken or utterance.transcribed):
            # The turn was over before the speech after the pause was known: that speech is the next utterance.
            before = utterance.sound.view(max(went_on - PRE_ROLL_S, utterance.sound.at))
            self._before.clear()
            self._before.append((before, 1.0))
            self._open(went_on, by_button=utterance.by_button)

    def _forget(self, keep: bool = False) -> None:
        """Begin afresh; keep: the utterance itself is sealed and still wanted."""
        if not keep:
            self._words.utterance = None
        self._state = endpoint.Quiet()
        self._listener = None
        self._evidence = Evidence()
        self._before.clear()
        self._frames.begin(self._frames.end_s)
