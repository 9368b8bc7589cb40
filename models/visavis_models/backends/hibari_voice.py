"""The embedded voice: hibari, 24 kHz, with the time of every word from the network's own phoneme durations.

The exported network keeps its durations inside; one more output is declared by appending it to the serialized graph
(two protobuf messages written one after the other are merged, repeated fields joined). Nothing is downloaded: the voice
"heart" lies in the hibari package, any other is a file given as `model`. Model: hibari 0.2.1, Apache-2.0.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis_models.errors import ModelError
from visavis_models.packs import Packs
from visavis_models.ports import Spoken, Word
from visavis_models.settings import BackendSettings

FRAME_S = 0.025  # a phoneme's duration is counted in pairs of the vocoder's 12.5 ms hops
DURATIONS = "/Clip_output_0"  # frames per phoneme: (1, phonemes)
FIRST = "heart"  # the voice in the package
PACES = (0.5, 2.0)
LEAD_S = 0.03  # silence kept before the first word; the network makes 0.3 s, which a person would wait for
TAIL_S = 0.08  # silence kept after the last word
LONGEST = 1000  # characters spoken of one clause
_SOUNDING = re.compile(r"[^\W\d_](?:\S*[^\W\d_])?")  # a group of phonemes without its punctuation
_UNSPEAKABLE = re.compile(r"https?://\S+|www\.\S+|[*_`#|<>{}\[\]\\^~]+")


def load(settings: BackendSettings, packs: Packs) -> HibariVoice:
    import hibari
    from hibari.voices import voice_path

    wanted = settings.model or FIRST
    path = Path(voice_path(FIRST)) if wanted == FIRST else Path(wanted)
    if not path.is_file():
        raise ModelError(f"voice.model = {wanted!r} is no voice: use {FIRST!r} or the path of a hibari .onnx file")
    try:
        return HibariVoice(hibari.Hibari(model=path.read_bytes() + _declare_output(DURATIONS)))
    except Exception as error:  # onnxruntime's errors have no common base
        raise ModelError(f"the voice {path} did not load: {error}") from None


class HibariVoice:
    """Voice port."""

    def __init__(self, hibari: Any) -> None:
        self._hibari = hibari
        list(self.speak("Hello."))  # loads the pronunciation rules now, not in a conversation

    def speak(self, text: str, pace: float = 1.0) -> Generator[Spoken, None, None]:
        speed = min(max(pace, PACES[0]), PACES[1])
        for sentence in self._hibari.split_sentences(speakable(text)):
            yield from self._sentence(sentence, speed)

    def _sentence(self, sentence: str, speed: float) -> Generator[Spoken, None, None]:
        chunks = self._hibari.phonemize(sentence)
        written = sentence.split()
        for number, phonemes in enumerate(chunks):
            known = "".join(c for c in phonemes if c in self._hibari.vocab)
            ids = self._hibari.ids(known)
            if len(ids) < 3:
                continue
            pcm, frames = self._synthesize(ids, speed)
            share = written if len(chunks) == 1 else _share(written, chunks, number)
            yield _trimmed(pcm, self._hibari.sample_rate, self._words(share, known, frames))

    def _synthesize(self, ids: list[int], speed: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Sound, (samples,), and frames per phoneme, (len(ids),)."""
        from hibari import dsp

        fed = {"ids": np.asarray([ids], np.int64), "speed": np.asarray([speed], np.float32)}
        *parts, durations = self._hibari.sess.run(None, fed)
        return dsp.synth(*(part[0] for part in parts), np.random.default_rng(0)), durations.ravel()

    def _words(self, written: list[str], phonemes: str, frames: NDArray[np.float32]) -> tuple[Word, ...]:
        """Times of the written words. The first and last phoneme id are pads."""
        ends = np.cumsum(frames) * FRAME_S
        groups = [match.span() for match in _SOUNDING.finditer(phonemes)]
        if not groups or not written:
            return ()
        counts = self._groups_of(written, len(groups))
        words, first = [], 0
        for text, count in zip(written, counts, strict=True):
            a, b = groups[min(first, len(groups) - 1)][0], groups[min(first + max(count, 1), len(groups)) - 1][1]
            words.append(Word(text, float(ends[a]), float(ends[b])))
            first += count
        return tuple(words)

    def _groups_of(self, written: list[str], groups: int) -> list[int]:
        """How many spoken words each written word has: "$5" has two. They sum up to `groups`."""
        if len(written) == groups:
            return [1] * groups
        counts = []
        for word in written:
            spoken = " ".join(self._hibari.phonemize(word)).split()
            counts.append(sum(any(c.isalpha() for c in group) for group in spoken))
        if sum(counts) == groups:
            return counts
        edges = np.round(np.cumsum([0, *map(len, written)]) / sum(map(len, written)) * groups).astype(int)
        return [int(n) for n in np.diff(edges)]


def _trimmed(pcm: NDArray[np.float32], rate: int, words: tuple[Word, ...]) -> Spoken:
    """The sound from just before its first word to just after its last."""
    if not words:
        return Spoken(pcm, rate)
    start = max(0, int((words[0].start_s - LEAD_S) * rate))
    end = int((words[-1].end_s + TAIL_S) * rate)
    shift = start / rate
    return Spoken(pcm[start:end], rate, tuple(Word(w.text, w.start_s - shift, w.end_s - shift) for w in words))


def _share(written: list[str], chunks: list[str], number: int) -> list[str]:
    """The written words of one chunk of a sentence that was too long for the network at once."""
    edges = np.cumsum([0, *(len(chunk.split()) for chunk in chunks)])
    a, b = np.round(edges[number : number + 2] / edges[-1] * len(written)).astype(int)
    return written[a:b]


def speakable(text: str) -> str:
    """Text without what nobody says aloud: markup, addresses, pictures, control characters."""
    text = _UNSPEAKABLE.sub(" ", text[:LONGEST])
    text = "".join(c for c in text if unicodedata.category(c) not in ("So", "Cc", "Cf", "Cs", "Co", "Sk") or c == " ")
    return " ".join(text.split())


def _declare_output(name: str) -> bytes:
    """A ModelProto holding only `graph { output { name type { tensor_type { elem_type: FLOAT } } } }`.

    Field numbers: onnx.proto, ModelProto.graph 7, GraphProto.output 12, ValueInfoProto name 1 and type 2,
    TypeProto.tensor_type 1, Tensor.elem_type 1, FLOAT 1.
    """

    def field(number: int, content: bytes) -> bytes:
        return bytes([number << 3 | 2, len(content)]) + content  # length-delimited; all lengths are below 128

    kind = field(2, field(1, b"\x08\x01"))
    return field(7, field(12, field(1, name.encode()) + kind))
