"""A scene made of a request's tokens: which things there are, and what each is to the others. Pure.

A link belongs to the noun before it and the noun after it; after a comma or at the beginning ("under the tree, a
cat") to the two nouns after it. "An apple and a pear on a table" puts both on the table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from visavis_models.composer.english import COLOURS, FREE, MOST, SAME, SIZES, article
from visavis_models.composer.places import GROUNDS, LIGHTS, PLAIN, fitting
from visavis_models.composer.relations import related
from visavis_models.composer.request import Linked, Mark, Noun, Token, plain, tokens, worded
from visavis_models.composer.scene import Backdrop, Link, Scene, Subject, Thing
from visavis_models.composer.styles import styled

MOST_THINGS = 20
MOST_PICTURES = 48  # copies of all things together
ANYTHING = "a house with a tree, a cat, two flowers, a cloud and the sun"  # for "draw something"
GIANT = 1.1  # size of the smallest thing that is called huge
MANY = {"star": 8, "snowflake": 9, "flower": 5, "bird": 4, "heart": 5, "tulip": 5, "cloud": 3, "mountain": 3}


def read_request(request: str, names: Mapping[str, Subject], near: Mapping[str, Subject]) -> Scene:
    """names: what pictures are called, in the singular; near: words that a near picture stands for."""
    said, style, foreign = styled(worded(request))
    text = plain(said)
    found = reading(text, names, near)
    if not found.things and not found.asked and (not text or set(text.split()) & FREE):
        found = reading(plain(ANYTHING), names, near)
    return replace(_settled(found), style=style or "", foreign=foreign)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was said, and nothing that was not. backdrop, light: None where the request names none."""

    things: tuple[Thing, ...]
    backdrop: Backdrop | None
    light: Backdrop | None
    paper: str
    unknown: tuple[str, ...]
    capped: bool

    @property
    def asked(self) -> bool:
        return bool(self.backdrop or self.light)


def reading(text: str, names: Mapping[str, Subject], near: Mapping[str, Subject]) -> Reading:
    """text: as `plain` or `worded` gives it."""
    read = tokens(text, names, near)
    things: list[Thing] = []
    number: dict[int, int] = {}  # token -> thing
    unknown: list[str] = []
    elided: list[tuple[int, Noun]] = []  # "two red and three blue balls": token, phrase without its noun
    backdrop: Backdrop | None = None
    light: Backdrop | None = None
    paper = ""
    for at, token in enumerate(read):
        if not isinstance(token, Noun):
            continue
        if at and read[at - 1] == Mark("with") and token.said in names and names[token.said].kind == "part":
            continue  # "a cat with blue eyes" has them
        if at and read[at - 1] == Mark("with") and token.said == "candle" and any("cake" in t.said for t in things):
            continue
        if token.said == "moon" and _linked(read, at) == "on":
            backdrop = "moon"
            continue
        subject = (near if token.near else names).get(token.said) if token.said else None
        if subject is not None and token.known and (told := _told_of(things, subject, token)) is not None:
            number[at] = told  # "a table ... under the table"
        elif subject is not None:
            for place, phrase in elided:
                number[place] = len(things)
                things.append(
                    _thing(replace(token, count=phrase.count, colour=phrase.colour, size=phrase.size), subject)
                )
            elided = []
            number[at] = len(things)
            things.append(_thing(token, subject))
        elif token.ground in PLAIN:
            backdrop, paper = "paper", token.colour or "white"
        elif token.ground in GROUNDS:
            backdrop = GROUNDS[token.ground]
            if backdrop == "sea":  # "by the sea" is on its shore
                link = _linked(read, at)
                backdrop = "underwater" if link == "under" else "beach" if link == "beside" else "sea"
        elif token.ground in LIGHTS:
            light = LIGHTS[token.ground]
        elif token.words:
            unknown.append(_unknown(token))
        elif not token.ground and not token.pronoun:
            elided.append((at, token))
    things = related(read, things, number)
    if light == "snow":  # "a snowy mountain" is a place's weather
        backdrop, light = backdrop or "snow", None
    capped = any(thing.count > MOST for thing in things)
    return Reading(bounded(_proportioned(things)), backdrop, light, paper, tuple(dict.fromkeys(unknown)), capped)


def _settled(found: Reading) -> Scene:
    """A scene, with what fits where nothing was said."""
    things, backdrop, light = found.things, found.backdrop, found.light
    fitting_backdrop, fitting_light = fitting(things)
    if backdrop == "sea" and things and all(thing.subject.place in ("deep", "thing") for thing in things):
        backdrop = "underwater"
    if backdrop == "sea" and {"water", "ground"} <= {thing.subject.place for thing in things if not thing.relations}:
        backdrop = "beach"  # what stands on the ground has a shore
    if backdrop is None:
        backdrop = fitting_backdrop
        if (light or not things) and backdrop in ("paper", "room") and light not in (None, "day"):
            backdrop = "day"
    return Scene(
        things=things,
        backdrop=backdrop,
        light=light or fitting_light,
        paper=found.paper,
        unknown=found.unknown,
        capped=found.capped,
        asked=found.asked,
    )


def _thing(noun: Noun, subject: Subject) -> Thing:
    many = MANY.get(subject.name, 3) if noun.many or (noun.said in SAME and not (noun.one or noun.known)) else 1
    return Thing(
        subject=subject,
        said=subject.label if noun.near else noun.said,
        near=noun.said if noun.near else "",
        count=noun.count or many,
        scale=SIZES.get(noun.size, 1.0),
        size_word=noun.size,
        colour=noun.colour if noun.colour in COLOURS else "",
        known=noun.known,
    )


def _told_of(things: Sequence[Thing], subject: Subject, noun: Noun) -> int | None:
    """The number of the thing that "the table" means, when there is one already."""
    if noun.count or noun.colour or noun.many:
        return None
    return next((number for number, thing in enumerate(things) if thing.subject == subject), None)


def _unknown(noun: Noun) -> str:
    """ "a dishwasher", "dishwashers"."""
    words = list(noun.words[-3:])
    while len(words) > 1 and words[-1].endswith("ing"):
        words.pop()
    name = " ".join(words)
    return name if noun.count > 1 or (name.endswith("s") and not name.endswith("ss")) else f"{article(name)} {name}"


def _linked(read: Sequence[Token], at: int) -> Link | None:
    before = read[at - 1] if at else None
    return before.link if isinstance(before, Linked) else None


def _proportioned(things: Sequence[Thing]) -> list[Thing]:
    """A giant snail is large beside a man, and anything called small is smaller than anything called big."""
    made = [
        replace(thing, scale=max(thing.scale, GIANT / thing.subject.size)) if thing.scale >= 1.75 else thing
        for thing in things
    ]
    big = [thing.subject.size * thing.scale for thing in made if thing.scale > 1.15]
    return [
        replace(thing, scale=min(thing.scale, 0.7 * min(big) / thing.subject.size))
        if big and thing.scale < 0.87
        else thing
        for thing in made
    ]


def bounded(things: Sequence[Thing]) -> tuple[Thing, ...]:
    """As many as can be drawn: things, copies of each, copies in all."""
    some = things[:MOST_THINGS]
    return tuple(_thinned([_kept(thing, len(some)) for thing in some]))


def _kept(thing: Thing, things: int) -> Thing:
    """Without relations to things beyond the most that are drawn."""
    kept = tuple(relation for relation in thing.relations if relation.to < things)
    return replace(thing, count=max(1, min(MOST, thing.count)), relations=kept)


def _thinned(things: list[Thing]) -> list[Thing]:
    """At most MOST_PICTURES copies in all, the largest counts cut first."""
    while (total := sum(thing.count for thing in things)) > MOST_PICTURES:
        largest = max(range(len(things)), key=lambda index: things[index].count)
        cut = things[largest].count - min(things[largest].count - 1, total - MOST_PICTURES)
        things[largest] = replace(things[largest], count=cut)
    return things
