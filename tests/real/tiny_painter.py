"""A text-to-image pipeline of the real classes, with random weights, small enough to paint in milliseconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def save_pipeline(folder: Path, *, filtered: bool = False) -> str:
    """A Stable Diffusion pipeline in `folder`. filtered: with the library's safety checker."""
    import torch
    from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizerFast

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
    StableDiffusionPipeline(
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
        scheduler=DDIMScheduler(steps_offset=1, clip_sample=False),
        **(_filter() if filtered else {"safety_checker": None, "feature_extractor": None}),
        requires_safety_checker=filtered,
    ).save_pretrained(folder)  # fmt: skip
    return str(folder)


def _filter() -> dict[str, Any]:
    """The safety checker, set so that it flags whatever it sees."""
    import torch
    from diffusers.pipelines.stable_diffusion import StableDiffusionSafetyChecker
    from transformers import CLIPConfig, CLIPImageProcessor

    seeing = {
        "hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 1, "num_attention_heads": 4,
        "image_size": 32, "patch_size": 8,
    }  # fmt: skip
    checker = StableDiffusionSafetyChecker(CLIPConfig(vision_config=seeing, projection_dim=16))
    with torch.no_grad():
        checker.concept_embeds_weights.fill_(-2.0)  # below any cosine
    size = {"height": 32, "width": 32}
    return {"safety_checker": checker, "feature_extractor": CLIPImageProcessor(size=size, crop_size=size)}
