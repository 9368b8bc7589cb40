"""Image-text models of the real classes with random weights, some hundred kilobytes, saved to a folder.

One function a family, named like its `model_type`; `tiny_seeing.py` has those that do not chat. A processor with a half
for videos is written as its files are, because making one wants torchvision.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

TEXT = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
}
SIGHT = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 32}
ENDS = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
CHAT = (
    "{% for m in messages %}{{ m['role'] }}: {% for c in m['content'] %}"
    "{% if c['type'] == 'image' %}<image>{% else %}{{ c['text'] }}{% endif %}{% endfor %}"
    "{% for c in m.tool_calls or [] %}<tool_call>{{ c.function | tojson }}</tool_call>{% endfor %}\n{% endfor %}"
    "{% if tools %}{{ tools | tojson }}\n{% endif %}{% if add_generation_prompt %}assistant:{% endif %}"
)
SQUARE = {"size": {"height": 32, "width": 32}}


def tokenizer(*special: str, **named: str) -> Any:
    """Bytes as tokens, after the special ones. A space is one token, so that words come one by one."""
    from transformers import PreTrainedTokenizerFast

    vocabulary = {token: n for n, token in enumerate([*special, *sorted(pre_tokenizers.ByteLevel.alphabet())])}
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(token, special=True) for token in special])
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        extra_special_tokens=named,
    )


def parts(folder: Path, kind: str, images: Any, words: Any, chat: str | None = CHAT, **given: Any) -> None:
    """A processor's files, as a hub repository has them."""
    images.save_pretrained(folder)
    words.chat_template = chat
    words.save_pretrained(folder)
    (folder / "processor_config.json").write_text(json.dumps({"processor_class": kind, **given}))


def llava(folder: Path, chat: str | None = CHAT) -> None:
    from transformers import (
        CLIPImageProcessorPil,
        CLIPVisionConfig,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
    )

    words = tokenizer("<pad>", "<s>", "</s>", "<image>", image_token="<image>")
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(**SIGHT, patch_size=16),
        text_config=LlamaConfig(**TEXT, **ENDS, vocab_size=len(words)),
        image_token_id=3,
    )
    LlavaForConditionalGeneration(config).save_pretrained(folder)
    LlavaProcessor(
        image_processor=CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}),
        tokenizer=words,
        patch_size=16,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=chat,
    ).save_pretrained(folder)


def llava_untaught(folder: Path) -> None:
    """A LLaVA of before chat templates."""
    llava(folder, None)


def llava_next(folder: Path) -> None:
    from transformers import (
        CLIPVisionConfig,
        LlamaConfig,
        LlavaNextConfig,
        LlavaNextForConditionalGeneration,
        LlavaNextImageProcessorPil,
        LlavaNextProcessor,
    )

    words = tokenizer("<pad>", "<s>", "</s>", "<image>", image_token="<image>")
    grid = [[32, 64], [64, 32], [64, 64]]
    config = LlavaNextConfig(
        vision_config=CLIPVisionConfig(**SIGHT, patch_size=16),
        text_config=LlamaConfig(**TEXT, **ENDS, vocab_size=len(words)),
        image_token_index=3,
        image_grid_pinpoints=grid,
    )
    LlavaNextForConditionalGeneration(config).save_pretrained(folder)
    LlavaNextProcessor(
        image_processor=LlavaNextImageProcessorPil(
            size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}, image_grid_pinpoints=grid
        ),
        tokenizer=words,
        patch_size=16,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=CHAT,
    ).save_pretrained(folder)


def llava_onevision(folder: Path) -> None:
    from transformers import (
        LlavaOnevisionConfig,
        LlavaOnevisionForConditionalGeneration,
        LlavaOnevisionImageProcessorPil,
        Qwen2Config,
        SiglipVisionConfig,
    )

    words = tokenizer("<pad>", "<s>", "</s>", "<image>", "<video>", image_token="<image>")
    grid = [[32, 32], [32, 64], [64, 32]]
    config = LlavaOnevisionConfig(
        vision_config=SiglipVisionConfig(**SIGHT, patch_size=16, vision_use_head=False),
        text_config=Qwen2Config(**TEXT, **ENDS, vocab_size=len(words)),
        image_token_index=3,
        video_token_index=4,
        image_grid_pinpoints=grid,
    )
    LlavaOnevisionForConditionalGeneration(config).save_pretrained(folder)
    images = LlavaOnevisionImageProcessorPil(**SQUARE, image_grid_pinpoints=grid)
    given = {"num_image_tokens": 4, "vision_feature_select_strategy": "full"}
    parts(folder, "LlavaOnevisionProcessor", images, words, **given)


def idefics3(folder: Path) -> None:
    """The class of the first SmolVLM."""
    from transformers import Idefics3Config, Idefics3ForConditionalGeneration, Idefics3ImageProcessorPil

    words, config = _smol()
    Idefics3ForConditionalGeneration(Idefics3Config(**config)).save_pretrained(folder)
    images = Idefics3ImageProcessorPil(
        size={"longest_edge": 64}, max_image_size={"longest_edge": 32}, do_image_splitting=True
    )
    parts(folder, "Idefics3Processor", images, words, image_seq_len=4)


def smolvlm(folder: Path) -> None:
    """The class of SmolVLM2."""
    from transformers import SmolVLMConfig, SmolVLMForConditionalGeneration, SmolVLMImageProcessorPil

    words, config = _smol()
    SmolVLMForConditionalGeneration(SmolVLMConfig(**config)).save_pretrained(folder)
    images = SmolVLMImageProcessorPil(
        size={"longest_edge": 64}, max_image_size={"longest_edge": 32}, do_image_splitting=True
    )
    parts(folder, "SmolVLMProcessor", images, words, image_seq_len=4)


def _smol() -> tuple[Any, dict[str, Any]]:
    marks = ("<image>", "<fake_token_around_image>", "<global-img>", "<row_1_col_1>", "<video>")
    words = tokenizer("<pad>", "<s>", "</s>", *marks, image_token="<image>")
    return words, {
        "vision_config": {**SIGHT, "patch_size": 8},
        "text_config": {**TEXT, **ENDS, "model_type": "llama", "vocab_size": len(words) + 2},
        "image_token_id": 3,
        "scale_factor": 2,
        "pad_token_id": 0,
    }


def qwen2_vl(folder: Path) -> None:
    from transformers import Qwen2VLConfig, Qwen2VLForConditionalGeneration

    sight = {"depth": 2, "embed_dim": 32, "hidden_size": 32, "num_heads": 2, "mlp_ratio": 2}
    _qwen(folder, "Qwen2VLProcessor", Qwen2VLConfig, Qwen2VLForConditionalGeneration, sight)


def qwen2_5_vl(folder: Path) -> None:
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    sight = {"depth": 2, "hidden_size": 32, "out_hidden_size": 32, "intermediate_size": 64, "num_heads": 2}
    sight |= {"window_size": 32, "fullatt_block_indexes": [1]}
    _qwen(folder, "Qwen2_5_VLProcessor", Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, sight)


def _qwen(folder: Path, kind: str, config: Any, model: Any, sight: dict[str, Any]) -> None:
    from transformers import Qwen2VLImageProcessorPil

    marks = ("<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>")
    words = tokenizer("<pad>", "<s>", "</s>", *marks, image_token=marks[0], video_token=marks[1])
    turning = {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 1e4}
    made = config(
        text_config={**TEXT, **ENDS, "vocab_size": len(words), "rope_parameters": turning},
        vision_config={**sight, "patch_size": 8, "spatial_merge_size": 2, "temporal_patch_size": 2},
        **{"image_token_id": 3, "video_token_id": 4, "vision_start_token_id": 5, "vision_end_token_id": 6},
    )
    model(made).save_pretrained(folder)
    images = Qwen2VLImageProcessorPil(patch_size=8, min_pixels=256, max_pixels=1024)
    parts(folder, kind, images, words, CHAT.replace("<image>", "<|vision_start|><|image_pad|><|vision_end|>"))


def gemma3(folder: Path) -> None:
    from transformers import (
        Gemma3Config,
        Gemma3ForConditionalGeneration,
        Gemma3ImageProcessorPil,
        Gemma3Processor,
        Gemma3TextConfig,
        SiglipVisionConfig,
    )

    marks = ("<image_soft_token>", "<start_of_image>", "<end_of_image>")
    named = dict(zip(("image_token", "boi_token", "eoi_token"), marks, strict=True))
    words = tokenizer("<pad>", "<s>", "</s>", *marks, **named)
    config = Gemma3Config(
        text_config=Gemma3TextConfig(**TEXT, **ENDS, head_dim=16, sliding_window=8, vocab_size=len(words)),
        vision_config=SiglipVisionConfig(**SIGHT, patch_size=8, vision_use_head=False),
        mm_tokens_per_image=4,
        **{"image_token_index": 3, "boi_token_index": 4, "eoi_token_index": 5},
    )
    Gemma3ForConditionalGeneration(config).save_pretrained(folder)
    Gemma3Processor(
        image_processor=Gemma3ImageProcessorPil(**SQUARE),
        tokenizer=words,
        chat_template=CHAT.replace("<image>", "<start_of_image>"),
        image_seq_length=4,
    ).save_pretrained(folder)


def idefics2(folder: Path) -> None:
    from transformers import (
        Idefics2Config,
        Idefics2ForConditionalGeneration,
        Idefics2ImageProcessorPil,
        Idefics2Processor,
    )

    words = tokenizer("<pad>", "<s>", "</s>", "<image>", "<fake_token_around_image>", "<end_of_utterance>")
    config = Idefics2Config(
        vision_config={**SIGHT, "patch_size": 8},
        perceiver_config={
            "hidden_size": 32,
            "resampler_n_latents": 4,
            "resampler_depth": 1,
            "resampler_n_heads": 2,
            "resampler_head_dim": 16,
            "num_key_value_heads": 2,
        },
        text_config={**TEXT, **ENDS, "model_type": "mistral", "vocab_size": len(words) + 2},
        image_token_id=3,
    )
    Idefics2ForConditionalGeneration(config).save_pretrained(folder)
    images = Idefics2ImageProcessorPil(size={"longest_edge": 32, "shortest_edge": 16}, do_image_splitting=False)
    Idefics2Processor(images, words, image_seq_len=4, chat_template=CHAT).save_pretrained(folder)
