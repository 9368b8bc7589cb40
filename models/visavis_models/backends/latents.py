"""What is being painted, seen before it is done: latents as blurred shapes and colours, without the decoder.

A decoder costs as much as a step or more. Latents are nearly a linear picture already (K. Turner, "Decoding latents to
RGB without upscaling", discuss.huggingface.co), so a few numbers for each channel do: they are fitted once, with the
pipeline's own encoder, to a picture of soft random colours. That holds for every autoencoder, and needs no tables.
"""

from __future__ import annotations

import logging
import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis_models.ports import Picture

PREVIEW = 256  # pixels of a preview's longer side
MOST_SIDE = 512  # pixels of the picture that the fit is made with
Floats = NDArray[np.float32]

_LOG = logging.getLogger(__name__)


class Glimpses:
    """Previews of one pipeline's latents."""

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline
        self._fit: tuple[Floats, Floats] | None = None
        self._tried = False

    def see(self, latents: Any, size: tuple[int, int]) -> Picture | None:
        """latents: as a step left them. size: (width, height) of the picture. None where they are of no known form."""
        try:
            planes = self._planes(latents, size)
            if planes is None:
                return None
            rgb = self._rgb(planes)
        except Exception as error:  # whatever the pipeline's encoder raises: a picture without previews is a picture
            _LOG.debug("no preview: %s", error)
            return None
        if rgb is None:
            return None
        small = np.asarray(np.clip(np.nan_to_num(rgb), 0, 1) * 255, np.uint8)
        scale = PREVIEW / max(small.shape[:2])
        return np.asarray(cv2.resize(small, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)

    def _rgb(self, planes: Floats) -> Floats | None:
        if not self._tried:
            self._tried = True
            try:
                self._fit = fitted(self._pipeline)
            except Exception as error:  # no encoder, no memory for it, an unknown kind
                _LOG.info("previews without colours: %s", error)
        if self._fit is not None and len(self._fit[0]) == planes.shape[2]:
            return planes @ self._fit[0] + self._fit[1]
        if planes.shape[2] < 3:
            return None
        flat = planes.reshape(-1, planes.shape[2])  # the three directions in which the picture differs most
        flat = flat - flat.mean(axis=0)
        main = np.linalg.eigh(flat.T @ flat)[1][:, -3:]
        spread = (flat @ main).reshape(*planes.shape[:2], 3)
        return np.asarray(spread / (4 * spread.std() + 1e-6) + 0.5, np.float32)

    def _planes(self, latents: Any, size: tuple[int, int]) -> Floats | None:
        """(height, width, channels) of the first picture; of a clip, of its middle frame."""
        if latents is None:
            return None
        channels = _channels(self._pipeline)
        found = latents[0].detach().float().cpu().numpy()
        if found.ndim == 4:  # a clip: (channels, frames, height, width), or CogVideoX's (frames, channels, ...)
            found = found[:, found.shape[1] // 2] if found.shape[0] == channels else found[found.shape[0] // 2]
        elif found.ndim == 2:
            found = self._unpacked(found, channels, size)
        return None if found is None or found.ndim != 3 else np.ascontiguousarray(found.transpose(1, 2, 0))

    def _unpacked(self, tokens: Floats, channels: int, size: tuple[int, int]) -> Floats | None:
        """FLUX, Qwen-Image, LTX: (tokens, channels * patch * patch), row by row, a clip frame by frame."""
        patch = math.isqrt(tokens.shape[1] // channels)
        unit = _ratio(self._pipeline) * patch
        width, height = size[0] // unit, size[1] // unit
        frames, rest = divmod(len(tokens), max(1, width * height))
        if rest or not frames or channels * patch * patch != tokens.shape[1]:
            return None
        one = tokens.reshape(frames, height, width, channels, patch, patch)[frames // 2]
        turned = one.transpose(2, 0, 3, 1, 4)
        return np.ascontiguousarray(turned.reshape(channels, height * patch, width * patch))


def fitted(pipeline: Any) -> tuple[Floats, Floats]:
    """Weights (channels, 3) and an offset (3,) from a pipeline's latents to RGB in 0..1, by least squares."""
    import torch

    vae, ratio, channels = pipeline.vae, _ratio(pipeline), _channels(pipeline)
    side = min(MOST_SIDE, max(128, ratio * math.ceil(math.sqrt(3 * channels)))) // ratio * ratio
    colours = soft_colours(side)
    device = getattr(pipeline, "_execution_device", vae.device)
    upcast = vae.dtype == torch.float16 and bool(getattr(vae.config, "force_upcast", False))  # SDXL's overflows
    if upcast:
        vae.to(torch.float32)
    try:
        pixels = torch.from_numpy(colours.transpose(2, 0, 1)[None] * 2 - 1).to(device, vae.dtype)
        if any(isinstance(part, torch.nn.Conv3d) for part in vae.modules()):
            pixels = pixels[:, :, None]
        with torch.no_grad():
            encoded = vae.encode(pixels)
    finally:
        if upcast:
            vae.to(torch.float16)
    latents = encoded.latent_dist.mode() if hasattr(encoded, "latent_dist") else encoded.latent
    found = _normal(vae, latents.detach().float().cpu().numpy()[0].reshape(channels, -1))
    rows = round(math.sqrt(found.shape[1]))
    small = cv2.resize(colours, (rows, rows), interpolation=cv2.INTER_AREA).reshape(-1, 3)
    known = np.concatenate([found.T, np.ones((len(small), 1), np.float32)], axis=1)
    ridge = 1e-3 * len(small) * np.eye(known.shape[1])
    ridge[-1, -1] = 0
    weights = np.linalg.solve(known.T @ known + ridge, known.T @ small)
    if not np.isfinite(weights).all():
        raise ValueError("the encoder overflowed")
    return np.asarray(weights[:-1], np.float32), np.asarray(weights[-1], np.float32)


def soft_colours(side: int) -> Floats:
    """(side, side, 3) in 0..1: random colours in patches and gradients of several sizes, always the same ones."""
    random = np.random.default_rng(7)
    picture = np.full((side, side, 3), 0.5, np.float32)
    for cells, strength in ((2, 0.35), (4, 0.35), (9, 0.3), (17, 0.2)):
        noise = random.uniform(-1, 1, (cells, cells, 3)).astype(np.float32)
        light = random.uniform(-1, 1, (cells, cells, 1)).astype(np.float32)
        picture += strength * cv2.resize((noise + light) / 2, (side, side), interpolation=cv2.INTER_CUBIC)
    return np.clip(picture, 0, 1)


def _normal(vae: Any, latents: Floats) -> Floats:
    """As the pipelines scale what the encoder gives: (channels, pixels)."""
    import torch

    config = vae.config
    own = dict(vae.named_buffers(recurse=False))  # LTX keeps them there
    mean, std = (own.get(name, config.get(name)) for name in ("latents_mean", "latents_std"))
    if mean is not None and std is not None:
        middle, spread = (torch.as_tensor(value).float().cpu().numpy().reshape(-1, 1) for value in (mean, std))
        normal: Floats = (latents - middle) / spread
        return normal * np.float32(getattr(config, "scaling_factor", None) or 1.0)
    shift = np.float32(getattr(config, "shift_factor", None) or 0.0)
    return (latents - shift) * np.float32(getattr(config, "scaling_factor", None) or 1.0)


def _channels(pipeline: Any) -> int:
    config = pipeline.vae.config
    return int(getattr(config, "latent_channels", None) or getattr(config, "z_dim", None) or 4)


def _ratio(pipeline: Any) -> int:
    """Pixels of a side to one of the latents'."""
    for name in ("vae_spatial_compression_ratio", "vae_scale_factor_spatial", "vae_scale_factor"):
        if isinstance(ratio := getattr(pipeline, name, None), int):
            return ratio
    return 8
