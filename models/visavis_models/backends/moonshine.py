"""Recognition by Moonshine tiny-en: the embedded default. English, with case, punctuation and word times.

The recognizer is asked again and again for the same growing utterance. What it wrote the last time is put to the
decoder as a guess and checked in one pass (the longest agreeing beginning is kept, the next tokens are written one by
one), so that a transcript is ready a few passes after its sound. That is not quite plain greedy decoding: in int8 what
the decoder says of a token depends on its neighbours in the pass, by 1 to 1.5 in its logits, and so one transcript in
seven differs, mostly for the worse. A transcript that is doubted is therefore written `again` when there is time:
token by token, and with another silence before it. Which of two silences is the better one is chance (the network
normalizes over all of its sound), but the text it believes in more is the better one more often than not. 186 recorded
people, live: 10.5 % word errors without this and `BEFORE`, 8.2 % with both (9.9 and 8.0 in the random half that they
were chosen on, 11.2 and 8.4 in the other).

Word times come from the decoder's own cross-attention (`word_times.py`). Sound without words gives an empty text: few
tokens a second, no loops, and a transcript the model itself does not believe in is dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from visavis_models.backends.moonshine_graph import DECODER, Decoder, Encoder, read_tokenizer
from visavis_models.ports import HEARING_RATE, Pcm, Word
from visavis_models.segments import SegmentedStream
from visavis_models.settings import BackendSettings
from visavis_models.word_times import claims, cut, settle

if TYPE_CHECKING:
    from visavis_models.packs import Packs

PACK = "moonshine-tiny-en"
FRAME_S = 384 / HEARING_RATE  # one encoder frame
# Its convolutions see 895 samples: what it says of a moment comes so late. The decoder looks 15 ms early besides.
CENTRE_S = 447 / HEARING_RATE - FRAME_S / 2 + 0.015
# Heads that tell where a word begins and ends (layer, head), and how much the logarithm of their attention counts: in
# the frame before, in the frame, and in the one after; found by `training/word_times.py`. The middles of 1,660 words of
# recorded people against a forced alignment (itself good to some 50 ms), weights of one half of the speakers measured
# on the other: 26 ms off in the mean, half within 18 ms, 95 % within 80 ms. The ten heads that look most at the word,
# all alike: 35, 26 and 102 ms.
LOOKS = (
    ((0, 1), (-0.22, -0.19, -0.58)),
    ((1, 0), (+0.38, -0.14, +0.76)),
    ((1, 4), (-0.38, -0.23, +0.05)),
    ((1, 6), (+0.17, +0.49, -0.49)),
    ((3, 1), (-0.12, -0.18, +0.55)),
    ((3, 4), (-0.19, -0.06, +0.41)),
    ((3, 7), (-0.56, +0.34, +1.10)),
    ((4, 0), (+0.30, +0.30, -0.63)),
    ((4, 6), (+0.26, -0.02, +0.46)),
    ((5, 2), (+0.46, -0.15, +0.30)),
    ((5, 4), (+0.34, -0.12, +0.26)),
    ((5, 6), (+0.45, +0.00, +0.10)),
)
HEADS = [head for head, _ in LOOKS]
WEIGHTS = np.array([weights for _, weights in LOOKS], np.float32)
TOKENS_A_SECOND = 6.5  # more is a hallucination (Moonshine, arXiv:2410.15608, 3.2)
LEAST_TOKENS = 6
# Silence put after the sound: a last word that the sound ends with is heard better. Word errors of 128 recorded people,
# cut 0.03 s after their last word: 10.9 % without, 10.4 % with it; of 60 short commands 53 and 56 are right.
AFTER = np.zeros(3 * HEARING_RATE // 10, np.float32)
# And before it, at the first look, beside the 0.4 s of the microphone's own: 186 recorded people, as cut live, 10.5 %
# without and 9.2 % with it (in float arithmetic 10.3 and 9.0; in both halves alike). The second look is without.
BEFORE = np.zeros(3 * HEARING_RATE // 10, np.float32)
NOTHING_BEFORE = BEFORE[:0]
BELIEVED = -1.3  # mean log-probability of a token: recorded people -1.1 and more
BELIEVED_SHORT = -1.0  # of one or two tokens: silence is written as "You" at -1.19, a "No" in noise at -0.64
START, END = 1, 2


def load(settings: BackendSettings, packs: Packs) -> Moonshine:
    pack = settings.model or PACK
    threads = settings.threads or 1
    return Moonshine(
        Encoder(packs.file(pack, "encoder_model.ort"), threads),
        Decoder(packs.file(pack, DECODER), threads),
        read_tokenizer(packs.file(pack, "tokenizer.bin")),
    )


@dataclass(frozen=True, slots=True)
class Written:
    """What the decoder wrote. tokens: without start and end; belief: mean log-probability, end included.

    attention: (tokens + 1, heads, frames) of the `heads` asked for; the last row is the end's, if it was written; the
    first frame lies before_s before the sound.
    """

    tokens: list[int]
    belief: float
    attention: NDArray[np.float32]
    before_s: float = 0.0


class Moonshine:
    """A `Recognizer`."""

    def __init__(self, encoder: Encoder, decoder: Decoder, pieces: list[bytes]) -> None:
        self._encoder = encoder
        self._decoder = decoder
        self._pieces = pieces
        self.heads = HEADS  # whose attention is written down

    def open(self) -> SegmentedStream:
        return SegmentedStream(MoonshineWriter(self))

    def write(self, pcm: Pcm, guess: list[int], before: Pcm = BEFORE) -> Written:
        """Recognize pcm (samples,) of one segment. guess: tokens it may begin with, for the speed; before: silence."""
        hidden = self._encoder(np.concatenate([before, pcm, AFTER]))
        limit = max(LEAST_TOKENS, int(pcm.size / HEARING_RATE * TOKENS_A_SECOND))
        guess = guess[: limit - 1]
        state = self._decoder.begin(hidden)
        tokens: list[int] = []
        beliefs: list[float] = []
        rows = []
        layers, heads = np.array(self.heads).T
        ask = [START, *guess]
        while True:
            logits, looked = state.read(ask)
            attention = looked[layers, heads]
            best = logits.argmax(axis=-1)
            agreed = 0
            while agreed < len(ask) - 1 and best[agreed] == ask[agreed + 1]:
                agreed += 1
            for row in range(agreed + 1):
                tokens.append(int(best[row]))
                beliefs.append(_log_probability(logits[row], tokens[-1]))
                rows.append(attention[:, row])
            if tokens[-1] == END or len(tokens) >= limit or _loops(tokens):
                break
            state.keep(len(tokens))
            ask = [tokens[-1], *_rest(guess, tokens)]
        if tokens[-1] == END:
            tokens.pop()
        return Written(tokens, float(np.mean(beliefs)), np.stack(rows), before.size / HEARING_RATE)

    def transcript(self, tokens: list[int]) -> str:
        return _text([self._pieces[token] for token in tokens])

    def words(self, written: Written, pcm: Pcm) -> list[Word]:
        """The words of one segment, in seconds from its first sample."""
        texts, looked = self.apart(written)
        edges = cut(claims(looked, WEIGHTS)) * FRAME_S + CENTRE_S - written.before_s
        at = np.clip(edges, 0.0, pcm.size / HEARING_RATE).tolist()
        placed = zip(texts, settle(list(pairwise(at))[: len(texts)], pcm), strict=True)
        return [Word(text=text, start_s=start, end_s=end) for text, (start, end) in placed if text]

    def apart(self, written: Written) -> tuple[list[str], NDArray[np.float32]]:
        """The words (a text may be empty), and where their tokens looked together: (words, heads, frames), with a last
        row for the end, if that was written. written: at least one token."""
        texts: list[list[bytes]] = []
        firsts: list[int] = []
        for place, piece in enumerate(self._pieces[token] for token in written.tokens):
            if not texts or piece.startswith(_SPACE):
                texts.append([piece])
                firsts.append(place)
            else:
                texts[-1].append(piece)
        end = [len(written.tokens)] if len(written.attention) > len(written.tokens) else []
        looked: NDArray[np.float32] = np.add.reduceat(written.attention, firsts + end, axis=0)
        return [_text(parts) for parts in texts], looked


class MoonshineWriter:
    """The `Writer` of one utterance: what was written last is the guess for what is written next."""

    timed = True  # the attention is there; dividing the sound among the words takes a millisecond

    def __init__(self, model: Moonshine) -> None:
        self._model = model
        self._last = NOTHING

    def text(self, pcm: Pcm) -> tuple[str, float]:
        written = self._believed(self._write(pcm))
        return self._model.transcript(written.tokens), written.belief

    def words(self, pcm: Pcm) -> tuple[list[Word], float]:
        return self._words(self._write(pcm), pcm)

    def again(self, pcm: Pcm) -> tuple[list[Word], float]:
        second = self._model.write(pcm, [], NOTHING_BEFORE)
        if self._believed(second).tokens and second.belief > self._last.belief:
            self._last = second
        return self._words(self._last, pcm)

    def _write(self, pcm: Pcm) -> Written:
        self._last = self._model.write(pcm, self._last.tokens)
        return self._last

    def _words(self, written: Written, pcm: Pcm) -> tuple[list[Word], float]:
        written = self._believed(written)
        return self._model.words(written, pcm) if written.tokens else [], written.belief

    def _believed(self, written: Written) -> Written:
        """Without words if it cannot be believed."""
        text = self._model.transcript(written.tokens)
        least = BELIEVED if len(written.tokens) > 2 else BELIEVED_SHORT
        if written.belief < least or not _LETTERS.search(text) or _FOREIGN.search(text) or _loops(written.tokens, 3):
            return NOTHING
        return written


NOTHING = Written([], 0.0, np.zeros((1, len(LOOKS), 1), np.float32))
_SPACE = "▁".encode()
_LETTERS = re.compile(r"[A-Za-z0-9]")  # music is written as notes
_OLD = re.compile(r"\b([Tt]o)-(day|night|morrow)\b")  # it writes them as in old books
_FOREIGN = re.compile(r"[^\x00-\u024f\u2000-\u206f\u20a0-\u20bf\u2100-\u214f]")  # the model knows English only


def _text(pieces: list[bytes]) -> str:
    text = b"".join(pieces).decode(errors="ignore").replace("▁", " ").strip()
    return _OLD.sub(r"\1\2", text)


def _log_probability(logits: NDArray[np.float32], token: int) -> float:
    top = logits.max()
    return float(logits[token] - top - np.log(np.exp(logits - top).sum()))


def _rest(guess: list[int], tokens: list[int]) -> list[int]:
    """What the guess says comes after the newest token: a word replaced, left out or put in does not end its use."""
    place, newest = len(tokens) - 1, tokens[-1]
    for shift in (0, 1, -1, 2):
        if 0 <= place + shift < len(guess) and guess[place + shift] == newest:
            return guess[place + shift + 1 :]
    return guess[place + 1 :]


def _loops(tokens: list[int], narrowest: int = 1) -> bool:
    """Are the last tokens the same 1-12 tokens three times over (a single one: five times)?

    People do say "no no no no no"; the same three tokens or more, three times and with nothing between, they do not.
    """
    for width in range(narrowest, 13):
        times = 5 if width == 1 else 3
        tail = tokens[-width * times :]
        if len(tail) == width * times and tail == tail[:width] * times:
            return True
    return False
