"""The embedded voice: hibari, 24 kHz, with the time of every word from the network's own phoneme durations.

The exported network keeps its durations inside; one more output is declared by appending it to the serialized graph
(two protobuf messages written one after the other are merged, repeated fields joined). Nothing is downloaded: the voice
"heart" lies in the hibari package, any other is a file. Model: hibari 0.2.1, Apache-2.0.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from visavis_models.errors import ModelError
from visavis_models.packs import Packs
from visavis_models.ports import Spoken, Word
from visavis_models.said import owners, pieces, speakable
from visavis_models.settings import BackendSettings

FRAME_S = 0.025  # a phoneme's duration is counted in pairs of the vocoder's 12.5 ms hops
DURATIONS = "/Clip_output_0"  # frames per phoneme: (1, phonemes)
FIRST = "heart"  # the voice in the package
PACES = (0.5, 2.0)
MOST_PHONEMES = 400  # the network's longest sentence
LEAD_S = 0.03  # silence kept before the first word; the network makes 0.3 s, which a person would wait for
TAIL_S = 0.1  # silence kept after a clause
SENTENCE_TAIL_S = 0.25  # and after a sentence; the network makes 0.45 s


class Sounded(NamedTuple):
    """A word as it is spoken, and its phonemes."""

    text: str
    phonemes: str


def load(settings: BackendSettings, packs: Packs) -> HibariVoice:
    """settings.model: "heart", or the file of another hibari voice; options.british for a voice of that accent."""
    import hibari
    from hibari.g2p import G2P
    from hibari.voices import VOICES, voice_path

    wanted = settings.model or FIRST
    path = Path(voice_path(FIRST)) if wanted == FIRST else Path(wanted).expanduser()
    if not path.is_file():
        raise ModelError(
            f"models.voice.model = {wanted!r} is no voice: use {FIRST!r}, or the path of a hibari .onnx file that you "
            f"have downloaded (nothing is fetched while serving)"
        )
    file_accents = {voice["file"]: voice["british"] for voice in VOICES.values()}
    british = bool(settings.options.get("british", file_accents.get(path.name, False)))
    try:
        graph = path.read_bytes() + _declared_output(DURATIONS)
        network = hibari.Hibari(model=graph, threads=settings.threads or 1, g2p=G2P(british=british))
        return HibariVoice(network)
    except Exception as error:  # onnxruntime's errors have no common base
        raise ModelError(f"the voice {path} did not load ({error}): use {FIRST!r}, or another file") from None


class HibariVoice:
    """Voice port."""

    def __init__(self, hibari: Any) -> None:
        self._hibari = hibari
        for _ in self.speak("Hello, visavis."):  # loads the rules for known and unknown words before a conversation
            pass

    def speak(self, text: str, pace: float = 1.0) -> Generator[Spoken, None, None]:
        speed = min(max(pace, PACES[0]), PACES[1])
        for piece in pieces(speakable(text)):
            sounded = self._sounded(piece)
            written = piece.split()
            shares = owners(written, [word.text for word in sounded]) if sounded else []
            for run in _runs(sounded):
                words = [
                    (text, range(share.start - run.start, min(share.stop, run.stop) - run.start))
                    for text, share in zip(written, shares, strict=True)
                    if share.start in run or (not share and share.start == run.stop == len(sounded))
                ]
                yield self._spoken(sounded[run.start : run.stop], words, speed)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _sounded(self, text: str) -> list[Sounded]:
        """The spoken words of a piece. Raises ModelError for what the rules of pronunciation cannot take."""
        from hibari.g2p.normalize import normalize

        g2p = self._hibari.g2p
        try:
            tokens = g2p.phonemize_tokens(g2p.tokenize(normalize(text)))
        except Exception as error:
            raise ModelError(f"the voice cannot pronounce {text[:60]!r}: {error}") from error
        words: list[Sounded] = []
        said = phonemes = ""
        for token in tokens:
            said += token.text
            phonemes += "".join(c for c in token.phonemes or "" if c in self._hibari.vocab)
            if token.whitespace or token is tokens[-1]:
                if phonemes := phonemes.strip()[:MOST_PHONEMES]:
                    words.append(Sounded(said, phonemes))
                said = phonemes = ""
        return words if any(_is_sounding(c) for word in words for c in word.phonemes) else []

    def _spoken(self, sounded: list[Sounded], written: list[tuple[str, range]], speed: float) -> Spoken:
        """Sound of some words; written: each written word with the indices of the sounded ones it stands for."""
        pcm, frames = self._synthesize(" ".join(word.phonemes for word in sounded), speed)
        ends = np.cumsum(frames) * FRAME_S  # of each phoneme; the first and last are pads
        spans: list[tuple[float, float]] = []
        at = 0
        for word in sounded:
            sounding = [at + n for n, c in enumerate(word.phonemes) if _is_sounding(c)] or [at]
            spans.append((float(ends[sounding[0]]), float(ends[sounding[-1] + 1])))
            at += len(word.phonemes) + 1
        words = []
        last = spans[0][0]
        for text, share in written:
            start, last = (spans[share.start][0], spans[share.stop - 1][1]) if share else (last, last)
            words.append(Word(text, start, last))
        tail = SENTENCE_TAIL_S if sounded[-1].phonemes[-1] in ".!?…" else TAIL_S
        return _trimmed(pcm, self._hibari.sample_rate, words, spans[0][0] - LEAD_S, spans[-1][1] + tail)

    def _synthesize(self, phonemes: str, speed: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Sound, (samples,), and frames of each phoneme and the two pads, (len(phonemes) + 2,)."""
        from hibari import dsp

        fed = {
            "ids": np.asarray([self._hibari.ids(phonemes)], np.int64),
            "speed": np.asarray([speed], np.float32),
        }
        *parts, durations = self._hibari.sess.run(None, fed)
        pcm = dsp.synth(*(part[0] for part in parts), np.random.default_rng(0))  # the same text sounds the same
        return np.clip(pcm, -1, 1, dtype=np.float32), durations.ravel()


def _runs(sounded: list[Sounded]) -> Generator[range, None, None]:
    """The words in runs that the network takes at once."""
    start = size = 0
    for index, word in enumerate(sounded):
        if size and size + len(word.phonemes) > MOST_PHONEMES:
            yield range(start, index)
            start, size = index, 0
        size += len(word.phonemes) + 1
    if size:
        yield range(start, len(sounded))


def _is_sounding(phoneme: str) -> bool:
    """Not punctuation and not a space."""
    return phoneme.isalpha()


def _trimmed(pcm: NDArray[np.float32], rate: int, words: list[Word], start_s: float, end_s: float) -> Spoken:
    """The sound between two times, and the words in it."""
    start = max(0, int(start_s * rate))
    shift = start / rate
    return Spoken(
        pcm[start : int(end_s * rate)],
        rate,
        tuple(Word(word.text, word.start_s - shift, word.end_s - shift) for word in words),
    )


def _declared_output(name: str) -> bytes:
    """A ModelProto holding only `graph { output { name type { tensor_type { elem_type: FLOAT } } } }`.

    Field numbers: onnx.proto, ModelProto.graph 7, GraphProto.output 12, ValueInfoProto name 1 and type 2,
    TypeProto.tensor_type 1, Tensor.elem_type 1, FLOAT 1.
    """

    def field(number: int, content: bytes) -> bytes:
        return bytes([number << 3 | 2, len(content)]) + content  # length-delimited; all lengths are below 128

    kind = field(2, field(1, b"\x08\x01"))
    return field(7, field(12, field(1, name.encode()) + kind))
