"""Speech from any Coqui TTS model: a folder with model and config.json, or a name of the library's own list.

options: speaker, language, speaker_wav, as the model takes them.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np

from visavis_models.errors import ModelError, PackMissing
from visavis_models.packs import Packs
from visavis_models.ports import Spoken
from visavis_models.settings import BackendSettings

PASSED = ("speaker", "language", "speaker_wav")


def load(settings: BackendSettings, packs: Packs) -> CoquiVoice:
    """Raises PackMissing or ModelError; ImportError where TTS is not installed."""
    folder = Path(settings.model)
    weights = sorted(folder.glob("*.pth")) if folder.is_dir() else []
    if not weights or not (folder / "config.json").is_file():
        raise PackMissing(
            f"models.voice.model = {settings.model!r} holds no Coqui model: give a folder with its .pth and config.json"
        )
    from TTS.api import TTS

    try:
        model = TTS(model_path=str(weights[0]), config_path=str(folder / "config.json"), progress_bar=False)
        return CoquiVoice(model.to(settings.device), {k: v for k, v in settings.options.items() if k in PASSED})
    except (RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"the voice {settings.model!r} did not load: {error}") from error


class CoquiVoice:
    """Voice port. No word times: they are spread over the sound."""

    def __init__(self, model: Any, options: dict[str, Any]) -> None:
        self._model = model
        self._options = options

    def speak(self, text: str, pace: float = 1.0) -> Generator[Spoken, None, None]:
        if not text.strip():
            return
        try:
            pcm = self._model.tts(text, split_sentences=False, **self._options)
        except (RuntimeError, ValueError, IndexError) as error:
            raise ModelError(f"the voice failed: {error}") from error
        yield Spoken(np.asarray(pcm, np.float32).ravel(), int(self._model.synthesizer.output_sample_rate))
