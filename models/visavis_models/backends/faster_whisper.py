"""Recognition by Whisper on CTranslate2 (`pip install visavis[whisper]`): any size, many languages, CPU or CUDA.

`models.recognizer.model` is a folder with a converted model, or the name of one that `visavis models pull` has fetched.
Whisper was made for 30 s windows. Partial transcripts show it a shorter one, as long as what was said and a little
silence, which makes them several times cheaper; final ones see the full window, with word times from its attention.
Silence and noise give no text: Whisper's own no-speech probability, its belief in what it wrote, and a text that
repeats itself decide.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from visavis_models.errors import BackendMissing, ModelError, PackMissing
from visavis_models.ports import HEARING_RATE, Pcm, Word
from visavis_models.segments import SegmentedStream
from visavis_models.settings import BackendSettings

if TYPE_CHECKING:
    from visavis_models.packs import Packs

TOKENS_A_SECOND = 10.0  # a bound on hallucination; fast speech has 5
LEAST_TOKENS = 8
COMPRESSED = 2.4  # a text that shrinks more than this repeats itself (Whisper, arXiv:2212.04356, 4.5)
HOP = 160  # samples, one feature frame
_DTYPES = {"auto": "default", "float32": "float32", "float16": "float16", "bfloat16": "bfloat16", "int8": "int8"}


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`models.recognizer.options`. language: a code, or "auto". partial_window_s: least sound shown for a partial
    transcript. no_speech, belief: above the first and below the second there were no words."""

    language: str = "en"
    beam_size: int = 1
    partial_window_s: float = 5.0
    no_speech: float = 0.6
    belief: float = -1.0


def load(settings: BackendSettings, packs: Packs) -> FasterWhisper:
    """Raises BackendMissing, PackMissing or ModelError."""
    try:
        options = msgspec.convert(settings.options, Options)
    except msgspec.ValidationError as error:
        raise ModelError(f"models.recognizer.options: {error}") from None
    if not settings.model:
        raise ModelError("models.recognizer.model is empty: give a folder, or a name such as small.en")
    try:
        from faster_whisper import WhisperModel
    except ImportError as error:
        raise BackendMissing("faster-whisper is not installed. Run: pip install 'visavis[whisper]'") from error
    device, _, index = settings.device.partition(":")
    try:
        model = WhisperModel(
            settings.model,
            device=device,
            device_index=int(index or 0),
            compute_type=_DTYPES[settings.dtype],
            cpu_threads=settings.threads,
            local_files_only=True,
        )
    except KeyError:
        raise ModelError(f"models.recognizer.dtype {settings.dtype!r} is none of {', '.join(_DTYPES)}") from None
    except (ValueError, RuntimeError) as error:
        if any(sign in str(error) for sign in ("model.bin", "No such file", "Invalid model size")):
            raise _missing(settings.model, error) from error
        raise ModelError(
            f"the Whisper model {settings.model!r} did not load on {settings.device}: {error}. "
            "Set models.recognizer.device or dtype, or choose a smaller model"
        ) from error
    except Exception as error:  # the hub's cache has error classes of its own for "not here"
        raise _missing(settings.model, error) from error
    known = model.supported_languages
    if options.language != "auto" and options.language not in known:
        raise ModelError(f"models.recognizer.options.language: {settings.model!r} knows {', '.join(known)}")
    return FasterWhisper(model, options)


def _missing(name: str, error: Exception) -> PackMissing:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return PackMissing(
        f"the Whisper model {name!r} is not here ({reason}): run `visavis models pull`, "
        "or set models.recognizer.model to the folder of a converted model"
    )


class FasterWhisper:
    """A `Recognizer`."""

    def __init__(self, model: Any, options: Options) -> None:
        self._model = model
        self._options = options
        self._window = model.feature_extractor.nb_max_frames

    def open(self) -> SegmentedStream:
        return SegmentedStream(WhisperWriter(self))

    def write(self, pcm: Pcm, partial: bool) -> tuple[list[Word], float]:
        """pcm: (samples,) of one segment. Returns words and belief; a partial's words have no times."""
        try:
            return self._write(pcm, partial)
        except (RuntimeError, ValueError) as error:  # CTranslate2's: out of memory, a lost device
            raise ModelError(f"Whisper failed: {error}") from error

    def _write(self, pcm: Pcm, partial: bool) -> tuple[list[Word], float]:
        from faster_whisper.tokenizer import Tokenizer

        frames = min(self._window, pcm.size // HOP)
        window = self._window
        if partial:
            least = self._options.partial_window_s * HEARING_RATE / HOP
            window = min(window, round(max(least, 1.2 * frames)) // 2 * 2)
        features = self._model.feature_extractor(pcm, padding=0)[:, :frames]
        # What follows is silence, as the extractor would write it: its floor.
        shown = np.full((features.shape[0], window), max(features.max() - 2.0, -1.5), np.float32)
        shown[:, : features.shape[1]] = features[:, :window]
        encoded = self._model.encode(shown)
        multilingual = self._model.model.is_multilingual
        language = self._options.language
        if language == "auto" and multilingual:
            language = self._model.model.detect_language(encoded)[0][0][0].strip("<|>")
        tokenizer = Tokenizer(self._model.hf_tokenizer, multilingual, task="transcribe", language=language)
        prompt = self._model.get_prompt(tokenizer, [], without_timestamps=True)
        found = self._model.model.generate(
            encoded,
            [prompt],
            beam_size=self._options.beam_size,
            max_length=len(prompt) + max(LEAST_TOKENS, int(pcm.size / HEARING_RATE * TOKENS_A_SECOND)),
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=False,  # it may say that there is nothing
            suppress_tokens=[-1],
        )[0]
        tokens = [token for token in found.sequences_ids[0] if token < tokenizer.eot]
        # The score is a mean over the tokens; the end counts too (as in Whisper's own decoding).
        belief = float(found.scores[0]) * len(tokens) / (len(tokens) + 1)
        text = tokenizer.decode(tokens).strip()
        silent = found.no_speech_prob > self._options.no_speech and belief < self._options.belief / 2
        if not text or silent or belief < self._options.belief or _repeats(text):
            return [], belief
        if partial:
            return [Word(part, 0.0, 0.0) for part in text.split()], belief
        return self._times(tokenizer, tokens, encoded, frames), belief

    def _times(self, tokenizer: Any, tokens: list[int], encoded: Any, frames: int) -> list[Word]:
        from faster_whisper.transcribe import merge_punctuations

        placed = self._model.find_alignment(tokenizer, [tokens], encoded, frames)[0]
        merge_punctuations(placed, "\"'“¿([{-", "\"'.。,,!!??::”)]}、")
        return [
            Word(word["word"].strip(), float(word["start"]), float(max(word["start"], word["end"])))
            for word in placed
            if word["word"].strip()
        ]


class WhisperWriter:
    """The `Writer` of one utterance."""

    timed = False  # times need the full window

    def __init__(self, model: FasterWhisper) -> None:
        self._model = model
        self._last: tuple[list[Word], float] = [], 0.0

    def text(self, pcm: Pcm) -> tuple[str, float]:
        words, belief = self._model.write(pcm, partial=True)
        return " ".join(word.text for word in words), belief

    def words(self, pcm: Pcm) -> tuple[list[Word], float]:
        self._last = self._model.write(pcm, partial=False)
        return self._last

    def again(self, pcm: Pcm) -> tuple[list[Word], float]:
        return self._last  # its beams have looked at other texts already


def _repeats(text: str) -> bool:
    data = text.encode()
    return len(data) > 40 and len(data) / len(zlib.compress(data)) > COMPRESSED
