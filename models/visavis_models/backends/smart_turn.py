"""End of turn by Smart Turn v3.2: did that sound finished, or is more to come?

Asked once, at the first silence, with the last 8 seconds of what was said; it listens to melody, not to words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from visavis_models.log_mel import log_mel
from visavis_models.onnx_session import open_session
from visavis_models.ports import HEARING_RATE, Pcm
from visavis_models.settings import BackendSettings

if TYPE_CHECKING:
    from visavis_models.packs import Packs

PACK = "smart-turn"
WINDOW = 8 * HEARING_RATE  # samples the model sees


def load(settings: BackendSettings, packs: Packs) -> SmartTurn:
    path = packs.file(settings.model or PACK, "smart-turn-v3.2-cpu.onnx")
    return SmartTurn(open_session(path, settings.threads or 1))


class SmartTurn:
    """A `TurnEnd`."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def probability(self, pcm: Pcm) -> float:
        """pcm: (samples,), 16 kHz; the last 8 s count, shorter sound gets silence in front."""
        sound = np.zeros(WINDOW, np.float32)
        heard = pcm[-WINDOW:]
        sound[WINDOW - heard.size :] = heard
        (found,) = self._session.run(None, {"input_features": log_mel(sound)[None]})
        return float(found[0, 0])  # the graph ends in a sigmoid
