"""Things on a sheet of paper, without a world round them: in rows, as large as they fit. Pure."""

from __future__ import annotations

from visavis_models.composer.group import Group, grouped
from visavis_models.composer.placed import Placed, put, side_of, starts_of
from visavis_models.composer.scene import Scene


def on_paper(scene: Scene, aspect: float) -> list[Placed]:
    """Groups in rows, as large as they fit, in the middle of the sheet."""
    groups = grouped(scene, flat=True)
    if not groups:
        return []
    rows = _paper_rows(scene, groups, aspect)
    gap = 0.16
    widest = max(sum(group.box.width for group in row) + gap * (len(row) - 1) for row in rows)
    highest = sum(max(group.box.height for group in row) for row in rows) + gap * (len(rows) - 1)
    lone = 0.6 if len(groups) == 1 and len(groups[0].items) == 1 else 0.82
    unit = min(lone * aspect / widest, lone / highest, 1.6)
    flat = all(group.items[0].subject.kind in ("shape", "face") or group.items[0].subject.name.endswith("heart")
               for group in groups)  # fmt: skip
    y = 0.5 - highest * unit / 2
    placed: list[Placed] = []
    for row in rows:
        tall = max(group.box.height for group in row) * unit
        ordered = sorted(row, key=lambda group: side_of(scene, group))
        widths = [group.box.width * unit for group in ordered]
        starts = starts_of([side_of(scene, group) for group in ordered], widths, gap * unit, aspect)
        for group, left in zip(ordered, starts, strict=True):
            foot = y + tall + (group.box.bottom * unit if group.box.bottom < 0 else 0)
            placed += put(group, left - group.box.left * unit, foot, unit, 1.0 + foot, False, "" if flat else "paper")
        y += tall + gap * unit
    return sorted(placed, key=lambda picture: picture.depth)


def _paper_rows(scene: Scene, groups: list[Group], aspect: float) -> list[list[Group]]:
    """Rows as wished (top, middle, bottom), or as many as make everything largest."""
    spots = [{spot for number in group.things for spot in scene.things[number].spots} for group in groups]
    if any(wished & {"top", "bottom"} for wished in spots):
        heights = [0 if "top" in wished else 2 if "bottom" in wished else 1 for wished in spots]
        return [row for level in range(3) if (row := [g for g, h in zip(groups, heights, strict=True) if h == level])]
    if any(wished & {"left", "right", "middle"} for wished in spots) and len(groups) <= 4:
        return [groups]
    best: tuple[float, list[list[Group]]] = (0.0, [groups])
    for count in range(1, min(4, len(groups)) + 1):
        per = -(-len(groups) // count)
        rows = [groups[start : start + per] for start in range(0, len(groups), per)]
        width = max(sum(group.box.width for group in row) + 0.16 * (len(row) - 1) for row in rows)
        height = sum(max(group.box.height for group in row) for row in rows) + 0.16 * (len(rows) - 1)
        if (unit := min(aspect / width, 1 / height)) > best[0] * 1.05:
            best = (unit, rows)
    return best[1]
