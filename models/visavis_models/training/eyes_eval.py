"""The table of docs/cards/eyes.md: our eyes on held-out photos against themselves blind, the finders, and SmolLM2.

`make eval-eyes ARGS="--photos MANIFEST.jsonl ..."`. All numbers are of photos held out by name (`eyes_course.py`).
Questions are those of `eyes_questions.py`; whether something is there is asked in pairs, the same thing once where it
is and once where it is not, so that who does not look is right half the time. Invented: captions that name a thing of
the tables which no caption, box or label of the photo names.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from visavis_models.backends import efficientnet, eyes_tower, finders, smollm2
from visavis_models.backends.checkpoint import read_tensors
from visavis_models.backends.describing import SURE
from visavis_models.backends.eyes import SEEMS, answered
from visavis_models.backends.eyes_asked import spoken
from visavis_models.backends.eyes_cells import NARROW
from visavis_models.backends.eyes_concepts import mentioned
from visavis_models.backends.eyes_graph import Weights
from visavis_models.backends.eyes_pooled import Chance, Things, pooled
from visavis_models.backends.eyes_say import Memory, Speaker, Told
from visavis_models.backends.eyes_trust import sure
from visavis_models.packs import Packs
from visavis_models.ports import Message, Picture
from visavis_models.settings import BackendSettings, ModelSettings
from visavis_models.training.eyes_course import Set, divided
from visavis_models.training.eyes_facts import Facts
from visavis_models.training.eyes_features import Cells, keep
from visavis_models.training.eyes_marking import Asked, an, right
from visavis_models.training.eyes_pack import TOWER, WHERE
from visavis_models.training.eyes_photos import NoPhotos, Photo, View, read
from visavis_models.training.eyes_questions import Together, ask
from visavis_models.training.eyes_scores import bleu4, cider

DESCRIBE = "Describe what you see."


@dataclass(frozen=True)
class Test:
    photo: Photo
    known: Facts
    asked: Asked


def exam(tests: Set, together: Together, most: int, seed: int = 9) -> list[Test]:
    """At most `most` questions of every kind, each about another photo; yes and no in pairs of one thing."""
    random, by_kind = Random(seed), dict[str, list[Test]]()
    for photo, known in zip(tests.photos, tests.known, strict=True):
        for asked in ask(known, View(), together, random):
            if asked.kind != "is there":
                by_kind.setdefault(asked.kind, []).append(Test(photo, known, asked))
    made = [test for tests in by_kind.values() for test in random.sample(tests, min(most, len(tests)))]
    return made + _pairs(tests, random, most)


def _pairs(tests: Set, random: Random, most: int) -> list[Test]:
    pairs: list[Test] = []
    whole = list(zip(tests.photos, tests.known, strict=True))
    random.shuffle(whole)
    for photo, known in whole:
        there = sorted(name for name in known.present if known.present[name] >= 2 or known.boxed)
        random.shuffle(there)
        for name in there:
            without = [(p, f) for p, f in whole if name in f.absent]
            if without and len(pairs) < most * 2:
                question = random.choice(("Is there {a}?", "Do you see {a}?", "Can you see {a}?")).format(a=an(name))
                pairs.append(Test(photo, known, Asked("is there: yes", question, "", "yes")))
                pairs.append(Test(*random.choice(without), Asked("is there: no", question, "", "no")))
                break
    return pairs


class Ours:
    """The model on kept cells; blind: without a picture."""

    def __init__(self, folder: Path, cells: Cells, own: Cells, packs: Packs, blind: bool) -> None:
        """cells: of the picture network that learned on; own: of that of the pack `efficientnet-lite0`."""
        self.speaker = Speaker(folder / "eyes.npz", folder / "vocab.txt", 1, folder / WHERE)
        self._things = Things(folder / "things.npz", folder / "things-own.npz")
        self._cells, self._own, self._blind = cells, own, blind
        self.beliefs: list[Told] = []  # of the answers, in their order
        self._head, self._own_head = (
            head(folder),
            efficientnet.head(read_tensors(packs.folder(efficientnet.PACK) / efficientnet.CHECKPOINT)),
        )
        with np.load(folder / "eyes.npz") as arrays:
            self._nothing = _nothing(Weights({name: arrays[name] for name in arrays.files}))

    def seen(self, photo: Photo) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Cells and probabilities."""
        kept, names = self._cells.get(photo.name, 0)
        return _deepened(kept, self._head), names.astype(np.float32)

    def chances(self, photo: Photo, memory: Memory) -> dict[str, Chance]:
        own = pooled(_deepened(self._own.get(photo.name, 0)[0], self._own_head))
        return self._things.chances(pooled(self.seen(photo)[0]), own, memory.where)

    def memory(self, photo: Photo) -> Memory:
        return self._nothing if self._blind else self.speaker.look(*self.seen(photo))

    def whole(self, photo: Photo, question: str) -> str:
        """As `backends/eyes.py` answers where it does not ask the finders."""
        memory = self.memory(photo)
        return answered(self.speaker, memory, self.chances(photo, memory), question)

    def told(self, photo: Photo, question: str) -> Told:
        return self.speaker.answer(self.memory(photo), question)

    def sure(self, photo: Photo, question: str) -> str:
        return sure(self.told(photo, question), question)

    def answer(self, photo: Photo, question: str) -> str:
        if question == DESCRIBE:
            return spoken(self.speaker.describe(self.memory(photo))[0].text)
        self.beliefs.append(self.told(photo, question))
        return spoken(self.beliefs[-1].text)


def _deepened(kept: NDArray[np.float16], head: tuple[NDArray[np.float32], NDArray[np.float32]]) -> NDArray[np.float32]:
    numbers = kept.astype(np.float32)
    deep = np.clip(numbers[:, :NARROW] @ head[0].T + head[1], 0, 6)
    return np.concatenate([deep, numbers[:, NARROW:]], 1)


def head(folder: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What makes a cell's deep numbers of its narrow ones."""
    weights = eyes_tower.read(folder / TOWER)
    return weights["head.weight"][:, :, 0, 0], weights["head.bias"]


def looked(tests: Set, given: argparse.Namespace, packs: Packs) -> Cells:
    """The cells of the held-out photos as the weights' own picture network has them."""
    tower = given.weights / TOWER
    folder = given.cells / f"tuned-{crc32(tower.read_bytes()):08x}"
    keep(tests.photos, folder, packs, 1, 1, tower)
    return Cells(folder, [photo.name for photo in tests.photos])


def _nothing(weights: Weights) -> Memory:
    seen = weights.array("nothing")
    stacks = []
    for n in range(weights.layers):
        both = seen @ weights.rows(f"layers.{n}.look.kv.weight").T + weights.array(f"layers.{n}.look.kv.bias")
        stacks.append(both.reshape(len(seen), 2, weights.heads, -1).transpose(1, 2, 0, 3)[:, None])
    both = np.stack(stacks, 1).astype(np.float32)
    return Memory(both[0], both[1])


class Template:
    """The finders' words in templates: what the embedded eyes were before."""

    def __init__(self, packs: Packs) -> None:
        self.eyes = finders.load(BackendSettings(backend="finders"), packs)
        self._pictures: dict[str, Picture] = {}

    def picture(self, photo: Photo) -> Picture:
        if photo.name not in self._pictures:
            self._pictures = {photo.name: photo.picture()}
        return self._pictures[photo.name]

    def answer(self, photo: Photo, question: str) -> str:
        return "".join(self.eyes.answer([self.picture(photo)], question))


class WordsAndLanguage:
    """What the finders name, given to the embedded language model with the question."""

    def __init__(self, template: Template, packs: Packs) -> None:
        self._template = template
        self._language = smollm2.load(BackendSettings(backend="smollm2", model="smollm2-135m"), packs)

    def answer(self, photo: Photo, question: str) -> str:
        found = self._template.eyes.find(self._template.picture(photo))
        names = list(
            dict.fromkeys(f"{thing.label} ({thing.score:.1f})" for thing in found if thing.score >= SURE - 0.2)
        )
        system = (
            f"A camera shows a picture. Found in it, with how sure: {', '.join(names) or 'nothing'}. "
            "Answer the question about the picture in one short sentence."
        )
        messages = [Message("system", system), Message("user", question)]
        return "".join(str(piece) for piece in self._language.reply(messages, max_tokens=30)).strip()


def questions(
    tests: Sequence[Test], answer: Callable[[Photo, str], str]
) -> tuple[dict[str, list[bool]], list[dict[str, Any]]]:
    """Right or wrong by kind, and every answer."""
    marks: dict[str, list[bool]] = {}
    told = []
    for test in sorted(tests, key=lambda test: test.photo.name):
        said = answer(test.photo, test.asked.question)
        good = right(test.asked, said)
        marks.setdefault(test.asked.kind, []).append(good)
        told.append(
            {
                "photo": test.photo.name,
                "kind": test.asked.kind,
                "key": test.asked.key,
                "question": test.asked.question,
                "answer": said,
                "right": good,
            }
        )
    return marks, told


def captions(tests: Sequence[tuple[Photo, Facts]], answer: Callable[[Photo, str], str]) -> dict[str, Any]:
    made = [spoken(answer(photo, DESCRIBE).rstrip(".").lower().removeprefix(SEEMS)) for photo, _ in tests]
    told = [[caption.lower() for caption in photo.captions] for photo, _ in tests]
    named, wrong, with_wrong = 0, Counter[str](), 0
    for (_, known), text in zip(tests, made, strict=True):
        things = mentioned(text.replace("to the camera", "")) - {"person"}
        invented = {name for name in things if name not in known.present and name not in ("man", "woman")}
        named += len(things)
        wrong.update(invented)
        with_wrong += bool(invented)
    return {
        "cider": round(cider(made, told), 3),
        "bleu4": round(bleu4(made, told), 4),
        "invented_of_named": round(sum(wrong.values()) / max(1, named), 3),
        "captions_with_invented": round(with_wrong / len(made), 3),
        "named_each": round(named / len(made), 2),
        "most_invented": wrong.most_common(8),
        "captions": [[photo.name, text, list(photo.captions)] for (photo, _), text in zip(tests, made, strict=True)],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photos", type=Path, nargs="*", default=[])
    parser.add_argument("--packs", type=Path, default=ModelSettings().packs)
    parser.add_argument("--cells", type=Path, default=Path("out/eyes-cells"))
    parser.add_argument(
        "--weights", type=Path, default=Path(__file__).parents[1] / "eyes", help="folder of the pack's files"
    )
    parser.add_argument("--out", type=Path, default=Path("out/eyes/eval.json"))
    parser.add_argument("--most", type=int, default=200, help="questions of a kind")
    parser.add_argument("--photos-most", type=int, default=500, help="captions")
    parser.add_argument(
        "--who", nargs="*", default=["ours", "blind"], help="ours, sure, blind, whole, template, language"
    )
    given = parser.parse_args()
    packs = Packs(given.packs)
    try:
        photos = read(given.photos)
    except NoPhotos as missing:
        raise SystemExit(str(missing)) from None
    keep(photos, given.cells, packs, 1)
    cells = Cells(given.cells, [photo.name for photo in photos])
    learned, tests, _ = divided(photos, cells)
    together = Together(learned.known)
    own, cells = cells, looked(tests, given, packs)
    asked = exam(tests, together, given.most)
    told = [(p, f) for p, f in zip(tests.photos, tests.known, strict=True) if len(p.captions) >= 4][: given.photos_most]
    results = json.loads(given.out.read_text()) if given.out.exists() else {}
    template = Template(packs) if {"template", "language"} & set(given.who) else None
    for who in given.who:
        answer: Callable[[Photo, str], str]
        if who in ("ours", "sure", "blind", "whole"):
            ours = Ours(given.weights, cells, own, packs, who == "blind")
            answer = {"sure": ours.sure, "whole": ours.whole}.get(who, ours.answer)
        elif who == "template" and template:
            answer = template.answer
        elif template:
            answer = WordsAndLanguage(template, packs).answer
        began = time.monotonic()
        marks, every = questions(asked, answer)
        if who == "ours":
            every = [
                {**each, "least": told.least, "belief": told.belief}
                for each, told in zip(every, ours.beliefs, strict=True)
            ]
        figures = {kind: [round(sum(found) / len(found), 3), len(found)] for kind, found in sorted(marks.items())}
        results[who] = {"questions": figures, "answers": every}
        if who != "sure":
            results[who]["describe"] = captions(told, answer)
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(json.dumps(results, indent=1))
        print(who, f"{time.monotonic() - began:.0f} s", len(told), "captions")
        print({k: v for k, v in results[who].get("describe", {}).items() if k != "captions"})
        print(figures, flush=True)


if __name__ == "__main__":
    main()
