"""A scene changed as asked: what each verb that `changes.py` reads does to things, place and light. Pure.

What cannot be done is told in `notes`, in words to say aloud.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from visavis_models.composer.assemble import reading
from visavis_models.composer.changes import GROW, SHRINK, Change, Verb
from visavis_models.composer.desk import ALL, GROUND, IT, SKY, Desk, Names
from visavis_models.composer.english import COLOURS, NUMBERS
from visavis_models.composer.relations import had
from visavis_models.composer.scene import Relation, Scene, Spot, Thing
from visavis_models.composer.styles import styled

LEAST_SCALE, MOST_SCALE = 0.2, 8.0

_DARKER = re.compile(r"(?:.* )?(?:darker|dark)")
_LIGHTER = re.compile(r"(?:.* )?(?:brighter|bright|lighter|sunny|sunnier)")
_SPOT_WORDS: tuple[tuple[str, tuple[Spot, ...]], ...] = (
    (r"(?:top|upper) left", ("top", "left")), (r"(?:top|upper) right", ("top", "right")),
    (r"(?:bottom|lower) left", ("bottom", "left")), (r"(?:bottom|lower) right", ("bottom", "right")),
    (r"left|leftwards?", ("left",)), (r"right|rightwards?", ("right",)), (r"middle|cent(?:er|re)", ("middle",)),
    (r"sky|air", ("sky",)),
    (r"up|upwards?|higher|top", ("top",)), (r"down|downwards?|lower|bottom|ground", ("bottom",)),
    (r"background|distance|back|backwards?|away", ("far",)),
    (r"foreground|front|forwards?|closer|nearer", ("bottom",)),
)  # fmt: skip
_SPOTS = [(re.compile(rf"(?:.* )?(?:{pattern})(?: .*)?"), frozenset(spots)) for pattern, spots in _SPOT_WORDS]


@dataclass(frozen=True, slots=True)
class Edited:
    """focus: the things that "it" means next. notes: what was not done. done: whether anything was."""

    scene: Scene
    focus: tuple[int, ...]
    notes: tuple[str, ...] = ()
    done: bool = False


def edited(scene: Scene, focus: Sequence[int], changes: Sequence[Change], names: Names, near: Names) -> Edited:
    """changes: none of them "undo". focus: numbers of the things that "it" means."""
    desk = Desk(scene, tuple(focus) or tuple(range(len(scene.things)))[:1], names, near)
    for change in changes:
        before = desk.scene
        desk.focus = tuple(number for number in desk.focus if number < len(before.things))
        _VERBS[change.verb](desk, change)
        desk.done = desk.done or desk.scene != before
    return Edited(desk.scene, desk.focus, tuple(dict.fromkeys(desk.notes)), desk.done)


def _remove(desk: Desk, change: Change) -> None:
    what, few = _few(change.what)
    if SKY.fullmatch(what):
        desk.scene = replace(desk.scene, backdrop="paper", light="day", sky="", ground="", paper="", asked=True)
    elif what.removeprefix("the ") in ("rain", "storm", "snow", "night", "sunset", "weather", "darkness"):
        snowy = desk.scene.backdrop == "snow"
        desk.scene = replace(desk.scene, light="day", backdrop="day" if snowy else desk.scene.backdrop)
    elif GROUND.fullmatch(what) and not desk.named(what)[0]:
        desk.scene = replace(desk.scene, backdrop="paper", ground="", sky="")
    else:
        meant = desk.meant(what)
        if few and len(meant) == 1 and desk.scene.things[meant[0]].count > few:
            desk.each(meant, lambda thing: replace(thing, count=thing.count - few))
        elif meant:
            desk.keep([n for n in range(len(desk.scene.things)) if n not in meant])


def _only(desk: Desk, change: Change) -> None:
    what, few = _few(change.what)
    if meant := desk.meant(what):
        if few:
            desk.each(meant, lambda thing: replace(thing, count=min(few, thing.count)))
        desk.keep(meant)


def _turn(desk: Desk, change: Change) -> None:
    desk.each(desk.meant(change.what), lambda thing: replace(thing, turned=not thing.turned))


def _become(desk: Desk, change: Change) -> None:
    to = change.to
    rest, style, foreign = styled(to.removeprefix("look "))
    if foreign and not rest:
        desk.notes.append(f"I can't do {foreign}.")
    elif style is not None and not rest:
        desk.scene = replace(desk.scene, style=style)
    elif (factor := _factor(to)) is not None:
        meant = range(len(desk.scene.things)) if not change.what and len(desk.focus) != 1 else desk.meant(change.what)
        desk.each(meant, lambda thing: _scaled(thing, factor))
    elif (colour := _colour(to)) and not desk.painted(change.what, colour):
        desk.each(desk.meant(change.what), lambda thing: replace(thing, colour=colour))
    elif colour:
        pass
    elif _DARKER.fullmatch(to) or _LIGHTER.fullmatch(to):
        desk.placed(reading("day" if _LIGHTER.fullmatch(to) else "night", desk.names, desk.near))
    else:
        _replaced(desk, change)


def _set(desk: Desk, change: Change) -> None:
    """Place, light or style: what is said without an article is no thing ("make it snow", "make the cat fly")."""
    place = reading(change.to, desk.names, desk.near)
    if styled(change.to.removeprefix("look "))[1] is not None:
        _become(desk, change)
    elif place.asked:
        desk.placed(place)
    else:
        desk.notes.append("I can't draw that.")


def _give(desk: Desk, change: Change) -> None:
    hosts = desk.meant(re.sub(r"^(?:each|every)(?: of)?(?: the)? ", "the ", change.what))
    gifts = desk.read(change.to)
    if not hosts:
        return
    added: list[int] = []
    wearers = [host for host in hosts if desk.scene.things[host].subject.head]
    for host in wearers if wearers and all(gift.subject.kind == "clothing" for gift in gifts.things) else hosts:
        for gift in gifts.things:
            owner = desk.scene.things[host]
            link = had(gift, owner) or ("held" if gift.subject.place == "thing" and gift.count == 1 else "beside")
            if gift.subject.kind == "clothing" and not owner.subject.head:
                link = "on"
            count = owner.count if link == "worn" else gift.count
            added.append(desk.added(replace(gift, count=count, relations=(Relation(link, host),))))
    desk.focused(added)


def _move(desk: Desk, change: Change) -> None:
    to = desk.spelled(change.to)
    place = reading(f"it {to}", desk.names, desk.near)
    if place.asked and not place.things:
        desk.placed(place)
        return
    meant = desk.meant(change.what)
    if not meant:
        return
    if place.things or place.unknown:
        _linked(desk, meant, to)
    elif re.search(r"\b(?:closer|nearer|together)\b", to) and len(meant) == 1 and len(desk.scene.things) > 1:
        desk.relate(meant, "beside", 0 if meant[0] else 1)
    else:
        spots = next((spots for pattern, spots in _SPOTS if pattern.fullmatch(to)), None)
        if spots is None:
            desk.notes.append("I don't know where to put that.")
        else:
            desk.each(meant, lambda thing: replace(thing, spots=spots, relations=()))


def _more(desk: Desk, change: Change) -> None:
    few = change.to in ("fewer", "less", "not so many", "not as many", "too many")
    number = _number(change.to) or (1 if change.to == "another" else 2)
    known, _ = desk.named(change.what) if change.what not in ("", "one") else (list(desk.focus), ())
    if known and few:
        desk.each(known, lambda thing: replace(thing, count=max(1, thing.count - max(1, thing.count // 3))))
    elif known:
        desk.each(known[:1], lambda thing: replace(thing, count=thing.count + number))
    elif not few:
        _add(desk, Change("add", f"{change.to if _number(change.to) else 'some'} {change.what}"))
    else:
        desk.notes.append(f"There are no {change.what} in the picture.")


def _add(desk: Desk, change: Change) -> None:
    found = desk.read(desk.spelled(change.what))
    if found.asked and not found.things:
        desk.placed(found)
        return
    where: dict[int, int] = {}  # of the things that were read: their numbers in the scene
    added = []
    for number, thing in enumerate(found.things):
        meant = desk.like(thing) if thing.known else []
        if meant:
            where[number] = meant[0]
        else:
            kept = replace(thing, relations=(), known=False)
            where[number] = desk.added(kept, merge=not thing.relations and not thing.spots)
            added.append(where[number])
    for number, thing in enumerate(found.things):
        if thing.relations and (where[number] in added or not desk.scene.things[where[number]].relations):
            desk.related(where[number], thing, where)
    if found.asked:
        desk.placed(found)
    things = desk.scene.things
    desk.focused(number for number in added if not any(link.to in added for link in things[number].relations))
    desk.fitted(added)


def _linked(desk: Desk, meant: Sequence[int], to: str) -> None:
    """Move to where another thing is; one that is not there yet is added."""
    said = desk.scene.things[meant[0]].said
    found = desk.read(f"the {said} {to}")
    if len(found.things) < 2 or not found.things[0].relations:
        desk.notes.append("I don't know where to put that.")
        return
    relation = found.things[0].relations[0]
    wanted = found.things[relation.to]
    hosts = [number for number in desk.like(wanted) if number not in meant]
    host = hosts[0] if hosts else desk.added(replace(wanted, relations=(), known=False))
    desk.relate(meant, relation.link, host)
    if not hosts:
        desk.fitted([host])


def _replaced(desk: Desk, change: Change) -> None:
    """Another thing in the place of one, another number of the same, or another place or light."""
    to = desk.read(change.to)
    outside = not change.what or ALL.fullmatch(change.what) or SKY.fullmatch(change.what) or IT.fullmatch(change.what)
    if to.asked and (outside or not to.things):
        desk.placed(to)
        return
    if not to.things:
        if not desk.notes:
            desk.notes.append("I don't know how to draw that.")
        return
    meant = desk.meant(change.what)
    if not meant:
        return
    new = to.things[0]
    told = bool(re.match(r"(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|\d+)\b", change.to))
    same = desk.scene.things[meant[0]].subject == new.subject
    if same and not new.colour and new.count == 1:
        return

    def put(thing: Thing) -> Thing:
        count = new.count if told and (same or new.count > 1) else thing.count
        kept = replace(thing, count=count, colour=new.colour or (thing.colour if same else ""))
        return kept if same else replace(kept, subject=new.subject, said=new.said, near=new.near)

    desk.each(meant[:1] if len(to.things) > 1 else meant, put)


_VERBS: Mapping[Verb, Callable[[Desk, Change], None]] = {
    "only": _only, "remove": _remove, "turn": _turn, "become": _become, "set": _set, "give": _give, "move": _move,
    "more": _more, "add": _add,
}  # fmt: skip


def _few(what: str) -> tuple[str, int]:
    """ "two of the cats" -> "the cats", 2; 0 where no number was said."""
    found = re.fullmatch(r"(?P<number>\w+) (?:more )?(?:of )?(?P<what>.+)", what)
    if found and (number := _number(found["number"])):
        return found["what"], number
    return what, 0


def _number(word: str) -> int:
    word = word.removesuffix(" of").removesuffix(" couple")
    some = {
        "a few": 3,
        "some": 3,
        "several": 3,
        "many": 5,
        "lots": 5,
        "a lot": 5,
        "a": 2 if word == "a couple" else 1,
        "an": 1,
    }
    return int(word[:3]) if word.isdigit() else NUMBERS.get(word, 0) or some.get(word, 0)


def _factor(to: str) -> float | None:
    """How many times as large, when words speak of size."""
    if found := re.fullmatch(rf"too (?:{GROW}|{SHRINK})", to):
        return 0.68 if re.search(rf"\b(?:{GROW})$", found[0]) else 1.45
    if to in ("enlarge", "grow", "magnify", "shrink"):
        return 0.68 if to == "shrink" else 1.45
    found = re.fullmatch(rf"(?P<by>.*?)\b(?:(?P<up>{GROW})|(?P<down>{SHRINK}))(?: than .*| as .*)?", to)
    if not found or len(found["by"].split()) > 4 or re.search(r"\b(?:an?(?! (?:bit|little|lot))|the)\b", found["by"]):
        return None
    strongly = re.search(r"much|far|way|lot|very|really|twice|half", found["by"]) or re.search(
        "huge|giant|enormous|gigantic", to
    )
    gently = re.search(r"bit|little|slightly", found["by"])
    power = 1.9 if strongly else 0.55 if gently else 1.0
    return float(1.45**power if found["up"] else 1.45**-power)


def _scaled(thing: Thing, factor: float) -> Thing:
    scale = min(MOST_SCALE, max(LEAST_SCALE, thing.scale * factor))
    words = ((1.9, "huge"), (1.15, "big"), (0.87, ""), (0.55, "small"), (0.0, "tiny"))
    return replace(thing, scale=scale, size_word=next(word for least, word in words if scale >= least))


def _colour(to: str) -> str:
    words = to.removeprefix("in ").split()
    return next((word for word in words if word in COLOURS), "") if len(words) <= 2 or "and" in words else ""
