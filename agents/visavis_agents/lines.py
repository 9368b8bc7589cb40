"""Files of ours that are written by hand, line by line: facts, tables, games, scenes."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files


def lines_of(package: str, name: str) -> Iterator[str]:
    """The lines that say something: no empty ones, no comments. name: of a file of that package."""
    for line in files(package).joinpath(name).read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line
