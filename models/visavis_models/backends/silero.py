"""Voice activity by Silero v6: the probability of speech in every 32 ms of sound.

The first station of a word: `agents/hearing.py` feeds every microphone frame to one of these streams. The model is
recurrent; its state (h, c) and the last 4 ms of sound belong to the listener, the weights to everybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from visavis_models.onnx_session import open_session
from visavis_models.ports import Pcm
from visavis_models.settings import BackendSettings

if TYPE_CHECKING:
    from visavis_models.packs import Packs

PACK = "silero-vad"
FRAME = 512  # samples, 32 ms at 16 kHz
CONTEXT = 64  # samples of the frame before, put in front: the model was trained so


def load(settings: BackendSettings, packs: Packs) -> Silero:
    path = packs.file(settings.model or PACK, "silero_vad_v6.onnx")
    return Silero(open_session(path, settings.threads or 1))


class Silero:
    """A `VoiceActivity`."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def open(self) -> SileroStream:
        return SileroStream(self._session)


class SileroStream:
    """A `VoiceActivityStream`: one listener's state."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._h = np.zeros((1, 1, 128), np.float32)
        self._c = np.zeros((1, 1, 128), np.float32)
        self._frame = np.zeros((1, CONTEXT + FRAME), np.float32)

    def probability(self, pcm: Pcm) -> float:
        """pcm: (512,), 16 kHz. Raises ValueError for another length."""
        if pcm.shape != (FRAME,):
            raise ValueError(f"voice activity takes {FRAME} samples at a time, got shape {pcm.shape}")
        self._frame[0, :CONTEXT] = self._frame[0, -CONTEXT:]
        self._frame[0, CONTEXT:] = pcm
        found, self._h, self._c = self._session.run(None, {"input": self._frame, "h": self._h, "c": self._c})
        return float(found[0])
