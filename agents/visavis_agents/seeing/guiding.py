"""What a guide tells somebody who cannot see, unasked: what changes, what it reads, and what is wrong with the picture.

Pure: `step(known, seen, quiet) -> (known, remark)`, called for every look. Nothing is said on a clock, only what
differs from what was told last, once it has lasted, one thing at a time, the most urgent first, and only into the
quiet. How near a thing is, steps, holes and traffic cannot be seen by these eyes, and nothing here pretends to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher

from visavis_models.ports import Box, Found

LASTS_S = 1.2  # a change must be seen for so long before it is told;
GONE_S = 4.0  # what is no longer seen, for longer: a turned head is still somebody
GAP_S = 2.0  # a thing not seen for longer begins anew
APART_S = 3.0  # between two remarks that are not urgent
TOLD_S = 60.0  # what was told is not told again for so long
TROUBLE_S = 2.0  # a bad picture, before it is told,
REMIND_S = 30.0  # and if it stays so, before it is told again
SURE, CERTAIN = 0.5, 0.7  # from here on a thing is named; and without "I think"
READ = 0.8  # and a line of text is believed
CLOSE, GROWTH, GROWTH_S = (
    0.45,
    1.3,
    3.0,
)  # height of a person who is close; growing so much within so long: coming nearer
SAME = 0.7  # likeness of two readings of one sign
SHORT = 8  # words of a sign that is read as it is
LEFT, RIGHT = 0.36, 0.64  # of the picture's width: what is said to be on a side


@dataclass(frozen=True, slots=True)
class Light:
    """How good a picture is. mean: brightness, 0 to 1; spread: of it; sharp: strength of fine edges by contrast."""

    mean: float
    spread: float
    sharp: float


TROUBLES = {
    "dark": "It's too dark for me. Turn on a light, or uncover the camera.",
    "bright": "It's too bright for me. Turn away from the light.",
    "plain": "I see only one plain surface. The camera may be covered, or close to a wall. Turn it slowly.",
    "blurred": "The picture is blurred. Hold the camera still, or wipe its lens.",
}
DARK, BRIGHT, PLAIN = 0.13, 0.94, 0.045
BLURRED = 0.035  # below it: none of 60 photos, two thirds of them blurred by a Gaussian of 6 pixels


def trouble(light: Light) -> str:
    """What is wrong with the picture, a key of TROUBLES, or empty."""
    if light.mean < DARK and light.spread < 2 * PLAIN:
        return "dark"
    if light.mean > BRIGHT:
        return "bright"
    if light.spread < PLAIN:
        return "plain"
    return "blurred" if light.sharp < BLURRED else ""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One look at session time `at`. lines: what was read; None: nobody read."""

    at: float
    light: Light
    found: tuple[Found, ...] = ()
    lines: tuple[Found, ...] | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the guide knows, and what it has told."""

    trouble: tuple[str, float] = ("", 0.0)  # of the picture, and since when
    reminded: float = -REMIND_S
    people: int = 0  # as told
    count: tuple[int, float] = (0, 0.0)  # as seen, and since when
    things: dict[str, tuple[float, float]] = field(default_factory=dict)  # name: seen from, to
    told: dict[str, float] = field(default_factory=dict)  # names and signs: when
    heights: tuple[tuple[float, float], ...] = ()  # of the nearest person: when, share of the picture's height
    warned: bool = False
    spoke: float = -APART_S


def step(known: Known, seen: Sighting, quiet: bool = True) -> tuple[Known, str]:
    """What is known after this look, and what to say now, or nothing. quiet: somebody would hear it."""
    now = seen.at
    wrong = trouble(seen.light)
    if wrong != known.trouble[0]:
        known = replace(known, trouble=(wrong, now))
    if wrong:  # what is seen in a bad picture is not believed
        if not quiet or now - known.trouble[1] < TROUBLE_S or now - known.reminded < REMIND_S:
            return known, ""
        return replace(known, reminded=now, spoke=now), TROUBLES[wrong]
    known = _believed(known, seen)
    if not quiet:
        return known, ""
    known, remark = _warned(known, seen)
    if not remark and now - known.spoke >= APART_S:
        for tell in (_people, _sign, _thing):
            known, remark = tell(known, seen)
            if remark:
                break
    return (replace(known, spoke=now) if remark else known), remark


def _believed(known: Known, seen: Sighting) -> Known:
    now, people = seen.at, _persons(seen)
    things = {name: span for name, span in known.things.items() if now - span[1] <= GAP_S}
    for name in {thing.label for thing in _named(seen)}:
        things[name] = (things[name][0] if name in things else now, now)
    count = known.count if known.count[0] == len(people) else (len(people), now)
    height = max((box.h for box in people), default=0.0)
    heights = *((at, h) for at, h in known.heights if now - at <= GROWTH_S), (now, height)
    told = {what: at for what, at in known.told.items() if now - at <= TOLD_S}
    return replace(known, things=things, count=count, heights=heights, told=told)


def _warned(known: Known, seen: Sighting) -> tuple[Known, str]:
    """Somebody who is close and was smaller a moment ago: said once, until they are farther away."""
    height = known.heights[-1][1]
    if height < CLOSE / GROWTH:
        return replace(known, warned=False), ""
    before = [h for _, h in known.heights[:-2] if h > 0]
    if known.warned or height < CLOSE or known.heights[-2:][0][1] < CLOSE / GROWTH or not before:
        return known, ""
    if height < GROWTH * min(before):
        return known, ""
    nearest = max(_persons(seen), key=lambda box: box.h)
    return replace(known, warned=True), f"Careful, someone is coming close, {side(nearest)}."


def _people(known: Known, seen: Sighting) -> tuple[Known, str]:
    count, since = known.count
    lasts = LASTS_S if count > known.people else GONE_S
    if count == known.people or seen.at - since < lasts:
        return known, ""
    remark = (
        ("Nobody is there any more." if count == 0 else "Only one person is there now.")
        if count < min(known.people, 2)
        else f"Someone is there, {side(_persons(seen)[0])}."
        if count == 1 and known.people == 0
        else f"There are {_number(count)} people now."
    )
    return replace(known, people=count), remark


def _sign(known: Known, seen: Sighting) -> tuple[Known, str]:
    lines = [line for line in seen.lines or () if line.score >= READ]
    text = " ".join(line.label for line in lines)
    if sum(letter.isalnum() for letter in text) < 3 or any(_alike(text, told) for told in known.told):
        return known, ""
    known = replace(known, told={**known.told, text: seen.at})
    words = text.split()
    if len(words) <= SHORT:
        return known, f"I can read: {text.rstrip('.')}."
    return known, f"There is text. It begins: {' '.join(words[:SHORT])}. Say read this, to hear it."


def _thing(known: Known, seen: Sighting) -> tuple[Known, str]:
    for thing in sorted(_named(seen), key=lambda thing: -thing.score):
        since = known.things[thing.label][0]
        if thing.label in known.told or seen.at - since < LASTS_S:
            continue
        where = f", {side(thing.box)}" if thing.box is not None and thing.box.w < 0.7 else ""
        told = {**known.told, thing.label: seen.at}
        article = "an" if thing.label[:1] in "aeiou" else "a"
        return replace(known, told=told), f"{sureness(thing.score)} {article} {thing.label}{where}."
    return known, ""


def sureness(score: float) -> str:
    return "I see" if score >= CERTAIN else "I think I see"


def side(box: Box) -> str:
    """Where it is, for somebody who holds the camera."""
    middle = box.x + box.w / 2
    return "on the left" if middle < LEFT else "on the right" if middle > RIGHT else "straight ahead"


def aim(boxes: Sequence[Box]) -> str:
    """How to move the camera so that all of it is in the picture, in one sentence; empty if it is."""
    if not boxes:
        return ""
    left, right = min(box.x for box in boxes) < EDGE, max(box.x + box.w for box in boxes) > 1 - EDGE
    top, bottom = min(box.y for box in boxes) < EDGE, max(box.y + box.h for box in boxes) > 1 - EDGE
    if (left and right) or (top and bottom):
        return "Move the camera a little away from it."
    ways = [way for cut, way in ((left, "to the left"), (right, "to the right"), (top, "up"), (bottom, "down")) if cut]
    return f"Move the camera a little {' and '.join(ways)}." if ways else ""


EDGE = 0.012  # of the picture: what comes so near to its border is taken to go on beyond


def _persons(seen: Sighting) -> list[Box]:
    """Boxes of faces, and of bodies whose face is not seen; the largest first."""
    boxes = [
        thing.box
        for thing in seen.found
        if thing.box is not None and thing.score >= SURE and (thing.kind == "face" or thing.label == "person")
    ]
    return sorted(boxes, key=lambda box: -box.h)


def _named(seen: Sighting) -> list[Found]:
    return [t for t in seen.found if t.kind == "thing" and t.label != "person" and t.score >= SURE]


def _alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one.lower(), other.lower(), autojunk=False).ratio() >= SAME


def _number(count: int) -> str:
    return ("no", "one", "two", "three", "four", "five", "six")[count] if count <= 6 else str(count)
