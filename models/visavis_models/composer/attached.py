"""What is worn, held above, flown, or stands all around: where it goes on or about those that have it. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from visavis_models.composer.items import Box, Item, bounds
from visavis_models.composer.scene import Subject

_GLASSES = frozenset({"glasses", "sunglasses", "goggles"})


HATS = frozenset({"billed-cap", "crown", "graduation-cap", "top-hat", "womans-hat", "glasses", "sunglasses", "goggles",
                  "scarf", "necktie"})  # fmt: skip
_NECK = frozenset({"scarf", "necktie"})


_STRING = Subject("kite-string", "string", 1.0, 1.0, "thing")


_WORN_SCARF = Subject("worn-scarf", "scarf", 0.4, 120 / 92, "thing")


CROWNED = frozenset({"king", "queen", "prince", "princess", "person-with-crown"})  # drawn with one


def worn(clothing: Item, wearer: Item) -> list[Item]:
    """Clothing on one wearer's head, eyes or neck."""
    x, y = wearer.subject.head or (0.5, 0.95)
    x = 1 - x if wearer.flip else x
    broad = (
        0.62
        if wearer.subject.aspect < 0.6
        else 0.78
        if wearer.subject.kind in ("face", "person")
        else 0.6
        if x >= 0.4
        else 0.36
    )
    head = wearer.width * broad
    if clothing.subject.name in _NECK:
        return [_at_neck(clothing, wearer, head, x, y)]
    scale = head * 0.95 / clothing.width
    foot = y * wearer.height - 0.3 * clothing.height * scale
    if clothing.subject.name in _GLASSES:
        foot = y * wearer.height - head * (0.62 if x >= 0.4 else 0.5)
        if body := _body(wearer.subject):
            foot = body[0] * wearer.height - clothing.height * scale / 2
    centre = wearer.x + (x - 0.5) * wearer.width
    placed = clothing.moved(
        centre - clothing.x * scale, wearer.y + foot - clothing.y * scale, scale, wearer.depth + 0.2
    )
    return [replace(placed, rests=False)]


def _body(subject: Subject) -> tuple[float, float] | None:
    """Where the eyes and the chin of standing people are, of their height; figures have a child's large head."""
    if subject.kind != "person" or subject.aspect >= 0.6:
        return None
    return (0.725, 0.575) if subject.head == (0.5, 0.97) else (0.865, 0.735)


def _at_neck(clothing: Item, wearer: Item, head: float, x: float, y: float) -> Item:
    """A scarf or a tie below the chin; x, y: where the top of the head is. A scarf is drawn as it is worn."""
    subject = wearer.subject
    body = _body(subject)
    only_head = subject.kind == "" and subject.head == (0.5, 0.95)
    if body or only_head:
        neck = wearer.height * (body[1] if body else 0.08)
    else:
        neck = y * wearer.height - head * (0.92 if x >= 0.4 else 1.2)
    width = head * (0.42 if clothing.subject.name == "necktie" else 0.86)
    worn = _WORN_SCARF if clothing.subject.name == "scarf" else clothing.subject
    high = width / worn.aspect
    return replace(
        clothing, subject=worn, x=wearer.x + (x - 0.5) * wearer.width, y=wearer.y + neck - 0.72 * high, width=width,
        height=high, depth=wearer.depth + 0.2, rests=False, flip=wearer.flip,
    )  # fmt: skip


def sheltered(umbrellas: Sequence[Item], guests: list[Item]) -> list[Item]:
    """Everyone under an umbrella, one each, or all under the only one."""
    found = list(guests)
    if len(umbrellas) == 1:
        box = bounds(guests)
        size = max(1.25 * box.width, 0.7 * box.height)
        spots = [(box.middle, box.bottom + 0.68 * box.height, size)]
    else:
        spots = [
            (guest.x, guest.y + 0.68 * guest.height, max(1.3 * guest.width, 0.7 * guest.height)) for guest in guests
        ]
    for umbrella, (x, y, size) in zip(umbrellas, spots, strict=False):
        high = size * umbrella.height / umbrella.width
        found.append(replace(umbrella, x=x, y=y, width=size, height=high, depth=-0.2, rests=False))
    return found


def flown(kite: Item, holder: Item, aside: int) -> list[Item]:
    """High up and aside, on a string from the holder's hand."""
    hand = (holder.x + aside * 0.4 * holder.width, holder.y + 0.42 * holder.height)
    across, up = 0.9 * holder.height, 0.8 * holder.height
    foot = (hand[0] + aside * across, hand[1] + up)
    string = Item(_STRING, "", (hand[0] + foot[0]) / 2, hand[1], across, up, -0.1, False, aside < 0)
    return [string, replace(kite, x=foot[0] + aside * 0.1, y=foot[1] - 0.12, rests=False, flip=aside < 0)]


def half_ring(guests: Sequence[Item], box: Box) -> list[Item]:
    """On the ground: each guest on an arc before the host, from its left to its right."""
    across = box.width / 2 + max(item.width for item in guests) * 0.6
    found = []
    for number, item in enumerate(guests):
        angle = math.pi * (number + 0.5) / len(guests)
        near = 0.22 * math.sin(angle)
        found.append(replace(item, x=box.middle - across * math.cos(angle), y=box.bottom - near, depth=0.2 + near))
    return found


def ring(guests: Sequence[Item], box: Box) -> list[Item]:
    """Each guest on an ellipse round the host."""
    wide = max(item.width for item in guests)
    high = max(item.height for item in guests)
    across, up = (box.width + wide) / 2 + 0.06, (box.height + high) / 2 + 0.06
    centre = (box.bottom + box.top) / 2
    found = []
    for number, item in enumerate(guests):
        angle = math.tau * (number + 0.5) / len(guests) - math.pi / 2
        y = centre + up * math.sin(angle)
        depth = -0.3 if math.sin(angle) > 0 else 0.3
        found.append(
            replace(item, x=box.middle + across * math.cos(angle), y=y - item.height / 2, depth=depth, rests=False)
        )
    return found
