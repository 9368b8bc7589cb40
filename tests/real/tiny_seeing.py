"""Image models that do not chat, of the real classes with random weights: captioners, answerers, naming by words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.real.tiny_vision import ENDS, SIGHT, SQUARE, TEXT, tokenizer

BERT = {name: value for name, value in TEXT.items() if name != "num_key_value_heads"}


def letters(folder: Path | None = None) -> Any:
    """A BERT tokenizer that knows letters."""
    from transformers import BertTokenizerFast

    alphabet = "abcdefghijklmnopqrstuvwxyz"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *alphabet, *(f"##{letter}" for letter in alphabet)]
    made = BertTokenizerFast(vocab={word: n for n, word in enumerate(words)})
    if folder:
        made.save_pretrained(folder)
    return made


def blip(folder: Path) -> None:
    from transformers import BlipForConditionalGeneration

    _blip(folder, BlipForConditionalGeneration)


def blip_questions(folder: Path) -> None:
    from transformers import BlipForQuestionAnswering

    _blip(folder, BlipForQuestionAnswering)


def _blip(folder: Path, kind: Any) -> None:
    from transformers import BlipConfig, BlipImageProcessorPil, BlipProcessor, BlipTextConfig, BlipVisionConfig

    words = letters()
    text = BlipTextConfig(
        **BERT,
        vocab_size=len(words),
        encoder_hidden_size=32,
        projection_dim=32,
        bos_token_id=2,
        pad_token_id=0,
        eos_token_id=3,
        sep_token_id=3,
    )
    sight = BlipVisionConfig(**SIGHT, patch_size=16, projection_dim=32)
    kind(BlipConfig(text_config=text.to_dict(), vision_config=sight.to_dict())).save_pretrained(folder)
    BlipProcessor(BlipImageProcessorPil(**SQUARE), words).save_pretrained(folder)


def blip2(folder: Path) -> None:
    from transformers import Blip2Config, Blip2ForConditionalGeneration, Blip2Processor, BlipImageProcessorPil

    words = tokenizer("<pad>", "<s>", "</s>", "<image>")
    config = Blip2Config(**_querying(len(words)), image_token_index=3)
    Blip2ForConditionalGeneration(config).save_pretrained(folder)
    Blip2Processor(BlipImageProcessorPil(**SQUARE), words, num_query_tokens=4).save_pretrained(folder)


def instructblip(folder: Path) -> None:
    from transformers import (
        BlipImageProcessorPil,
        InstructBlipConfig,
        InstructBlipForConditionalGeneration,
        InstructBlipProcessor,
    )

    words, questions = tokenizer("<pad>", "<s>", "</s>", "<image>"), letters()
    given = _querying(len(words))
    given["qformer_config"]["vocab_size"] = len(questions)
    InstructBlipForConditionalGeneration(InstructBlipConfig(**given, image_token_index=3)).save_pretrained(folder)
    InstructBlipProcessor(BlipImageProcessorPil(**SQUARE), words, questions, num_query_tokens=4).save_pretrained(folder)


def _querying(vocabulary: int) -> dict[str, Any]:
    text = {
        "hidden_size": 32,
        "ffn_dim": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "word_embed_proj_dim": 32,
    }
    return {
        "vision_config": {**SIGHT, "patch_size": 16},
        "qformer_config": {**BERT, "encoder_hidden_size": 32, "cross_attention_frequency": 1},
        "text_config": {**text, **ENDS, "model_type": "opt", "vocab_size": vocabulary, "max_position_embeddings": 512},
        "num_query_tokens": 4,
    }


def idefics(folder: Path) -> None:
    """The open Flamingo."""
    from transformers import IdeficsConfig, IdeficsForVisionText2Text, IdeficsImageProcessorPil, IdeficsProcessor

    words = tokenizer("<pad>", "<s>", "</s>", "<fake_token_around_image>", "<image>", "<end_of_utterance>")
    config = IdeficsConfig(
        **BERT,
        **ENDS,
        vocab_size=len(words),
        vision_config={
            "embed_dim": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": 32,
            "patch_size": 16,
        },
        use_resampler=True,
        perceiver_config={
            "resampler_n_latents": 4,
            "resampler_depth": 1,
            "resampler_n_heads": 2,
            "resampler_head_dim": 16,
        },
        alpha_initializer="ones",
    )
    IdeficsForVisionText2Text(config).save_pretrained(folder)
    IdeficsProcessor(IdeficsImageProcessorPil(image_size=32), words).save_pretrained(folder)


def captioner(folder: Path) -> None:
    """An encoder with a decoder behind it: ViT and GPT-2."""
    from transformers import (
        GPT2Config,
        VisionEncoderDecoderConfig,
        VisionEncoderDecoderModel,
        ViTConfig,
        ViTImageProcessorPil,
    )

    words = tokenizer("<pad>", "<s>", "</s>", "<image>")
    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(
        ViTConfig(**SIGHT, patch_size=16),
        GPT2Config(**ENDS, vocab_size=len(words), n_embd=32, n_layer=2, n_head=2, n_positions=512),
    )
    config.decoder_start_token_id, config.pad_token_id, config.eos_token_id = 1, 0, 2
    VisionEncoderDecoderModel(config).save_pretrained(folder)
    ViTImageProcessorPil(**SQUARE).save_pretrained(folder)
    words.save_pretrained(folder)


def clip(folder: Path) -> None:
    from transformers import (
        CLIPConfig,
        CLIPImageProcessorPil,
        CLIPModel,
        CLIPProcessor,
        CLIPTextConfig,
        CLIPVisionConfig,
    )

    words = tokenizer("<pad>", "<s>", "</s>")
    text = CLIPTextConfig(**BERT, **ENDS, vocab_size=len(words), max_position_embeddings=64, projection_dim=16)
    sight = CLIPVisionConfig(**SIGHT, patch_size=16, projection_dim=16)
    config = CLIPConfig(text_config=text.to_dict(), vision_config=sight.to_dict(), projection_dim=16)
    CLIPModel(config).save_pretrained(folder)
    images = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    CLIPProcessor(images, words).save_pretrained(folder)


def siglip(folder: Path) -> None:
    from transformers import (
        SiglipConfig,
        SiglipImageProcessorPil,
        SiglipModel,
        SiglipProcessor,
        SiglipTextConfig,
        SiglipVisionConfig,
    )

    words = tokenizer("<pad>", "<s>", "</s>")
    text = SiglipTextConfig(**BERT, **ENDS, vocab_size=len(words), max_position_embeddings=64, projection_size=32)
    sight = SiglipVisionConfig(**SIGHT, patch_size=16)
    SiglipModel(SiglipConfig(text_config=text.to_dict(), vision_config=sight.to_dict())).save_pretrained(folder)
    SiglipProcessor(SiglipImageProcessorPil(**SQUARE), words).save_pretrained(folder)


ANSWERS = {0: "yes", 1: "no", 2: "two", 3: "red"}
_NAMED = {"id2label": ANSWERS, "label2id": {answer: n for n, answer in ANSWERS.items()}}


def vilt(folder: Path) -> None:
    from transformers import ViltConfig, ViltForQuestionAnswering, ViltImageProcessorPil, ViltProcessor

    words = letters()
    ViltForQuestionAnswering(ViltConfig(**SIGHT, patch_size=16, vocab_size=len(words), **_NAMED)).save_pretrained(
        folder
    )
    ViltProcessor(ViltImageProcessorPil(size={"shortest_edge": 32}, size_divisor=16), words).save_pretrained(folder)


def visual_bert(folder: Path) -> None:
    """It looks at the cells of `backbone`."""
    from transformers import VisualBertConfig, VisualBertForQuestionAnswering

    config = VisualBertConfig(**BERT, vocab_size=len(letters(folder)), visual_embedding_dim=16, **_NAMED)
    VisualBertForQuestionAnswering(config).save_pretrained(folder)


def lxmert(folder: Path) -> None:
    """It looks at the boxes of `detector`; its answers have no names."""
    from transformers import LxmertConfig, LxmertForQuestionAnswering

    layers = {"l_layers": 1, "x_layers": 1, "r_layers": 1}
    config = LxmertConfig(
        hidden_size=32,
        intermediate_size=64,
        num_attention_heads=2,
        vocab_size=len(letters(folder)),
        visual_feat_dim=32,
        num_qa_labels=4,
        **layers,
    )
    LxmertForQuestionAnswering(config).save_pretrained(folder)


def _resnet() -> Any:
    from transformers import ResNetConfig

    return ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic", out_features=["stage2"]
    )


def backbone(folder: Path) -> None:
    from transformers import ConvNextImageProcessorPil, ResNetModel

    ResNetModel(_resnet()).save_pretrained(folder)
    ConvNextImageProcessorPil(size={"shortest_edge": 32}, crop_pct=1.0).save_pretrained(folder)


def detector(folder: Path) -> None:
    from transformers import DetrConfig, DetrForObjectDetection, DetrImageProcessorPil

    layers = {"encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64}
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2}
    config = DetrConfig(
        use_timm_backbone=False,
        use_pretrained_backbone=False,
        backbone=None,
        backbone_config=_resnet(),
        d_model=32,
        num_queries=6,
        num_labels=3,
        **layers,
        **heads,
    )
    DetrForObjectDetection(config).save_pretrained(folder)
    DetrImageProcessorPil(size={"shortest_edge": 32, "longest_edge": 64}).save_pretrained(folder)
