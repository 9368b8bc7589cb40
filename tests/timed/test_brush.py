"""The brush in the conversation, on a virtual clock: it draws while the talk goes on, and does as it is told."""

from __future__ import annotations

import asyncio
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from tests.timed.brush import SENTENCES, STEP_S, Strokes, brush, said, settled, typed
from tests.timed.scene import Scene
from tests.timed.test_replay import recorded
from tests.timed.virtual import Inline, Script, senses
from visavis_agents import events as ev
from visavis_agents.replay import tape
from visavis_agents.replay.replayed import story
from visavis_agents.replay.virtual import play
from visavis_models.errors import ModelError
from visavis_models.ports import ToolCall


def test_it_says_a_sentence_at_once_draws_and_says_how_it_went() -> None:
    painter = Strokes()
    scene = play(Scene(brush(painter), say=[(1.0, 2.0, 0)], lasts_s=14).play())
    assert said(scene) == ["I'm drawing a cat with a hat.", "Here it is."]
    assert next(at for at in scene.sounding if at > 2.0) < 2.6  # while nothing is drawn yet
    shown = [event for event in scene.events if isinstance(event, ev.PictureStarted | ev.PictureChunk | ev.PictureDone)]
    assert isinstance(shown[0], ev.PictureStarted) and shown[0].prompt == "a cat with a hat"
    assert isinstance(shown[-1], ev.PictureDone) and shown[-1].alt == "a cat with a hat"
    assert len({event.version for event in scene.of(ev.PictureChunk)}) > 5
    assert [event.name for event in scene.of(ev.ToolEnded)] == ["draw"]
    progress = [event.done for event in scene.of(ev.PictureProgress)]
    assert progress == sorted(progress) and len(progress) == 11
    settled(scene)


def test_the_talk_goes_on_while_it_draws() -> None:
    scene = play(Scene(brush(Strokes(20)), say=[(1.0, 2.0, 0), (6.0, 6.8, 2)], lasts_s=26).play())
    assert said(scene) == [
        "I'm drawing a cat with a hat.",
        "It is 4:10 in the afternoon.",
        "Your picture is ready: a cat with a hat.",
    ]
    done = scene.of(ev.PictureDone)[0].at
    assert scene.of(ev.ReplyStarted)[1].at < 8.0 < done <= scene.of(ev.ReplyStarted)[2].at < done + 0.5
    settled(scene)


def test_the_result_waits_until_nobody_speaks() -> None:
    scene = play(Scene(brush(Strokes(4)), say=[(1.0, 2.0, 0), (4.0, 9.0, 2)], lasts_s=18).play())
    done = scene.of(ev.PictureDone)[0].at
    assert 4.0 < done < 9.0
    assert said(scene)[-1] == "Your picture is ready: a cat with a hat."
    assert scene.of(ev.ReplyStarted)[-1].at > 9.0


@pytest.mark.parametrize(
    ("word", "spoken"),
    [(1, "I've stopped drawing."), (3, "I've stopped drawing."), (4, "I've stopped drawing.")],
    ids=["stop", "stop drawing", "never mind"],
)
def test_stopped_by_voice(word: int, spoken: str) -> None:
    painter = Strokes(20)
    scene = play(Scene(brush(painter), say=[(1.0, 2.0, 0), (6.0, 6.6, word)], lasts_s=12).play())
    assert said(scene) == ["I'm drawing a cat with a hat.", spoken]
    assert [event.reason for event in scene.of(ev.PictureFailed)] == ["stopped"]
    assert scene.of(ev.PictureFailed)[0].at < 7.5
    assert painter.closed == 1 and not painter.painted
    settled(scene)


def test_a_plain_stop_over_other_talk_stops_the_talk_only() -> None:
    painter = Strokes(24)
    long = "The sea is wide and blue and holds many fish and ships. " * 3
    act = [typed(1.0, "Draw a cat."), typed(4.0, "Tell me about the sea.")]
    scene = play(Scene(brush(painter, Script(long)), act=act, say=[(7.0, 7.5, 1)], lasts_s=20).play())
    assert len(scene.of(ev.ReplyCut)) == 1
    assert [event.alt for event in scene.of(ev.PictureDone)] == ["a cat"]


def test_a_plain_stop_over_its_announcement_stops_both() -> None:
    painter = Strokes(24)
    act = [typed(1.0, "Draw a very small cat that sits on a very large red sofa in the evening.")]
    scene = play(Scene(brush(painter), act=act, say=[(2.5, 3.0, 1)], lasts_s=9).play())
    assert len(scene.of(ev.ReplyCut)) == 1
    assert [event.reason for event in scene.of(ev.PictureFailed)] == ["stopped"]


def test_stopped_by_button_and_only_that_picture() -> None:
    act = [
        typed(1.0, "Draw a cat."),
        (2.0, lambda session: session.receive(ev.PictureStopped(picture=7))),
        (3.0, lambda session: session.receive(ev.PictureStopped(picture=1))),
    ]
    scene = play(Scene(brush(Strokes(20)), act=act, lasts_s=8).play())
    (failed,) = scene.of(ev.PictureFailed)
    assert failed.at == pytest.approx(3.0, abs=0.05)
    assert said(scene) == ["I'm drawing a cat."]


def test_a_new_request_takes_the_place_of_an_unfinished_picture() -> None:
    painter = Strokes()
    act = [typed(1.0, "Draw a cat."), typed(4.0, "Draw a dog.")]
    scene = play(Scene(brush(painter), act=act, lasts_s=16).play())
    assert said(scene) == ["I'm drawing a cat.", "I'm drawing a dog.", "Here it is."]
    assert painter.painted == ["a dog"]
    settled(scene)


def test_changes_go_on_from_the_last_picture_and_can_be_undone() -> None:
    painter = Strokes(2)
    lines = [
        "Make it bigger.",
        "Draw a cat.",
        "Make it night.",
        "Add a tree.",
        "Undo that.",
        "Bigger.",
        "Draw it again.",
    ]
    act = [typed(1.0 + 6 * n, line) for n, line in enumerate(lines)]
    scene = play(Scene(brush(painter, "I can't."), act=act, lasts_s=46).play())
    assert painter.painted == [
        "a cat",
        "a cat + make it night",
        "a cat + make it night + add a tree",
        "a cat + make it night + bigger",
        "a cat + make it night + bigger",
    ]
    assert said(scene)[0] == "I can't."  # there was no picture
    assert "This is how it was." in said(scene)
    started = scene.of(ev.PictureStarted)
    assert [event.of for event in started[:3]] == [0, 1, 2]


def test_a_change_of_an_unfinished_picture_waits_for_it() -> None:
    painter = Strokes(8)
    act = [typed(1.0, "Draw a cat."), typed(3.5, "Make it night.")]
    scene = play(Scene(brush(painter), act=act, lasts_s=18).play())
    assert painter.painted == ["a cat", "a cat + make it night"]
    assert "I'll do that as soon as this picture is finished." in said(scene)
    settled(scene)


@pytest.mark.parametrize(
    ("stops", "spoken"),
    [
        ("Stop drawing.", "I've stopped drawing."),
        (ev.PictureStopped(picture=1), None),
        ("Draw a fish.", "Here it is."),
    ],
    ids=["by words", "in the page", "by another request"],
)
def test_stopping_an_unfinished_picture_stops_it_and_the_change_that_waits_for_it(stops: Any, spoken: str) -> None:
    painter = Strokes(12)
    act = [typed(1.0, "Draw a dragon."), typed(4.0, "Make it bigger.")]
    act.append(typed(6.0, stops) if isinstance(stops, str) else (6.0, lambda session: session.receive(stops)))
    scene = play(Scene(brush(painter), act=act, lasts_s=24).play())
    assert painter.painted == (["a fish"] if spoken == "Here it is." else [])
    assert [event.reason for event in scene.of(ev.PictureFailed)] == ["stopped"]
    assert scene.of(ev.PictureFailed)[0].at < 7.0
    if spoken:
        assert said(scene)[-1] == spoken
    settled(scene)


def test_what_cannot_be_drawn_is_said_kindly() -> None:
    act = [
        typed(1.0, "Draw a naked woman."),
        typed(8.0, "Draw a bloody mary."),
        typed(16.0, "Paint s w a s t i k a s on a wall."),
    ]
    painter = Strokes(1)
    scene = play(Scene(brush(painter), act=act, lasts_s=24).play())
    assert painter.painted == ["a bloody mary"]
    assert said(scene)[0].startswith("I don't draw naked or sexual pictures.")
    assert said(scene)[-1].startswith("I don't draw signs of hate.")
    assert len(scene.of(ev.PictureStarted)) == 1


def test_a_failure_is_one_sentence() -> None:
    painter = Strokes(2, ModelError("the painter ran out of memory"))
    scene = play(Scene(brush(painter), act=[typed(1.0, "Draw a cat.")], lasts_s=8).play())
    assert said(scene) == ["I'm drawing a cat.", "The painter ran out of memory."]
    assert [event.reason for event in scene.of(ev.PictureFailed)] == ["the painter ran out of memory"]
    settled(scene)


def test_without_a_brush_it_says_so() -> None:
    scene = play(Scene(senses(SENTENCES, "x"), act=[typed(1.0, "Draw a cat.")], lasts_s=6).play())
    assert said(scene) == ["I can't draw: this server runs without a brush."]


def test_a_model_may_draw_too_and_needs_no_second_round() -> None:
    language = Script(lambda messages: [ToolCall("draw", {"prompt": "a whale"}, "1")])
    language.calls_tools = True
    painter = Strokes(2)
    scene = play(Scene(brush(painter, language), act=[typed(1.0, "Surprise the children.")], lasts_s=8).play())
    assert said(scene) == ["I'm drawing a whale.", "Here it is."]
    assert len(language.asked) == 1


def test_the_place_in_the_line_is_shown_and_said() -> None:
    worker = Inline(STEP_S)

    async def two_sessions() -> tuple[Scene, Scene]:
        first = Scene(brush(Strokes(8), worker=worker), act=[typed(1.0, "Draw a cat.")], lasts_s=20)
        second = Scene(brush(Strokes(2), worker=worker), act=[typed(1.5, "Draw a dog.")], lasts_s=20)
        one, two = asyncio.create_task(_alone(first)), asyncio.create_task(_alone(second))
        return await one, await two

    first, second = play(two_sessions())
    assert said(second) == ["I'm drawing a dog.", "There is one picture before yours.", "Here it is."]
    assert [event.before for event in second.of(ev.PictureProgress)][:2] == [1, 0]
    assert first.of(ev.PictureDone)[0].at < second.of(ev.PictureDone)[0].at
    settled(first), settled(second)


async def _alone(scene: Scene) -> Scene:
    """A scene beside another: it leaves nothing running of its own."""
    try:
        return await scene.play()
    except AssertionError:  # the other one still plays
        return scene


def test_a_conversation_that_is_resumed_elsewhere_says_that_the_picture_is_gone() -> None:
    first = play(Scene(brush(Strokes(2)), act=[typed(1.0, "Draw a cat.")], lasts_s=8).play())
    assert first.left is not None and first.left.drawn == "a cat"
    painter = Strokes(2)
    act = [typed(1.0, "Make it night."), typed(8.0, "Draw it again."), typed(16.0, "Make it night.")]
    scene = play(Scene(brush(painter), act=act, kept=first.left, gone_s=5.0, lasts_s=24).play())
    assert said(scene)[0].startswith("I don't have that picture any more.")
    assert painter.painted == ["a cat", "a cat + make it night"]


def test_what_was_finished_while_the_line_was_lost_is_shown_again() -> None:
    act = [typed(1.0, "Draw a cat.")]
    scene = play(Scene(brush(Strokes(10)), act=act, away=[(4.0, 5.0, 12.0)], lasts_s=18).play())
    done = scene.of(ev.PictureDone)
    assert [event.picture for event in done] == [1, 1]
    assert done[0].at < 11.0 < done[1].at and done[0].url == done[1].url
    assert done[1].version > done[0].version


def test_forgetting_everything_stops_and_drops_the_pictures() -> None:
    act = [
        typed(1.0, "Draw a cat."),
        typed(8.0, "Draw a dog."),
        (9.5, lambda session: session.receive(ev.ForgetEverything())),
        typed(11.0, "Make it night."),
    ]
    scene = play(Scene(brush(Strokes(6), "What?"), act=act, lasts_s=16).play())
    assert [event.reason for event in scene.of(ev.PictureFailed)] == ["stopped"]
    assert said(scene)[-1] == "What?"


# --- whatever happens ------------------------------------------------------------------------------------------------

ACTS = st.sampled_from(
    [
        *(
            ev.TextTyped(text=text)
            for text in ("Draw a cat.", "Make it night.", "Stop drawing.", "Undo that.", "Bigger.")
        ),
        *(ev.TextTyped(text=text) for text in ("What time is it?", "Draw it again.", "Stop.")),
        ev.PictureStopped(picture=1),
        ev.PictureStopped(picture=2),
        ev.ReplyStopped(),
        ev.ForgetEverything(),
    ]
)


@settings(max_examples=40, deadline=None)
@given(acts=st.lists(st.tuples(st.floats(0.2, 12.0), ACTS), max_size=8), fails=st.booleans(), lost=st.booleans())
def test_a_picture_that_was_announced_is_done_or_failed(acts: list[tuple[float, Any]], fails: bool, lost: bool) -> None:
    painter = Strokes(4, ModelError("it broke") if fails else None)
    act = [(at, lambda session, event=event: session.receive(event)) for at, event in acts]
    scene = play(Scene(brush(painter), act=act, away=[(3.0, 4.0, 7.0)] if lost else [], lasts_s=15).play())
    state: dict[int, str] = {}
    for event in scene.events:
        match event:
            case ev.PictureStarted(picture=number, kind="drawing"):
                assert state.get(number) in (None, "over")  # over: it is shown again
                assert "open" not in state.values() or state.get(number) == "over"  # one at a time
                state[number] = "open"
            case ev.PictureDone(picture=number) | ev.PictureFailed(picture=number):
                assert state[number] == "open"
                state[number] = "over"
    assert "open" not in state.values()


def test_a_recorded_drawing_is_the_same_again_bit_for_bit() -> None:
    painter = Strokes(4)
    act = [typed(1.0, "Draw a cat."), typed(8.0, "Make it night."), typed(13.0, "Draw a dog."), typed(14.0, "Stop.")]
    kept, scene = recorded(brush(painter), act=act, lasts_s=18)
    outcome = kept.replay()
    assert outcome.difference is None and not outcome.stand_ins
    assert [*map(tape.encode, outcome.now)] == [*map(tape.encode, outcome.then)]
    assert "picture: a cat (make it night)" in story(outcome.now)
    assert scene.of(ev.PictureFailed)


def test_a_recorded_failure_is_said_in_the_same_words() -> None:
    painter = Strokes(1, ModelError("the endpoint said 500", "My painter is not to be reached."))
    kept, scene = recorded(brush(painter), act=[typed(1.0, "Draw a cat.")], lasts_s=8)
    assert said(scene)[-1] == "My painter is not to be reached."
    assert scene.of(ev.PictureFailed)[0].reason == "My painter is not to be reached."
    assert kept.replay().difference is None
