"""The picture set: drawings by name, what they are called, and how large the things are beside each other.

`pictures.json.gz` is made by `build_pictures.py`; NOTICE.md says whose drawings they are.
"""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from visavis_models.composer.scene import Subject
from visavis_models.errors import PackMissing


@dataclass(frozen=True, slots=True)
class Pictures:
    """names: every name in the singular. near: words that a picture stands for, for want of their own. drawings: SVG
    text by picture."""

    names: dict[str, Subject]
    near: dict[str, Subject]
    drawings: dict[str, str]


def load_pictures(path: Path) -> Pictures:
    """Read a packed picture set. Raises PackMissing when it is no such file."""
    try:
        listed: list[dict[str, Any]] = json.loads(gzip.decompress(path.read_bytes()))
        subjects = {entry["name"]: _subject(entry) for entry in listed}
    except (OSError, EOFError, ValueError, LookupError, TypeError, zlib.error) as error:
        raise PackMissing(
            f"the pictures in {path} cannot be read ({error}): run `visavis models pull pictures`"
        ) from None
    names: dict[str, Subject] = {}
    for entry in listed:  # a picture's own name goes before another's second name
        names[entry["words"][0]] = subjects[entry["name"]]
    for entry in listed:
        for word in entry["words"][1:]:
            names.setdefault(word, subjects[entry["name"]])
    near = {word: subjects[entry["name"]] for entry in reversed(listed) for word in entry.get("near", ())}
    return Pictures(names, near, {entry["name"]: entry["svg"] for entry in listed})


def _subject(entry: dict[str, Any]) -> Subject:
    _, _, width, height = (float(part) for part in entry["svg"].split('viewBox="', 1)[1].split('"', 1)[0].split())
    return Subject(
        name=entry["name"],
        label=entry["label"],
        size=float(entry["size"]),
        aspect=width / height,
        place=entry["place"],
        kind=entry.get("kind", ""),
        top=float(entry.get("top", 1.0)),
        head=tuple(entry["head"]) if "head" in entry else None,
        faces=entry.get("faces", ""),
    )
