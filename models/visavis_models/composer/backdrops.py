"""Backdrops as SVG: sky, ground and weather behind the things of a scene. Pure; always the same for the same request.

Measures are thousandths of the canvas's height; `layout.py` says where each backdrop's horizon lies.
"""

from __future__ import annotations

import random

from visavis_models.composer.colour import multiplied, repainted, shifted
from visavis_models.composer.english import COLOURS
from visavis_models.composer.placed import stage_of
from visavis_models.composer.scene import Scene
from visavis_models.composer.scenery import (
    GRASS,
    SAND,
    SNOW,
    WATER,
    gradient,
    hills,
    moon,
    paper,
    petals,
    rect,
    road,
    room,
    sea,
    skirting,
    skyline,
    spread,
    stars,
    trees,
    tufts,
    under_water,
    waves,
)

_SKIES: dict[str, tuple[str, str, str]] = {  # from the top down to the horizon
    "day": ("#6db9f2", "#a9d9f9", "#e3f4fd"),
    "night": ("#0b1437", "#1d2b5e", "#46518c"),
    "sunset": ("#5a4a8f", "#e0788a", "#ffc07a"),
    "rain": ("#7f8fa0", "#a3b1be", "#c6d0d8"),
    "snow": ("#a9cdea", "#cfe4f4", "#eef7fd"),
    "desert": ("#7cc3ee", "#c4e4f2", "#fdf0d2"),
}

_DIMMED = {"night": (0.42, 0.46, 0.62), "sunset": (0.95, 0.82, 0.78), "rain": (0.82, 0.85, 0.88)}  # asked-for colours


def backdrop_body(scene: Scene, width: int, height: int) -> str:
    """The whole canvas as SVG shapes. width, height: pixels, for the proportions."""
    wide = 1000 * width / height
    rng = random.Random(7)
    horizon = stage_of(scene.backdrop).horizon * 1000
    light = scene.light if scene.light in GRASS else "day"

    def sky(shapes: str, main: str) -> str:
        return _tinted(shapes, scene.sky, main, light)

    def ground(shapes: str, main: str) -> str:
        return _tinted(shapes, scene.ground, main, light)

    match scene.backdrop:
        case "paper":
            return paper(scene.paper, wide)
        case "space":
            deep = gradient("s", "#0a0a24", "#171238", "#2a1a4d") + rect("s", 0, 1000, wide)
            return sky(deep, "#171238") + stars(rng, wide, 1000, 90)
        case "moon":
            dark = gradient("s", "#05060f", "#0d1024", "#1a1f3a") + rect("s", 0, 1000, wide)
            return sky(dark, "#0d1024") + stars(rng, wide, 620, 60) + ground(moon(wide, horizon, rng), "#a9abb4")
        case "underwater":
            water = gradient("u", "#62c8ec", "#2b8fca", "#155a96") + rect("u", 0, 1000, wide)
            sand = hills(("#e9d09a", "#f4e0b4"), wide, (870, 930))
            return sky(water, "#2b8fca") + under_water(wide, rng) + ground(sand, "#e9d09a")
        case "room":
            wall, floor = room(wide, horizon, light)
            return sky(wall, "#f3dfc0") + ground(floor, "#d9ad7c") + skirting(wide, horizon)
    colours = _SKIES[scene.backdrop if light == "day" and scene.backdrop in _SKIES else light]
    drawn = sky(gradient("k", *colours) + rect("k", 0, horizon + 60, wide), colours[1])
    if light == "night":
        drawn += stars(rng, wide, horizon - 40, 46)
    grass = GRASS[light]
    match scene.backdrop:
        case "sea":
            return drawn + ground(sea(wide, horizon, 1000, light), WATER[light][1]) + waves(wide, horizon, 1000, rng)
        case "beach":
            shallow = sea(wide, horizon, 640, light) + waves(wide, horizon, 640, rng)
            return drawn + shallow + ground(hills(SAND[light], wide, (620, 740)), SAND[light][1])
        case "snow":
            white = (*SNOW[light][:1], *SNOW[light])
            return drawn + ground(hills(white, wide, (horizon - 20, horizon + 30, horizon + 150)), white[2])
        case "desert":
            dunes = (SAND[light][1], *SAND[light])
            return drawn + ground(hills(dunes, wide, (horizon - 30, horizon + 20, horizon + 140)), dunes[2])
        case "street":
            return drawn + ground(hills(grass[:2], wide, (horizon, horizon + 40)), grass[1]) + road(wide, light)
        case "city":
            low = hills(grass[1:], wide, (horizon, horizon + 60))
            return drawn + skyline(wide, horizon, light, rng) + ground(low, grass[1])
        case "forest":
            low = hills(grass, wide, (horizon - 10, horizon + 40, horizon + 180))
            return drawn + trees(wide, horizon, light, rng) + ground(low, grass[1])
    meadow = hills(grass, wide, (horizon - 15, horizon + 40, horizon + 180))
    if scene.backdrop == "garden":
        return drawn + ground(meadow, grass[1]) + petals(wide, horizon, rng)
    return drawn + ground(meadow + tufts(wide, horizon, light, rng), grass[1])


def _tinted(shapes: str, colour: str, main: str, light: str) -> str:
    """In the colour that was asked for, if one was; `main` is the one that becomes it."""
    if colour not in COLOURS:
        return shapes
    paint = shifted(colour, [int(main[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return repainted(repainted(shapes, paint), multiplied(_DIMMED.get(light, (1.0, 1.0, 1.0))))


def weather_body(scene: Scene, width: int, height: int) -> str:
    """What falls in front of everything: rain or snow; empty when nothing does."""
    wide = 1000 * width / height
    rng = random.Random(11)
    if scene.light == "rain" and scene.backdrop not in ("room", "paper", "underwater", "space", "moon"):
        drops = "".join(f'<path d="M{x:.0f} {y:.0f}l-8 34"/>' for x, y in spread(rng, wide, 1000, 70))
        return f'<g stroke="#dbe9f4" stroke-width="4" stroke-linecap="round" opacity=".65">{drops}</g>'
    if scene.backdrop == "snow":
        flakes = "".join(
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{rng.choice((3, 4, 6))}"/>' for x, y in spread(rng, wide, 1000, 60)
        )
        return f'<g fill="#fff" opacity=".85">{flakes}</g>'
    return ""


# --- parts -----------------------------------------------------------------------------------------------------------
