"""Names of colours as people use them, for a part of a picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis_models.ports import Picture

# Upper end of each hue in OpenCV's 0..180, where the colour is neither pale nor dark.
_HUES = ((6, "red"), (18, "orange"), (34, "yellow"), (80, "green"), (98, "turquoise"), (128, "blue"), (150, "purple"))
_HUES_END = ((168, "pink"), (181, "red"))
NAMES = (
    *("black", "grey", "white", "brown", "beige"),
    *(name for _, name in _HUES),
    "pink",
)
HUES = (*_HUES, *_HUES_END)
_VIVID = 90  # of 255, saturation and value
_MAIN, _SECOND = 0.25, 0.3  # least share of the picture, and of what the most frequent colour has


def colours(picture: Picture) -> tuple[str, ...]:
    """The one or two most frequent colours, most frequent first; empty where none stands out."""
    if not picture.size:
        return ()
    names = painted(cv2.resize(picture, (48, 48), interpolation=cv2.INTER_AREA)).ravel()
    found, counts = np.unique(names, return_counts=True)
    order = np.argsort(-counts)
    first = counts[order[0]]
    if first < _MAIN * len(names):
        return ()
    return tuple(str(found[i]) for i in order[:2] if counts[i] >= _SECOND * first)


def painted(picture: Picture, vivid: bool = False) -> NDArray[np.str_]:
    """(height, width): the name of every pixel's colour; vivid: empty where it is none that stands out, as lamps do."""
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV).astype(np.int16)
    hue, saturation, value = hsv[..., 0], hsv[..., 1], hsv[..., 2]
    names = np.empty(hue.shape, dtype="U9")
    for end, name in reversed(HUES):
        names[hue < end] = name
    if vivid:
        names[(saturation < _VIVID) | (value < _VIVID)] = ""
        return names
    warm = (hue < 24) | (hue > 172)
    names[warm & (value < 150) & (hue > 3) & (hue < 24)] = "brown"
    names[warm & (saturation < 110) & (value >= 150) & (hue > 6) & (hue < 24)] = "beige"
    names[warm & (saturation < 140) & (value >= 180) & ((hue <= 4) | (hue > 172))] = "pink"
    pale = (saturation < 38) | ((saturation < 60) & (value < 90))
    names[pale] = "grey"
    names[pale & (value > 175)] = "white"
    names[value < 50] = "black"
    return names
