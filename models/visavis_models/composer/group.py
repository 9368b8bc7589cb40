"""Things that belong together, put together: apples on a table, a hat on a cat, a dog beside both. Pure.

Everything here is in scene units (a standing adult is 1), x to the right, y upwards from the ground the group stands
on. Things that hang in the sky are in no group with things on the ground; `layout.py` places groups on the canvas.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from visavis_models.composer.attached import CROWNED, HATS, flown, half_ring, ring, sheltered, worn
from visavis_models.composer.items import Box, Item, bounds
from visavis_models.composer.scene import Link, Scene, Subject, Thing

GAP = 0.1
_ALOFT: frozenset[str] = frozenset({"sky", "space"})
_ROWS: tuple[Link, ...] = ("on", "above", "under", "inside", "front", "behind")  # guests that share a place
_OVERHANG = frozenset({"umbrella"})
_TREES = frozenset({"deciduous-tree", "evergreen-tree", "palm-tree", "leafless-tree", "christmas-tree"})
_CANOPY = 0.58  # of a tree's height: where birds sit
_MOUNTS = frozenset({"horse", "unicorn", "elephant", "camel", "two-hump-camel", "cow", "donkey", "zebra", "llama", "ox",
                     "bison", "mammoth", "dragon", "giraffe", "deer", "whale", "dolphin"})  # fmt: skip
_LEAST = 0.16  # of its neighbour's height
_SEEN = 0.3  # of its host's height, so high at least is what stands on, under or in it


@dataclass(frozen=True, slots=True)
class Group:
    """things: their numbers in the scene, the one that all others hang on first."""

    things: tuple[int, ...]
    items: tuple[Item, ...]

    @property
    def box(self) -> Box:
        return bounds(self.items)


def is_aloft(thing: Thing) -> bool:
    """Whether it hangs in the sky rather than stands on the ground."""
    if thing.spots & {"bottom"}:
        return False
    return thing.subject.place in _ALOFT or bool(thing.spots & {"sky", "top"})


def grouped(scene: Scene, flat: bool) -> list[Group]:
    """The groups of a scene, in the order they were told. flat: on plain paper, where nothing hangs in a sky."""
    hosts = _hosts(scene, flat)
    return [_built(number, scene, hosts, flat) for number in range(len(scene.things)) if number not in hosts]


def _hosts(scene: Scene, flat: bool) -> dict[int, tuple[Link, int]]:
    """What each thing hangs on. Sky and ground stay apart, and "between" becomes a chain to the right."""
    hosts: dict[int, tuple[Link, int]] = {}
    for number, thing in enumerate(scene.things):
        match thing.relations:
            case (first, second) if first.link == "between":
                hosts[number] = ("right", first.to)
                if not scene.things[second.to].relations:
                    hosts[second.to] = ("right", number)
            case (relation, *_):
                link: Link = "beside" if relation.link == "between" else relation.link
                apart = is_aloft(thing) != is_aloft(scene.things[relation.to]) and not flat
                far = "far" in (thing.subject.place, scene.things[relation.to].subject.place) and not flat
                if not (apart and link not in ("on", "held", "worn")) and not (far and link != "on"):
                    hosts[number] = (link, relation.to)
    for number, (link, host) in list(hosts.items()):
        while link != "worn" and host in hosts and hosts[host][0] == "worn":  # beside a hat is beside its wearer
            host = hosts[host][1]
        hosts[number] = (link, host)
    for number in list(hosts):  # a chain never closes into a ring
        seen = {number}
        here = number
        while here in hosts and hosts[here][1] not in seen:
            here = hosts[here][1]
            seen.add(here)
        if here in hosts:
            del hosts[number]
    return hosts


def _built(number: int, scene: Scene, hosts: Mapping[int, tuple[Link, int]], flat: bool) -> Group:
    """The group that hangs on thing `number`."""
    thing = scene.things[number]
    own = copies(thing, flat)
    items, things = list(own), [number]
    guests: dict[Link, list[Group]] = {}
    for guest, (link, host) in hosts.items():
        if host == number:
            guests.setdefault(link, []).append(_built(guest, scene, hosts, flat))
    order: tuple[Link, ...] = (
        "on",
        "inside",
        "worn",
        "held",
        "under",
        "front",
        "behind",
        "above",
        "around",
        "left",
        "right",
        "beside",
    )
    for link in order:
        groups = guests.get(link, [])
        things += [number for group in groups for number in group.things]
        if link in _ROWS and groups:
            groups = [Group((), tuple(_in_a_row(groups)))]
        for group in groups:
            items = _joined(items, own, list(group.items), link, thing.subject)
            own = [item for item in items if item.subject is thing.subject and item.rim == 1.0] or own
    return Group(tuple(things), tuple(items))


def _in_a_row(groups: Sequence[Group]) -> list[Item]:
    """Groups that share a place, side by side."""
    found: list[Item] = []
    left = 0.0
    for group in groups:
        box = group.box
        found += [item.moved(left - box.left, 0.0) for item in group.items]
        left += box.width + GAP / 2
    return found


def copies(thing: Thing, flat: bool) -> list[Item]:
    """All copies of one thing, in one row or several, the farther ones higher. The first row's middle is at 0, 0."""
    width, height = (side * thing.scale for side in thing.subject.box)
    if flat:  # on paper sizes are more alike
        even = (thing.subject.size / 0.45) ** -0.45
        width, height = width * even, height * even
    columns = thing.count if thing.count <= 4 else math.ceil(thing.count / (2 if thing.count <= 8 else 3))
    rise = 1.1 if flat else 0.72
    found = []
    for number in range(thing.count):
        row, column = divmod(number, columns)
        here = min(columns, thing.count - row * columns)
        shift = 0.5 * (row % 2) if here == columns and thing.count > 4 and not flat else 0.0
        x = (column - (here - 1) / 2 + shift) * (width * 1.06 + 0.03)
        flip = (bool(thing.subject.faces) and thing.count > 2 and number % 3 == 1 and not flat) != thing.turned
        found.append(Item(thing.subject, thing.colour, x, row * rise * height, width, height, -0.01 * row, True, flip))
    return found


def _joined(items: list[Item], own: Sequence[Item], guests: list[Item], link: Link, host: Subject) -> list[Item]:
    """`items` with `guests` put where `link` says, as seen from the host's own pictures."""
    there, box, all_box = bounds(own), bounds(guests), bounds(items)

    def put(x: float, y: float, scale: float = 1.0, depth: float = 0.0, rests: bool = True) -> list[Item]:
        """Guests with the middle of their foot at x, y."""
        return [
            replace(
                item.moved(x - box.middle * scale, y - box.bottom * scale, scale, depth), rests=item.rests and rests
            )
            for item in guests
        ]

    least = max(1.0, min(3.0, _LEAST * there.height / box.height))
    seen = max(1.0, min(1.8, _SEEN * there.height / box.height)) if len(own) == 1 else 1.0
    match link:
        case "on" | "inside" if host.name in _TREES and box.width * seen < there.width:
            return items + put(
                there.middle - 0.17 * there.width, there.bottom + _CANOPY * there.height, seen, 0.3, False
            )
        case "on" if host.name in _MOUNTS and guests[0].subject.kind in ("person", "face"):
            scale = min(1.0, 0.9 * there.height / box.height)  # astride: the mount hides the legs
            x = there.middle + (0.08 if host.faces else 0.0) * there.width * (-1 if own[0].flip else 1)
            y = there.bottom + host.top * there.height - 0.42 * scale * box.height
            return items + put(x, y, scale, -0.1, rests=False)
        case "on":
            fits = 0.94 * there.width / box.width
            scale = min(1.0, max(0.45, fits)) if box.width > there.width else min(seen, max(1.0, fits))
            if host.kind == "boat":
                scale = min(scale, 0.42 * there.height / box.height)
            y = there.bottom + there.height * host.top - 0.02 * box.height
            return items + put(there.middle, y, scale, 0.3, rests=host.kind == "furniture")
        case "above":
            return items + put(there.middle, all_box.top + 0.16, rests=False)
        case "under":
            if host.name in _OVERHANG:
                return sheltered(own, guests)
            if host.kind == "furniture" or host.size >= 1.2:
                scale = min(seen, 0.6 * there.height / box.height, 0.9 * there.width / box.width)
                aside = 0.3 * there.width if host.name in _TREES and box.width * scale < 0.5 * there.width else 0.0
                return items + put(there.middle - aside, there.bottom - 0.06 * there.height, scale, 0.4)
            lifted = [replace(item.moved(0.0, box.height + 0.16), rests=False) for item in items]
            return lifted + put(there.middle, there.bottom)
        case "inside":
            if host.kind == "building" or (
                host.place == "ground" and host.kind in ("", "outdoors", "person") and host.top == 1
            ):
                scale = min(1.0, 0.34 * there.height / box.height, 0.7 * there.width / box.width)
                return items + put(there.middle, there.bottom - 0.04, scale, 0.4)
            scale = min(1.0, max(0.36, 0.78 * there.width / box.width), 0.95 * there.height / box.height)
            rim = there.height * (host.top - 0.08)
            inside = put(there.middle, there.bottom + rim - 0.3 * box.height * scale, scale, 0.1, rests=False)
            # the container's front, once more, before them
            return (
                items
                + inside
                + [replace(item, depth=item.depth + 0.2, rests=False, rim=host.top - 0.08) for item in own]
            )
        case "front":
            aside = 0.0 if box.width < 0.6 * there.width else 0.28 * there.width
            scale = min(1.0, 0.8 * there.height / box.height) if not aside else 1.0
            return items + put(there.middle + aside, there.bottom - 0.1 * max(0.5, there.height), scale, 0.6)
        case "behind":
            hidden = box.height < 1.25 * there.height
            aside = (there.width + box.width) * 0.36 if hidden else there.width * 0.1
            return items + put(there.middle + aside, there.bottom + 0.1 * max(0.4, there.height), 1.0, -0.6)
        case "worn" if guests[0].subject.name not in HATS:  # coats and shoes are not drawn on, but at hand
            return _joined(items, own, guests, "held", host)
        case "worn":
            crowned = host.name in CROWNED and guests[0].subject.name == "crown"
            return items if crowned else items + [item for wearer in own for item in worn(guests[0], wearer)]
        case "held":
            scale = min(1.0, 0.5 * there.height / box.height)
            aside = -1 if host.faces else 1
            x = (there.left if host.faces else there.right) + aside * box.width * scale * 0.3
            if guests[0].subject.name in _OVERHANG:
                return items + sheltered(guests, list(own))[len(own) :]
            if guests[0].subject.name == "kite":
                return items + flown(guests[0], own[0], aside)
            aloft = guests[0].subject.place in _ALOFT
            return items + put(x, there.bottom + there.height * (0.62 if aloft else 0.24), scale, 0.4, rests=False)
        case "left":
            return items + put(all_box.left - GAP - box.width * least / 2, there.bottom, least)
        case "around":
            ground = host.place == "ground" and own[0].rests and guests[0].subject.place not in _ALOFT
            return items + (half_ring(guests, there) if ground else ring(guests, there))
        case _:  # right, beside
            return items + put(all_box.right + GAP + box.width * least / 2, there.bottom, least)
