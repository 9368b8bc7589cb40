"""The order in which lines of text are read: headings, then column by column, rows of a list from left to right.

Pure. A page is cut where white runs through it (the XY cut of Nagy and Seth, 1984), but only between columns of prose:
a price list has its white in the middle too, and is read row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from visavis_models.ports import Box, Found

GUTTER = 0.7  # white between columns, in line heights
PROSE = 11  # characters in the middling line of a column; shorter ones are cells of a list
LEAST = 3  # lines of a column
_WHOLE = Box(0.0, 0.0, 1.0, 1.0)


def in_order(lines: Sequence[Found], aspect: float = 4 / 3) -> tuple[tuple[Found, ...], ...]:
    """Blocks in the order of reading, each with its lines in order. aspect: width of the picture by its height."""
    return tuple(tuple(block) for block in _cut(list(lines), aspect) if block)


def _cut(lines: list[Found], aspect: float) -> list[list[Found]]:
    if len(lines) < 2 * LEAST:
        return [_rows(lines)]
    if halves := _columns(lines, aspect):
        return [block for half in halves for block in _cut(half, aspect)]
    rows = sorted(lines, key=lambda line: _middle(place(line)))
    # Headings above columns, and what stands below them.
    for top in range(min(4, len(rows) - 2 * LEAST + 1)):
        for end in range(len(rows), max(len(rows) - 4, top + 2 * LEAST - 1), -1):
            if (top or end < len(rows)) and (halves := _columns(rows[top:end], aspect)):
                inner = [block for half in halves for block in _cut(half, aspect)]
                return [_rows(rows[:top]), *inner, _rows(rows[end:])]
    return [_rows(rows)]


def _columns(lines: Sequence[Found], aspect: float) -> tuple[list[Found], list[Found]] | None:
    """Left and right of the widest white that runs through all of them, if both sides are prose."""
    boxes = sorted((place(line) for line in lines), key=lambda box: box.x)
    needed = GUTTER * median(box.h for box in boxes) / aspect
    reach, best = boxes[0].x + boxes[0].w, (0.0, 0.0)
    for box in boxes[1:]:
        if box.x - reach > best[0]:
            best = (box.x - reach, (box.x + reach) / 2)
        reach = max(reach, box.x + box.w)
    white, at = best
    if white < needed:
        return None
    sides = [line for line in lines if place(line).x < at], [line for line in lines if place(line).x >= at]
    prose = all(len(side) >= LEAST and median(len(line.label) for line in side) >= PROSE for side in sides)
    return sides if prose else None


def _rows(lines: Sequence[Found]) -> list[Found]:
    """Top to bottom; what stands side by side (half of its height shared) left to right."""
    rows: list[list[Found]] = []
    for line in sorted(lines, key=lambda line: _middle(place(line))):
        box = place(line)
        if rows:
            above = place(rows[-1][0])
            shared = min(above.y + above.h, box.y + box.h) - max(above.y, box.y)
            if shared > 0.5 * min(above.h, box.h):
                rows[-1].append(line)
                continue
        rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: place(line).x)]


def place(line: Found) -> Box:
    return line.box or _WHOLE


def _middle(box: Box) -> float:
    return box.y + box.h / 2
