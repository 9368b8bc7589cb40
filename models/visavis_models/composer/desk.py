"""A scene under the pencil: which of its things words mean, and what can be done to things, place and light. Pure.

`edited.py` says what each verb does with it. Things keep their numbers while others are added, so that what an "it"
means can be remembered from one request to the next.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from visavis_models.composer.assemble import Reading, bounded, reading
from visavis_models.composer.english import MOST, counted
from visavis_models.composer.places import fitting
from visavis_models.composer.scene import Link, Relation, Scene, Subject, Thing

Names = Mapping[str, Subject]

ALL = re.compile(
    r"(?:everything|everyone|all|all of (?:it|them)|both|the (?:whole )?(?:picture|scene|drawing|image|thing))"
)
IT = re.compile(r"(?:it|that|this|him|her|them|they|those|these|one|that one|this one|)")
SKY = re.compile(r"(?:the )?(?:sky|background|backdrop|wall|walls|air)")
GROUND = re.compile(
    r"(?:the )?(?:grass|ground|floor|field|meadow|lawn|hills?|sand|water|sea|ocean|street|road|snow|carpet)"
)


class Desk:
    """notes: what was not done, in words to say aloud. done: whether anything was."""

    def __init__(self, scene: Scene, focus: tuple[int, ...], names: Names, near: Names) -> None:
        self.scene = scene
        self.focus = focus
        self.notes: list[str] = []
        self.done = False
        self.names, self.near = names, near

    # --- what is meant -----------------------------------------------------------------------------------------------

    def read(self, words: str) -> Reading:
        found = reading(words, self.names, self.near)
        if found.unknown:
            self.notes.append(f"I have no picture of {' or '.join(found.unknown[:3])}.")
        for thing in found.things:
            if thing.near:
                self.notes.append(f"I have no picture of {counted(1, thing.near)}, so I drew {counted(1, thing.said)}.")
        return found

    def spelled(self, words: str) -> str:
        """Pronouns replaced by what they mean."""
        if not self.focus:
            return words
        said, wearer = (self.scene.things[number].said for number in (self.focus[0], self.owner(self.focus[0])))
        return re.sub(r"\bhim\b|\bher$", f"the {wearer}", re.sub(r"\b(?:it|them)\b", f"the {said}", words))

    def owner(self, number: int) -> int:
        """Who wears or holds it, or it itself."""
        relations = self.scene.things[number].relations
        return relations[0].to if relations and relations[0].link in ("worn", "held") else number

    def meant(self, what: str) -> list[int]:
        """The things that words mean; noted where there are none."""
        everything = list(range(len(self.scene.things)))
        if ALL.fullmatch(what):
            return everything
        if what in ("him", "her") and self.focus:
            return [self.owner(self.focus[0])]
        if IT.fullmatch(what):
            if what in ("them", "they", "those", "these") and len(self.focus) == 1:
                one = self.scene.things[self.focus[0]]
                return list(self.focus) if one.count > 1 else everything
            return list(self.focus)
        found, lacking = self.named(what)
        if lacking:
            self.notes.append(f"There is no {' or '.join(lacking)} in the picture.")
            self.focus = () if not found else self.focus  # an "it" that follows means nothing else
        return found

    def named(self, what: str) -> tuple[list[int], tuple[str, ...]]:
        found = reading(what, self.names, self.near)
        unknown = {re.sub(r"^an? ", "", word): word for word in found.unknown}
        numbers = [number for number, thing in enumerate(self.scene.things) if thing.near in unknown]
        lacking = [word for word in unknown if word not in {self.scene.things[number].near for number in numbers}]
        for thing in found.things:
            like = self.like(thing)
            numbers += like
            if not like:
                lacking.append(thing.near or thing.said)
        if not found.things and not found.unknown:
            lacking.append(what.removeprefix("the "))
        return list(dict.fromkeys(numbers)), tuple(re.sub(r"^an? ", "", word) for word in lacking)

    def like(self, wanted: Thing) -> list[int]:
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

    def focused(self, numbers: Iterable[int]) -> None:
        self.focus = tuple(dict.fromkeys(numbers)) or self.focus

    def each(self, numbers: Iterable[int], change: Callable[[Thing], Thing]) -> None:
        made = list(self.scene.things)
        chosen = [number for number in numbers if number < len(made)]
        for number in chosen:
            made[number] = change(made[number])
        self.draw(made)
        self.focused(chosen)

    def draw(self, things: Sequence[Thing]) -> None:
        if any(thing.count > MOST for thing in things):
            self.notes.append(f"I draw {MOST} of a kind at most.")
        self.scene = replace(self.scene, things=bounded(things))

    def added(self, thing: Thing, merge: bool = False) -> int:
        """Its number. merge: as one more of the same, where there is one."""
        things = list(self.scene.things)
        if merge:
            for number, there in enumerate(things):
                if (there.subject, there.colour) == (thing.subject, thing.colour):
                    things[number] = replace(there, count=there.count + thing.count)
                    self.draw(things)
                    return number
        self.draw([*things, thing])
        return len(self.scene.things) - 1

    def keep(self, numbers: Sequence[int]) -> None:
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

    def relate(self, numbers: Iterable[int], link: Link, host: int) -> None:
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
        self.draw(made)
        self.focused(chosen)

    def related(self, number: int, thing: Thing, where: Mapping[int, int]) -> None:
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
        self.draw(things)

    def painted(self, what: str, colour: str) -> bool:
        """Whether it was the sky or the ground that got the colour."""
        scene = self.scene
        if SKY.fullmatch(what) and scene.backdrop == "paper" and "sky" not in what:
            self.scene = replace(scene, paper=colour)
        elif SKY.fullmatch(what):
            backdrop = "day" if scene.backdrop == "paper" else scene.backdrop
            self.scene = replace(scene, sky=colour, backdrop=backdrop)
        elif GROUND.fullmatch(what) and not self.named(what)[0]:
            self.scene = replace(scene, ground=colour)
        else:
            return False
        return True

    def placed(self, place: Reading) -> None:
        """Another place, another light, or both."""
        scene = self.scene
        if place.backdrop and not (place.backdrop == "sea" and scene.backdrop == "beach"):  # which has one
            dry = any(thing.subject.place in ("ground", "far") and not thing.relations for thing in scene.things)
            backdrop = "beach" if place.backdrop == "sea" and dry else place.backdrop
            scene = replace(scene, backdrop=backdrop, paper=place.paper, ground="", sky="")
        if place.light:
            scene = replace(scene, light=place.light, sky="")
            if scene.backdrop == "paper" or (scene.backdrop == "room" and place.light not in ("day", "night")):
                scene = replace(scene, backdrop="day")
            if scene.backdrop == "snow" and place.light == "rain":
                scene = replace(scene, backdrop="day")
        self.scene = replace(scene, asked=True)

    def fitted(self, added: Sequence[int]) -> None:
        """New things may need a place: a boat water, a tree more than a sheet of paper."""
        scene = self.scene
        if scene.asked or not added:
            return
        backdrop, _ = fitting(scene.things)
        wet = any(scene.things[number].subject.place in ("water", "deep", "space") for number in added)
        if backdrop != "paper" and (scene.backdrop in ("paper", "room") or wet):
            self.scene = replace(scene, backdrop=backdrop)
