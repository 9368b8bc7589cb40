"""Answers out of documents: the sentence that answers a question, by meaning and by its words, or none.

The meaning is the angle between vectors (`Embedder`); the words are the question's rare ones that the sentence or its
heading has, with letters to spare for a recognizer's mistakes. Built once when the server starts, shared by all.
"""

from __future__ import annotations

import difflib
import math
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from visavis_agents.documents import Passage, read, title
from visavis_agents.plain import content, plain
from visavis_models.ports import Embedder
from visavis_models.senses import Sense

WORDS = 0.25  # what all of a question's words in a passage count, beside the cosine
QUOTED = 0.5  # a passage with this score is an answer; measured in tests/real/test_knowledge.py
CERTAIN = 0.68  # with this one it goes before rules that answer in general
AS_GOOD = 0.06  # below the best score: a second sentence of the same section is quoted too
GENERAL = 0.15  # the same for the first sentence of a section, of which the best one may be the exception
FIRST = 0.08  # more for the first sentence of a section: it says the general thing
NEAR = 4  # sentences apart
HOLDS = 0.1  # more where a passage holds what such a question asks for: a place, a time, a price
ALIKE = 0.78  # of the letters of a longer word: "bathroms" for "bathrooms"
_ASKING = frozenset("what who whom where when why how which name tell much many please know there any here".split())

_SPOKEN = (
    (
        re.compile(r"\b(?:loo|restrooms?|washrooms?|bathrooms?|wc|lavatory|john|(?:ladies|gents)(?:'? room)?)\b", re.I),
        "toilets",
    ),
    (re.compile(r"\b(?:kids?|little ones|my (?:sons?|daughters?))\b", re.I), "children"),
    (
        re.compile(r"\b(?:i|we)(?:'ve| have)?(?: just)? (?:lost|left|forgot(?:ten)?) (?=my |our |an? )", re.I),
        "lost things: where is ",
    ),
    (re.compile(r"\b(?:i|we) (?:can't|cannot|can not) find (?=my |our )", re.I), "lost things: where is "),
    (
        re.compile(r"\b(?:can't|cannot|can not) (?:walk|climb|stand)\b(?: very| so| that)?(?: well| far| long)?", re.I),
        "need a wheelchair",
    ),
    (re.compile(r"^(?:and )?how much(?= (?:for|is that for)\b|\W*$)", re.I), "how much does it cost"),
    (re.compile(r"^(?:and )?how late\b", re.I), "until what time"),
    (re.compile(r"^(?:and )?(until|till|from|since) when\b", re.I), r"\1 what time"),
)
_SAME = tuple(  # one of these stands for another that the documents have
    map(
        content,
        (
            "luggage baggage bag suitcase backpack", "eat food meal dinner restaurant hungry cafeteria canteen "
            "café", "drink bar",
            "price cost fee pay", "car parking garage park", "photo picture photograph", "lift elevator", "bike "
            "bicycle", "shop store",
            "buggy stroller pram pushchair", "medicine pharmacy drugstore", "cash atm", "sleep room", "swim pool",
            "doctor physician", "entry entrance",
        ),
    )
)  # fmt: skip
_FLOOR = (
    r"floors?|ground|basement|roof|beside|behind|below|above|opposite|next to|corner|left|right|street|square|entrance|"
)
_HELD = (  # (what a question asks for, what a passage holds that tells it)
    (
        r"where|(?:which|what) (?:floor|way|room|ward|street|entrance)|how (?:do|can) (?:i|we|you) (?:get|come|go|"
        r"find)",
        rf"\b(?:{_FLOOR}in the|at the|on the)\b",
    ),
    (r"how (?:much|expensive)|what .*\bcosts?\b|prices?", r"\b(?:euros?|dollars?|pounds?|cents?|free|costs?)\b|[$€£]"),
    (
        r"how (?:long|far)|far",
        r"\b(?:minutes?|hours?|days?|weeks?|months?|years?|met(?:er|re)s?|kilomet(?:er|re)s?|miles?|until)\b",
    ),
    (r"when|(?:what|which) (?:time|day)", r"\d|\b(?:\w+day|noon|midnight|always|morning|afternoon|evening|night)\b"),
    (r"who", r"\w \(?[A-Z]"),
    (r"why", r"\b(?:because|since|so that|due to|as it|in order|therefore|the reason|must|safety)\b"),
)
_KINDS = tuple((re.compile(rf"\b(?:{asks})\b"), re.compile(holds)) for asks, holds in _HELD)
_ONLY_IF = re.compile(  # these are not answered by what does not hold it
    r"^why (?:is|are|was|were|do|does|did|can|could|must|should|will|may|not)\b|\bfar\b"
)


@dataclass(frozen=True, slots=True)
class Quote:
    """One or two sentences that stand under one heading of one document."""

    document: str
    heading: str
    text: str
    score: float

    @property
    def spoken(self) -> str:
        return spoken(self.text)


class Knowledge:
    """vectors: (passages, dimensions), rows of length 1."""

    def __init__(self, passages: list[Passage], embedder: Sense[Embedder]) -> None:
        """Blocking: embeds every passage (about 6 ms each on one core)."""
        self._passages = passages
        self._embedder = embedder
        placed = [f"{passage.heading}. {passage.whole}" if passage.heading else passage.whole for passage in passages]
        alone, under = (embedder.port.embed(texts) for texts in ([p.whole for p in passages], placed))
        self._vectors: NDArray[np.float32] = _unit(alone + under)
        self._words = [content(plain(passage.whole)) for passage in passages]
        self._headings = [content(plain(passage.heading)) for passage in passages]
        counts = Counter(
            word for place in zip(self._words, self._headings, strict=True) for word in place[0] | place[1]
        )
        self._rarity = {word: math.log(1 + len(passages) / count) for word, count in counts.items()}
        self._rarest = math.log(1 + len(passages))
        places = [(passage.document, passage.heading) for passage in passages]
        self._first = np.array(
            [FIRST * (n == 0 or places[n - 1] != place) for n, place in enumerate(places)], np.float32
        )

    @classmethod
    def of(cls, folder: Path, embedder: Sense[Embedder]) -> Knowledge:
        """Blocking. Raises DocumentError, ModelError."""
        return cls(read(folder), embedder)

    async def find(self, question: str) -> Quote | None:
        """The passage that answers best, or None where none does well enough. Raises ModelError."""
        question = as_written(question)
        return await self._embedder.worker.run(self._find, question)

    def _find(self, question: str) -> Quote | None:
        """On the embedder's thread: to look 500 passages through for misheard words may take a tenth of a second."""
        return self.best(question, self._embedder.port.embed([question])[0])

    def best(self, question: str, vector: NDArray[np.float32]) -> Quote | None:
        """vector: the question's. The best passage, and where another one of its section is as good, both in order."""
        words = plain(question)
        scores = self._vectors @ vector + self._first + WORDS * self._shared(content(words) - _ASKING)
        needed = _needed(words)
        holds = np.array([_held(needed, f"{title(one.heading)} {one.text}") for one in self._passages])
        if _ONLY_IF.search(words):
            scores = np.where(holds, scores, 0.0)
        best = int(np.where(scores >= QUOTED, scores + HOLDS * holds, 0.0).argmax())
        if scores[best] < QUOTED:
            return None
        passage = self._passages[best]
        beside = [
            n
            for n, other in enumerate(self._passages)
            if n != best
            and (other.document, other.heading) == (passage.document, passage.heading)
            and scores[n] >= max(QUOTED, scores[best] - (GENERAL if self._first[n] and not passage.before else AS_GOOD))
            and holds[n] >= holds[best]
            and abs(n - best) <= NEAR
        ]
        chosen = sorted([best, *sorted(beside, key=lambda n: -scores[n])[:1]])
        sentences: list[str] = []
        above = title(passage.heading)
        if not _held(needed, passage.text) and _held(needed, above):
            sentences.append(f"{above.split(':')[0]}:")  # "First floor:" says where it is
        for n in chosen:
            before = self._passages[n].before
            sentences += [text for text in (before, self._passages[n].text) if text and text not in " ".join(sentences)]
        return Quote(passage.document, passage.heading, " ".join(sentences), float(scores[best]))

    def _shared(self, asked: frozenset[str]) -> NDArray[np.float32]:
        """For each passage, how much of the question's words it has, from 0 to 1; rare words count more.

        Words that only its heading has count half."""
        meant = {word: self._meant(word) for word in asked}
        weights = {word: self._rarity.get(meant[word], self._rarest) for word in asked}
        whole = sum(weights.values())
        shares = np.zeros(len(self._passages), np.float32)
        for word in asked:
            for n, (words, heading) in enumerate(zip(self._words, self._headings, strict=True)):
                shares[n] += weights[word] / whole * (1.0 if meant[word] in words else 0.5 * (meant[word] in heading))
        return shares

    def _meant(self, word: str) -> str:
        """The word of the documents that was meant; itself where there is none like it."""
        if word in self._rarity:
            return word
        for alike in _SAME:
            if word in alike and (known := alike & self._rarity.keys()):
                return min(known)
        if len(word) < 5:
            return word
        return next(iter(difflib.get_close_matches(word, self._rarity, 1, ALIKE)), word)


def holds_it(question: str, passage: str) -> bool:
    """Whether a passage holds what is asked for, a place or a time; where that cannot be told, it may."""
    return _held(_needed(plain(question)), passage)


def _held(needed: re.Pattern[str] | None, passage: str) -> bool:
    return needed is None or needed.search(passage) is not None


def _needed(words: str) -> re.Pattern[str] | None:
    """What the answer to a question holds, by the question word that comes first, or None. words: plain ones."""
    found = [(at.start(), n) for n, (asks, _) in enumerate(_KINDS) if (at := asks.search(words))]
    return _KINDS[min(found)[1]][1] if found else None


def as_written(question: str) -> str:
    """As a document would put it: people say "the loo" and "my kids", and who has lost something asks where it is."""
    for said, written in _SPOKEN:
        question = said.sub(written, question)
    return question


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    made: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return made


def spoken(text: str) -> str:
    """Written text as one would say it: ranges, addresses and brackets made plain."""
    text = re.sub(r"https?://(?:www\.)?([^\s)]+?)/?(?=[.,;)]*(?:\s|$))", r"\1", text)
    text = re.sub(r"(?<=\d)\s*[\u2013\u2014-]\s*(?=[\d$€£])", " to ", text)
    text = re.sub(r"\s*[\u2013\u2014]\s*", ", ", text)
    text = re.sub(r"\s*\(([^)]*)\)", r", \1,", text).replace(",.", ".").replace(",,", ",")
    return re.sub(r"\s+", " ", text.replace("&", " and ").replace(" / ", " or ")).strip()
