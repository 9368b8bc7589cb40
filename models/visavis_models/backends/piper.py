"""Speech from any Piper voice: a folder's .onnx with its .onnx.json, given as `model`."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np

from visavis_models.errors import ModelError, PackMissing
from visavis_models.packs import Packs
from visavis_models.ports import Spoken
from visavis_models.settings import BackendSettings


def load(settings: BackendSettings, packs: Packs) -> PiperVoice:
    """Raises PackMissing or ModelError; ImportError where piper is not installed."""
    path = Path(settings.model)
    if not path.is_file() or not Path(f"{path}.json").is_file():
        raise PackMissing(
            f"models.voice.model = {settings.model!r} is no Piper voice: give its .onnx, its .json beside"
        )
    from piper import PiperVoice as Piper

    try:
        return PiperVoice(Piper.load(path, use_cuda=settings.device.startswith("cuda")))
    except Exception as error:  # onnxruntime's errors have no common base
        raise ModelError(f"the voice {settings.model!r} did not load: {error}") from error


class PiperVoice:
    """Voice port. No word times: they are spread over the sound."""

    def __init__(self, voice: Any) -> None:
        self._voice = voice

    def speak(self, text: str, pace: float = 1.0) -> Generator[Spoken, None, None]:
        from piper import SynthesisConfig

        if not text.strip():
            return
        try:
            for chunk in self._voice.synthesize(text, SynthesisConfig(length_scale=1.0 / pace)):
                yield Spoken(np.asarray(chunk.audio_float_array, np.float32).ravel(), chunk.sample_rate)
        except (RuntimeError, ValueError) as error:
            raise ModelError(f"the voice failed: {error}") from error
