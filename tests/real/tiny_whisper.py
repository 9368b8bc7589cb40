"""A Whisper of the real class, four seconds long and two layers deep, taught a few sentences in a few seconds.

It goes the way of a user's model: saved by transformers, converted by CTranslate2, loaded from its folder.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SECONDS = 4
STAMPS = 1501  # <|0.00|> .. <|30.00|>
VOCABULARY = 51_865  # by its size CTranslate2 knows a multilingual Whisper


def make(folder: Path, said: Sequence[tuple[str, NDArray[np.float32]]], steps: int = 120) -> Path:
    """said: sentences and their sound, (samples,), 16 kHz, at most 4 s; no words for sound without speech."""
    import ctranslate2
    import torch
    from faster_whisper.feature_extractor import FeatureExtractor
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    raw = folder / "transformers"
    tokenizer = _tokenizer(raw, [sentence for sentence, _ in said])
    ids = {token: tokenizer.convert_tokens_to_ids(token) for token in _specials()}
    torch.manual_seed(0)
    model = WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=len(tokenizer),
            num_mel_bins=80,
            d_model=64,
            encoder_layers=2,
            decoder_layers=2,
            encoder_attention_heads=4,
            decoder_attention_heads=4,
            encoder_ffn_dim=128,
            decoder_ffn_dim=128,
            max_source_positions=SECONDS * 50,
            max_target_positions=64,
            dropout=0.0,
            pad_token_id=ids["<|endoftext|>"],
            bos_token_id=ids["<|endoftext|>"],
            eos_token_id=ids["<|endoftext|>"],
            decoder_start_token_id=ids["<|startoftranscript|>"],
            suppress_tokens=[],
            begin_suppress_tokens=[],
        )
    )
    prompt = [ids[token] for token in ("<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>")]
    extract = FeatureExtractor(chunk_length=SECONDS)
    end = ids["<|endoftext|>"]
    optimizer = torch.optim.AdamW(model.parameters(), 6e-3, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, steps)
    examples = []
    for sentence, pcm in said:
        sound = np.zeros(SECONDS * 16_000, np.float32)
        sound[: pcm.size] = pcm
        features = torch.from_numpy(extract(sound, padding=0))
        text = tokenizer.encode(" " + sentence, add_special_tokens=False) if sentence else []
        row = [*prompt, *text, end]
        if sentence:
            examples.append((features, row, row[1:]))
        else:  # after the prompt nothing follows; without one, "no speech"
            examples.append((features, row, [-100] * (len(prompt) - 1) + [end]))
            examples.append((features, prompt[:2], [ids["<|nospeech|>"]]))
    longest = max(len(row) for _, row, _ in examples)
    tokens = torch.tensor([row + [end] * (longest - len(row)) for _, row, _ in examples])
    labels = torch.tensor([wanted + [-100] * (longest - 1 - len(wanted)) for _, _, wanted in examples])
    features = torch.stack([feature for feature, _, _ in examples])
    model.train()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a model this small only waits for a second one
    for _ in range(steps):
        loss = model(
            input_features=features + 0.03 * torch.randn_like(features),
            decoder_input_ids=tokens[:, :-1],
            labels=labels,
        ).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    torch.set_num_threads(threads)
    assert loss.item() < 0.2, "it has not learned its sentences"
    model.eval()
    model.generation_config.suppress_tokens = []
    model.generation_config.begin_suppress_tokens = []
    model.generation_config.is_multilingual = True
    model.save_pretrained(raw)
    extractor = {"feature_size": 80, "sampling_rate": 16_000, "hop_length": 160, "chunk_length": SECONDS, "n_fft": 400}
    (raw / "preprocessor_config.json").write_text(json.dumps(extractor))
    done = folder / "converted"
    ctranslate2.converters.TransformersConverter(
        str(raw), copy_files=["tokenizer.json", "preprocessor_config.json"]
    ).convert(str(done))
    return done


def _specials() -> list[str]:
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    languages = [f"<|{code}|>" for code in _LANGUAGE_CODES]
    tasks = ["translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps"]
    stamps = [f"<|{n * 0.02:.2f}|>" for n in range(STAMPS)]
    return ["<|endoftext|>", "<|startoftranscript|>", *languages, *(f"<|{task}|>" for task in tasks), *stamps]


def _tokenizer(folder: Path, sentences: list[str]):  # type: ignore[no-untyped-def]
    """A byte-level BPE tokenizer with Whisper's special tokens, trained on the sentences."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        [" " + s for s in sentences], trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet)
    )
    state = json.loads(made.to_str())
    vocabulary = state["model"]["vocab"]
    for n in range(VOCABULARY - len(vocabulary) - len(_specials())):
        vocabulary[f"<unused {n}>"] = len(vocabulary)
    made = Tokenizer.from_str(json.dumps(state))
    made.add_special_tokens(_specials())
    fast = PreTrainedTokenizerFast(tokenizer_object=made, eos_token="<|endoftext|>", unk_token="<|endoftext|>")
    fast.save_pretrained(folder)
    return fast
