"""Backends that people bring, on tiny random-weight models of the real classes, made and saved on the spot."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from visavis_models.errors import ModelError, PackMissing
from visavis_models.packs import Packs
from visavis_models.ports import Message, ToolCall, ToolSpec
from visavis_models.settings import BackendSettings

TEMPLATE = (
    "{% for m in messages %}<s>{{ m.role }} {{ m.content }}</s>{% endfor %}{% if tools %}{{ tools }}{% endif %}"
    "{% if add_generation_prompt %}<s>assistant {% endif %}"
)


@pytest.fixture(scope="module")
def chat_model(tmp_path_factory) -> str:
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("chat")
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer, raw.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    raw.train_from_iterator(["hello"], trainers.BpeTrainer(special_tokens=["<s>", "</s>"], initial_alphabet=alphabet))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, bos_token="<s>", eos_token="</s>", chat_template=TEMPLATE)
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, bos_token_id=0, eos_token_id=1,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def test_a_chat_model_of_transformers_streams_and_stops(chat_model, tmp_path) -> None:
    from visavis_models.backends.transformers_chat import load

    language = load(BackendSettings(backend="transformers", model=chat_model), Packs(tmp_path))
    assert language.calls_tools
    tool = ToolSpec("clock", "Tell the time.", {"type": "object", "properties": {}})
    asked = [Message("system", "Be short."), Message("user", "Hello?")]
    whole = list(language.reply(asked, [tool], max_tokens=12))
    assert "".join(piece for piece in whole if isinstance(piece, str)) == "".join(
        piece for piece in language.reply(asked, [tool], max_tokens=12) if isinstance(piece, str)
    )
    steps = language.reply(asked, [tool], max_tokens=1000)
    next(steps)
    steps.close()
    answered = [
        *asked,
        Message("assistant", "", calls=(ToolCall("clock", {}, "1"),)),
        Message("tool", "noon", call_id="1"),
    ]
    list(language.reply(answered, [tool], max_tokens=3))


def test_a_missing_chat_model_names_the_command(tmp_path) -> None:
    from visavis_models.backends.transformers_chat import load

    with pytest.raises(PackMissing, match="visavis models pull"):
        load(BackendSettings(backend="transformers", model="nobody/nothing"), Packs(tmp_path))


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
