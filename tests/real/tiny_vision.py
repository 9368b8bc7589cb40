"""Image-text models of the real classes with random weights, some hundred kilobytes, saved to a folder."""

from __future__ import annotations

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
CHAT = (
    "{% for m in messages %}{{ m['role'] }}: {% for c in m['content'] %}"
    "{% if c['type'] == 'image' %}<image>{% else %}{{ c['text'] }}{% endif %}{% endfor %}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)


def tokenizer(*special: str) -> Any:
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
        extra_special_tokens={"image_token": "<image>"},
    )


def llava(folder: Path) -> None:
    from transformers import (
        CLIPImageProcessorPil,
        CLIPVisionConfig,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
    )

    words = tokenizer("<pad>", "<s>", "</s>", "<image>")
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(**SIGHT, patch_size=16),
        text_config=LlamaConfig(**TEXT, vocab_size=len(words), pad_token_id=0, bos_token_id=1, eos_token_id=2),
        image_token_id=3,
    )
    LlavaForConditionalGeneration(config).save_pretrained(folder)
    LlavaProcessor(
        image_processor=CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}),
        tokenizer=words,
        patch_size=16,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=CHAT,
    ).save_pretrained(folder)


def smolvlm(folder: Path) -> None:
    """Idefics3, the class of SmolVLM."""
    from transformers import (
        Idefics3Config,
        Idefics3ForConditionalGeneration,
        Idefics3ImageProcessorPil,
        Idefics3Processor,
    )

    words = tokenizer("<s>", "</s>", "<pad>", "<image>", "<fake_token_around_image>", "<global-img>", "<row_1_col_1>")
    text = {**TEXT, "model_type": "llama", "vocab_size": len(words) + 2}
    config = Idefics3Config(
        vision_config={**SIGHT, "patch_size": 8},
        text_config={**text, "pad_token_id": 2, "bos_token_id": 0, "eos_token_id": 1},
        image_token_id=3,
        scale_factor=2,
        pad_token_id=2,
    )
    Idefics3ForConditionalGeneration(config).save_pretrained(folder)
    pictures = Idefics3ImageProcessorPil(
        size={"longest_edge": 64}, max_image_size={"longest_edge": 32}, do_image_splitting=True
    )
    Idefics3Processor(
        image_processor=pictures,
        tokenizer=words,
        image_seq_len=4,
        chat_template=CHAT.replace("<image>", "{{'<image>'}}"),
    ).save_pretrained(folder)


def blip(folder: Path) -> None:
    from transformers import (
        BertTokenizerFast,
        BlipConfig,
        BlipForConditionalGeneration,
        BlipImageProcessorPil,
        BlipProcessor,
        BlipTextConfig,
        BlipVisionConfig,
    )

    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    text = {name: value for name, value in TEXT.items() if name != "num_key_value_heads"}
    config = BlipConfig(
        text_config=BlipTextConfig(
            **text,
            vocab_size=len(words),
            encoder_hidden_size=32,
            projection_dim=32,
            bos_token_id=2,
            pad_token_id=0,
            eos_token_id=3,
            sep_token_id=3,
        ).to_dict(),
        vision_config=BlipVisionConfig(**SIGHT, patch_size=16, projection_dim=32).to_dict(),
    )
    BlipForConditionalGeneration(config).save_pretrained(folder)
    BlipProcessor(
        BlipImageProcessorPil(size={"height": 32, "width": 32}),
        BertTokenizerFast(vocab={word: n for n, word in enumerate(words)}),
    ).save_pretrained(folder)
