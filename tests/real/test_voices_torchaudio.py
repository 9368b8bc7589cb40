"""The parts that stand in for torchaudio do what it would, against librosa and soxr, and leave no trace."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from visavis_models.torchaudio_parts import read, resample, standing_in


def sound(rate: int, seconds: float = 0.5) -> np.ndarray:
    t = np.arange(int(rate * seconds)) / rate
    return (0.4 * np.sin(2 * np.pi * 440 * t) + 0.2 * np.sin(2 * np.pi * 1330 * t)).astype(np.float32)


def test_leaves_no_trace() -> None:
    before = {name for name in sys.modules if name.startswith(("torchaudio", "torchcodec"))}
    with standing_in() as stands_in:
        import torchaudio  # type: ignore[import-not-found]

        assert torchaudio.functional.resample
        assert torchaudio.transforms.MelSpectrogram
    if stands_in:
        assert {name for name in sys.modules if name.startswith(("torchaudio", "torchcodec"))} == before


@pytest.mark.parametrize(("old", "new"), [(22_050, 16_000), (16_000, 22_050), (48_000, 24_000), (24_000, 24_000)])
def test_resampling(old: int, new: int) -> None:
    import soxr
    import torch

    ours = resample(torch.from_numpy(sound(old))[None], old, new)[0].numpy()
    assert len(ours) == -(-len(sound(old)) * new // old)
    theirs = soxr.resample(sound(old), old, new)
    inside = slice(200, min(len(ours), len(theirs)) - 200)
    assert np.abs(ours[inside] - theirs[inside]).max() < 0.01
    assert np.abs(ours[inside] - sound(new)[inside]).max() < 0.01


def test_mel_spectrograms() -> None:
    import librosa
    import torch

    with standing_in():
        import torchaudio  # type: ignore[import-not-found]

        made = torchaudio.transforms.MelSpectrogram(
            sample_rate=22_050, n_fft=1024, hop_length=256, win_length=800, f_max=8000, n_mels=80, norm="slaney"
        )
    ours = made(torch.from_numpy(sound(22_050))[None])[0].numpy()
    theirs = librosa.feature.melspectrogram(
        y=sound(22_050), sr=22_050, n_fft=1024, hop_length=256, win_length=800, fmax=8000, n_mels=80, norm="slaney",
        htk=True, pad_mode="reflect",
    )  # fmt: skip
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)
    assert set(made.state_dict()) == {"spectrogram.window", "mel_scale.fb"}


def test_reading(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "two.wav", np.stack([sound(16_000), -sound(16_000)], axis=1), 16_000, "FLOAT")
    pcm, rate = read(tmp_path / "two.wav")
    assert (tuple(pcm.shape), rate) == ((2, 8000), 16_000)
    np.testing.assert_allclose(pcm[0].numpy(), sound(16_000), atol=1e-6)
