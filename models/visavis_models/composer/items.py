"""Pictures put together have places: one picture, and the box round several. In scene units, y upwards. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from visavis_models.composer.scene import Subject


@dataclass(frozen=True, slots=True)
class Item:
    """One picture: x of its middle, y of its foot, its size; higher depth is nearer. rests: a shadow belongs below.
    rim: only its lower part, up to this share of its height, is shown, before what it holds."""

    subject: Subject
    colour: str
    x: float
    y: float
    width: float
    height: float
    depth: float = 0.0
    rests: bool = True
    flip: bool = False
    rim: float = 1.0

    def moved(self, dx: float, dy: float, scale: float = 1.0, depth: float = 0.0) -> Item:
        """Scaled about the origin, then shifted."""
        return replace(
            self,
            x=self.x * scale + dx,
            y=self.y * scale + dy,
            width=self.width * scale,
            height=self.height * scale,
            depth=self.depth + depth,
        )


@dataclass(frozen=True, slots=True)
class Box:
    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.top - self.bottom

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


def bounds(items: Sequence[Item]) -> Box:
    return Box(
        min(item.x - item.width / 2 for item in items),
        min(item.y for item in items),
        max(item.x + item.width / 2 for item in items),
        max(item.y + item.height for item in items),
    )
