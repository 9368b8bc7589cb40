"""Previews from latents: the colours and shapes of the picture, whatever form a pipeline keeps its latents in."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from visavis_models.backends.latents import Glimpses, fitted

CHANNELS, RATIO = 4, 8


class Averaging(torch.nn.Module):
    """An autoencoder as the trained ones nearly are: each latent a mixture of the colour of its 8 x 8 pixels."""

    def __init__(self, clip: bool, shift: float = 0.1, scale: float = 1.8) -> None:
        super().__init__()
        self.config: Any = {"latent_channels": CHANNELS, "shift_factor": shift, "scaling_factor": scale}
        self.config = type("Config", (dict,), {"__getattr__": dict.get})(self.config)
        self.mixture = torch.randn(CHANNELS, 3, generator=torch.Generator().manual_seed(5))
        if clip:
            self.of_clips = torch.nn.Conv3d(1, 1, 1)
        self.register_parameter("weight", torch.nn.Parameter(torch.zeros(1)))
        self.dtype, self.device = torch.float32, torch.device("cpu")

    def encode(self, pixels: torch.Tensor) -> Any:
        flat = pixels.reshape(1, 3, *pixels.shape[-2:])
        latents = torch.einsum("cr,brhw->bchw", self.mixture, torch.nn.functional.avg_pool2d(flat, RATIO))
        return SimpleNamespace(latent=latents if pixels.ndim == 4 else latents[:, :, None])

    def normal(self, picture: np.ndarray) -> torch.Tensor:
        """(1, channels, height / 8, width / 8), scaled as a pipeline's latents are."""
        pixels = torch.from_numpy(picture.transpose(2, 0, 1)[None].astype(np.float32) / 127.5 - 1)
        return (self.encode(pixels).latent - 0.1) * 1.8


def scene() -> np.ndarray:
    """A blue sky over a green field with a red ball at the left; wider than high."""
    picture = np.full((128, 192, 3), (90, 150, 230), np.uint8)
    picture[80:] = (40, 140, 50)
    return cv2.circle(picture, (48, 80), 28, (220, 40, 30), -1)


def packed(latents: torch.Tensor) -> torch.Tensor:
    """As FLUX keeps them: 2 x 2 latents a token."""
    batch, channels, height, width = latents.shape
    parts = latents.view(batch, channels, height // 2, 2, width // 2, 2).permute(0, 2, 4, 1, 3, 5)
    return parts.reshape(batch, height * width // 4, channels * 4)


def tokens_of_clip(latents: torch.Tensor) -> torch.Tensor:
    """As LTX keeps them: one latent a token, frame by frame."""
    return (
        torch.cat([torch.zeros_like(latents), latents, torch.zeros_like(latents)])
        .flatten(2)
        .transpose(1, 2)
        .flatten(0, 1)[None]
    )


FORMS: dict[str, Any] = {
    "a picture": lambda latents: latents,
    "packed": packed,
    "a clip": lambda latents: torch.stack([latents * 0, latents, latents * 0], dim=2),
    "a clip, frames first": lambda latents: torch.stack([latents * 0, latents, latents * 0], dim=1),
    "a clip in tokens": tokens_of_clip,
}


@pytest.mark.parametrize("form", FORMS)
def test_the_picture_can_be_made_out(form: str) -> None:
    vae = Averaging(clip="clip" in form)
    pipeline = SimpleNamespace(vae=vae, vae_scale_factor=RATIO)
    glimpse = Glimpses(pipeline).see(FORMS[form](vae.normal(scene())), (192, 128))
    assert glimpse is not None
    assert glimpse.shape == (171, 256, 3)
    wanted = cv2.resize(scene(), (256, 171), interpolation=cv2.INTER_AREA)
    assert np.abs(glimpse.astype(int) - wanted).mean() < 8


def test_what_is_in_no_known_form_has_no_preview() -> None:
    glimpses = Glimpses(SimpleNamespace(vae=Averaging(clip=False), vae_scale_factor=RATIO))
    for latents in (None, torch.zeros(1, 7), torch.zeros(1, 11, 16), torch.zeros(1, 2, 2, 2, 2, 2)):
        assert glimpses.see(latents, (192, 128)) is None


def test_an_encoder_that_fails_leaves_shapes() -> None:
    """Without the fit the three directions in which the latents differ most are shown."""
    vae = Averaging(clip=False)
    latents = vae.normal(scene())
    pipeline = SimpleNamespace(vae=vae, vae_scale_factor=RATIO)
    vae.mixture = vae.mixture * float("nan")
    with pytest.raises((ValueError, np.linalg.LinAlgError)):
        fitted(pipeline)
    glimpse = Glimpses(pipeline).see(latents, (192, 128))
    assert glimpse is not None
    assert glimpse.std() > 20
