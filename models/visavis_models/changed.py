"""A picture's words after a change: for painters that are told what a picture shows, not what to do with it. Pure.

"a cat" and "make the sky green" become "a cat, the sky green"; "remove the hat" names what shall not be there.
"""

from __future__ import annotations

import re

ANEW = "I painted it anew, because this painter cannot change a picture."  # said where it could not
LONGEST = 280  # characters: what the text encoders of Stable Diffusion read (77 tokens) holds about so many

_PLEASE = re.compile(r"^(?:(?:and|now|then|ok(?:ay)?|please|can you|could you|would you)[,\s]+)+", re.IGNORECASE)
_AWAY = re.compile(
    r"^(?:remove|delete|erase|take (?:away|off|out)|leave out|get rid of|lose|without|no more|no)\s+(.+)$",
    re.IGNORECASE,
)
_DO = re.compile(
    r"^(?:make|let|turn|change|paint|draw|colou?r|give|add|put|show|have|set|do)\s+(?:(?:it|them|him|her|me)\s+)?"
    r"(?:(?:be|look|into|to be|have)\s+)?",
    re.IGNORECASE,
)


def changed(alt: str, request: str) -> tuple[str, str]:
    """What the new picture shows, and what it must not show (or nothing). alt: what the old one shows."""
    request = _PLEASE.sub("", " ".join(request.split())).strip(" .!?")
    if away := _AWAY.match(request):
        gone = away[1]
        bare = re.sub(r"^(?:the|a|an|his|her|its|their|any|all)\s+", "", gone, flags=re.IGNORECASE)
        rest = re.sub(rf"(?:,|\band|\bwith|\bwearing)?\s*\b(?:the|a|an)?\s*{re.escape(bare)}\b", "", alt, flags=re.I)
        return _joined(rest.strip(" ,") or alt, ""), gone
    return _joined(alt, _DO.sub("", request) or request), ""


def _joined(old: str, new: str) -> str:
    """What the picture is of comes first and what is newest last; of what is too much, the earliest changes go."""
    parts = [part for part in (*old.split(", "), new[:LONGEST]) if part]
    while len(", ".join(parts)) > LONGEST and len(parts) > 2:
        del parts[1]
    return ", ".join(parts)[-LONGEST:]
