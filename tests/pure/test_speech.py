"""The voice's queue: what was pulled decides what was heard."""

import asyncio

import numpy as np
import pytest

from visavis_agents.clauses import Clauses
from visavis_agents.events import Word
from visavis_agents.speech import DUCKED, FRAME, RATE, Speech

ONE = (Word("one", 0.0, 0.4), Word("two", 0.5, 0.9))


def loud(seconds: float) -> np.ndarray:
    return np.full(int(seconds * RATE), 0.5, np.float32)


class Log:
    def __init__(self) -> None:
        self.told: list[tuple] = []
        self.speech = Speech(
            lambda n: self.told.append(("start", n)),
            lambda n, i: self.told.append(("word", n, i)),
            lambda n: self.told.append(("done", n)),
        )

    def pull(self, frames: int) -> np.ndarray:
        return np.concatenate([self.speech.pull() for _ in range(frames)])


def test_sound_comes_out_whole_and_tells_its_words() -> None:
    log = Log()
    log.speech.begin(1)
    log.speech.add(1, loud(1.0), ONE)
    log.speech.finish(1)
    sound = log.pull(60)
    assert np.count_nonzero(sound) == RATE
    assert log.told == [("start", 1), ("word", 1, 0), ("word", 1, 1), ("done", 1)]
    assert log.speech.idle


def test_second_clause_has_its_words_after_the_first() -> None:
    log = Log()
    log.speech.begin(1)
    log.speech.add(1, loud(1.0), ONE)
    start, words = log.speech.add(1, loud(1.0), ONE)
    assert start == 1.0
    assert words[0] == Word("one", 1.0, 1.4)


def test_cut_counts_the_words_heard_and_falls_silent_in_one_frame() -> None:
    log = Log()
    log.speech.begin(1)
    log.speech.add(1, loud(1.0), ONE)
    log.pull(15)  # 0.3 s: past the middle of "one"
    assert log.speech.cut(1) == ("one", pytest.approx(0.3))
    fade, after = log.speech.pull(), log.speech.pull()
    assert abs(int(fade[0])) > 10000
    assert abs(int(fade[-1])) < 100
    assert not after.any()
    assert log.speech.add(1, loud(1.0), ONE) == (0.0, ())  # late sound of a cut reply is dropped
    assert not log.speech.pull().any()


def test_duck_hold_and_resume_at_the_same_word() -> None:
    log = Log()
    log.speech.begin(1)
    log.speech.add(1, loud(1.0), ONE)
    log.speech.finish(1)
    log.pull(30)  # 0.6 s: in "two", which began at 0.5
    log.speech.duck()
    log.pull(1)
    assert log.speech.pull().max() == pytest.approx(0.5 * DUCKED * 32767, abs=2)
    log.speech.hold()
    log.pull(1)
    assert not log.pull(20).any()
    log.speech.resume()
    rest = log.pull(100)
    assert np.count_nonzero(rest) == pytest.approx(0.5 * RATE, abs=FRAME)  # from the start of "two"
    assert log.told[-1] == ("done", 1)


def test_the_queue_is_bounded() -> None:
    async def scenario() -> None:
        log = Log()
        log.speech.begin(1)
        log.speech.add(1, loud(20.0), ())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await log.speech.room()
        log.pull(300)
        await log.speech.room()

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("pieces", "clauses"),
    [
        (["It is ", "3.5 metres. ", "Then"], ["It is 3.5 metres.", "Then"]),
        (["Well, yes", ", I think so, it", " is. "], ["Well, yes,", "I think so, it is."]),
        (["Dr. Smith came. He left."], ["Dr. Smith came.", "He left."]),
        (["word " * 90], ["word " * 8 + "word", *["word " * 39 + "word"] * 2, "word"]),
        (["Birds sing to find a ", "mate, and to rest."], ["Birds sing to find a mate,", "and to rest."]),
        (["I would like you ", "to ", "come with me to the sea."], ["I would like you", "to come with me to the sea."]),
        (["", "  \n\n "], []),
    ],
)
def test_clauses(pieces: list[str], clauses: list[str]) -> None:
    cutter = Clauses()
    cut = [clause for piece in pieces for clause in cutter.feed(piece)]
    rest = cutter.rest()
    assert cut + ([rest] if rest else []) == clauses


@pytest.mark.parametrize("faster", [1 / 1.2**3, 1 / 1.2, 1.2, 1.2**3])
def test_queued_sound_is_said_at_the_pace_asked_for(faster: float) -> None:
    """Half a second as it was made, the rest slower or faster: as high as before, without a jump, and every word told."""
    log = Log()
    tone = 0.5 * np.sin(2 * np.pi * 210 * np.arange(2 * RATE) / RATE)
    log.speech.begin(1)
    log.speech.add(1, tone.astype(np.float32), (*ONE, Word("three", 1.2, 1.9)))
    log.speech.finish(1)
    sound = [log.pull(25)]
    log.speech.repace(faster)
    while not log.speech.idle:
        sound.append(log.speech.pull())
    pcm = np.concatenate(sound)
    assert len(pcm) / RATE == pytest.approx(0.5 + 1.5 / faster, abs=0.03)
    spectrum = np.abs(np.fft.rfft(pcm[RATE // 2 : -FRAME]))
    assert np.fft.rfftfreq(len(pcm[RATE // 2 : -FRAME]), 1 / RATE)[spectrum.argmax()] == pytest.approx(210, rel=0.02)
    steepest = 2 * np.pi * 210 / RATE * 0.5 * 32767
    assert np.abs(np.diff(pcm[: -2 * FRAME].astype(int))).max() < 1.5 * steepest
    assert [told for told in log.told if told[0] == "word"] == [("word", 1, 0), ("word", 1, 1), ("word", 1, 2)]


def test_going_back_in_stretched_sound() -> None:
    log = Log()
    log.speech.begin(1)
    log.speech.add(1, loud(2.0), ONE)
    log.speech.repace(0.8)
    log.pull(50)
    log.speech.hold()
    log.pull(5)
    log.speech.resume()
    assert np.count_nonzero(log.pull(20)) > 15 * FRAME
    heard, _ = log.speech.cut(1)
    assert heard == "one two"
