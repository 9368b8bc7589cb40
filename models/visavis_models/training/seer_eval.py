"""The column of docs/cards/eyes.md for the large design: `python -m visavis_models.training.seer_eval --photos ...`.

The photos, descriptions and questions are those of `eyes_eval.py`; all of them are asked at once, a minute on a GPU and
about half an hour on a CPU core. `seer` always answers, `blind` is the same without the pictures.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import torch

from visavis_models.backends.eyes_asked import spoken
from visavis_models.backends.eyes_say import Told
from visavis_models.backends.gguf_file import GgufFile
from visavis_models.backends.smollm2_graph import GGUF
from visavis_models.packs import Packs
from visavis_models.settings import ModelSettings
from visavis_models.training.eyes_carry import lite
from visavis_models.training.eyes_course import divided
from visavis_models.training.eyes_device import decoded
from visavis_models.training.eyes_eval import DESCRIBE, captions, exam, questions
from visavis_models.training.eyes_features import Cells, keep
from visavis_models.training.eyes_photos import NoPhotos, Photo, read
from visavis_models.training.eyes_questions import Together
from visavis_models.training.seer import half
from visavis_models.training.seer_say import Asked, say
from visavis_models.training.seer_weights import load
from visavis_models.training.seer_words import SmolLM2Words


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photos", type=Path, nargs="*", default=[])
    parser.add_argument("--packs", type=Path, default=ModelSettings().packs)
    parser.add_argument("--cells", type=Path, default=Path("out/eyes-cells"))
    parser.add_argument("--weights", type=Path, default=Path("out/seer"), help="folder of what was learned")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--most", type=int, default=50, help="questions of a kind")
    parser.add_argument("--photos-most", type=int, default=200, help="descriptions")
    parser.add_argument("--out", type=Path, default=Path("out/seer/eval.json"))
    given = parser.parse_args()
    packs = Packs(given.packs)
    try:
        photos = read(given.photos)
    except NoPhotos as missing:
        raise SystemExit(str(missing)) from None
    keep(photos, given.cells, packs, 1)
    learned, tests, _ = divided(photos, Cells(given.cells, [photo.name for photo in photos]))
    asked = exam(tests, Together(learned.known), given.most)
    told = [(p, f) for p, f in zip(tests.photos, tests.known, strict=True) if len(p.captions) >= 4][: given.photos_most]
    rows = [(photo, "") for photo, _ in told] + [(each.photo, each.asked.question) for each in asked]
    pictures = decoded([photo for photo, _ in rows], 2)
    every = [Asked(picture, question) for picture, (_, question) in zip(pictures, rows, strict=True)]

    file = GgufFile(packs.folder("smollm2-135m") / GGUF)
    words = SmolLM2Words(file)
    model = load(given.weights, file, lite(packs), words)
    model.on(given.device)
    results: dict[str, dict[str, Any]] = {}
    for who in ("seer", "blind"):
        with half(given.device):
            said = say(model, words, every, who == "blind")
        found = {(photo.name, question): each for (photo, question), each in zip(rows, said, strict=True)}

        def answer(photo: Photo, question: str, found: dict[tuple[str, str], Told] = found) -> str:
            return spoken(found[photo.name, "" if question == DESCRIBE else question].text)

        marks, answers = questions(asked, answer)
        figures = {kind: [round(sum(right) / len(right), 3), len(right)] for kind, right in sorted(marks.items())}
        results[who] = {"questions": figures, "answers": answers, "describe": captions(told, answer)}
        print(who, {key: value for key, value in results[who]["describe"].items() if key != "captions"})
        print(figures, flush=True)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
