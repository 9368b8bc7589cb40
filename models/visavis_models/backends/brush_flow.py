"""What all forms of the brush agree on: what is learned apart from names, and the sums of a flow that has a sketch.

`brush_torch.py` learns and paints with it, `brush_graph.py` serves it, `brush_pipeline.py` hands it to diffusers.
"""

from __future__ import annotations

from typing import Any

STYLES = ("fluent", "noto", "twemoji")  # as learned; the order counts
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white", "grey")
WORDS = 384  # numbers of MiniLM's vectors
SIDE = 128  # pixels of a thing
PLACES = 8  # across, of the transformer
STEM, PATCH = 4, SIDE // PLACES  # pixels across, of a place of the finest convolutions and of the transformer
HALF = 2  # pixels across, of a place of the finish
WRONG = 0.25  # how far off a sketch is, of pixels in -1..1
LAST = 0.6  # the level that the last step begins at: of less noise than that, some would stay


def levels_of(steps: int) -> list[float]:
    """From 1, which is noise, evenly to LAST, and from there to 0, which is the picture."""
    return [1 - (1 - LAST) * number / max(1, steps - 1) for number in range(steps)] + [0.0]


def mixture(level: Any) -> tuple[Any, Any, Any]:
    """How much of the noised picture and of the sketch a picture is, and how much of what the flow says.

    The best guess of two: the sketch, off by WRONG, and the noised picture; the flow says what is wrong with it, in its
    own spread. level: a number, or a tensor of them."""
    both = WRONG**2 * (1 - level) ** 2 + level**2
    return WRONG**2 * (1 - level) / both, level**2 / both, WRONG * level / both**0.5
