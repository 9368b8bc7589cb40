"""What is looked at: the frame at the pointing word, two of them, what was there before; and what is prepared ahead."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from tests.timed.scene import Scene
from tests.timed.test_replay import recorded
from tests.timed.virtual import Certain, Codebook, Inline, senses
from visavis_agents import events as ev
from visavis_agents.replay.virtual import play
from visavis_agents.seeing.glance import jpeg
from visavis_agents.seeing.looking import Look, look_at
from visavis_agents.seeing.sight import Frame
from visavis_models.errors import ModelError
from visavis_models.ports import Box, Found, Pcm, Picture, Transcript, Word
from visavis_models.senses import Sense, Senses

SENTENCES = [
    "What is this?",
    "Read this one or that one?",
    "What was that?",
    "What do you see?",
    "What is this thing here in my hand?",
]
CARD_S = 0.5
WHOLE, PART = 64, Box(0.5, 0.5, 0.5, 0.5)


def card_at(at: float) -> int:
    return int(at / CARD_S)


def painted(card: int) -> Picture:
    return np.full((WHOLE, WHOLE, 3), 30 + 60 * (card % 4), np.uint8)


class Sees:
    """A vision model that keeps what it was shown."""

    def __init__(self, hand: bool = False) -> None:
        self.hand = hand
        self.shown: list[Sequence[Picture]] = []
        self.prepared: list[Picture] = []

    def answer(self, pictures: Sequence[Picture], words: str) -> Generator[str, None, None]:
        self.shown.append(pictures)
        yield f"I see {len(pictures)}."

    def prepare(self, picture: Picture, words: str = "") -> None:
        self.prepared.append(picture)

    def pointed(self, picture: Picture) -> Box | None:
        return PART if self.hand else None


class Timed(Codebook):
    """A word every 0.28 s; its partial transcripts have word times too."""

    def final(self, pcm: Pcm) -> Transcript:
        text = self._final(pcm)
        return Transcript(text, tuple(Word(w, 0.3 + n * 0.28, 0.58 + n * 0.28) for n, w in enumerate(text.split())))

    def partial(self, pcm: Pcm) -> Transcript:
        words = tuple(word for word in self.final(pcm).words if word.end_s <= len(pcm) / 16_000)
        return Transcript(" ".join(word.text for word in words), words)


def filmed(
    sees: Sees, card: Callable[[float], int] = card_at, until: float = 8.0, recognizer: type[Codebook] = Codebook
) -> dict[str, object]:
    """A scene with a camera of 15 frames a second."""
    act = []
    for n in range(int(until * 15)):
        frame = Frame(n / 15, partial(painted, card(n / 15)), 0.004)
        act.append((n / 15, partial(lambda frame, session: session.see(frame), frame)))
    made: Senses = senses(SENTENCES, "Well.", vision=Sense(sees, Inline(0.03)))
    return {"senses": replace(made, recognizer=Sense(recognizer(SENTENCES), Inline(0.08))), "act": act}


def played(sees: Sees, say: list[tuple[float, float, int]], **named: object) -> Scene:
    scene = Scene(say=say, **filmed(sees, **named))  # type: ignore[arg-type]
    play(scene.play())
    assert not scene.of(ev.Trouble)
    return scene


def middles(scene: Scene, *texts: str) -> list[float]:
    (final,) = scene.of(ev.UserFinal)
    return [(w.start_s + w.end_s) / 2 for w in final.words if w.text.strip("?").lower() in texts]


def test_what_is_this_is_about_the_frame_at_this() -> None:
    sees = Sees()
    scene = played(sees, [(2.0, 4.0, 4)])
    (used,) = scene.of(ev.SightUsed)
    (middle,) = middles(scene, "this")
    assert used.moment_s == pytest.approx(middle)
    assert used.word == "this"
    assert abs(used.frame_s - middle) <= 1 / 30 + 1e-6
    assert used.error_s == 0.004
    assert used.part is None
    assert (sees.shown[0][0] == painted(card_at(used.frame_s))).all()
    assert card_at(used.frame_s) < card_at(4.0)


def test_two_pointing_words_are_two_frames() -> None:
    sees = Sees()
    scene = played(sees, [(2.0, 4.4, 1)])
    first, second = scene.of(ev.SightUsed)
    assert [first.moment_s, second.moment_s] == pytest.approx(middles(scene, "this", "that"))
    (pictures,) = sees.shown
    assert [int(p[0, 0, 0]) for p in pictures] == [int(painted(card_at(u.frame_s))[0, 0, 0]) for u in (first, second)]
    assert first.picture != second.picture


def test_without_a_pointing_word_it_is_the_end() -> None:
    scene = played(Sees(), [(2.0, 3.2, 3)])
    (used,) = scene.of(ev.SightUsed)
    assert used.word == ""
    assert abs(used.frame_s - 3.2) < 0.1


def test_a_question_before_the_first_picture_waits_for_it() -> None:
    sees = Sees()
    scene = filmed(sees)
    act = [(at, do) for at, do in scene["act"] if at > 0.6]  # type: ignore[attr-defined]
    act.append((0.1, lambda session: session.receive(ev.TextTyped(text="What do you see?"))))
    scene["act"] = act
    done = Scene(**scene)  # type: ignore[arg-type]
    play(done.play())
    assert [card_at(event.frame_s) for event in done.of(ev.SightUsed)] == [1]


def test_what_was_that_is_about_what_has_gone() -> None:
    scene = played(Sees(), [(4.0, 5.0, 2)], card=lambda at: 1 if 2.5 <= at < 3.2 else 0)
    (used,) = scene.of(ev.SightUsed)
    assert 2.5 <= used.frame_s < 3.2


def test_what_was_that_asks_again_for_what_was_just_said() -> None:
    scene = played(Sees(), [(1.0, 2.0, 0), (4.0, 5.0, 2)])
    assert len(scene.of(ev.SightUsed)) == 1
    assert [event.text for event in scene.of(ev.ReplyEnded)] == ["I see 1.", "I see 1."]


def test_only_the_part_that_is_pointed_at_is_looked_at_and_told() -> None:
    sees = Sees(hand=True)
    scene = played(sees, [(2.0, 3.5, 0)])
    (used,) = scene.of(ev.SightUsed)
    assert used.part == ev.Part(0.5, 0.5, 0.5, 0.5)
    assert sees.shown[0][0].shape == (WHOLE // 2, WHOLE // 2, 3)


def test_the_model_prepares_while_the_user_speaks() -> None:
    sees = Sees(hand=True)
    scene = played(sees, [(2.0, 4.0, 4)], recognizer=Timed)
    assert sees.prepared
    assert sees.shown[0][0] is sees.prepared[0]
    (used,) = scene.of(ev.SightUsed)
    assert abs(used.frame_s - middles(scene, "this")[0]) <= 0.12


def test_it_is_prepared_for_a_still_picture_without_a_pointing_word() -> None:
    sees = Sees()
    played(sees, [(2.0, 4.0, 3)], card=lambda at: 0, recognizer=Timed)
    assert any(sees.shown[0][0] is picture for picture in sees.prepared)


def test_what_has_nothing_to_do_with_the_camera_prepares_nothing() -> None:
    sees = Sees()
    played(sees, [(2.0, 4.0, 2)], card=lambda at: 0, recognizer=Timed, until=2.5)
    assert not sees.prepared


def test_a_recorded_look_is_the_same_again() -> None:
    kept, scene = recorded(say=[(2.0, 4.0, 4)], **filmed(Sees(hand=True), recognizer=Timed))
    assert scene.of(ev.SightUsed)
    outcome = kept.replay()
    assert outcome.failed is None
    assert outcome.difference is None


def test_a_look_of_a_draft_that_is_dropped_is_over_for_everybody() -> None:
    sees = Sees()
    named = filmed(sees)
    slow: Senses = named["senses"]  # type: ignore[assignment]
    named["senses"] = replace(slow, vision=Sense(sees, Inline(0.4)), turn_end=Sense(Certain(0.1), Inline(0.05)))
    scene = Scene(say=[(2.0, 3.0, 0), (3.5, 4.5, 3)], **named)  # type: ignore[arg-type]
    play(scene.play())
    begun, over = scene.of(ev.ToolStarted), scene.of(ev.ToolEnded)
    assert len(begun) == 2
    assert [event.reply for event in over] == [event.reply for event in begun]
    assert over[0].at < 3.7


def test_what_is_being_prepared_when_the_question_ends_is_not_looked_at_twice() -> None:
    sees = Sees(hand=True)
    named = filmed(sees, recognizer=Timed)
    named["senses"] = replace(named["senses"], vision=Sense(sees, Inline(0.4)))  # type: ignore[type-var]
    scene = Scene(say=[(2.0, 3.3, 0)], **named)  # type: ignore[arg-type]
    play(scene.play())
    (looked,) = sees.shown
    assert len(sees.prepared) == 1 and looked[0] is sees.prepared[0]


class Finds(Sees):
    """Says what it is told to say of the whole picture, and is not sure of a part."""

    def __init__(self, says: str) -> None:
        super().__init__()
        self._says = says

    def answer(self, pictures: Sequence[Picture], words: str) -> Generator[str, None, None]:
        self.shown.append(pictures)
        yield self._says if pictures[0].shape[0] == WHOLE else "I can't tell what that is."

    def find(self, picture: Picture) -> tuple[Found, ...]:
        return (Found("thing", "cup", 0.9),)


class Reads:
    def read(self, picture: Picture) -> tuple[Found, ...]:
        return (Found("text", "MILK", 0.9),)


@pytest.mark.parametrize(
    ("says", "pointed", "at_once", "seconds", "looks"),
    [
        ("That is a cup.", False, "That is a cup.", 0.1, 1),
        ("I'm not sure, but I think it's a cup.", False, "I'm not sure, but I think it's a cup.", 0.1, 1),
        ("I can't tell what that is.", False, "I'm not sure what it is, but I can read: MILK.", 2.0, 1),
        ("That is a cup.", True, "That is a cup.", 0.2, 2),  # the hand meant nothing
        ("I can't tell what that is.", True, "I'm not sure what it is, but I can read: MILK.", 2.1, 2),
    ],
)
def test_only_who_cannot_tell_waits_for_the_reader(
    says: str, pointed: bool, at_once: str, seconds: float, looks: int
) -> None:
    sees = Finds(says)
    made: Senses = senses(SENTENCES, "", vision=Sense(sees, Inline(0.05)), reader=Sense(Reads(), Inline(1.0)))
    picture = np.full((WHOLE, WHOLE, 3), 90, np.uint8)
    subject, part = (picture[: WHOLE // 2], PART) if pointed else (picture, None)

    async def asked() -> tuple[Look, float, str]:
        began = asyncio.get_running_loop().time()
        look = await look_at(made, picture, subject, part, "What is this?", soon=True)
        took = asyncio.get_running_loop().time() - began
        return look, took, (await look.later()).spoken if look.later else ""

    look, took, later = play(asked())
    assert look.spoken == at_once and took <= seconds
    assert later == ("" if "MILK" in at_once else "I can read: MILK.")
    assert len(sees.shown) == looks


class Crowded(Inline):
    """A worker that has no room for showing what was looked at."""

    async def run(self, call: Any, *args: Any, within_s: float = 0.0) -> Any:
        if call is jpeg:
            raise ModelError("the vision is busy: ask again")
        return await super().run(call, *args, within_s=within_s)


def test_a_frame_that_cannot_be_shown_does_not_end_the_conversation() -> None:
    named = filmed(Finds("That is a cup."))
    made = replace(named["senses"], vision=Sense(Finds("That is a cup."), Crowded(0.03)))  # type: ignore[type-var]
    scene = Scene(say=[(2.0, 3.2, 0), (6.0, 7.2, 0)], **{**named, "senses": made}, lasts_s=10)  # type: ignore[arg-type]
    play(scene.play())
    assert [event.text for event in scene.of(ev.ReplyEnded)] == ["That is a cup."] * 2
