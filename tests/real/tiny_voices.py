"""Voices of the real classes with random weights, saved to a folder as their libraries expect them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

HOP = 256


def vits(folder: Path, **arguments: Any) -> Path:
    """Coqui's VITS, spoken from letters."""
    from visavis_models.torchaudio_parts import standing_in

    with standing_in():
        import torch
        from TTS.tts.configs.vits_config import VitsConfig
        from TTS.tts.models.vits import Vits, VitsArgs

        small = {
            "hidden_channels": 16,
            "hidden_channels_ffn_text_encoder": 32,
            "num_heads_text_encoder": 2,
            "num_layers_text_encoder": 1,
            "num_layers_flow": 1,
            "num_layers_posterior_encoder": 1,
            "upsample_initial_channel_decoder": 32,
            "init_discriminator": False,
            "use_sdp": False,
            **arguments,
        }
        config = VitsConfig(use_phonemes=False, text_cleaner="english_cleaners", model_args=VitsArgs(**small))
        torch.manual_seed(1)
        model = Vits(config)
        torch.save({"model": model.state_dict()}, folder / "model.pth")
        config.save_json(folder / "config.json")
    return folder


def xtts(folder: Path) -> Path:
    """Coqui's XTTS with one layer."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    from visavis_models.torchaudio_parts import standing_in

    words = ["[STOP]", "[UNK]", "[SPACE]", "[START]", "[en]", *"abcdefghijklmnopqrstuvwxyz.,?!'"]
    raw = Tokenizer(models.BPE(vocab={word: n for n, word in enumerate(words)}, merges=[], unk_token="[UNK]"))
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    raw.add_special_tokens(words[:5])
    raw.save(str(folder / "vocab.json"))
    with standing_in():
        import torch
        from TTS.tts.configs.xtts_config import XttsConfig
        from TTS.tts.models.xtts import Xtts, XttsArgs

        config = XttsConfig(
            model_args=XttsArgs(
                gpt_layers=1,
                gpt_n_model_channels=64,
                gpt_n_heads=2,
                gpt_max_audio_tokens=60,
                gpt_number_text_tokens=len(words),
                gpt_start_text_token=3,
                gpt_stop_text_token=0,
                decoder_input_dim=64,
            )
        )
        torch.manual_seed(1)
        model = Xtts(config)
        torch.save({"model": model.state_dict()}, folder / "model.pth")
        config.save_json(folder / "config.json")
    return folder


def recording(path: Path, seconds: float = 4.0) -> Path:
    """Something like a voice: a buzz that rises and falls."""
    t = np.arange(int(seconds * 22_050)) / 22_050
    pitch = 120 + 30 * np.sin(2 * np.pi * 2 * t)
    soundfile.write(path, 0.3 * np.sign(np.sin(2 * np.pi * np.cumsum(pitch) / 22_050)), 22_050)
    return path


def piper(folder: Path, speakers: int = 1, aligned: bool = True) -> Path:
    """A graph with the inputs and outputs of a Piper voice: each phoneme is as long as its id says, and hums.

    aligned: its durations can be found, as in most published voices."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

    table = (np.arange(256) % 5 + 1).astype(np.float32)
    constants = {
        "table": table,
        "one": np.array([1], np.int64),
        "two": np.array([2], np.int64),
        "hop": np.array(float(HOP), np.float32),
        "zero": np.array(0, np.float32),
        "step": np.array(1, np.float32),
        "low": np.array(0.03, np.float32),
        "axes": np.array([0, 1], np.int64),
    }
    nodes = [
        helper.make_node("Gather", ["table", "input"], ["w"]),
        helper.make_node("Slice", ["scales", "one", "two"], ["length"]),
        helper.make_node("Mul", ["w", "length"], ["scaled"]),
        helper.make_node("Ceil" if aligned else "Round", ["scaled"], ["w_ceil"]),
        helper.make_node("ReduceSum", ["w_ceil"], ["frames"], keepdims=0),
        helper.make_node("Mul", ["frames", "hop"], ["samples"]),
        helper.make_node("Range", ["zero", "samples", "step"], ["at"]),
        helper.make_node("Mul", ["at", "low"], ["phase"]),
        helper.make_node("Sin", ["phase"], ["sound"]),
        helper.make_node("Unsqueeze", ["sound", "axes"], ["output"]),
    ]
    inputs = [
        helper.make_tensor_value_info("input", TensorProto.INT64, [1, "phonemes"]),
        helper.make_tensor_value_info("input_lengths", TensorProto.INT64, [1]),
        helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
    ]
    if speakers > 1:
        inputs.append(helper.make_tensor_value_info("sid", TensorProto.INT64, [1]))
    graph = helper.make_graph(
        nodes,
        "voice",
        inputs,
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, "samples"])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    path = folder / "voice.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    config = {
        "audio": {"sample_rate": 22_050},
        "espeak": {"voice": "en-us"},
        "phoneme_type": "espeak",
        "num_symbols": 256,
        "num_speakers": speakers,
        "speaker_id_map": {f"speaker {n}": n for n in range(speakers)} if speakers > 1 else {},
        "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
        "phoneme_id_map": DEFAULT_PHONEME_ID_MAP,
        "hop_length": HOP,
    }
    Path(f"{path}.json").write_text(json.dumps(config))
    return path
