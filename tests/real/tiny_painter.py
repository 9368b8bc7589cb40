"""Pipelines of diffusers' real classes, with random weights, small enough to paint in milliseconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PIECES = {"<|startoftext|>": 0, "<|endoftext|>": 1, "c</w>": 2, "a": 3, "t</w>": 4, "c": 5, "cat</w>": 6}


def save_pipeline(folder: Path, *, filtered: bool = False, kind: str = "stable diffusion") -> str:
    """A pipeline in `folder`. filtered: with the library's safety checker (Stable Diffusion only)."""
    import torch

    torch.manual_seed(1)
    pipeline = stable_diffusion(filtered=True) if filtered else KINDS[kind]()
    pipeline.save_pretrained(folder)
    return str(folder)


# --- networks --------------------------------------------------------------------------------------------------------


def _clip_tokenizer() -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import CLIPTokenizerFast

    raw = Tokenizer(models.BPE(PIECES, [], unk_token="<|endoftext|>", end_of_word_suffix="</w>"))
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    return CLIPTokenizerFast(
        tokenizer_object=raw, bos_token="<|startoftext|>", eos_token="<|endoftext|>", pad_token="<|endoftext|>",
        unk_token="<|endoftext|>", model_max_length=16,
    )  # fmt: skip


def _clip(projected: bool = False) -> Any:
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    config = CLIPTextConfig(
        vocab_size=8, hidden_size=32, intermediate_size=37, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=16, bos_token_id=0, eos_token_id=1, pad_token_id=1, projection_dim=32,
    )  # fmt: skip
    return (CLIPTextModelWithProjection if projected else CLIPTextModel)(config)


def _t5_tokenizer() -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import T5TokenizerFast

    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁a", -1.0), ("▁cat", -1.0), ("▁", -2.0)]
    raw = Tokenizer(models.Unigram(pieces, unk_id=2))
    raw.pre_tokenizer = pre_tokenizers.Metaspace()
    return T5TokenizerFast(tokenizer_object=raw, extra_ids=0, model_max_length=32)


def _t5(universal: bool = False) -> Any:
    from transformers import T5Config, T5EncoderModel, UMT5Config, UMT5EncoderModel

    sizes = {"vocab_size": 32, "d_model": 32, "d_kv": 8, "d_ff": 37, "num_layers": 2, "num_heads": 4}
    return UMT5EncoderModel(UMT5Config(**sizes)) if universal else T5EncoderModel(T5Config(**sizes))


def _vae(channels: int = 4, **others: Any) -> Any:
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=[8, 16], norm_num_groups=4, in_channels=3, out_channels=3, latent_channels=channels,
        down_block_types=["DownEncoderBlock2D"] * 2, up_block_types=["UpDecoderBlock2D"] * 2, **others,
    )  # fmt: skip


def _unet(cross: int = 32, **others: Any) -> Any:
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(**(
        {
            "block_out_channels": (16, 32), "norm_num_groups": 8, "layers_per_block": 1, "sample_size": 32, "in_channels": 4,
            "out_channels": 4, "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
            "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"), "cross_attention_dim": cross,
        } | others
    ))  # fmt: skip


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


# --- pipelines -------------------------------------------------------------------------------------------------------


def stable_diffusion(*, filtered: bool = False) -> Any:
    from diffusers import DDIMScheduler, StableDiffusionPipeline

    return StableDiffusionPipeline(
        vae=_vae(), text_encoder=_clip(), tokenizer=_clip_tokenizer(), unet=_unet(),
        scheduler=DDIMScheduler(steps_offset=1, clip_sample=False),
        **(_filter() if filtered else {"safety_checker": None, "feature_extractor": None}),
        requires_safety_checker=filtered,
    )  # fmt: skip


def turbo() -> Any:
    from diffusers import EulerDiscreteScheduler

    pipeline = stable_diffusion()
    pipeline.scheduler = EulerDiscreteScheduler(timestep_spacing="trailing")
    return pipeline


def lcm() -> Any:
    from diffusers import LatentConsistencyModelPipeline, LCMScheduler

    return LatentConsistencyModelPipeline(
        vae=_vae(), text_encoder=_clip(), tokenizer=_clip_tokenizer(), unet=_unet(time_cond_proj_dim=32),
        scheduler=LCMScheduler(), safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip


def sdxl() -> Any:
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline

    return StableDiffusionXLPipeline(
        vae=_vae(), text_encoder=_clip(), text_encoder_2=_clip(projected=True), tokenizer=_clip_tokenizer(),
        tokenizer_2=_clip_tokenizer(), scheduler=EulerDiscreteScheduler(timestep_spacing="leading"),
        unet=_unet(
            64, attention_head_dim=(2, 4), use_linear_projection=True, addition_embed_type="text_time",
            addition_time_embed_dim=8, transformer_layers_per_block=(1, 2), projection_class_embeddings_input_dim=80,
        ),
    )  # fmt: skip


def sd3() -> Any:
    from diffusers import FlowMatchEulerDiscreteScheduler, SD3Transformer2DModel, StableDiffusion3Pipeline

    return StableDiffusion3Pipeline(
        transformer=SD3Transformer2DModel(
            sample_size=32, patch_size=1, in_channels=4, num_layers=1, attention_head_dim=8, num_attention_heads=4,
            caption_projection_dim=32, joint_attention_dim=32, pooled_projection_dim=64, out_channels=4,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(), vae=_vae(shift_factor=0.06, scaling_factor=1.5),
        text_encoder=_clip(projected=True), tokenizer=_clip_tokenizer(),
        text_encoder_2=_clip(projected=True), tokenizer_2=_clip_tokenizer(),
        text_encoder_3=_t5(), tokenizer_3=_t5_tokenizer(),
    )  # fmt: skip


def flux(*, guided: bool = False) -> Any:
    from diffusers import FluxPipeline

    return FluxPipeline(**_flux(guided))


def flux_dev() -> Any:
    return flux(guided=True)


def kontext() -> Any:
    from diffusers import FluxKontextPipeline

    return FluxKontextPipeline(**_flux(True))


def _flux(guided: bool) -> dict[str, Any]:
    from diffusers import FlowMatchEulerDiscreteScheduler, FluxTransformer2DModel

    return {
        "scheduler": FlowMatchEulerDiscreteScheduler(), "vae": _vae(shift_factor=0.06, scaling_factor=1.5),
        "text_encoder": _clip(), "tokenizer": _clip_tokenizer(), "text_encoder_2": _t5(),
        "tokenizer_2": _t5_tokenizer(),
        "transformer": FluxTransformer2DModel(
            patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16,
            num_attention_heads=2, joint_attention_dim=32, pooled_projection_dim=32, axes_dims_rope=[4, 4, 8],
            guidance_embeds=guided,
        ),
    }  # fmt: skip


def pixart() -> Any:
    from diffusers import DPMSolverMultistepScheduler, PixArtSigmaPipeline, PixArtTransformer2DModel

    return PixArtSigmaPipeline(
        transformer=PixArtTransformer2DModel(
            sample_size=32, num_layers=1, patch_size=2, attention_head_dim=8, num_attention_heads=4,
            caption_channels=32, in_channels=4, cross_attention_dim=32, out_channels=8, norm_type="ada_norm_single",
            use_additional_conditions=False,
        ),
        vae=_vae(), scheduler=DPMSolverMultistepScheduler(), text_encoder=_t5(), tokenizer=_t5_tokenizer(),
    )  # fmt: skip


def instructed() -> Any:
    from diffusers import EulerAncestralDiscreteScheduler, StableDiffusionInstructPix2PixPipeline

    return StableDiffusionInstructPix2PixPipeline(
        vae=_vae(), text_encoder=_clip(), tokenizer=_clip_tokenizer(), unet=_unet(in_channels=8),
        scheduler=EulerAncestralDiscreteScheduler(), safety_checker=None, feature_extractor=None,
        requires_safety_checker=False,
    )  # fmt: skip


def text_to_video_sd() -> Any:
    from diffusers import DDIMScheduler, TextToVideoSDPipeline, UNet3DConditionModel

    return TextToVideoSDPipeline(
        vae=_vae(), text_encoder=_clip(), tokenizer=_clip_tokenizer(), scheduler=DDIMScheduler(clip_sample=False),
        unet=UNet3DConditionModel(
            block_out_channels=(8, 8), layers_per_block=1, sample_size=32, norm_num_groups=2, attention_head_dim=4,
            down_block_types=("CrossAttnDownBlock3D", "DownBlock3D"), up_block_types=("UpBlock3D", "CrossAttnUpBlock3D"),
            cross_attention_dim=32,
        ),
    )  # fmt: skip


def animatediff() -> Any:
    from diffusers import AnimateDiffPipeline, DDIMScheduler, MotionAdapter

    adapter = MotionAdapter(
        block_out_channels=(16, 32), motion_layers_per_block=1, motion_norm_num_groups=2, motion_num_attention_heads=4
    )
    return AnimateDiffPipeline(
        vae=_vae(), text_encoder=_clip(), tokenizer=_clip_tokenizer(), unet=_unet(), motion_adapter=adapter,
        scheduler=DDIMScheduler(beta_schedule="linear", clip_sample=False),
    )  # fmt: skip


def cogvideox() -> Any:
    from diffusers import AutoencoderKLCogVideoX, CogVideoXDDIMScheduler, CogVideoXPipeline, CogVideoXTransformer3DModel

    return CogVideoXPipeline(
        tokenizer=_t5_tokenizer(), text_encoder=_t5(), scheduler=CogVideoXDDIMScheduler(),
        vae=AutoencoderKLCogVideoX(
            in_channels=3, out_channels=3, latent_channels=4, layers_per_block=1, norm_num_groups=2,
            block_out_channels=(8, 8, 8, 8), temporal_compression_ratio=4,
            down_block_types=("CogVideoXDownBlock3D",) * 4, up_block_types=("CogVideoXUpBlock3D",) * 4,
        ),
        transformer=CogVideoXTransformer3DModel(
            num_attention_heads=4, attention_head_dim=8, in_channels=4, out_channels=4, time_embed_dim=2,
            text_embed_dim=32, num_layers=1, sample_width=8, sample_height=8, sample_frames=9, patch_size=2,
            temporal_compression_ratio=4, max_text_seq_length=226,
        ),
    )  # fmt: skip


def wan() -> Any:
    from diffusers import AutoencoderKLWan, FlowMatchEulerDiscreteScheduler, WanPipeline, WanTransformer3DModel

    return WanPipeline(
        tokenizer=_t5_tokenizer(), text_encoder=_t5(universal=True), scheduler=FlowMatchEulerDiscreteScheduler(shift=7),
        vae=AutoencoderKLWan(base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1,
                             temperal_downsample=[False, True, True]),
        transformer=WanTransformer3DModel(
            patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=12, in_channels=16, out_channels=16,
            text_dim=32, freq_dim=256, ffn_dim=32, num_layers=1, cross_attn_norm=True, rope_max_seq_len=32,
        ),
    )  # fmt: skip


def ltx() -> Any:
    from diffusers import (
        AutoencoderKLLTXVideo,
        FlowMatchEulerDiscreteScheduler,
        LTXPipeline,
        LTXVideoTransformer3DModel,
    )

    return LTXPipeline(
        tokenizer=_t5_tokenizer(), text_encoder=_t5(), scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=AutoencoderKLLTXVideo(
            in_channels=3, out_channels=3, latent_channels=8, block_out_channels=(8, 8, 8, 8),
            decoder_block_out_channels=(8, 8, 8, 8), layers_per_block=(1,) * 5, decoder_layers_per_block=(1,) * 5,
            spatio_temporal_scaling=(True, True, False, False), patch_size=1, patch_size_t=1,
            decoder_spatio_temporal_scaling=(True, True, False, False), encoder_causal=True, decoder_causal=False,
        ),
        transformer=LTXVideoTransformer3DModel(
            in_channels=8, out_channels=8, num_attention_heads=4, attention_head_dim=8, cross_attention_dim=32,
            num_layers=1, caption_channels=32,
        ),
    )  # fmt: skip


KINDS = {
    "stable diffusion": stable_diffusion, "turbo": turbo, "lcm": lcm, "sdxl": sdxl, "sd3": sd3, "flux schnell": flux,
    "flux dev": flux_dev, "kontext": kontext, "pixart": pixart, "instruct pix2pix": instructed,
    "text to video": text_to_video_sd, "animatediff": animatediff, "cogvideox": cogvideox, "wan": wan, "ltx": ltx,
}  # fmt: skip
