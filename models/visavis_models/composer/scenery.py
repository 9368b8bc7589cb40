"""The parts that backdrops are made of, as SVG shapes: hills, water, trees, houses, rooms, stars. Pure.

Measures are thousandths of the canvas's height.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from visavis_models.composer.english import COLOURS

GRASS = {"day": ("#a5d66f", "#7fbf50", "#5fa83f"), "night": ("#35563f", "#2a4935", "#1e382a"),
          "sunset": ("#a9a04e", "#86883f", "#666f35"), "rain": ("#86ad6d", "#6e9858", "#587f47")}  # fmt: skip


WATER = {"day": ("#5db7e6", "#2f86c9"), "night": ("#223d78", "#14254f"), "sunset": ("#d98d86", "#6d5a94"),
          "rain": ("#7e9bb0", "#56748c")}  # fmt: skip


SAND = {"day": ("#f7e2ae", "#e9c982"), "night": ("#6a6980", "#4c4c66"), "sunset": ("#efc08c", "#d49a68"),
         "rain": ("#d3c4a0", "#b8a67f")}  # fmt: skip


SNOW = {"day": ("#ffffff", "#dcebf7"), "night": ("#a6b5d8", "#7284b3"), "sunset": ("#fde3dc", "#d9b9cf"),
         "rain": ("#eef2f5", "#d3dde5")}  # fmt: skip


def gradient(name: str, *colours: str) -> str:
    stops = "".join(
        f'<stop offset="{index / (len(colours) - 1):.2f}" stop-color="{colour}"/>'
        for index, colour in enumerate(colours)
    )
    return f'<linearGradient id="{name}" x1="0" y1="0" x2="0" y2="1">{stops}</linearGradient>'


def rect(fill: str, top: float, bottom: float, wide: float) -> str:
    return f'<rect x="0" y="{top:.0f}" width="{wide:.1f}" height="{bottom - top:.0f}" fill="url(#{fill})"/>'


def spread(rng: random.Random, wide: float, high: float, count: int) -> list[tuple[float, float]]:
    """Points that keep apart: one in each cell of a grid."""
    columns = max(1, round(math.sqrt(count * wide / high)))
    rows = max(1, round(count / columns))
    return [
        ((column + 0.15 + 0.7 * rng.random()) * wide / columns, (row + 0.15 + 0.7 * rng.random()) * high / rows)
        for row in range(rows)
        for column in range(columns)
    ]


def paper(colour: str, wide: float) -> str:
    if colour not in COLOURS or colour == "white":
        top, middle, bottom = ("#ffffff",) * 3 if colour == "white" else ("#fffdf8", "#fdf8ee", "#f6eddc")
    else:
        red, green, blue = COLOURS[colour]
        top, middle, bottom = (
            "#" + "".join(f"{min(255, round(part * share + 255 * (1 - share))):02x}" for part in (red, green, blue))
            for share in (0.75, 0.85, 1.0)
        )
    return gradient("p", top, middle, bottom) + rect("p", 0, 1000, wide)


def stars(rng: random.Random, wide: float, high: float, count: int) -> str:
    return "".join(
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{rng.choice((1.6, 2.2, 3.2)):.1f}" fill="#fff" '
        f'opacity="{rng.choice((0.5, 0.7, 0.95))}"/>'
        for x, y in spread(rng, wide, high, count)
    )


def hills(colours: Sequence[str], wide: float, tops: Sequence[float]) -> str:
    """Soft ground, nearer and nearer; each band waves another way."""
    drawn = ""
    for number, (colour, top) in enumerate(zip(colours, tops, strict=True)):
        wave = (34, -26, 22)[number % 3] if number < len(tops) - 1 or len(tops) == 1 else 16
        drawn += (
            f'<path fill="{colour}" d="M0 {top:.0f}'
            f"C{wide * 0.25:.0f} {top - wave:.0f} {wide * 0.4:.0f} {top + wave * 0.6:.0f} {wide * 0.6:.0f} {top:.0f}"
            f'S{wide * 0.9:.0f} {top - wave * 0.8:.0f} {wide:.1f} {top + wave * 0.3:.0f}V1000H0z"/>'
        )
    return drawn


def tufts(wide: float, horizon: float, light: str, rng: random.Random) -> str:
    blades = "".join(
        f'<path d="M{x:.0f} {horizon + 80 + y:.0f}l-6 -15m6 15v-20m0 20l7 -14"/>'
        for x, y in spread(rng, wide, 920 - horizon - 40, 16)
    )
    return (
        f'<g fill="none" stroke="{GRASS[light][2]}" stroke-width="4" stroke-linecap="round" opacity=".8">{blades}</g>'
    )


def petals(wide: float, horizon: float, rng: random.Random) -> str:
    return "".join(
        f'<g transform="translate({x:.0f} {horizon + 70 + y:.0f})">'
        f'<path stroke="#4d9a3a" stroke-width="4" d="M0 0v22"/>'
        f'<g fill="{rng.choice(("#ff8fb1", "#fff3b0", "#ffffff", "#c9a0ff"))}"><circle cx="-6" r="6"/>'
        f'<circle cx="6" r="6"/><circle cy="-6" r="6"/><circle cy="6" r="6"/></g><circle r="4" fill="#f6b73c"/></g>'
        for x, y in spread(rng, wide, 930 - horizon - 40, 22)
    )


def sea(wide: float, top: float, bottom: float, light: str) -> str:
    water = f'<rect y="{top:.0f}" width="{wide:.1f}" height="{bottom - top:.0f}" fill="url(#w)"/>'
    return gradient("w", *WATER[light]) + water


def waves(wide: float, top: float, bottom: float, rng: random.Random) -> str:
    waves = "".join(
        f'<path d="M{x - 30:.0f} {top + 24 + y:.0f}q15 -10 30 0t30 0"/>'
        for x, y in spread(rng, wide, bottom - top - 40, round((bottom - top) / 26))
    )
    return f'<g fill="none" stroke="#fff" stroke-width="4" stroke-linecap="round" opacity=".35">{waves}</g>'


def under_water(wide: float, rng: random.Random) -> str:
    rays = "".join(
        f'<path fill="#fff" opacity=".07" d="M{x:.0f} 0h70l{60 + 90 * index:.0f} 900h-160z"/>'
        for index, x in enumerate((wide * 0.1, wide * 0.38, wide * 0.66))
    )
    weeds = "".join(
        f'<path fill="none" stroke="{colour}" stroke-width="15" stroke-linecap="round" '
        f'd="M{x:.0f} 930c-34 -50 34 -90 0 -150s28 -70 6 -{reach}"/>'
        for x, colour, reach in (
            (wide * 0.06, "#1f8a6a", 130),
            (wide * 0.12, "#2aa57d", 60),
            (wide * 0.93, "#1f8a6a", 100),
        )
    )
    bubbles = "".join(
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{rng.choice((5, 8, 12))}" fill="none" stroke="#d8f3ff" '
        f'stroke-width="3" opacity=".6"/>'
        for x, y in spread(rng, wide, 800, 12)
    )
    return rays + weeds + bubbles


def moon(wide: float, horizon: float, rng: random.Random) -> str:
    craters = "".join(
        f'<ellipse cx="{x:.0f}" cy="{horizon + 60 + y:.0f}" rx="{wider:.0f}" ry="{wider * 0.3:.0f}" fill="#8d9099"/>'
        f'<ellipse cx="{x:.0f}" cy="{horizon + 64 + y:.0f}" rx="{wider * 0.9:.0f}" ry="{wider * 0.24:.0f}" '
        f'fill="#a9abb4"/>'
        for x, y in spread(rng, wide, 930 - horizon - 60, 14)
        for wider in (rng.choice((18, 30, 44)) * (0.6 + y / 300),)
    )
    return hills(("#8d9099", "#b3b5bd"), wide, (horizon - 18, horizon + 22)) + craters


def room(wide: float, horizon: float, light: str) -> tuple[str, str]:
    """Wall and floor."""
    wall = ("#6d6b84", "#565570") if light == "night" else ("#fbeed9", "#f3dfc0")
    floor = ("#6b5244", "#57402f") if light == "night" else ("#d9ad7c", "#c08f5c")
    boards = "".join(
        f'<path stroke="#000" stroke-opacity=".08" stroke-width="4" d="M0 {y}H{wide:.0f}"/>' for y in (760, 840, 925)
    )
    stripes = "".join(
        f'<rect x="{x * 120 + 40}" width="46" height="{horizon:.0f}" fill="#fff" opacity=".16"/>'
        for x in range(int(wide // 120) + 1)
    )
    return (
        gradient("a", *wall) + rect("a", 0, horizon, wide) + stripes,
        gradient("b", *floor) + rect("b", horizon, 1000, wide) + boards,
    )


def skirting(wide: float, horizon: float) -> str:
    return f'<rect y="{horizon - 22:.0f}" width="{wide:.1f}" height="24" fill="#fff" opacity=".75"/>'


def road(wide: float, light: str) -> str:
    road = "#4d525c" if light == "night" else "#7b818b"
    dashes = "".join(
        f'<rect x="{x * 150 + 30}" y="868" width="84" height="13" rx="3"/>' for x in range(int(wide // 150) + 1)
    )
    return (
        f'<rect y="752" width="{wide:.1f}" height="212" fill="{road}"/><g fill="#f3f1e4" opacity=".9">{dashes}'
        f'<rect y="758" width="{wide:.1f}" height="6" opacity=".6"/>'
        f'<rect y="950" width="{wide:.1f}" height="6" opacity=".6"/></g>'
    )


def skyline(wide: float, horizon: float, light: str, rng: random.Random) -> str:
    drawn = ""
    x = -20.0
    while x < wide:
        across, high = rng.randint(70, 120), rng.randint(150, 400)
        colour = rng.choice(
            ("#3c4a78", "#34406b", "#46558a") if light == "night" else ("#9fb4c8", "#8aa2ba", "#b3c4d4")
        )
        top = horizon + 20 - high
        drawn += f'<rect x="{x:.0f}" y="{top:.0f}" width="{across}" height="{high + 30}" fill="{colour}"/>'
        pane = "#ffe08a" if light == "night" else "#e4eef6"
        for down in range(int(high // 46)):
            for over in range(int(across // 30)):
                if rng.random() < 0.7:
                    left, high_up = x + 10 + over * 28, top + 16 + down * 46
                    drawn += (
                        f'<rect x="{left:.0f}" y="{high_up:.0f}" width="14" height="20" fill="{pane}" opacity=".8"/>'
                    )
        x += across + rng.choice((0, 6, 14))
    return drawn


def trees(wide: float, horizon: float, light: str, rng: random.Random) -> str:
    drawn = ""
    for row, (shade, count, high) in enumerate(((0.75, 11, 330), (1.0, 8, 300))):
        leaf = (
            ("#1d3d33", "#27503f")
            if light == "night"
            else ("#5d9a62", "#3f8350")
            if light != "sunset"
            else ("#6b6a45", "#565a3c")
        )
        for number in range(count):
            x = (number + 0.5 * row + 0.2 * rng.random()) * wide / (count - 0.5)
            tall = high * (0.8 + 0.35 * rng.random()) * shade + 60
            foot = horizon + 20 + 24 * row
            half = tall * 0.24
            drawn += (
                f'<path fill="{leaf[row]}" d="M{x:.0f} {foot - tall:.0f}l{half:.0f} {tall * 0.55:.0f}h-{half * 0.4:.0f}'
                f"l{half * 0.7:.0f} {tall * 0.35:.0f}h-{half * 2.6:.0f}l{half * 0.7:.0f} -{tall * 0.35:.0f}"
                f'h-{half * 0.4:.0f}z"/><rect x="{x - 8:.0f}" y="{foot - tall * 0.1:.0f}" width="16" '
                f'height="{tall * 0.12:.0f}" fill="#6b4a32"/>'
            )
    return drawn
