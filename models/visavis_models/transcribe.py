"""`python -m visavis_models.transcribe FILE ...`: what the chosen recognizer makes of whole recordings, offline.

One JSON line a file: {"file", "text"}. The bench sets live conversations against it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import soundfile
import soxr

from visavis_models.errors import ModelError
from visavis_models.load import load
from visavis_models.packs import Packs
from visavis_models.ports import HEARING_RATE, Pcm, Recognizer
from visavis_models.profiles import choices
from visavis_models.settings import ModelSettings

AROUND_S = 0.3  # of silence before and after: recordings cut to the word are recognized badly
LONGEST_S = 28.0  # recognized in one piece


def transcribe(recognizer: Recognizer, path: Path) -> str:
    """Raises ModelError, also for a file that is no sound."""
    try:
        sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        raise ModelError(f"{path} could not be read as sound: {error}") from None
    pcm: Pcm = np.asarray(soxr.resample(sound.mean(axis=1), rate, HEARING_RATE), np.float32)
    step = int(LONGEST_S * HEARING_RATE)
    pieces = [pcm[at : at + step] for at in range(0, max(1, len(pcm)), step)]
    padded = [np.pad(piece, int(AROUND_S * HEARING_RATE)) for piece in pieces]
    return " ".join(filter(None, (recognizer.open().final(piece).text for piece in padded)))


def main(files: list[str]) -> int:
    """Exit status: 0, or 2 with one line on what is wrong."""
    settings = ModelSettings()
    try:
        recognizer: Recognizer = load("recognizer", choices(settings)["recognizer"], Packs(settings.packs))
        for file in files:
            print(json.dumps({"file": file, "text": transcribe(recognizer, Path(file))}), flush=True)
    except ModelError as error:
        print(f"visavis: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
