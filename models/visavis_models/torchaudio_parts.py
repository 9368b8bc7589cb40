"""The few parts of torchaudio that speaking with Coqui TTS uses: reading a recording, resampling, mel spectrograms.

torchaudio and torchcodec are compiled for one build of torch each (the ones on PyPI need CUDA's libraries), and Coqui
TTS refuses to be imported without them. Where they do not load, these parts stand in for them while a voice is loaded.
Results are those of torchaudio 2.9 for the arguments that are taken.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from math import gcd
from types import ModuleType
from typing import Any

NAMES = ("torchaudio", "torchaudio.functional", "torchaudio.transforms", "torchcodec")


@contextmanager
def standing_in() -> Iterator[bool]:
    """Inside, `import torchaudio` works: the real one if it loads, else these parts. Yields whether they are used."""
    import transformers.audio_utils  # noqa: F401 - looks for torchaudio when imported: before, so that it finds none

    try:
        for name in ("torchaudio", "torchcodec"):
            importlib.import_module(name)
    except (ImportError, OSError, RuntimeError):  # absent, or compiled for another torch
        pass
    else:
        yield False
        return
    before = {
        name: module for name, module in sys.modules.items() if name.split(".")[0] in ("torchaudio", "torchcodec")
    }
    for name in before:
        del sys.modules[name]
    made = {name: _module(name) for name in NAMES}
    functional, transforms, top = made["torchaudio.functional"], made["torchaudio.transforms"], made["torchaudio"]
    vars(functional).update(resample=resample)
    vars(transforms).update(_transforms())
    vars(top).update(load=read, functional=functional, transforms=transforms)
    sys.modules.update(made)
    try:
        yield True
    finally:
        for name in NAMES:
            sys.modules.pop(name, None)


def _module(name: str) -> ModuleType:
    module = ModuleType(name, "A part of torchaudio, standing in.")
    module.__spec__ = ModuleSpec(name, None, is_package=name == "torchaudio")
    return module


def read(path: Any) -> tuple[Any, int]:
    """A recording as (channels, samples) float32, and its rate."""
    import soundfile
    import torch

    pcm, rate = soundfile.read(str(path), dtype="float32", always_2d=True)
    return torch.from_numpy(pcm.T.copy()), int(rate)


def resample(pcm: Any, orig_freq: int, new_freq: int, lowpass_filter_width: int = 6, rolloff: float = 0.99) -> Any:
    """pcm: (..., samples). Windowed-sinc resampling (torchaudio's `sinc_interp_hann`)."""
    import torch

    common = gcd(int(orig_freq), int(new_freq))
    old, new = int(orig_freq) // common, int(new_freq) // common
    if old == new:
        return pcm
    base = min(old, new) * rolloff
    width = int(-((-lowpass_filter_width * old) // base))
    at = torch.arange(-width, width + old, dtype=torch.float64)[None] / old
    t = (torch.arange(0, -new, -1, dtype=torch.float64)[:, None] / new + at) * base
    t = t.clamp(-lowpass_filter_width, lowpass_filter_width)
    window = torch.cos(t * torch.pi / lowpass_filter_width / 2) ** 2
    kernel = (torch.sinc(t) * window * base / old).to(pcm.dtype).to(pcm.device)[:, None]
    flat = torch.nn.functional.pad(pcm.reshape(-1, pcm.shape[-1]), (width, width + old))
    out = torch.nn.functional.conv1d(flat[:, None], kernel, stride=old).transpose(1, 2).reshape(len(flat), -1)
    length = -(-new * pcm.shape[-1] // old)
    return out[:, :length].reshape(*pcm.shape[:-1], length)


def _transforms() -> dict[str, Any]:
    """Modules whose parameters have torchaudio's names, as saved voices expect them."""
    import librosa
    import torch

    class Resample(torch.nn.Module):
        def __init__(self, orig_freq: int = 16_000, new_freq: int = 16_000, **_: Any) -> None:
            super().__init__()
            self.rates = (orig_freq, new_freq)

        def forward(self, pcm: Any) -> Any:
            return resample(pcm, *self.rates)

    class Spectrogram(torch.nn.Module):
        def __init__(self, n_fft: int, win_length: int, hop_length: int, window: Any, power: float) -> None:
            super().__init__()
            self.sizes = (n_fft, hop_length, win_length)
            self.power = power
            self.register_buffer("window", window)

        def forward(self, pcm: Any) -> Any:
            spectrum = torch.stft(
                pcm.reshape(-1, pcm.shape[-1]), *self.sizes, self.window, pad_mode="reflect", return_complex=True
            )
            return spectrum.abs().pow(self.power).reshape(*pcm.shape[:-1], *spectrum.shape[-2:])

    class MelScale(torch.nn.Module):
        def __init__(self, filters: Any) -> None:
            super().__init__()
            self.register_buffer("fb", filters)  # (frequencies, mels)

        def forward(self, spectrum: Any) -> Any:
            return torch.matmul(spectrum.transpose(-1, -2), self.fb).transpose(-1, -2)

    class MelSpectrogram(torch.nn.Module):
        """(..., samples) -> (..., mels, frames)."""

        def __init__(
            self,
            sample_rate: int = 16_000,
            n_fft: int = 400,
            win_length: int | None = None,
            hop_length: int | None = None,
            f_min: float = 0.0,
            f_max: float | None = None,
            n_mels: int = 128,
            window_fn: Callable[..., Any] = torch.hann_window,
            power: float = 2.0,
            normalized: bool = False,
            norm: Any = None,
        ) -> None:
            super().__init__()
            if normalized:
                raise NotImplementedError("normalized spectrograms need torchaudio itself: pip install torchaudio")
            win_length = win_length or n_fft
            window = window_fn(win_length)
            self.spectrogram = Spectrogram(n_fft, win_length, hop_length or win_length // 2, window, power)
            filters = librosa.filters.mel(
                sr=sample_rate, n_fft=n_fft, n_mels=n_mels, fmin=f_min, fmax=f_max, htk=True, norm=norm
            )
            self.mel_scale = MelScale(torch.from_numpy(filters.T.copy()))

        def forward(self, pcm: Any) -> Any:
            return self.mel_scale(self.spectrogram(pcm))

    return {"Resample": Resample, "MelSpectrogram": MelSpectrogram}
