"""Packages that are installed for one test: modules and entry points in a folder on Python's path."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from visavis_models.load import backends
from visavis_models.packs import catalogue


@contextmanager
def installed(
    folder: Path, name: str, files: dict[str, str], entry_points: dict[str, dict[str, str]]
) -> Iterator[None]:
    """files: text by path. entry_points: group -> name -> target."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    groups = [
        f"[{group}]\n" + "".join(f"{n} = {t}\n" for n, t in points.items()) for group, points in entry_points.items()
    ]
    (info / "entry_points.txt").write_text("\n".join(groups))
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    backends.cache_clear()
    catalogue.cache_clear()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        backends.cache_clear()
        catalogue.cache_clear()
        for module in set(sys.modules) - before:
            if str(folder) in str(getattr(sys.modules[module], "__file__", "")):
                del sys.modules[module]
