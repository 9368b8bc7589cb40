"""Our own eyes: a small vision-language model that comes with visavis, and the finders beside it.

EfficientNet-Lite0 looks once at the picture (20 ms); what it sees becomes the memory of a small decoder
(`eyes_say.py`), which describes and answers, and a direction among the words (`eyes_join.py`). Questions that the
finders answer better go to them (`eyes_asked.py`, by the table in docs/cards/eyes.md). What was seen of the last
pictures is kept, so that a picture encoded while the user still speaks costs nothing when the question ends.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from weakref import ref

import numpy as np
from numpy.typing import NDArray

from visavis_models.backends import efficientnet, finders
from visavis_models.backends.describing import reply
from visavis_models.backends.eyes_asked import (
    CERTAIN,
    absent,
    doubt,
    is_there,
    people,
    scene,
    side,
    spoken,
    things,
    way,
)
from visavis_models.backends.eyes_cells import as_published, cells, shrunk
from visavis_models.backends.eyes_pooled import Chance, Join, Things, pooled
from visavis_models.backends.eyes_say import Memory, Speaker
from visavis_models.backends.eyes_tower import Tower, read
from visavis_models.backends.eyes_trust import CANT_TELL, PLACE, sure
from visavis_models.backends.eyes_where import beside
from visavis_models.errors import ModelError
from visavis_models.packs import Packs
from visavis_models.ports import Box, Found, Picture
from visavis_models.settings import BackendSettings

PACK = "eyes"
KEPT = 8  # pictures whose memory is kept, newest last: 0.4 MB each
NOBODY = Chance(0.0, 0.0)
_SURELY = ("That is", "That looks like")  # how the finders name a thing when they are sure
_GUESS = "I'm not sure"
_UNSURE = (_GUESS, "I can't tell")
FLUENT = -1.1  # mean log-probability of a description, from which it is said
PLAIN, SEEMS = -0.65, "it looks like "  # and from which without these words
AGAINST = 0.3  # what doubt takes from it
TOO_MUCH, FORBIDDEN = 0.7, 4.0  # doubt with which a description is not said, and an answer


@dataclass(frozen=True, slots=True)
class _Seen:
    picture: ref[Picture]
    memory: Memory
    numbers: NDArray[np.float32]  # pooled cells
    classes: NDArray[np.float32]  # probabilities of ImageNet's
    chances: Mapping[str, Chance]  # of common things


def load(settings: BackendSettings, packs: Packs) -> Eyes:
    """Raises PackMissing. threads: 1 unless set."""
    threads = settings.threads or 1
    path = packs.folder(efficientnet.PACK) / efficientnet.NETWORK
    tower = Tower(path, read(packs.file(PACK, "tower.npz")), threads)
    speaker = Speaker(
        packs.file(PACK, "eyes.npz"), packs.file(PACK, "vocab.txt"), threads, packs.file(PACK, "kinds.npz")
    )
    join = Join(packs.file(PACK, "join.npz"))
    common = Things(packs.file(PACK, "things.npz"), packs.file(PACK, "things-own.npz"))
    return Eyes(tower, speaker, common, join, finders.around(tower.network, packs, threads))


class Eyes:
    """The ports Vision, Finder, Names, Foresight, Pointed and PictureEmbedder. One call at a time."""

    def __init__(self, tower: Tower, speaker: Speaker, common: Things, join: Join, beside: finders.Finders) -> None:
        self._tower, self._speaker, self._things, self._join = tower, speaker, common, join
        self._finders = beside
        self._last: deque[_Seen] = deque(maxlen=KEPT)
        self._speaker.answer(
            self._seen(np.zeros((224, 224, 3), np.uint8)).memory, "what is this"
        )  # the first call is slow

    def prepare(self, picture: Picture, words: str = "") -> None:
        """What answer is to tell of it when these words are asked, worked out and kept; without words, all that find
        tells, too. Raises ModelError."""
        seen, to = self._seen(picture), way(words) if words else "finders"
        if to == "finders" or people(words):
            self._finders.prepare(picture)
        elif to == "name":
            self._finders.this(picture, seen.classes)

    def find(self, picture: Picture) -> tuple[Found, ...]:
        """Things, faces and hands, as the finders see them. Raises ModelError."""
        return self._finders.find(picture)

    def names(self) -> tuple[str, ...]:
        """What the finders and the network of things can name."""
        return tuple(dict.fromkeys((*self._finders.names(), *self._things.names)))

    def pointed(self, picture: Picture) -> Box | None:
        """What the first hand points at, or the room round what it holds. Raises ModelError."""
        return self._finders.pointed(picture)

    def answer(self, pictures: Sequence[Picture], words: str) -> Generator[str, None, None]:
        """One or two sentences about the newest picture. Raises ModelError."""
        if not len(pictures):
            raise ModelError("there is no picture to look at: turn the camera on")
        picture = pictures[-1]
        yield self._answer(picture, words)

    def _answer(self, picture: Picture, words: str) -> str:
        to, seen = way(words), self._seen(picture)
        if to == "finders":
            return self._found(picture, words)
        if people(words) and to in ("there", "ask"):
            somebody = any(found.kind == "face" or found.label == "person" for found in self.find(picture))
            if to == "there" and somebody:
                return self._found(picture, "is there anybody")
            if to == "ask" and not somebody and seen.chances.get("person", NOBODY).gain < CERTAIN:
                return "I don't see anybody."
        beside = reply(self._finders.this(picture, seen.classes), words) if to == "name" else ""
        if beside.startswith(_SURELY):
            return beside
        told = answered(self._speaker, seen.memory, seen.chances, words)
        if not beside or (told and not told.startswith(_UNSURE)):
            return told or self._found(picture, words)
        beside = self._found(picture, words)  # nobody is sure yet: what lies at the edges may be meant
        return told if told.startswith(_GUESS) and not beside.startswith((*_SURELY, _GUESS)) else beside

    def _found(self, picture: Picture, words: str) -> str:
        return "".join(self._finders.answer([picture], words))

    def embed_pictures(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        """(pictures, 384), each of length 1, in the space of the embedder `minilm`. Raises ModelError."""
        rows = [self._join.embed(self._seen(picture).numbers) for picture in pictures]
        return np.stack(rows) if rows else np.zeros((0, 384), np.float32)

    def _seen(self, picture: Picture) -> _Seen:
        for kept in self._last:
            if kept.picture() is picture:
                return kept
        if picture.ndim != 3 or picture.shape[2] != 3 or min(picture.shape[:2]) < 16 or picture.dtype != np.uint8:
            raise ModelError(
                f"a picture of shape {picture.shape} cannot be looked at: send 16x16 pixels of RGB or more"
            )
        small = shrunk(picture)
        outputs = self._tower(small[None])
        found = cells(outputs, small)
        memory = self._speaker.look(found, outputs["probabilities"][0])
        numbers = pooled(found)
        chances = self._things.chances(numbers, pooled(as_published(found, outputs)), memory.where)
        self._last.append(_Seen(ref(picture), memory, numbers, np.array(outputs["probabilities"][0]), chances))
        return self._last[-1]


def answered(speaker: Speaker, memory: Memory, chances: Mapping[str, Chance], question: str) -> str:
    """What our own networks say to a question; empty where they cannot tell and the finders may."""
    match way(question):
        case "describe":
            descriptions = speaker.describe(memory)
            doubts = {told.text: doubt(told.text, chances) for told in descriptions}
            best = max(descriptions, key=lambda told: told.belief - AGAINST * doubts[told.text])
            if best.belief < FLUENT or doubts[best.text] >= TOO_MUCH:
                return things(chances)
            return spoken(best.text if best.belief >= PLAIN else f"{SEEMS}{best.text}")
        case "things":
            return things(chances)
        case "there":
            return is_there(question, chances)
        case to:
            if said := scene(question, chances) or (absent(question, chances) if to == "ask" else ""):
                return said
            told = speaker.answer(memory, question)
            if sided := beside(question, told.text, memory.where):
                return sided
            doubted = doubt(told.text, chances) >= FORBIDDEN and not told.text.startswith(("i can't", "i don't"))
            if doubted and to == "name":
                return ""
            said = CANT_TELL if doubted else sure(told, question)
            return side(question, chances) or said if said == CANT_TELL or told.least < PLACE else said
