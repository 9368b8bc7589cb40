"""Stories on a virtual clock: pages turn with the word, pictures come first, and an interrupted story goes on."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import pytest

from tests.timed.scene import Scene
from tests.timed.test_replay import recorded
from tests.timed.virtual import Inline, senses
from visavis_agents import events as ev
from visavis_agents.events import TextTyped
from visavis_agents.replay.virtual import play
from visavis_models.errors import ModelError
from visavis_models.ports import Painting
from visavis_models.senses import Sense

SENTENCES = ["Stop.", "What time is it?", "Go on.", "mm-hm", "What happens next?"]
STOP, TIME, ON, MURMUR, NEXT = range(5)


class Easel:
    """Paints a grey square; `asked` has the requests. fails: at this one."""

    def __init__(self, fails: int = -1) -> None:
        self.asked: list[str] = []
        self.fails = fails

    def paint(self, prompt: str, size: tuple[int, int] = (512, 512)) -> Generator[Painting, None, None]:
        self.asked.append(prompt)
        if len(self.asked) - 1 == self.fails:
            raise ModelError("the brush broke")
        yield Painting(np.full((8, 8, 3), 50, np.uint8), False, 0.5)
        yield Painting(np.full((8, 8, 3), 99, np.uint8), True, 1.0, alt=prompt)


def typed(at: float, text: str) -> tuple[float, Any]:
    return at, lambda session: session.receive(TextTyped(text=text))


def story(easel: Easel, slow_s: float = 0.2, **others: Any) -> Scene:
    able = senses(SENTENCES, "never asked", painter=Sense(easel, Inline(slow_s)))
    object.__setattr__(able.language.port, "knows", False)
    others.setdefault("act", [typed(0.5, "Tell me a story about a fox and the moon.")])
    return play(Scene(able, lasts_s=others.pop("lasts_s", 120.0), **others).play())


def places(scene: Scene) -> dict[tuple[int, int], float]:
    """When each word of each reply was played first."""
    made: dict[tuple[int, int], float] = {}
    for word in scene.of(ev.ReplyWord):
        made.setdefault((word.reply, word.index), word.at)
    return made


def test_pages_turn_with_their_first_word_and_their_picture_is_there_before() -> None:
    easel = Easel()
    scene = story(easel)
    turned, pages = scene.of(ev.StoryTurned), scene.of(ev.StoryPage)
    count = scene.of(ev.StoryStarted)[0].pages
    assert [event.page for event in turned] == list(range(count)) == [event.page for event in pages]
    words = [word.text for clause in scene.of(ev.ReplyClause) for word in clause.words]
    for event in turned:
        page = pages[event.page]
        assert places(scene)[event.reply, event.word] == event.at
        assert words[event.word : event.word + 3] == page.text.split()[:3]
        done = next(done for done in scene.of(ev.PictureDone) if done.picture == page.picture)
        assert done.at <= event.at
    assert len(easel.asked) == count
    ended = scene.of(ev.StoryEnded)
    assert [event.finished for event in ended] == [True]
    assert scene.of(ev.ReplyEnded)[0].text.endswith("The end. Would you like another one?")


def test_pictures_are_made_while_the_scene_before_is_spoken() -> None:
    scene = story(Easel(), slow_s=1.0)  # two steps and an encoding: three seconds a picture
    turned = scene.of(ev.StoryTurned)
    started = scene.of(ev.PictureStarted)
    assert started[1].at < turned[1].at
    told = [at for at in scene.sounding if at <= scene.of(ev.ReplyEnded)[0].at]
    silent = [b - a for a, b in zip(told, told[1:], strict=False) if b - a > 0.3]
    assert len(silent) == 1 and silent[0] < 1.0  # only before the first picture, after the opening


def test_a_brush_that_takes_for_ever_does_not_keep_the_story_back() -> None:
    scene = story(Easel(), slow_s=30.0, lasts_s=200.0)
    assert [event.finished for event in scene.of(ev.StoryEnded)] == [True]


def test_a_broken_brush_leaves_a_page_without_a_picture() -> None:
    scene = story(Easel(fails=1))
    assert scene.of(ev.StoryPage)[1].picture == 0
    assert [event.finished for event in scene.of(ev.StoryEnded)] == [True]
    assert not scene.of(ev.Trouble)


def test_after_stop_it_is_silent_and_goes_on_at_the_sentence_when_told() -> None:
    scene = story(Easel(), say=[(20.0, 20.5, STOP), (26.0, 27.0, ON)])
    cut = scene.of(ev.ReplyCut)[0]
    assert not [at for at in scene.sounding if 21.0 < at < 26.0]
    second = scene.of(ev.ReplyStarted)[1].reply
    words = [w.text for c in scene.of(ev.ReplyClause) if c.reply == second for w in c.words]
    before = next(text for text in cut.heard.split(". ")[::-1] if text)
    assert before.startswith(" ".join(words[:2])) or words[0] in before  # the sentence that was cut off is said again
    assert [event.finished for event in scene.of(ev.StoryEnded)] == [True]
    pages = [event.page for event in scene.of(ev.StoryTurned)]
    assert pages == sorted(pages) and len(set(pages)) == scene.of(ev.StoryStarted)[0].pages


def test_another_question_is_answered_and_then_the_story_goes_on() -> None:
    scene = story(Easel(), say=[(20.0, 21.0, TIME), (25.0, 26.0, NEXT)])
    assert "4:10" in scene.of(ev.ReplyEnded)[0].text
    assert [event.finished for event in scene.of(ev.StoryEnded)] == [True]
    assert len(scene.of(ev.StoryStarted)) == 1


def test_mmhm_does_not_turn_a_page_or_stop_it() -> None:
    scene = story(Easel(), say=[(20.0, 20.3, MURMUR)])
    assert not scene.of(ev.ReplyCut)
    assert [event.page for event in scene.of(ev.StoryTurned)] == list(range(scene.of(ev.StoryStarted)[0].pages))


def test_another_story_is_a_different_one() -> None:
    scene = story(Easel(), act=[typed(0.5, "Tell me a story."), typed(100.0, "Another one, please.")], lasts_s=190.0)
    first, second = scene.of(ev.StoryStarted)
    assert first.title != second.title
    assert (first.story, second.story) == (1, 2)


def test_a_story_without_a_brush_is_told_all_the_same() -> None:
    able = senses(SENTENCES, "never asked")
    object.__setattr__(able.language.port, "knows", False)
    scene = play(Scene(able, act=[typed(0.5, "Tell me a story.")], lasts_s=100.0).play())
    assert [event.finished for event in scene.of(ev.StoryEnded)] == [True]
    assert {event.picture for event in scene.of(ev.StoryPage)} == {0}


def written(messages: Any) -> list[str]:
    if not messages[0].text.startswith("You tell a picture story"):
        return ["Yes."]
    number = sum(message.role == "user" for message in messages)
    return [f"Page {number} has Ruby in it. ", "She is glad.\n", f"Picture: a red fox and {number} stars"]


def test_a_larger_model_writes_the_pages_itself() -> None:
    easel = Easel()
    able = senses(SENTENCES, "", painter=Sense(easel, Inline(0.2)))
    able.language.port.words = written  # type: ignore[attr-defined]
    scene = play(Scene(able, act=[typed(0.5, "Tell me a story about a fox.")], lasts_s=60.0).play())
    assert [page.text for page in scene.of(ev.StoryPage)][:2] == [
        "Page 1 has Ruby in it. She is glad.",
        "Page 2 has Ruby in it. She is glad.",
    ]
    assert easel.asked == [f"a red fox and {n} stars" for n in range(1, 6)]
    assert [event.page for event in scene.of(ev.StoryTurned)] == list(range(5))


@pytest.mark.parametrize("words", ["Stop the story.", "No, thanks."])
def test_a_story_may_be_left(words: str) -> None:
    scene = story(Easel(), act=[typed(0.5, "Tell me a story."), typed(95.0, words)], lasts_s=110.0)
    assert len(scene.of(ev.StoryStarted)) == 1
    assert scene.of(ev.ReplyEnded)[-1].text.startswith("All right.")


def test_what_is_not_drawn_is_not_told_either() -> None:
    easel = Easel()
    scene = story(easel, act=[typed(0.5, "Tell me a story about naked girls.")], lasts_s=20.0)
    assert "kinder story" in scene.of(ev.ReplyEnded)[0].text
    assert not scene.of(ev.StoryStarted) and not easel.asked


def test_a_model_that_loses_the_thread_says_so_and_goes_on_when_told() -> None:
    failing = iter([False, True, False, False, False, False, False, False])

    def words(messages: Any) -> list[str]:
        if messages[0].text.startswith("You tell a picture story") and next(failing):
            raise ModelError("out of memory")
        return written(messages)

    able = senses(SENTENCES, "", painter=Sense(Easel(), Inline(0.2)))
    able.language.port.words = words  # type: ignore[attr-defined]
    scene = play(Scene(able, act=[typed(0.5, "Tell me a story."), typed(15.0, "Go on.")], lasts_s=60.0).play())
    assert "lost the thread" in scene.of(ev.ReplyEnded)[0].text
    assert [event.finished for event in scene.of(ev.StoryEnded)] == [True]
    assert [event.page for event in scene.of(ev.StoryTurned)] == list(range(5))


def test_a_recorded_story_is_the_same_again() -> None:
    able = senses(SENTENCES, "never asked", painter=Sense(Easel(), Inline(0.2)))
    object.__setattr__(able.language.port, "knows", False)
    kept, scene = recorded(able, act=[typed(0.5, "Tell me a story about a fox.")], lasts_s=60.0)
    assert scene.of(ev.StoryEnded)[0].book.startswith("api/pictures/")
    outcome = kept.replay()
    assert outcome.failed is None
    assert outcome.difference is None
