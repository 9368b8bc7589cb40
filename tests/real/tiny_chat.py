"""Chat models of the real classes with random weights, a few hundred kilobytes, saved to a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

TEMPLATE = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}"
    "{% for c in m.tool_calls or [] %}<tool_call>{{ c.function | tojson }}</tool_call>{% endfor %}</s>{% endfor %}"
    "{% if tools %}{{ tools | tojson }}{% endif %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
NO_SYSTEM = "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}" + TEMPLATE
SIZE = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "max_position_embeddings": 2048,
}


def tokenizer(template: str | None = TEMPLATE, words: tuple[str, ...] = ()) -> Any:
    """Bytes as tokens, and a few words and special marks."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    special = ["<s>", "</s>", "<|system|>", "<|user|>", "<|assistant|>", "<|tool|>"]
    vocabulary = {token: n for n, token in enumerate([*special, *sorted(pre_tokenizers.ByteLevel.alphabet())])}
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    made.add_tokens([AddedToken(word, normalized=False) for word in words])
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        bos_token="<s>",
        eos_token="</s>",
        chat_template=template,
        clean_up_tokenization_spaces=False,
    )


def llama(folder: Path, template: str | None = TEMPLATE, **config: Any) -> Path:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    words = tokenizer(template)
    torch.manual_seed(1)
    LlamaForCausalLM(LlamaConfig(vocab_size=len(words), **{**SIZE, **config})).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def mistral(folder: Path) -> Path:
    """With a sliding window, whose cache forgets and cannot be cut back."""
    import torch
    from transformers import MistralConfig, MistralForCausalLM

    words = tokenizer()
    torch.manual_seed(2)
    MistralForCausalLM(MistralConfig(vocab_size=len(words), **SIZE, sliding_window=8)).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def taught(folder: Path, *answer: str) -> Path:
    """A llama that says `answer` after the assistant's mark, whatever was asked: trained on the spot. Each part of the
    answer is one token if it is ASCII."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    words = tokenizer(words=tuple(part for part in answer if part.isascii()))
    torch.manual_seed(3)
    model = LlamaForCausalLM(LlamaConfig(vocab_size=len(words), **{**SIZE, "hidden_size": 64}))
    said = torch.tensor([words.encode(f"<|assistant|>{''.join(answer)}</s>", add_special_tokens=False)])
    optimizer = torch.optim.AdamW(model.parameters(), 1e-2)
    for _ in range(300):
        before = torch.randint(6, len(words), (4, 12))
        ids = torch.cat([before, said.expand(4, -1)], dim=1)
        labels = ids.clone()
        labels[:, :13] = -100
        loss = model(input_ids=ids, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if loss.item() < 0.004:
            break
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder
