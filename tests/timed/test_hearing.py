"""The ears on a virtual clock: what is posted when, whatever the models' speed and the line's faults."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from math import inf

import numpy as np
import pytest

from tests.timed.virtual import Certain, Inline, Loudness
from visavis_agents.hearing import BACKLOG_S, Hearing
from visavis_agents.inner import (
    PartialHeard,
    SpeechPaused,
    SpeechStarted,
    SpeechWentOn,
    Transcribed,
    TurnGuessed,
    VoiceRose,
    VoiceWeighed,
)
from visavis_agents.judge import Likeness
from visavis_agents.recognition import GUESS_EVERY_S
from visavis_agents.replay.virtual import play
from visavis_agents.settings import AgentSettings
from visavis_agents.utterance import Sound, Utterance, plausible
from visavis_models.errors import ModelError
from visavis_models.ports import Transcript, Word
from visavis_models.senses import Sense, Senses

HOP = 320
HOP_S = HOP / 16_000


class Seconds:
    """Recognizer: "w0 w1 ..." one word for every half second of loud sound; notes the sound it was shown."""

    def __init__(self):
        self.opened = 0
        self.shown = []

    def open(self):
        self.opened += 1
        return self

    def partial(self, pcm):
        return Transcript(self.final(pcm).text)

    def final(self, pcm):
        self.shown.append(pcm)
        loud = np.flatnonzero(np.abs(pcm) > 0.05) / 16_000
        words = [Word(f"w{n}", loud[0] + n / 2, loud[0] + n / 2 + 0.5) for n in range(round(loud.size / 8000))]
        return Transcript(" ".join(word.text for word in words), tuple(words))


class Doubtful(Seconds):
    """Not sure of what it writes; then writes it in capitals."""

    def __init__(self, belief):
        super().__init__()
        self.belief = belief
        self.looked = []

    def final(self, pcm):
        written = super().final(pcm)
        return Transcript(written.text, written.words, self.belief)

    def again(self, pcm):
        self.looked.append(pcm)
        written = super().final(pcm)
        return Transcript(written.text.upper(), written.words, -0.01)


class Broken:
    def __getattr__(self, name):
        def fail(*_):
            raise ModelError("it is broken")

        return fail


class Ears:
    """Somebody speaks from `a` to `b` for every (a, b) of say; act: (time, what to do)."""

    def __init__(self, recognizer=None, turn_end=True, recognize_s=0.05, guess_s=0.06, **settings):
        self.recognizer = recognizer or Seconds()
        self.settings = AgentSettings(**settings)
        self.guess = Certain(0.9)
        self.activity = Loudness()
        self.senses = lambda: Senses(
            voice_activity=Sense(self.activity, Inline(0.0)),
            turn_end=Sense(self.guess, Inline(guess_s)) if turn_end else None,
            recognizer=Sense(self.recognizer, Inline(recognize_s)),
            language=None,
            voice=None,
        )
        self.posted = []
        self.weighed = []
        self.troubles = []

    def play(self, say, lasts, act=(), skip=(), hop=HOP):
        return play(self._play(say, lasts, sorted(act, key=lambda a: a[0]), skip, hop))

    async def _play(self, say, lasts, act, skip, hop):
        self.hearing = Hearing(self.senses(), self.settings, self._post, self.troubles.append)
        running = asyncio.create_task(self.hearing.run())
        start = asyncio.get_running_loop().time()
        t = np.arange(round(lasts * 16_000)) / 16_000
        sound = np.zeros(t.size, np.float32)
        for a, b in say:
            sound[(t >= a) & (t < b)] = 0.3
        act = list(act)
        for n in range(0, sound.size, hop):
            await asyncio.sleep(max(0.0, start + (n + hop) / 16_000 - asyncio.get_running_loop().time()))
            at = n / 16_000
            while act and act[0][0] <= at:
                act.pop(0)[1](self.hearing)
            if not any(a <= at < b for a, b in skip):
                self.hearing.feed(sound[n : n + hop], at)
        await asyncio.sleep(1.0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        return self

    def _post(self, event):
        (self.weighed if isinstance(event, VoiceWeighed) else self.posted).append(event)

    def of(self, kind):
        return [event for event in self.posted if isinstance(event, kind)]

    def story(self):
        return [type(event).__name__ for event in self.posted if not isinstance(event, PartialHeard | VoiceRose)]


ONE_TURN = ["SpeechStarted", "SpeechPaused", "Transcribed", "TurnGuessed"]


def test_a_sentence():
    ears = Ears().play([(1.0, 3.0)], 4.0)
    assert ears.story() == ONE_TURN
    started, paused, transcribed, guessed = (e for e in ears.posted if not isinstance(e, PartialHeard))
    assert started.start_s == pytest.approx(1.0, abs=0.04)
    assert started.at - 1.0 <= 0.1
    assert paused.end_s == transcribed.end_s == guessed.end_s == pytest.approx(3.0, abs=0.04)
    assert 0.09 <= paused.at - paused.end_s <= 0.13
    assert transcribed.at == paused.at  # written since the first silent frame
    assert transcribed.text == "w0 w1 w2 w3"
    assert transcribed.words[0].start_s == pytest.approx(1.0, abs=0.001)  # session time
    partials = ears.of(PartialHeard)
    assert partials[0].at <= 1.65
    assert [p.text for p in partials] == ["w0", "w0 w1", "w0 w1 w2", "w0 w1 w2 w3"]


def test_doubtful_words_are_looked_at_again_once_the_pause_is_there():
    ears = Ears(Doubtful(belief=-0.3)).play([(1.0, 2.0), (2.05, 3.0)], 4.0)  # a gap that is no pause costs no look
    first, second = ears.of(Transcribed)
    assert (first.text, second.text) == ("w0 w1 w2 w3", "W0 W1 W2 W3")
    assert first.at == ears.of(SpeechPaused)[0].at
    assert 0.03 <= second.at - first.at <= 0.09  # one transcript later, seen at a frame of sound
    assert first.end_s == second.end_s
    assert len(ears.recognizer.looked) == 1


def test_sure_words_and_words_that_go_on_are_not_looked_at_again():
    sure = Ears(Doubtful(belief=-0.05)).play([(1.0, 2.0)], 3.0)
    assert [event.text for event in sure.of(Transcribed)] == ["w0 w1"]
    assert not sure.recognizer.looked
    going_on = Ears(Doubtful(belief=-0.3)).play([(1.0, 2.0), (2.14, 3.0)], 3.05)  # before the second look is there
    assert [event.text for event in going_on.of(Transcribed)][:1] == ["w0 w1"]
    assert "W0 W1" not in [event.text for event in going_on.of(Transcribed)]


def test_a_slow_machine_looks_once():
    ears = Ears(Doubtful(belief=-0.3), recognize_s=0.3).play([(1.0, 2.0)], 4.0)
    assert [event.text for event in ears.of(Transcribed)] == ["w0 w1"]
    assert not ears.recognizer.looked


def test_a_second_look_that_fails_leaves_the_first():
    recognizer = Doubtful(belief=-0.3)
    recognizer.again = Broken().again
    ears = Ears(recognizer).play([(1.0, 2.0)], 3.0)
    assert [event.text for event in ears.of(Transcribed)] == ["w0 w1"]
    assert not ears.troubles


def test_the_recognizer_hears_what_came_before_the_onset_and_never_more_than_there_is():
    ears = Ears().play([(1.0, 2.0)], 3.0)
    sizes = [pcm.size for pcm in ears.recognizer.shown]
    assert sizes == sorted(sizes)
    first = ears.recognizer.shown[-1]
    assert 0.29 <= np.flatnonzero(first)[0] / 16_000 <= 0.36
    assert not first.flags.writeable


def test_a_pause_inside_an_utterance():
    ears = Ears().play([(1.0, 2.0), (2.5, 3.5)], 4.5)
    assert ears.story() == [
        "SpeechStarted",
        *ONE_TURN[1:],
        "SpeechWentOn",
        *ONE_TURN[1:],
    ]
    assert {e.utterance for e in ears.posted} == {1}
    assert [t.text for t in ears.of(Transcribed)] == ["w0 w1", "w0 w1 w2 w3"]
    assert [rose.at for rose in ears.of(VoiceRose)] == pytest.approx([2.53], abs=0.04)  # before it is known as speech


def test_what_the_models_say_of_a_pause_that_was_none_is_dropped():
    ears = Ears(recognize_s=0.3, guess_s=0.5).play([(1.0, 2.0), (2.3, 3.3)], 5.0)
    assert ears.story() == ["SpeechStarted", "SpeechPaused", "SpeechWentOn", *ONE_TURN[1:]]
    assert ears.of(Transcribed)[0].end_s == pytest.approx(3.3, abs=0.04)
    stop = Ears().play([(1.0, 2.0), (2.06, 3.0)], 4.0)  # too short for a pause
    assert stop.story() == ONE_TURN
    assert stop.of(Transcribed)[0].text == "w0 w1 w2 w3"


def test_an_unsure_end_of_turn_model_is_asked_again_while_the_silence_lasts():
    ears = Ears()
    ears.guess = Certain(0.2)
    ears.play([(1.0, 2.0), (2.9, 3.9)], 4.2, act=[(4.05, lambda h: h.close(1))])
    guesses = [e.at - e.end_s for e in ears.of(TurnGuessed) if e.end_s < 2.5]
    assert 3 <= len(guesses) <= 6
    assert all(b - a >= GUESS_EVERY_S - 0.001 for a, b in pairwise(guesses))
    assert max(guesses) < 0.95  # not once speech went on


def test_closed_utterances_are_followed_by_the_next():
    ears = Ears().play([(1.0, 2.0), (3.0, 4.0)], 5.0, act=[(2.5, lambda h: h.close(1))])
    assert [e.utterance for e in ears.of(SpeechStarted)] == [1, 2]
    assert [t.text for t in ears.of(Transcribed)] == ["w0 w1", "w0 w1"]
    assert ears.of(Transcribed)[1].words[0].start_s == pytest.approx(3.0, abs=0.001)
    assert ears.recognizer.opened == 2


def test_speech_that_went_on_before_the_turn_was_taken_is_the_next_utterance():
    """The machine takes the turn while the news that speech went on is still on its way to it."""
    ears = Ears().play([(1.0, 2.0), (2.4, 3.4)], 5.0, act=[(2.52, lambda h: h.close(1))])
    assert [e.utterance for e in ears.of(SpeechStarted)] == [1, 2]
    assert ears.of(SpeechStarted)[1].start_s == pytest.approx(2.4, abs=0.04)
    assert ears.of(Transcribed)[-1].text == "w0 w1"
    assert ears.of(Transcribed)[-1].words[0].start_s == pytest.approx(2.4, abs=0.001)
    told = [e.likeness for e in ears.weighed if e.at >= ears.of(SpeechStarted)[1].at]
    assert told[0] is Likeness.VOICE  # of the new utterance, though it is the voice that was known already


def test_dropped_speech_is_not_heard_to_its_end():
    ears = Ears().play([(1.0, 3.0), (4.0, 5.0)], 6.0, act=[(2.0, lambda h: h.drop(1))])
    assert [e.utterance for e in ears.of(SpeechStarted)] == [1, 2]
    assert ears.of(SpeechStarted)[1].start_s == pytest.approx(4.0, abs=0.04)
    assert [t.utterance for t in ears.of(Transcribed)] == [2]


def test_dropping_or_closing_another_utterance_changes_nothing():
    ears = Ears().play([(1.0, 2.0)], 3.0, act=[(1.5, lambda h: h.drop(7)), (1.6, lambda h: h.close(0))])
    assert ears.story() == ONE_TURN


def test_push_to_talk_outlasts_pauses_and_needs_no_voice():
    ears = Ears().play([(1.0, 1.5), (3.0, 3.5)], 6.0, act=[(0.5, lambda h: h.press()), (4.0, lambda h: h.release())])
    assert ears.story() == ["SpeechStarted", "SpeechPaused", "Transcribed", "TurnGuessed"]
    assert ears.of(SpeechPaused)[0].at == pytest.approx(4.0, abs=0.05)
    assert ears.of(TurnGuessed)[0].probability == inf
    assert ears.of(Transcribed)[0].text == "w0 w1"
    silent = Ears().play([], 2.0, act=[(0.5, lambda h: h.press()), (1.0, lambda h: h.release())])
    assert silent.of(Transcribed)[0].text == ""


def test_pressing_in_a_pause_goes_on_with_the_utterance():
    ears = Ears().play([(1.0, 1.5)], 4.0, act=[(1.9, lambda h: h.press()), (2.5, lambda h: h.release())])
    assert len(ears.of(SpeechStarted)) == 1
    assert len(ears.of(SpeechWentOn)) == 1
    assert ears.of(TurnGuessed)[-1].probability == inf


def test_muted_ears_hear_nothing():
    act = [(1.5, lambda h: h.mute(True)), (3.5, lambda h: h.mute(False))]
    ears = Ears().play([(1.0, 2.0), (3.0, 3.2), (4.0, 5.0)], 6.0, act=act)
    assert [e.start_s for e in ears.of(SpeechStarted)] == pytest.approx([1.0, 4.0], abs=0.04)
    assert [t.utterance for t in ears.of(Transcribed)] == [2]


def test_the_longest_utterance_is_answered_as_it_stands():
    ears = Ears(max_utterance_s=3.0).play([(1.0, 9.0)], 9.0, act=[(5.0, lambda h: h.close(1))])
    paused = ears.of(SpeechPaused)[0]
    assert paused.at == pytest.approx(3.7, abs=0.1)
    assert ears.of(TurnGuessed)[0].probability == inf
    assert ears.of(SpeechStarted)[1].at >= 5.0
    assert max(pcm.size for pcm in ears.recognizer.shown) <= 3.1 * 16_000


@pytest.mark.parametrize("gap", [(1.4, 1.5), (1.2, 2.6)])
def test_lost_sound_is_silence_and_words_keep_their_place(gap):
    ears = Ears().play([(1.0, 4.0)], 5.0, skip=[gap])
    last = ears.of(Transcribed)[-1]
    assert last.end_s == pytest.approx(4.0, abs=0.04)
    sound = ears.recognizer.shown[-1]
    assert np.count_nonzero(sound) / 16_000 == pytest.approx(3.0 - (gap[1] - gap[0]), abs=0.04)
    assert last.words[0].start_s == pytest.approx(1.0, abs=0.001)


def test_a_lost_line_ends_the_utterance():
    ears = Ears().play([(1.0, 2.0), (6.0, 7.0)], 8.0, skip=[(1.6, 5.0)], act=[(5.5, lambda h: h.close(1))])
    assert [e.utterance for e in ears.of(Transcribed)] == [1, 2]
    assert ears.of(SpeechStarted)[1].start_s == pytest.approx(6.0, abs=0.04)


def test_odd_pieces_and_broken_samples_are_taken():
    for hop in (1, 100, 512, 5000):
        ears = Ears().play([(0.5, 1.5)], 2.5, hop=hop)
        assert ears.of(Transcribed)[0].text == "w0 w1"

    def spoil(hearing):
        hearing.feed(np.array([np.nan, np.inf, -np.inf, 1e9] * 80, np.float32), 1.0)
        hearing.feed(np.zeros(0, np.float32), 1.0)

    ears = Ears().play([(0.5, 1.5)], 2.5, act=[(1.0, spoil)])
    assert all(np.isfinite(pcm).all() and np.abs(pcm).max(initial=0.0) <= 1.0 for pcm in ears.recognizer.shown)


def test_a_backlog_is_bounded():
    ears = Ears()
    hearing = Hearing(ears.senses(), ears.settings, ears.posted.append, ears.troubles.append)
    for n in range(500):
        hearing.feed(np.zeros(HOP, np.float32), n * HOP_S)
    waited_s = 499 * HOP_S  # the first piece fills no frame: it waits for the next one, not to be heard
    assert hearing.lost_s == pytest.approx(waited_s - BACKLOG_S)


def test_a_recognizer_that_fails_is_told_of_and_the_turn_goes_on():
    ears = Ears(recognizer=Broken()).play([(1.0, 3.0)], 4.0)
    assert sorted(ears.story()) == sorted(ONE_TURN)
    assert ears.of(Transcribed)[0].text == ""
    assert ears.troubles == ["Your words could not be recognized: it is broken"]


def test_an_end_of_turn_model_that_fails_or_is_missing_is_not_waited_for():
    ears = Ears()
    ears.guess = Broken()
    ears.play([(1.0, 2.0)], 3.0)
    assert ears.story() == ONE_TURN[:3]
    assert len(ears.troubles) == 1
    assert Ears(turn_end=False).play([(1.0, 2.0)], 3.0).story() == ONE_TURN[:3]


def test_without_voice_activity_nothing_is_heard_and_it_is_said_now_and_then():
    ears = Ears()
    ears.activity = Broken()
    ears.play([(1.0, 2.0)], 25.0)
    assert ears.posted == []
    assert len(ears.troubles) == 3


def test_a_slow_recognizer_is_asked_less_often():
    slow = Ears(recognize_s=0.6).play([(1.0, 9.0)], 10.0)
    asked = len(slow.recognizer.shown)
    assert 3 <= asked <= 5
    assert slow.of(Transcribed)[0].text.startswith("w0")


def test_over_a_reply_the_voice_activity_forgets_each_quiet_half_second():
    class Counted(Loudness):
        opened = 0

        def open(self):
            self.opened += 1
            return super().open()

    def sounding(hearing):
        hearing.echo.played(np.full(960, 9000, np.int16), 3.0)

    quiet, over = Ears(), Ears()
    quiet.activity, over.activity = Counted(), Counted()
    quiet.play([], 5.0)
    over.play([], 5.0, act=[(3.0, sounding)])
    assert quiet.activity.opened == 1
    assert over.activity.opened == 3  # what was played may echo for 0.7 s


def test_one_word_of_what_is_no_voice_is_not_believed():
    def heard(text, likeness):
        utterance = Utterance(1, Sound(0.0), voiced=40, voice=40 * likeness)
        return plausible(Transcript(text, belief=-0.1), utterance)

    assert heard("Stop.", 0.8)
    assert not heard("You", 0.53)
    assert heard("Can you hear me whisper?", 0.53)
