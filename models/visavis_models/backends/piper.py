"""Speech from any Piper voice: its .onnx with its .onnx.json, given as `model` (the file, or a folder that holds one).

Word times come from the voice's own phoneme durations, which most published voices have in their graph; a voice without
them gives none. Options: speaker (name or number, for voices with several).
"""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from visavis_models.align import align
from visavis_models.errors import ModelError, PackMissing
from visavis_models.onnx_session import open_session
from visavis_models.packs import Packs
from visavis_models.ports import Spoken, Word
from visavis_models.said import pieces, speakable
from visavis_models.settings import BackendSettings

PACES = (0.5, 2.0)


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`models.voice.options`. speaker: one of the voice's, by name or number."""

    speaker: str | int = ""


def load(settings: BackendSettings, packs: Packs) -> PiperVoice:
    """Raises PackMissing or ModelError; ImportError where piper is not installed."""
    try:
        options = msgspec.convert(settings.options, Options)
    except msgspec.ValidationError as error:
        raise ModelError(f"models.voice.options: {error}") from None
    path = _file(settings.model)
    if settings.device != "cpu":
        raise ModelError(
            f"models.voice.device = {settings.device!r}: Piper voices are spoken on the CPU, faster than said"
        )
    from piper import PiperVoice as Piper
    from piper.config import PiperConfig
    from piper.phonemize_espeak import ESPEAK_DATA_DIR

    try:
        config = PiperConfig.from_dict(json.loads(Path(f"{path}.json").read_text("utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path.name}.json is no Piper voice's ({error!r}): fetch it again with its .onnx") from error
    session = open_session(_with_durations(path), settings.threads or 1)
    voice = Piper(config=config, session=session, espeak_data_dir=Path(ESPEAK_DATA_DIR), download_dir=path.parent)
    return PiperVoice(voice, _speaker(config, options.speaker))


class PiperVoice:
    """Voice port."""

    def __init__(self, voice: Any, speaker: int | None) -> None:
        self._voice = voice
        self._speaker = speaker
        for _ in self.speak("Hello."):  # the first sound of a voice is slow: make it now
            pass

    def speak(self, text: str, pace: float = 1.0) -> Generator[Spoken, None, None]:
        """Raises ModelError for what the voice cannot say."""
        pace = min(max(pace, PACES[0]), PACES[1])
        for piece in pieces(speakable(text)):
            if any(character.isalnum() for character in piece):
                yield self._spoken(piece, pace)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _spoken(self, text: str, pace: float) -> Spoken:
        from piper import SynthesisConfig

        config = SynthesisConfig(speaker_id=self._speaker, length_scale=self._voice.config.length_scale / pace)
        try:
            chunks = list(self._voice.synthesize(text, config, include_alignments=True))
        except Exception as error:  # onnxruntime's errors have no common base
            raise ModelError(f"the voice cannot say {text[:60]!r}: {error}") from error
        rate = self._voice.config.sample_rate
        if not chunks:
            return Spoken(np.zeros(0, np.float32), rate)
        pcm = np.concatenate([np.asarray(chunk.audio_float_array, np.float32).ravel() for chunk in chunks])
        groups: list[tuple[float, float, int]] = []
        start = 0
        for chunk in chunks:
            if chunk.phoneme_alignments is None:
                return Spoken(pcm, rate, align(text, pcm, rate))  # a voice that keeps its durations to itself
            groups += _groups(chunk.phoneme_alignments, start / rate, rate)
            start += len(chunk.audio_float_array)
        return Spoken(pcm, rate, self._words(text.split(), groups))

    def _words(self, written: list[str], groups: list[tuple[float, float, int]]) -> tuple[Word, ...]:
        """groups: start, end and phonemes of what was spoken between spaces. Espeak joins some words ("of the") and
        says others in several ("$5"): each written word is then given its share of the phonemes, as many as it has
        when spoken alone."""
        if not groups:
            return ()
        if len(written) == len(groups):
            return tuple(Word(text, start, end) for text, (start, end, _) in zip(written, groups, strict=True))
        alone = [self._phonemes(word) for word in written]
        spoken = [0, *np.cumsum([count for _, _, count in groups])]
        times = [groups[0][0], *(end for _, end, _ in groups)]
        shares = np.cumsum([0, *alone]) / max(1, sum(alone)) * spoken[-1]
        edges = np.interp(shares, spoken, times)
        return tuple(Word(text, float(edges[n]), float(edges[n + 1])) for n, text in enumerate(written))

    def _phonemes(self, word: str) -> int:
        return sum(_is_sounding(phoneme) for sentence in self._voice.phonemize(word) for phoneme in sentence)


def _file(model: str) -> Path:
    """The voice's .onnx. Raises PackMissing."""
    path = Path(model).expanduser()
    if model and path.is_dir():
        found = sorted(file for file in path.rglob("*.onnx") if Path(f"{file}.json").is_file())
        if len(found) > 1:
            raise ModelError(
                f"the folder {model!r} holds {len(found)} voices: set models.voice.model to one .onnx file"
            )
        path = found[0] if found else path
    if not path.is_file() or not Path(f"{path}.json").is_file():
        raise PackMissing(
            f"models.voice.model = {model!r} is no Piper voice: give its .onnx, with its .onnx.json beside"
        )
    return path


def _with_durations(path: Path) -> Path | bytes:
    """The graph, with its durations as one more output; as it is where they cannot be told."""
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from piper.patch_voice_with_alignment import add_alignment_output

    try:
        graph = onnx.load(str(path))
        add_alignment_output(graph)
    except DecodeError as error:
        raise PackMissing(f"{path} is no Piper voice ({error}): fetch it again") from error
    except ValueError:  # an output already, or not to be found
        return path
    found: bytes = graph.SerializeToString()
    return found


def _speaker(config: Any, wanted: str | int) -> int | None:
    """Raises ModelError for a speaker that the voice has not."""
    if config.num_speakers <= 1 or wanted == "":
        return None
    number = config.speaker_id_map.get(wanted, wanted)
    if not isinstance(number, int) or not 0 <= number < config.num_speakers:
        some = ", ".join([*config.speaker_id_map][:20]) or f"0 to {config.num_speakers - 1}"
        raise ModelError(f"models.voice.options.speaker = {wanted!r} is none of the voice's: use one of {some}")
    return number


def _groups(alignments: Any, start_s: float, rate: int) -> list[tuple[float, float, int]]:
    """Start, end and number of the phonemes between spaces."""
    groups: list[tuple[float, float, int]] = []
    first, count, at = -1.0, 0, start_s
    last = at
    for alignment in alignments:
        end = at + int(alignment.num_samples) / rate
        if _is_sounding(alignment.phoneme):
            first = at if count == 0 else first
            last, count = end, count + 1
        elif alignment.phoneme == " " and count:
            groups.append((first, last, count))
            count = 0
        at = end
    return [*groups, (first, last, count)] if count else groups


def _is_sounding(phoneme: str) -> bool:
    """Not punctuation, a space, or a mark of beginning and end."""
    return phoneme[:1].isalpha()
