"""A scene made of a request's tokens: which things there are, and what each is to the others. Pure.

A link belongs to the noun before it and the noun after it; after a comma or at the beginning ("under the tree, a
cat") to the two nouns after it. "An apple and a pear on a table" puts both on the table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from visavis_models.composer.english import COLOURS, FREE, MOST, SAME, SIZES, article
from visavis_models.composer.places import ALOFT, GROUNDS, LIGHTS, PLAIN, fitting
from visavis_models.composer.request import Between, Linked, Mark, Noun, Spotted, Token, plain, tokens, worded
from visavis_models.composer.scene import Backdrop, Link, Relation, Scene, Spot, Subject, Thing
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
    things = _related(read, things, number)
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


def _related(read: Sequence[Token], things: list[Thing], number: Mapping[int, int]) -> list[Thing]:
    """The things with their links and spots."""
    made = list(things)

    def before(at: int) -> int | None:
        return next((number[i] for i in range(at - 1, -1, -1) if i in number), None)

    def after(at: int) -> int | None:
        return next((number[i] for i in range(at + 1, len(read)) if i in number), None)

    def relate(guest: int | None, link: Link | None, host: int | None) -> None:
        while (
            guest is not None and made[guest].relations and made[guest].relations[0].link in ("worn", "held", "inside")
        ):
            guest = made[guest].relations[0].to  # "a cat wearing a hat under a tree": the cat is
        if guest is None or host is None or link is None or guest == host or _leads(made, host, guest):
            return
        if not made[guest].relations:
            made[guest] = replace(made[guest], relations=(Relation(link, host),))
            if link == "worn":
                made[guest] = replace(made[guest], count=made[host].count)

    def spot(thing: int | None, spots: frozenset[Spot]) -> None:
        if thing is not None:
            made[thing] = replace(made[thing], spots=made[thing].spots | spots)

    for at, token in enumerate(read):
        apart = at == 0 or isinstance(read[at - 1], Mark)
        following = read[at + 1] if at + 1 < len(read) else None
        match token:
            case Spotted(spots):
                forward = apart and isinstance(following, Noun)
                spot(after(at) if forward or before(at) is None else before(at), spots)
            case Linked(link, turned):
                guest = before(at)
                if isinstance(following, Noun) and following.ground in ALOFT:
                    spot(guest if guest is not None else after(at), frozenset({"sky"}))
                elif isinstance(following, Noun) and at + 1 in number:
                    host = number[at + 1]
                    if turned:
                        relate(host, link, guest)
                    elif apart and (ahead := after(at + 1)) is not None and _begins(read, at + 2):
                        relate(ahead, link, host)
                    else:
                        for member in _row(read, at, link, made[host], number, made):
                            relate(member, link, host)
                elif guest is not None and (
                    following is None
                    or isinstance(following, Mark | Spotted)
                    or (isinstance(following, Noun) and following.pronoun)
                ):
                    # "with a hat on", "and a dog next to it"
                    if apart and (ahead := after(at)) is not None:
                        relate(ahead, link, guest)
                    else:
                        relate(guest, link, guest - 1 if guest else None)
            case Between():
                guest, first = before(at), after(at)
                if (
                    guest is not None
                    and first is not None
                    and made[first].count == 2
                    and after(at + 2) in (None, first)
                ):
                    made[first] = replace(made[first], count=1)  # "between two houses"
                    made.append(made[first])
                    made[guest] = replace(
                        made[guest], relations=(Relation("between", first), Relation("between", len(made) - 1))
                    )
                    continue
                relate(guest, "between", first)
                if guest is not None and first is not None and first + 1 < len(made) and not made[first + 1].relations:
                    both = (Relation("between", first), Relation("between", first + 1))
                    made[guest] = replace(made[guest], relations=both)
            case Mark("with"):
                owner, next_ = before(at), at + 1
                while owner is not None and next_ in number:  # "with bread, cheese and a cup"
                    owned = number[next_]
                    linked = next_ + 1 < len(read) and isinstance(read[next_ + 1], Linked | Between)
                    having = had(made[owned], made[owner])
                    if owned != owner and not (linked and next_ + 2 in number and having != "worn"):
                        relate(owned, having, owner)
                    if (
                        next_ + 1 >= len(read)
                        or not isinstance(read[next_ + 1], Mark)
                        or read[next_ + 1] == Mark("with")
                    ):
                        break
                    next_ += 2
    return made


def had(thing: Thing, owner: Thing) -> Link | None:
    """What "with" means: clothing is worn, small things are held by people."""
    if thing.subject.kind == "clothing" and owner.subject.head:
        return "worn"
    if owner.subject.kind == "furniture" and thing.subject.place == "thing" and thing.subject.size <= 0.5:
        return "on"
    light = thing.subject.place == "thing" or thing.subject.name in ("balloon", "kite", "flower", "rose", "tulip")
    return "held" if owner.subject.kind == "person" and light and thing.count == 1 else None


def _row(
    read: Sequence[Token], at: int, link: Link, host: Thing, number: Mapping[int, int], things: Sequence[Thing]
) -> list[int]:
    """The thing before a link, and those told in a row with it that find room too: "an apple and a pear on"."""
    row: list[int] = []
    for place in range(at - 1, -1, -1):
        token = read[place]
        if place in number:
            row.append(number[place])
        elif not (isinstance(token, Mark) and row and token.word != "with") and not (
            isinstance(token, Spotted) and not row
        ):
            break
    shared = link in ("on", "inside", "under") and host.subject.kind in ("furniture", "")
    return [
        guest
        for position, guest in enumerate(row)
        if position == 0 or (shared and not things[guest].spots and _fits_on(things[guest], host))
    ]


def _fits_on(thing: Thing, host: Thing) -> bool:
    near_ground = thing.subject.place not in ("sky", "far", "space")
    return near_ground and thing.subject.size * thing.scale < host.subject.size * host.scale


def _begins(read: Sequence[Token], at: int) -> bool:
    """A new noun comes next, with or without a mark before it."""
    here = read[at] if at < len(read) else None
    if isinstance(here, Mark) and here.word == ",":
        here = read[at + 1] if at + 1 < len(read) else None
    return isinstance(here, Noun) and not here.pronoun


def _leads(things: Sequence[Thing], start: int, goal: int) -> bool:
    """Whether thing `start` already depends on thing `goal`."""
    seen = {start}
    while (relations := things[start].relations) and (start := relations[0].to) not in seen:
        if start == goal:
            return True
        seen.add(start)
    return False


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
