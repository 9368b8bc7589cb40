"""A scene changed as asked: the changes that `changes.py` reads, carried out on things, place and light. Pure.

Things keep their numbers while others are added, so that what an "it" means can be remembered from one request to the
next. What cannot be done is told in `notes`, in words to say aloud.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from visavis_models.composer.assemble import Reading, bounded, had, reading
from visavis_models.composer.changes import GROW, SHRINK, Change
from visavis_models.composer.english import COLOURS, MOST, NUMBERS, counted
from visavis_models.composer.places import fitting
from visavis_models.composer.scene import Link, Relation, Scene, Spot, Subject, Thing
from visavis_models.composer.styles import styled

Names = Mapping[str, Subject]
LEAST_SCALE, MOST_SCALE = 0.2, 8.0

_ALL = re.compile(
    r"(?:everything|everyone|all|all of (?:it|them)|both|the (?:whole )?(?:picture|scene|drawing|image|thing))"
)
_IT = re.compile(r"(?:it|that|this|him|her|them|they|those|these|one|that one|this one|)")
_SKY = re.compile(r"(?:the )?(?:sky|background|backdrop|wall|walls|air)")
_GROUND = re.compile(
    r"(?:the )?(?:grass|ground|floor|field|meadow|lawn|hills?|sand|water|sea|ocean|street|road|snow|carpet)"
)
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
    desk = _Desk(scene, tuple(focus) or tuple(range(len(scene.things)))[:1], names, near)
    for change in changes[:8]:
        before = desk.scene
        desk.focus = tuple(number for number in desk.focus if number < len(before.things))
        getattr(desk, change.verb)(change)
        desk.done = desk.done or desk.scene != before
    return Edited(desk.scene, desk.focus, tuple(dict.fromkeys(desk.notes)), desk.done)


class _Desk:
    """The scene under the pencil: one method a verb."""

    def __init__(self, scene: Scene, focus: tuple[int, ...], names: Names, near: Names) -> None:
        self.scene = scene
        self.focus = focus
        self.notes: list[str] = []
        self.done = False
        self._names, self._near = names, near

    # --- verbs -------------------------------------------------------------------------------------------------------

    def remove(self, change: Change) -> None:
        what, few = _few(change.what)
        if _SKY.fullmatch(what):
            self.scene = replace(self.scene, backdrop="paper", light="day", sky="", ground="", paper="", asked=True)
        elif what.removeprefix("the ") in ("rain", "storm", "snow", "night", "sunset", "weather", "darkness"):
            snowy = self.scene.backdrop == "snow"
            self.scene = replace(self.scene, light="day", backdrop="day" if snowy else self.scene.backdrop)
        elif _GROUND.fullmatch(what) and not self._named(what)[0]:
            self.scene = replace(self.scene, backdrop="paper", ground="", sky="")
        else:
            meant = self._meant(what)
            if few and len(meant) == 1 and self.scene.things[meant[0]].count > few:
                self._each(meant, lambda thing: replace(thing, count=thing.count - few))
            elif meant:
                self._keep([n for n in range(len(self.scene.things)) if n not in meant])

    def only(self, change: Change) -> None:
        what, few = _few(change.what)
        if meant := self._meant(what):
            if few:
                self._each(meant, lambda thing: replace(thing, count=min(few, thing.count)))
            self._keep(meant)

    def turn(self, change: Change) -> None:
        self._each(self._meant(change.what), lambda thing: replace(thing, turned=not thing.turned))

    def become(self, change: Change) -> None:
        to = change.to
        rest, style, foreign = styled(to.removeprefix("look "))
        if foreign and not rest:
            self.notes.append(f"I can't do {foreign}.")
        elif style is not None and not rest:
            self.scene = replace(self.scene, style=style)
        elif (factor := _factor(to)) is not None:
            meant = (
                range(len(self.scene.things)) if not change.what and len(self.focus) != 1 else self._meant(change.what)
            )
            self._each(meant, lambda thing: _scaled(thing, factor))
        elif (colour := _colour(to)) and not self._painted(change.what, colour):
            self._each(self._meant(change.what), lambda thing: replace(thing, colour=colour))
        elif colour:
            pass
        elif _DARKER.fullmatch(to) or _LIGHTER.fullmatch(to):
            self._placed(reading("day" if _LIGHTER.fullmatch(to) else "night", self._names, self._near))
        else:
            self._replaced(change)

    def set(self, change: Change) -> None:
        """Place, light or style: what is said without an article is no thing ("make it snow", "make the cat fly")."""
        place = reading(change.to, self._names, self._near)
        if styled(change.to.removeprefix("look "))[1] is not None:
            self.become(change)
        elif place.asked:
            self._placed(place)
        else:
            self.notes.append("I can't draw that.")

    def give(self, change: Change) -> None:
        hosts = self._meant(re.sub(r"^(?:each|every)(?: of)?(?: the)? ", "the ", change.what))
        gifts = self._read(change.to)
        if not hosts:
            return
        added: list[int] = []
        for host in hosts:
            for gift in gifts.things:
                owner = self.scene.things[host]
                link = had(gift, owner) or ("held" if gift.subject.place == "thing" and gift.count == 1 else "beside")
                if gift.subject.kind == "clothing" and not owner.subject.head:
                    link = "on"
                added.append(self._added(replace(gift, relations=(Relation(link, host),))))
        self._focused(added)

    def move(self, change: Change) -> None:
        to = self._spelled(change.to)
        place = reading(f"it {to}", self._names, self._near)
        if place.asked and not place.things:
            self._placed(place)
            return
        meant = self._meant(change.what)
        if not meant:
            return
        if place.things or place.unknown:
            self._linked(meant, to)
        elif re.search(r"\b(?:closer|nearer|together)\b", to) and len(meant) == 1 and len(self.scene.things) > 1:
            self._relate(meant, "beside", 0 if meant[0] else 1)
        else:
            spots = next((spots for pattern, spots in _SPOTS if pattern.fullmatch(to)), None)
            if spots is None:
                self.notes.append("I don't know where to put that.")
            else:
                self._each(meant, lambda thing: replace(thing, spots=spots, relations=()))

    def more(self, change: Change) -> None:
        few = change.to in ("fewer", "less", "not so many", "not as many", "too many")
        number = _number(change.to) or (1 if change.to == "another" else 2)
        known, _ = self._named(change.what) if change.what not in ("", "one") else (list(self.focus), ())
        if known and few:
            self._each(known, lambda thing: replace(thing, count=max(1, thing.count - max(1, thing.count // 3))))
        elif known:
            self._each(known[:1], lambda thing: replace(thing, count=thing.count + number))
        elif not few:
            self.add(Change("add", f"{change.to if _number(change.to) else 'some'} {change.what}"))
        else:
            self.notes.append(f"There are no {change.what} in the picture.")

    def add(self, change: Change) -> None:
        found = self._read(self._spelled(change.what))
        if found.asked and not found.things:
            self._placed(found)
            return
        where: dict[int, int] = {}  # of the things that were read: their numbers in the scene
        added = []
        for number, thing in enumerate(found.things):
            meant = self._like(thing) if thing.known else []
            if meant:
                where[number] = meant[0]
            else:
                kept = replace(thing, relations=(), known=False)
                where[number] = self._added(kept, merge=not thing.relations and not thing.spots)
                added.append(where[number])
        for number, thing in enumerate(found.things):
            if thing.relations and (where[number] in added or not self.scene.things[where[number]].relations):
                self._related(where[number], thing, where)
        if found.asked:
            self._placed(found)
        things = self.scene.things
        self._focused(number for number in added if not any(link.to in added for link in things[number].relations))
        self._fitted(added)

    # --- what is meant -----------------------------------------------------------------------------------------------

    def _read(self, words: str) -> Reading:
        found = reading(words, self._names, self._near)
        if found.unknown:
            self.notes.append(f"I have no picture of {' or '.join(found.unknown[:3])}.")
        for thing in found.things:
            if thing.near:
                self.notes.append(f"I have no picture of {counted(1, thing.near)}, so I drew {counted(1, thing.said)}.")
        return found

    def _spelled(self, words: str) -> str:
        """Pronouns replaced by what they mean."""
        if not self.focus:
            return words
        said, wearer = (self.scene.things[number].said for number in (self.focus[0], self._owner(self.focus[0])))
        return re.sub(r"\bhim\b|\bher$", f"the {wearer}", re.sub(r"\b(?:it|them)\b", f"the {said}", words))

    def _owner(self, number: int) -> int:
        """Who wears or holds it, or it itself."""
        relations = self.scene.things[number].relations
        return relations[0].to if relations and relations[0].link in ("worn", "held") else number

    def _meant(self, what: str) -> list[int]:
        """The things that words mean; noted where there are none."""
        everything = list(range(len(self.scene.things)))
        if _ALL.fullmatch(what):
            return everything
        if what in ("him", "her") and self.focus:
            return [self._owner(self.focus[0])]
        if _IT.fullmatch(what):
            if what in ("them", "they", "those", "these") and len(self.focus) == 1:
                one = self.scene.things[self.focus[0]]
                return list(self.focus) if one.count > 1 else everything
            return list(self.focus)
        found, lacking = self._named(what)
        if lacking:
            self.notes.append(f"There is no {' or '.join(lacking)} in the picture.")
        return found

    def _named(self, what: str) -> tuple[list[int], tuple[str, ...]]:
        found = reading(what, self._names, self._near)
        unknown = {re.sub(r"^an? ", "", word): word for word in found.unknown}
        numbers = [number for number, thing in enumerate(self.scene.things) if thing.near in unknown]
        lacking = [word for word in unknown if word not in {self.scene.things[number].near for number in numbers}]
        for thing in found.things:
            like = self._like(thing)
            numbers += like
            if not like:
                lacking.append(thing.near or thing.said)
        if not found.things and not found.unknown:
            lacking.append(what.removeprefix("the "))
        return list(dict.fromkeys(numbers)), tuple(re.sub(r"^an? ", "", word) for word in lacking)

    def _like(self, wanted: Thing) -> list[int]:
        """The things in the scene that a thing read from words may be, the best likeness only."""

        def likeness(thing: Thing) -> int:
            same = thing.subject.name == wanted.subject.name or wanted.said in (thing.said, thing.near)
            if not same and wanted.said != thing.said.split()[-1]:
                return 0
            if wanted.colour and wanted.colour not in (thing.colour, *thing.said.split()):
                return 1
            return 2 + bool(wanted.spots & thing.spots)

        ranked = [likeness(thing) for thing in self.scene.things]
        best = max(ranked, default=0)
        return [number for number, rank in enumerate(ranked) if rank and rank == best]

    # --- what is done ------------------------------------------------------------------------------------------------

    def _focused(self, numbers: Iterable[int]) -> None:
        self.focus = tuple(dict.fromkeys(numbers)) or self.focus

    def _each(self, numbers: Iterable[int], change: Callable[[Thing], Thing]) -> None:
        made = list(self.scene.things)
        chosen = [number for number in numbers if number < len(made)]
        for number in chosen:
            made[number] = change(made[number])
        self._things(made)
        self._focused(chosen)

    def _things(self, things: Sequence[Thing]) -> None:
        if any(thing.count > MOST for thing in things):
            self.notes.append(f"I draw {MOST} of a kind at most.")
        self.scene = replace(self.scene, things=bounded(things))

    def _added(self, thing: Thing, merge: bool = False) -> int:
        """Its number. merge: as one more of the same, where there is one."""
        things = list(self.scene.things)
        if merge:
            for number, there in enumerate(things):
                if (there.subject, there.colour) == (thing.subject, thing.colour):
                    things[number] = replace(there, count=there.count + thing.count)
                    self._things(things)
                    return number
        self._things([*things, thing])
        return len(self.scene.things) - 1

    def _keep(self, numbers: Sequence[int]) -> None:
        """Without the others, and without what these wore or held."""
        things = self.scene.things
        kept = set(numbers)
        gone = {
            number for number in kept for relation in things[number].relations
            if relation.to not in kept and relation.link in ("worn", "held")
        }  # fmt: skip
        order = [number for number in range(len(things)) if number in kept - gone]
        place = {number: new for new, number in enumerate(order)}
        made = [
            replace(
                things[number],
                relations=tuple(
                    replace(relation, to=place[relation.to])
                    for relation in things[number].relations
                    if relation.to in place
                ),
            )
            for number in order
        ]
        self.scene = replace(self.scene, things=tuple(made))
        self.focus = tuple(place[number] for number in self.focus if number in place) or tuple(range(len(made)))[:1]

    def _relate(self, numbers: Iterable[int], link: Link, host: int) -> None:
        """Put things where `link` to the host says; a host that hangs on one of them is let go first."""
        made = list(self.scene.things)
        chosen = [number for number in numbers if number != host]
        seen = host
        while made[seen].relations:
            after = made[seen].relations[0].to
            if after in chosen:
                made[seen] = replace(made[seen], relations=())
                break
            seen = after
        for number in chosen:
            made[number] = replace(made[number], relations=(Relation(link, host),), spots=frozenset())
        self._things(made)
        self._focused(chosen)

    def _linked(self, meant: Sequence[int], to: str) -> None:
        """Move to where another thing is; one that is not there yet is added."""
        said = self.scene.things[meant[0]].said
        found = self._read(f"the {said} {to}")
        if len(found.things) < 2 or not found.things[0].relations:
            self.notes.append("I don't know where to put that.")
            return
        relation = found.things[0].relations[0]
        wanted = found.things[relation.to]
        hosts = [number for number in self._like(wanted) if number not in meant]
        host = hosts[0] if hosts else self._added(replace(wanted, relations=(), known=False))
        self._relate(meant, relation.link, host)
        if not hosts:
            self._fitted([host])

    def _related(self, number: int, thing: Thing, where: Mapping[int, int]) -> None:
        relations = tuple(replace(relation, to=where[relation.to]) for relation in thing.relations)
        things = list(self.scene.things)
        here = relations[0].to
        for _ in things:  # a ring is not closed
            if here == number:
                return
            if not things[here].relations:
                break
            here = things[here].relations[0].to
        things[number] = replace(things[number], relations=relations, spots=thing.spots)
        self._things(things)

    def _replaced(self, change: Change) -> None:
        """Another thing in the place of one, another number of the same, or another place or light."""
        to = self._read(change.to)
        outside = (
            not change.what or _ALL.fullmatch(change.what) or _SKY.fullmatch(change.what) or _IT.fullmatch(change.what)
        )
        if to.asked and (outside or not to.things):
            self._placed(to)
            return
        if not to.things:
            if not self.notes:
                self.notes.append("I don't know how to draw that.")
            return
        meant = self._meant(change.what)
        if not meant:
            return
        new = to.things[0]
        told = bool(re.match(r"(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|\d+)\b", change.to))
        same = self.scene.things[meant[0]].subject == new.subject
        if same and not new.colour and new.count == 1:
            return

        def put(thing: Thing) -> Thing:
            count = new.count if told and (same or new.count > 1) else thing.count
            kept = replace(thing, count=count, colour=new.colour or (thing.colour if same else ""))
            return kept if same else replace(kept, subject=new.subject, said=new.said, near=new.near)

        self._each(meant[:1] if len(to.things) > 1 else meant, put)

    def _painted(self, what: str, colour: str) -> bool:
        """Whether it was the sky or the ground that got the colour."""
        scene = self.scene
        if _SKY.fullmatch(what) and scene.backdrop == "paper" and "sky" not in what:
            self.scene = replace(scene, paper=colour)
        elif _SKY.fullmatch(what):
            backdrop = "day" if scene.backdrop == "paper" else scene.backdrop
            self.scene = replace(scene, sky=colour, backdrop=backdrop)
        elif _GROUND.fullmatch(what) and not self._named(what)[0]:
            self.scene = replace(scene, ground=colour)
        else:
            return False
        return True

    def _placed(self, place: Reading) -> None:
        """Another place, another light, or both."""
        scene = self.scene
        if place.backdrop and not (place.backdrop == "sea" and scene.backdrop == "beach"):  # which has one
            scene = replace(scene, backdrop=place.backdrop, paper=place.paper, ground="", sky="")
        if place.light:
            scene = replace(scene, light=place.light, sky="")
            if scene.backdrop == "paper" or (scene.backdrop == "room" and place.light not in ("day", "night")):
                scene = replace(scene, backdrop="day")
            if scene.backdrop == "snow" and place.light == "rain":
                scene = replace(scene, backdrop="day")
        self.scene = replace(scene, asked=True)

    def _fitted(self, added: Sequence[int]) -> None:
        """New things may need a place: a boat water, a tree more than a sheet of paper."""
        scene = self.scene
        if scene.asked or not added:
            return
        backdrop, _ = fitting(scene.things)
        wet = any(scene.things[number].subject.place in ("water", "deep", "space") for number in added)
        if backdrop != "paper" and (scene.backdrop in ("paper", "room") or wet):
            self.scene = replace(scene, backdrop=backdrop)


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
    return words[-1] if words and words[-1] in COLOURS and len(words) <= 2 else ""
