"""Reading what is written in a picture: PP-OCRv6 small, detection and recognition, by RapidOCR on OpenVINO.

The weights lie inside the `rapidocr` package itself; their paths are given to it, so it never fetches any. Detection
runs on a smaller copy of the picture (letters 12 pixels high are still found), recognition on the picture's own
pixels. Only if nothing was found is there a second look at all of the detail, and only if what was read is doubtful is
the picture tried upside down.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from visavis_models.errors import BackendMissing, ModelError, PackMissing
from visavis_models.packs import Packs
from visavis_models.ports import Box, Found, Picture
from visavis_models.settings import BackendSettings

_DETECTION, _RECOGNITION = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
_SMALLER, _FIRST, _MOST = 0.75, 960, 1280  # the detector's copy: share of the picture, longest side at first and ever
_LEAST, _LEAST_SHORT = 0.7, 0.9  # a line below this score is noise; one of up to two signs is so more easily
_DOUBTFUL = 0.85  # a reading below this score may be of something upside down
_THREADS = 1  # a second saves 40 ms on an idle machine and costs as much on a busy one


def load(settings: BackendSettings, packs: Packs) -> RapidOcrReader:
    """Raises BackendMissing or PackMissing. Options: none; threads: 1 unless set."""
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise BackendMissing("the package rapidocr is not installed: pip install rapidocr==3.10.0")
    folder = Path(spec.origin).parent / "models"
    for name in (_DETECTION, _RECOGNITION):
        if not (folder / name).is_file():
            raise PackMissing(
                f"{name} is missing in the package rapidocr: pip install --force-reinstall rapidocr==3.10.0"
            )
    return RapidOcrReader(folder, settings.threads or _THREADS)


class RapidOcrReader:
    """The Reader port. One call at a time."""

    def __init__(self, folder: Path, threads: int) -> None:
        from rapidocr import EngineType, RapidOCR

        self._engine = RapidOCR(
            params={
                "Global.log_level": "error",
                "Global.use_cls": False,
                "Global.text_score": 0.5,
                "Det.engine_type": EngineType.OPENVINO,
                "Det.model_path": str(folder / _DETECTION),
                "Det.limit_type": "max",
                "Det.limit_side_len": 480,
                "Rec.engine_type": EngineType.OPENVINO,
                "Rec.model_path": str(folder / _RECOGNITION),
                "EngineConfig.openvino.inference_num_threads": threads,
            }
        )
        warm = np.full((480, 640, 3), 230, np.uint8)
        cv2.putText(warm, "Hello 123", (60, 200), cv2.FONT_HERSHEY_SIMPLEX, 2.5, (20, 20, 20), 6)
        self.read(warm)  # the networks are read and compiled at the first call

    def read(self, picture: Picture) -> tuple[Found, ...]:
        """Lines of text in reading order. Raises ModelError."""
        longer = max(picture.shape[:2])
        first = min(round(longer * _SMALLER), _FIRST)
        lines = reading_order(self._look(picture, first) or self._look(picture, min(longer, _MOST)))
        if lines and _trust(lines) < _DOUBTFUL:
            turned = reading_order(self._look(np.ascontiguousarray(picture[::-1, ::-1]), first))
            lines = max(lines, [_turned_back(line) for line in turned], key=_weight)
        return tuple(line for line in lines if _sure(line))

    def _look(self, picture: Picture, side: int) -> tuple[Found, ...]:
        if self._engine.text_det is not None:
            self._engine.text_det.limit_side_len = side
        height, width = picture.shape[:2]
        try:
            seen: Any = self._engine(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        except Exception as error:  # the package's errors have no common base
            raise ModelError(f"reading failed: {error}") from error
        if getattr(seen, "boxes", None) is None or getattr(seen, "txts", None) is None:
            return ()
        found = []
        for corners, text, score in zip(seen.boxes, seen.txts, seen.scores, strict=True):
            low = np.clip(np.min(corners, 0) / [width, height], 0, 1)
            high = np.clip(np.max(corners, 0) / [width, height], 0, 1)
            words = " ".join(text.split())
            if any(map(str.isalnum, words)):
                box = Box(float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))
                found.append(Found("text", words, float(score), box))
        return tuple(found)


def _sure(line: Found) -> bool:
    return line.score >= (_LEAST if len(line.label) > 2 else _LEAST_SHORT)


def _weight(lines: list[Found]) -> float:
    """How much was read, each letter by how sure it is."""
    return sum(line.score**3 * len(line.label) for line in lines)


def _trust(lines: list[Found]) -> float:
    letters = sum(len(line.label) for line in lines)
    return sum(line.score * len(line.label) for line in lines) / max(letters, 1)


def _turned_back(line: Found) -> Found:
    """The line with its box as it lies in the picture that was turned by 180 degrees."""
    if line.box is None:
        return line
    box = line.box
    return Found(line.kind, line.label, line.score, Box(1 - box.x - box.w, 1 - box.y - box.h, box.w, box.h))


def reading_order(lines: Iterable[Found]) -> list[Found]:
    """Top to bottom; what stands side by side (half of its height shared) left to right."""
    rows: list[list[tuple[Box, Found]]] = []
    for line in sorted(lines, key=lambda line: _box(line).y):
        box = _box(line)
        if rows and (above := rows[-1][0][0]):
            shared = min(above.y + above.h, box.y + box.h) - max(above.y, box.y)
            if shared > 0.5 * min(above.h, box.h):
                rows[-1].append((box, line))
                continue
        rows.append([(box, line)])
    return [line for row in rows for _, line in sorted(row, key=lambda entry: entry[0].x)]


def _box(line: Found) -> Box:
    return line.box or Box(0.0, 0.0, 1.0, 1.0)
