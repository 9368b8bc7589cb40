"""The grammar of stories: whatever the seed and the wishes, a story is whole, consistent and short; wishes are read."""

from __future__ import annotations

import re

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from visavis_agents.plain import plain
from visavis_agents.rules import Call, Say, route
from visavis_agents.rules.story import WHO, of_story
from visavis_agents.story.cast import cast, creatures, plots
from visavis_agents.story.grammar import THE_END, Story, compose
from visavis_agents.story.telling import MORE
from visavis_agents.story.wishes import Wished, Wishes, wishes
from visavis_agents.story.written import read_page

THINGS = sorted({name for names in cast()["things"].values() for name in names})
BEINGS = st.none() | st.builds(
    Wished, st.sampled_from(sorted(creatures())), st.sampled_from(["", "Mia", "Rex"]), st.sampled_from(["", "green"])
)
WISHES = st.builds(
    Wishes,
    hero=BEINGS,
    friend=BEINGS,
    thing=st.none() | st.builds(Wished, st.sampled_from(THINGS)),
    place=st.sampled_from(["", *(name for place in cast()["place"] for name in place["names"])]),
)


def whole(story: Story) -> None:
    said = " ".join(scene.text for scene in story.scenes)
    assert 4 <= len(story.scenes) <= 7
    for text in (story.title, story.opening, said, *(scene.picture for scene in story.scenes)):
        assert not re.search(r"[{}]|\s\s|\s[.,!?]|\b(?:a|an|the) (?:a|an|the)\b", text), text
        assert not re.search(r"\ba [aeio]|\ban (?![aeiou])", text), text
    for scene in story.scenes:
        assert 8 <= len(scene.text.split()) <= 50 and len(scene.picture) <= 120
        assert max(len(sentence.split()) for sentence in re.split(r"[.!?]", scene.text)) <= 26
        assert re.match(r"[A-Z]", scene.text) and not re.search(r"[.!?] [a-z]", scene.text)
    assert said.endswith(THE_END)


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(), wished=WISHES)
def test_every_story_is_whole(seed: int, wished: Wishes) -> None:
    story = compose(str(seed), wished)
    whole(story)
    assert story == compose(str(seed), wished)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers())
def test_names_and_pronouns_stay_the_same(seed: int) -> None:
    story = compose(str(seed), Wishes(Wished("child", "Mia")))
    said = " ".join(scene.text for scene in story.scenes)
    assert "Mia" in said and " child called Mia" in story.opening
    names = {word for word in re.findall(r"\b[A-Z][a-z]+\b", said) if word in cast()["she"] + cast()["he"]}
    assert len(names) <= 1  # the friend's
    if names:
        theirs = r"he|him|his" if names & set(cast()["she"]) else r"she|her"
        assert not re.search(rf"\b(?:{theirs})\b", said, re.I)  # a child is "they"


def test_there_is_variety() -> None:
    made = [compose(str(seed)) for seed in range(400)]
    assert len({story.plot for story in made}) == len(plots()) >= 15
    assert len({story.scenes for story in made}) > 390
    told: list[str] = []
    for seed in range(len(plots())):  # none comes again before all were told
        story = compose(f"again {seed}", told=told)
        assert story.plot not in told
        told.append(story.plot)


@pytest.mark.parametrize(
    ("about", "hero", "friend", "thing", "place"),
    [
        ("a fox and the moon", "fox", "", "moon", ""),
        ("my dog called Rex", "dog", "", "", ""),
        ("a girl named Mia and her dog in the forest", "girl", "dog", "", "forest"),
        ("dinosaurs", "dinosaur", "", "", ""),
        ("two little mice", "mouse", "", "", ""),
        ("a red balloon", "", "", "balloon", ""),
        ("a bear who lives in the snow", "bear", "", "", "snow"),
        ("a teapot", "teapot", "", "", ""),
        ("me", "child", "", "", ""),
        ("a pirate looking for treasure", "pirate", "", "treasure", ""),
        ("a penguin at the beach with an umbrella", "penguin", "", "umbrella", "beach"),
        ("", "", "", "", ""),
        ("!!! 42 ...", "", "", "", ""),
    ],
)
def test_wishes_are_read(about: str, hero: str, friend: str, thing: str, place: str) -> None:
    read = wishes(plain(about), "Ada")
    kinds = [wished.kind if wished else "" for wished in (read.hero, read.friend, read.thing)]
    assert [*kinds, read.place] == [hero, friend, thing, place]
    whole(compose("x", read))


def test_what_was_wished_is_in_the_story() -> None:
    for seed in range(30):
        story = compose(str(seed), wishes("a green dragon and a lost ring in the desert"))
        said = " ".join(scene.text for scene in story.scenes)
        assert "green dragon" in said and "ring" in said and "desert" in said
        assert all("ring" not in sentence or "{" not in sentence for sentence in said.split("."))
        assert sum("a green dragon" in scene.picture for scene in story.scenes) >= 3
    assert compose("x", wishes("my cat called whiskers")).opening.endswith("cat called Whiskers.")
    assert compose("x", wishes("me", "Ada")).opening.endswith("child called Ada.")


def test_what_no_story_knows_is_said() -> None:
    assert compose("x", wishes("quantum physics")).opening.startswith("I know no story with quantum physics in it, but")


@given(st.text(max_size=300))
def test_no_wish_breaks_a_story(about: str) -> None:
    whole_or_odd = compose("x", wishes(plain(about)))
    assert whole_or_odd.scenes[-1].text.endswith(THE_END)


@pytest.mark.parametrize(
    ("said", "about"),
    [
        ("Tell me a story.", None),
        ("Can you tell us a bedtime story, please?", None),
        ("Tell me a story with pictures about a fox and the moon", "a fox and the moon"),
        ("I'd like a story about my dog Rex.", "my dog rex"),
        ("Tell me a dinosaur story", "dinosaur"),
        ("Another story about a cat.", "a cat"),
        ("Story time!", None),
    ],
)
def test_stories_are_asked_for(said: str, about: str | None) -> None:
    assert route(said) == Call("tell_story", {"about": about} if about else {})


@pytest.mark.parametrize("said", ["I read a story yesterday.", "What is the story of your life?", "Toy story is good."])
def test_talk_of_stories_is_talk(said: str) -> None:
    assert route(said) is None


def test_who_it_shall_be_about_is_asked_and_answered() -> None:
    assert route("A green dragon, please.", f"Hello. {WHO}") == Call("tell_story", {"about": "a green dragon"})
    assert route("You choose.", WHO) == Call("tell_story", {})
    assert isinstance(route("No.", WHO), Say)
    assert route("What time is it?", WHO) == Call("time_and_date", {"what": "time"})


def test_a_story_that_is_told_is_gone_on_with() -> None:
    on = Call("go_on_with_story", {})
    assert of_story(plain("What happens next?"), False, False, False) == on == of_story("go on", False, True, False)
    assert isinstance(of_story("go on", False, True, True), Say)
    more = Call("tell_story", {})
    assert of_story("yes please", True, True, True) == more == of_story("another one", False, True, False)
    assert of_story("another story", False, False, True) == more
    assert isinstance(of_story("no", True, True, True), Say)
    for words in ("yes", "again", "go on", "what time is it"):  # something else was said since
        assert of_story(words, False, False, False) is None
    assert MORE.endswith("?")


def test_a_page_of_a_language_model_is_read() -> None:
    page = read_page("**Page 1 of 5:** Ruby was a fox. She was glad.\n\nPicture: a small red fox in a forest.")
    assert page is not None
    assert (page.text, page.picture) == ("Ruby was a fox. She was glad.", "a small red fox in a forest")
    bare = read_page("Ruby ran home. It was late. The end.")
    assert bare is not None and bare.picture == "Ruby ran home" and bare.text == "Ruby ran home. It was late."
    assert read_page("  \n") is None and read_page("Picture: a fox") is None
    long = read_page("word " * 400)
    assert long is not None and len(long.text) <= 600
