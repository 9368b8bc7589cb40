"""A small grammar of stories: a plot, who is in it, where, and one of the ways in which each beat may be said. Pure.

The same seed and wishes make the same story. `plots.txt` has the plots and how they are written.
"""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from visavis_agents.story.cast import Being, cast, classes_of, creatures, place_called, plots, with_article
from visavis_agents.story.wishes import Wished, Wishes

THE_END = "The end."
NOTHING = Wishes()  # wished for
_SLOT = re.compile(r"\{(\w+)\}")
_WHERE = re.compile(r"\b(?:in|on) (?:a|the) (?!(?:bird|boat)\b)\w+|\bin space\b|\bunder water\b")
_START = re.compile(r"(?:^|(?<=[.!?] ))[a-z]")


@dataclass(frozen=True, slots=True)
class Scene:
    """One page. text: as it is read aloud; picture: what is to be painted."""

    text: str
    picture: str


@dataclass(frozen=True, slots=True)
class Story:
    """opening: said before the first page."""

    plot: str
    title: str
    opening: str
    scenes: tuple[Scene, ...]


def compose(seed: str, wishes: Wishes = NOTHING, told: Collection[str] = ()) -> Story:
    """told: names of plots that come last now, because they were told before."""
    dice = random.Random(seed)
    plot, unused = _plot(dice, wishes, told)
    sides = _sides(plot["name"])
    hero = _being(dice, wishes.hero, [kind for kind in cast()["heroes"] if _suits(plot, kind)], "nature", sides)
    friend = _being(dice, wishes.friend, cast()["friends"], "kindly", {*sides, hero.kind}, hero)
    slots = hero.slots() | friend.slots("f") | _thing(dice, plot, wishes.thing) | _place(dice, wishes, hero)
    slots["hatched"] = dice.choice([kind for kind in cast()["hatchlings"] if kind not in (hero.kind, friend.kind)])
    scenes: list[Scene] = []
    for page in plot["pages"]:
        ways = [way for way in page["say"] if "{in_place}" in way] if wishes.place and not scenes else []
        text = _filled(dice.choice(ways or page["say"]), slots)
        picture = " ".join(_slotted(page["picture"], slots).split())
        stays = bool(wishes.place) or hero.kind in cast()["swims"]  # a place that matters is in every picture
        scenes.append(Scene(text, _placed(picture, slots["place_pic"]) if stays else picture))
    scenes[-1] = Scene(f"{scenes[-1].text} {THE_END}", scenes[-1].picture)
    title = " ".join(
        word[0].upper() + word[1:] if _counts(word) else word for word in _filled(plot["title"], slots).split()
    )
    return Story(plot["name"], title[0].upper() + title[1:], _opening(hero, [*wishes.missed, *unused]), tuple(scenes))


def _plot(dice: random.Random, wishes: Wishes, told: Collection[str]) -> tuple[dict[str, Any], list[str]]:
    """One that fits what is wished; and what of it does not come in."""
    hero = wishes.hero.kind if wishes.hero else ""
    fitting = [plot for plot in plots() if not hero or _suits(plot, hero)]
    unused: list[str] = []
    if wishes.thing:
        kinds = classes_of(wishes.thing.kind)
        about = [plot for plot in fitting if plot["thing"] in kinds or plot["name"] in kinds]
        unused = [] if about else [wishes.thing.kind]
        fitting = about or fitting
    beings = {wished.kind for wished in (wishes.hero, wishes.friend) if wished}
    for better in (
        [plot for plot in fitting if plot["name"] not in told],
        [plot for plot in fitting if not beings & _sides(plot["name"])],
        [plot for plot in fitting if not wishes.place or any("{in_place}" in way for way in plot["pages"][0]["say"])],
    ):
        fitting = [plot for plot in fitting if plot in better] or fitting
    return dice.choice(fitting), unused


def _suits(plot: dict[str, Any], kind: str) -> bool:
    tags = [tag for tag in ("flies", "swims") if kind in cast()[tag]]
    return not any(tag in plot["not"] for tag in tags) and ("swims" not in tags or "anywhere" in plot)


@cache
def _sides(name: str) -> frozenset[str]:
    """Kinds of beings that come in by themselves: nobody else of that kind should."""
    plot = next(plot for plot in plots() if plot["name"] == name)
    words = re.findall(r"[a-z]+", " ".join(way for page in plot["pages"] for way in (*page["say"], page["picture"])))
    return creatures() & {form for word in words for form in (word, word.removesuffix("s"))}


def _being(
    dice: random.Random,
    wished: Wished | None,
    kinds: Sequence[str],
    natures: str,
    taken: Collection[str],
    beside: Being | None = None,
) -> Being:
    """Somebody of a wished kind, or one of `kinds` that is not taken. beside: whom they must not be mistaken for."""
    known = cast()
    kind = wished.kind if wished else dice.choice([kind for kind in kinds if kind not in taken])
    pronoun = dice.choice([pronoun for pronoun in ("she", "he") if beside is None or pronoun != beside.pronoun])
    name = wished.name if wished and wished.name != (beside.name if beside else "") else ""
    pronoun = next((word for word in ("she", "he") if name in known[word] + known[f"{word}_too"]), pronoun)
    pronoun = "she" if kind in known["she_is"] else "he" if kind in known["he_is"] else pronoun
    pronoun = "they" if kind == "child" else pronoun
    taken_name = beside.name if beside else " "
    free = [name for name in [*known["she"], *known["he"]] if name[0] != taken_name[0]]
    name = name or dice.choice([name for name in free if pronoun == "they" or name in known[pronoun]])
    colour = wished.colour if wished and wished.colour else dice.choice(known["painted"].get(kind, [""]))
    nature = dice.choice([nature for nature in known[natures] if nature not in kind])
    return Being(name, kind, pronoun, nature, colour)


def _thing(dice: random.Random, plot: dict[str, Any], wished: Wished | None) -> dict[str, str]:
    noun, colour = dice.choice(plot["default"]), ""
    if wished and wished.kind not in cast()["word"]["never"] and plot["thing"] in classes_of(wished.kind):
        noun, colour = wished.kind, wished.colour
    colour = colour or cast()["colour_of"].get(noun, "")
    only = noun in ("moon", "sun")  # there is one of it
    a = f"the {noun}" if only else with_article(f"{colour} {noun}".strip())
    return {
        "thing": noun,
        "an_thing": with_article(noun),
        "a_thing": a,
        "the_thing": f"the {noun}",
        "thing_pic": a,
        "it": "it",
    }


def _place(dice: random.Random, wishes: Wishes, hero: Being) -> dict[str, str]:
    place = place_called(wishes.place) if wishes.place else None
    if place is None and hero.kind in cast()["swims"]:
        place = place_called("underwater")
    place = place or dice.choice([place for place in cast()["place"] if place.get("usual")])
    return {"in_place": place["said"], "place_pic": place["shown"]}


def _placed(picture: str, where: str) -> str:
    """The picture with the place behind it, if it has no other."""
    if not where.startswith(("in ", "on ", "under water")) or _WHERE.search(picture):
        return picture
    return f"{picture} {where}"


def _filled(text: str, slots: dict[str, str]) -> str:
    return _START.sub(lambda found: found[0].upper(), _slotted(text, slots))


def _slotted(text: str, slots: dict[str, str]) -> str:
    """Raises KeyError for a slot that nobody fills."""
    return _SLOT.sub(lambda found: slots[found[1]], text)


def _opening(hero: Being, missed: Sequence[str]) -> str:
    here = f"a story about {hero.told} called {hero.name}."
    if not missed:
        return f"Here is {here}"
    return f"I know no story with {' or '.join(missed[:2])} in it, but here is {here}"


def _counts(word: str) -> bool:
    return word not in ("a", "an", "the", "and", "of", "to", "in", "for", "with", "that")
