"""Make pictures.json.gz, the composer's picture set, out of the published packages it comes from.

For developers; the result is committed. In an empty folder:

    npm install @iconify-json/noto@1.2.9 emojibase-data@17.0.0
    python -m visavis_models.composer.build_pictures node_modules

Drawings: Noto Emoji (Apache-2.0) as packed by @iconify-json/noto, and our own in drawings/. Groups:
emojibase-data (MIT). What is kept, and how large, is decided in picture_set.toml.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np

from visavis_models.composer.raster import rendered

HERE = Path(__file__).parent
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 128 128">{}</svg>'
)
FIGURE = (  # a head and a body, both 128 x 128: the adult's own head is cut off above the shoulders
    '<defs><clipPath id="below"><path d="M0 33h128v95H0z"/></clipPath></defs>'
    '<g clip-path="url(#below)">{body}</g><svg x="36" y="0" width="56" height="56" viewBox="0 0 128 128">{head}</svg>'
)


def main(packages: Path) -> None:
    """packages: a node_modules folder with the two packages."""
    noto = json.loads((packages / "@iconify-json/noto/icons.json").read_text("utf-8"))["icons"]
    chars = json.loads((packages / "@iconify-json/noto/chars.json").read_text("utf-8"))
    known = _groups(packages / "emojibase-data")
    wanted = tomllib.loads((HERE / "picture_set.toml").read_text("utf-8"))
    pictures: dict[str, dict[str, Any]] = {}
    for code, name in chars.items():
        group = known.get(_bare(code))
        if group in wanted["groups"] and name not in pictures and _kept(name, wanted["drop"]):
            traits = {**wanted["groups"][group], **wanted["pictures"].get(name, {})}
            pictures[name] = _picture(name, SVG.format(_without(noto[name]["body"], traits.pop("without", ""))), traits)
    for name, traits in wanted["drawn"].items():
        pictures[name] = _picture(name, (HERE / "drawings" / f"{name}.svg").read_text("utf-8"), traits)
    for name, traits in wanted["figures"].items():
        made = FIGURE.format(head=noto[traits.pop("head")]["body"], body=noto[traits.pop("body")]["body"])
        person = {"place": "ground", "kind": "person", "head": [0.5, 0.97]}
        pictures[name] = _picture(name, SVG.format(made), {**person, **traits})
    if unknown := (wanted["pictures"].keys() | wanted["near"].keys()) - pictures.keys():
        raise SystemExit(f"picture_set.toml names pictures that are not kept: {', '.join(sorted(unknown))}")
    for name, words in wanted["near"].items():
        pictures[name]["near"] = [word.strip() for word in words.split(",")]
    written = json.dumps(list(pictures.values()), ensure_ascii=False, separators=(",", ":")).encode()
    (HERE / "pictures.json.gz").write_bytes(gzip.compress(written, 9, mtime=0))
    print(f"{len(pictures)} pictures, {(HERE / 'pictures.json.gz').stat().st_size / 1e6:.2f} MB")


def _picture(name: str, svg: str, traits: dict[str, Any]) -> dict[str, Any]:
    said = [word.strip() for word in traits.pop("as", "").split(",") if word.strip()]
    plain = name.replace("-", " ")
    return {
        "name": name,
        "label": said[0] if said and "-" in name else plain,
        "words": [plain, *said],
        **{key: value for key, value in traits.items() if value != ""},
        "svg": _cropped(svg),
    }


def _without(body: str, starts: str) -> str:
    """The drawing without the paths that start at the named points, such as stars round a mountain."""
    for start in filter(None, (start.strip() for start in starts.split(","))):
        body, removed = re.subn(rf'<path[^>]* d="{re.escape(start)}[^"]*"[^>]*/>', "", body)
        if not removed:
            raise SystemExit(f"no path starts at {start}")
    return body


def _cropped(svg: str) -> str:
    """The drawing with its view box drawn in to what is painted."""
    left, top, width, height = (float(part) for part in re.search(r'viewBox="([^"]+)"', svg)[1].split())  # type: ignore[index]
    scale = 512 / max(width, height)
    painted = rendered(svg, round(width * scale), round(height * scale))[..., 3] > 6
    rows, columns = np.nonzero(painted.any(axis=1))[0], np.nonzero(painted.any(axis=0))[0]
    box = (
        left + columns[0] / scale,
        top + rows[0] / scale,
        (columns[-1] + 1 - columns[0]) / scale,
        (rows[-1] + 1 - rows[0]) / scale,
    )
    return svg.replace(re.search(r'viewBox="[^"]+"', svg)[0], f'viewBox="{" ".join(f"{part:.4g}" for part in box)}"', 1)  # type: ignore[index]


def _groups(emojibase: Path) -> dict[str, str]:
    names = json.loads((emojibase / "meta/groups.json").read_text("utf-8"))["subgroups"]
    rows = json.loads((emojibase / "en/data.json").read_text("utf-8"))
    return {_bare(row["hexcode"]): names[str(row["subgroup"])] for row in rows if row.get("subgroup") is not None}


def _bare(code: str) -> str:
    return "-".join(part for part in code.lower().split("-") if part != "fe0f")


def _kept(name: str, drop: dict[str, str]) -> bool:
    if name in drop["keep"].split():
        return True
    return not any(fnmatchcase(name, pattern) for pattern in drop["names"].split())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
