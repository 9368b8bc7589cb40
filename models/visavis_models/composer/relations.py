"""What the things of a request are to each other: a link belongs to the noun before it and the noun after it. Pure.

After a comma or at the beginning ("under the tree, a cat") it belongs to the two nouns after it. "An apple and a pear
on a table" puts both on the table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from visavis_models.composer.places import ALOFT
from visavis_models.composer.request import Between, Linked, Mark, Noun, Spotted, Token
from visavis_models.composer.scene import Link, Relation, Spot, Thing


def related(read: Sequence[Token], things: list[Thing], number: Mapping[int, int]) -> list[Thing]:
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
        if link == "on" and made[guest].subject.kind == "clothing" and made[host].subject.head:
            link = "worn"  # "put a hat on the cat"
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
    shared = link in ("on", "inside", "under") and host.subject.kind in ("furniture", "outdoors", "")
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
