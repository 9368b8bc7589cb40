"""Backends that people bring, on tiny random-weight models of the real classes, made and saved on the spot."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from visavis_models.errors import ModelError
from visavis_models.packs import Packs
from visavis_models.settings import BackendSettings


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory) -> str:
    import torch
    from diffusers import AutoencoderKL, PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizerFast

    folder = tmp_path_factory.mktemp("painter")
    torch.manual_seed(1)
    pieces = {"<|startoftext|>": 0, "<|endoftext|>": 1, "c</w>": 2, "a": 3, "t</w>": 4, "c": 5, "cat</w>": 6}
    raw = Tokenizer(models.BPE(pieces, [], unk_token="<|endoftext|>", end_of_word_suffix="</w>"))
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = CLIPTokenizerFast(
        tokenizer_object=raw, bos_token="<|startoftext|>", eos_token="<|endoftext|>", pad_token="<|endoftext|>",
        unk_token="<|endoftext|>", model_max_length=16,
    )  # fmt: skip
    text = CLIPTextConfig(
        vocab_size=8, hidden_size=32, intermediate_size=37, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=16, bos_token_id=0, eos_token_id=1, pad_token_id=1,
    )  # fmt: skip
    made = StableDiffusionPipeline(
        vae=AutoencoderKL(
            block_out_channels=[32, 64], in_channels=3, out_channels=3, latent_channels=4,
            down_block_types=["DownEncoderBlock2D"] * 2, up_block_types=["UpDecoderBlock2D"] * 2,
        ),
        text_encoder=CLIPTextModel(text),
        tokenizer=tokenizer,
        unet=UNet2DConditionModel(
            block_out_channels=(32, 64), layers_per_block=1, sample_size=32, in_channels=4, out_channels=4,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), cross_attention_dim=32,
        ),
        scheduler=PNDMScheduler(skip_prk_steps=True),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )  # fmt: skip
    made.save_pretrained(folder)
    return str(folder)


def test_a_pipeline_of_diffusers_paints_with_previews_and_can_be_stopped(pipeline, tmp_path) -> None:
    from visavis_models.backends.diffusers_painter import load

    settings = BackendSettings(backend="diffusers", model=pipeline, options={"steps": 4, "guidance": 2.0})
    painter = load(settings, Packs(tmp_path))
    paintings = list(painter.paint("a cat", (64, 64)))
    assert [painting.done for painting in paintings][-1] is True
    assert not any(painting.done for painting in paintings[:-1])
    assert len(paintings) >= 2
    assert paintings[-1].picture.shape == (64, 64, 3)
    assert paintings[-1].picture.dtype == np.uint8
    steps = painter.paint("a cat", (64, 64))
    next(steps)
    steps.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "painting"]
    with pytest.raises(ModelError, match="painter failed"):
        list(painter.paint("a cat", (63, 64)))
