"""Dialogues as the tokens that are learned from: a role's prompt before them, batches of one prompt and length."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random

from visavis_models.training.words_dialogues import HERE, Dialogue, dialogues

SYSTEM_ONLY = 0.5  # of the dialogues follow a prompt without a role's examples


@dataclass(frozen=True, slots=True)
class Example:
    """A dialogue as tokens. prompt: number of the prompt it follows; counts: tokens that are to be foretold."""

    number: int
    prompt: int
    theme: str
    tokens: tuple[int, ...]
    counts: tuple[bool, ...]


class Tokens:
    """Chats as the serving backend writes them (`backends/smollm2.py`)."""

    def __init__(self, folder: Path) -> None:
        import openvino_genai

        self._tokenizer = openvino_genai.Tokenizer(str(folder))

    def prompt(self, system: str, examples: Sequence[tuple[str, str]]) -> tuple[int, ...]:
        chat = f"<|im_start|>system\n{system.strip()}<|im_end|>\n"
        for question, answer in examples:
            chat += f"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n{answer}<|im_end|>\n"
        return self._encode(chat)

    def dialogue(self, dialogue: Dialogue) -> tuple[tuple[int, ...], tuple[bool, ...]]:
        tokens: list[int] = []
        counts: list[bool] = []
        for turn in dialogue.turns:
            if turn.role == "fact":
                asked = "<|im_start|>user\nWhat do you know about me?<|im_end|>\n"
                pieces = [(f"{asked}<|im_start|>assistant\n{turn.text}<|im_end|>\n", False)]
            else:
                pieces = [
                    (f"<|im_start|>{turn.role}\n", False),
                    (f"{turn.text}<|im_end|>", turn.learned),
                    ("\n", False),
                ]
            for text, counted in pieces:
                encoded = self._encode(text)
                tokens += encoded
                counts += [counted] * len(encoded)
        return tuple(tokens), tuple(counts)

    def _encode(self, text: str) -> tuple[int, ...]:
        return tuple(map(int, self._tokenizer.encode(text, add_special_tokens=False).input_ids.data[0]))


def prompts(roles: Path, tokens: Tokens) -> tuple[list[tuple[int, ...]], dict[str, list[int]]]:
    """The prompts, and for each kind of theme the numbers of those that suit it, the roles' own first."""
    made: list[tuple[int, ...]] = []
    suited: dict[str, list[int]] = {"companion": [], "kiosk": []}
    for kind in suited:
        role = tomllib.loads((roles / f"{kind}.toml").read_text("utf-8"))
        suited[kind].append(len(made))
        made.append(tokens.prompt(role["prompt"], role.get("examples", ())))
    for kind, texts in tomllib.loads((HERE / "prompts.toml").read_text("utf-8")).items():
        for text in texts:
            suited[kind].append(len(made))
            made.append(tokens.prompt(text, ()))
    return made, suited


def examples(seed: int, count: int, held_out: bool, suited: dict[str, list[int]], tokens: Tokens) -> list[Example]:
    """The first `count` dialogues of the seed, each after a prompt that suits it."""
    random = Random(seed)
    found = []
    for number, dialogue in enumerate(islice(dialogues(seed, held_out), count)):
        own, *others = suited["kiosk" if dialogue.theme == "kiosk" else "companion"]
        prompt = random.choice(others) if random.random() < SYSTEM_ONLY else own
        found.append(Example(number, prompt, dialogue.theme, *tokens.dialogue(dialogue)))
    return found


def batches(found: Sequence[Example], most: int, random: Random) -> list[list[Example]]:
    """Dialogues of one prompt and about one length together: `most` tokens, padding included. In random order."""
    made: list[list[Example]] = []
    for prompt in sorted({each.prompt for each in found}):
        same = [each for each in found if each.prompt == prompt]
        same.sort(key=lambda each: (len(each.tokens) + random.uniform(-8, 8), each.number))
        batch: list[Example] = []
        longest = 0
        for each in same:
            longest = max(longest, len(each.tokens))
            if batch and longest * (len(batch) + 1) > most:
                made.append(batch)
                batch, longest = [], len(each.tokens)
            batch.append(each)
        made.append(batch)
    random.shuffle(made)
    return made
