"""A placed scene as shapes: each picture in its colour, light and style, and all of them as one SVG file. Pure but for
`recoloured`, which looks at a drawing's pixels to know its main colour.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from xml.sax.saxutils import escape

import numpy as np

from visavis_models.composer.backdrops import backdrop_body, weather_body
from visavis_models.composer.colour import multiplied, recoloured, repainted
from visavis_models.composer.placed import Placed
from visavis_models.composer.raster import rendered
from visavis_models.composer.scene import Scene
from visavis_models.composer.styles import Style, drawn_in, paint_of
from visavis_models.ports import Picture

LIGHTS = {"night": (0.72, 0.76, 0.95), "sunset": (1.0, 0.92, 0.84), "rain": (0.92, 0.94, 0.96)}
SHADES = {"ground": 0.22, "paper": 0.12}
SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic"
RIGHTS = "Drawings: Noto Emoji, Copyright Google Inc., Apache License 2.0, changed; and visavis, Apache License 2.0."

_SHINING = frozenset({"sky", "space"})  # these give light of their own
_ROOT = re.compile(r'<svg\b[^>]*?viewBox="([^"]+)"[^>]*>(.*)</svg>\s*$', re.DOTALL)
_NAMED = re.compile(r'\bid="([^"]+)"')


def light_of(scene: Scene, picture: Placed) -> str:
    """A key of LIGHTS, or empty where it is lit as it was drawn."""
    dark = scene.backdrop in ("paper", "room", "space", "moon", "underwater") or picture.subject.place in _SHINING
    return "" if dark or scene.light not in LIGHTS else scene.light


@lru_cache(maxsize=128)
def drawing(svg: str, colour: str, light: str, style: Style, unit: float) -> tuple[str, str]:
    """The drawing as it is wanted: its view box and its shapes. unit: as `drawn_in` takes it."""
    found = _ROOT.search(svg)
    if found is None:
        raise ValueError("a drawing without a view box")
    box, body = found[1], found[2]
    if colour and (paint := recoloured(rendered(svg, 96, 96), colour)) is not None:
        body = repainted(body, paint)
    if light:
        body = repainted(body, multiplied(LIGHTS[light]))
    return box, in_style(body, style, unit, "edge")


def in_style(body: str, style: Style, unit: float, name: str) -> str:
    if (paint := paint_of(style)) is not None:
        body = repainted(body, paint)
    return drawn_in(body, style, unit, name)


def unit_of(picture: Placed, svg: str, style: Style) -> float:
    """How much of the drawing's measure a thousandth of the canvas is; 1 where no style asks."""
    if style not in ("pencil", "watercolour"):
        return 1.0
    found = _ROOT.search(svg)
    high = float(found[1].split()[3]) if found else 128.0
    return float(f"{high / (picture.area.height * 1000):.2g}")


def standing(box: str, body: str) -> str:
    """A drawing as a file of its own; it fills whatever size it is rendered at."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{box}" preserveAspectRatio="none">{body}</svg>'
    )


def picture_svg(
    scene: Scene, placed: Sequence[Placed], drawings: Mapping[str, str], width: int, height: int, alt: str
) -> str:
    """The whole picture as one self-contained file."""
    wide = 1000 * width / height
    symbols: dict[tuple[str, str], str] = {}
    names: dict[tuple[str, str], str] = {}
    shown: list[str] = []
    for picture in placed:
        svg = drawings[picture.subject.name]
        made = drawing(svg, picture.colour, light_of(scene, picture), scene.style, unit_of(picture, svg, scene.style))
        if made not in names:
            names[made] = f"p{len(names)}"
            symbols[made] = (
                f'<symbol id="{names[made]}" viewBox="{made[0]}" preserveAspectRatio="none">'
                f"{_apart(made[1], names[made])}</symbol>"
            )
        shown.append(_shown(picture, names[made], len(shown)))
    backdrop = in_style(backdrop_body(scene, width, height), scene.style, 1.0, "wash")
    weather = weather_body(scene, width, height)
    return (
        f"{_head(f'0 0 {wide:.6g} 1000', width, height, alt)}"
        '<defs><radialGradient id="shade"><stop offset=".35" stop-color="#000"/>'
        '<stop offset="1" stop-color="#000" stop-opacity="0"/></radialGradient>\n'
        f"{chr(10).join(symbols.values())}</defs>\n<g>{backdrop}</g>\n{chr(10).join(shown)}\n{weather}</svg>\n"
    )


def blocks_svg(picture: Picture, across: int, alt: str) -> str:
    """A picture of coarse pixels, so many across, as squares; those of one colour in a row are one."""
    height, width = picture.shape[:2]
    down = max(1, round(across * height / width))
    rows = ((np.arange(down) + 0.5) * height / down).astype(int)
    columns = ((np.arange(across) + 0.5) * width / across).astype(int)
    coarse = picture[rows][:, columns]
    paths: dict[str, list[str]] = {}
    for y, row in enumerate(coarse):
        edges = [0, *(np.flatnonzero((row[1:] != row[:-1]).any(axis=1)) + 1).tolist(), across]
        for left, right in pairwise(edges):
            colour = "#{:02x}{:02x}{:02x}".format(*row[left])
            paths.setdefault(colour, []).append(f"M{left} {y}h{right - left}v1h{left - right}z")
    shapes = "\n".join(f'<path fill="{colour}" d="{"".join(parts)}"/>' for colour, parts in paths.items())
    return f'{_head(f"0 0 {across} {down}", width, height, alt)}<g shape-rendering="crispEdges">\n{shapes}</g></svg>\n'


def _head(box: str, width: int, height: int, alt: str) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{box}" width="{width}" height="{height}" role="img">\n'
        f"<title>{escape(alt)}</title>\n{_metadata(alt)}\n"
    )


def _shown(picture: Placed, name: str, number: int) -> str:
    area = picture.area
    x, y, wide, high = (1000 * side for side in (area.x, area.y, area.width, area.height))
    text = ""
    if picture.shadow:
        text = (
            f'<ellipse cx="{x + wide / 2:.1f}" cy="{y + high - wide * 0.025:.1f}" rx="{wide * 0.58:.1f}" '
            f'ry="{wide * 0.1:.1f}" fill="url(#shade)" opacity="{SHADES[picture.shadow]}"/>'
        )
    use = f'<use href="#{name}" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}"'
    if picture.flip:
        use += f' transform="matrix(-1 0 0 1 {2 * x + wide:.1f} 0)"'
    use += "/>"
    if picture.rim < 1:
        top = y + high * (1 - picture.rim)
        use = (
            f'<clipPath id="c{number}"><rect x="{x:.1f}" y="{top:.1f}" width="{wide:.1f}" '
            f'height="{high * picture.rim:.1f}"/></clipPath><g clip-path="url(#c{number})">{use}</g>'
        )
    return text + use


def _apart(body: str, name: str) -> str:
    """Its own names for gradients and clips, so that two drawings never share one."""
    for old in set(_NAMED.findall(body)):
        body = re.sub(rf'(\bid="|#){re.escape(old)}(?=["\')])', rf"\g<1>{name}{old}", body)
    return body


def _metadata(alt: str) -> str:
    """That it was made by a program, and of whose drawings."""
    return (
        '<metadata><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:ext="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
        f'<rdf:Description rdf:about="" ext:DigitalSourceType="{SOURCE}" dc:creator="visavis" dc:rights="{RIGHTS}">'
        f"<dc:description>{escape(alt)}</dc:description></rdf:Description></rdf:RDF></metadata>"
    )
