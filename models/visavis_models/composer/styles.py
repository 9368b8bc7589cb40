"""Styles: the words for them, and what each does to a drawing. Pure.

A style is a way with colours and, for pencil and watercolour, with edges, so that it holds for shapes and pixels alike.
"""

from __future__ import annotations

import re
from typing import Literal

import numpy as np

from visavis_models.composer.colour import Floats, Paint, greyed, softened

Style = Literal["", "grey", "sepia", "pencil", "watercolour", "pixels"]

TOLD: dict[Style, str] = {
    "grey": "in black and white", "sepia": "as an old photograph", "pencil": "as a pencil drawing",
    "watercolour": "as a watercolour", "pixels": "in pixels",
}  # fmt: skip

_KIND = r"(?:picture|drawing|photograph|photo|image|sketch|painting|style|version|film|movie|art|illustration|page)"
_WORDS: tuple[tuple[Style, str], ...] = (
    ("sepia", rf"(?:sepia(?: tones?| toned)?|vintage|antique|old(?:(?= photo)|(?= film))) ?{_KIND}?"),
    ("grey", rf"black and white {_KIND}|(?:grey|gray) ?scale(?: {_KIND})?|monochrome(?: {_KIND})?"
             r"|(?<=in )black and white$|^black and white$"),
    ("pencil", rf"(?:pencil|charcoal|line|ink|chalk) {_KIND}|colou?ring (?:book|page)(?: page)?"
               r"|(?:rough |quick )?sketch(?= of|$)|doodle|(?<=in )pencil$|outlines?(?= of|$)"),
    ("watercolour", rf"(?:water ?colou?rs?|aquarelle|pastels?) ?{_KIND}?"),
    ("pixels", rf"(?:pixel(?:ated|led|s)?|8 ?bit|eight bit) ?{_KIND}?|(?:minecraft|lego) style"),
    ("", rf"(?:cartoon|flat|emoji|comic|clip ?art|vector|childrens book|simple|normal) {_KIND}|cartoon(?= of|$)"
         r"|in (?:full )?colou?r$"),
)  # fmt: skip
_AS = r"(?:\b(?:in|as|like|with)(?: the)? )?(?:\b(?:an?|the) )?"
_MATCH: tuple[tuple[Style, re.Pattern[str]], ...] = tuple(
    (style, re.compile(rf"{_AS}\b(?:{words})(?: style)?(?: of(?= )|$|(?= ))")) for style, words in _WORDS
)  # fmt: skip
_FOREIGN = re.compile(
    rf"{_AS}\b(?P<kind>oil painting|oil paint|photo ?realistic|realistic|photograph|photo|3d|three d|"
    r"anime|manga|graffiti|cubist|impressionist|expressionist|abstract|van gogh|picasso|monet|pop art|mosaic|origami)"
    rf"(?: style| {_KIND})*(?: of(?= )|$|(?= ))"
)


def styled(text: str) -> tuple[str, Style | None, str]:
    """The text without its words for a style; the style, None for none; and one that was asked for and is not known.

    text: as `worded` gives it."""
    for style, pattern in _MATCH:
        if found := pattern.search(text):
            return _without(text, found), style, ""
    if found := _FOREIGN.search(text):
        return _without(text, found), None, found["kind"]
    return text, None, ""


def _without(text: str, found: re.Match[str]) -> str:
    return " ".join(f"{text[: found.start()]} {text[found.end() :]}".split()).strip(" ,")


def paint_of(style: Style) -> Paint | None:
    """What it does to colours."""
    match style:
        case "grey":
            return greyed()
        case "sepia":
            return greyed((1.06, 0.9, 0.7))
        case "pencil":
            return _sketched
        case "watercolour":
            return softened(0.24, (1.0, 0.99, 0.95))
    return None


def _sketched(rgb: Floats) -> Floats:
    """Nearly white; what is dark keeps a shade."""
    light = rgb @ np.array([0.299, 0.587, 0.114], np.float32)
    shade = np.where(light < 0.28, 0.35 + light, 0.72 + 0.28 * light**0.7)
    return np.asarray(np.clip(shade, 0, 1)[:, None] * np.array([1.0, 0.995, 0.98], np.float32), np.float32)


def drawn_in(body: str, style: Style, unit: float, name: str) -> str:
    """SVG shapes with a style's edges. unit: how much of their own measure a thousandth of the canvas's height is."""
    if style == "pencil":
        return (
            f'<g stroke="#45454d" stroke-width="{2.6 * unit:.3g}" stroke-linejoin="round" '
            f'stroke-linecap="round">{body}</g>'
        )
    if style == "watercolour":
        return (
            f'<filter id="{name}" x="-.05" y="-.05" width="1.1" height="1.1" color-interpolation-filters="sRGB">'
            f'<feTurbulence type="fractalNoise" baseFrequency="{0.012 / unit:.3g}" numOctaves="2" seed="4" result="n"/>'
            f'<feDisplacementMap in="SourceGraphic" in2="n" scale="{9 * unit:.3g}" xChannelSelector="R" '
            f'yChannelSelector="G" result="d"/>'
            f'<feColorMatrix in="n" type="matrix" values="0 0 0 0 1 0 0 0 0 1 0 0 0 0 .97 1.1 0 0 0 -.42" result="w"/>'
            f'<feComposite in="w" in2="d" operator="in" result="l"/>'
            f'<feMerge><feMergeNode in="d"/><feMergeNode in="l"/></feMerge></filter>'
            f'<g filter="url(#{name})">{body}</g>'
        )
    return body
