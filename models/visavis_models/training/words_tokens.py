"""Dialogues made and written as tokens, each after the prompt of a role that it suits: `words_examples.Prepared`.

`python -m visavis_models.training.words_tokens FILE` keeps them in a file, for a machine without the tokenizer.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from random import Random

from visavis_models.training.words_dialogues import HERE, Dialogue, anchors, dialogues
from visavis_models.training.words_examples import Example, Prepared

OWN = 0.6  # of the dialogues follow a role with its examples, the others a bare prompt
SUITS = {
    "kiosk": "kiosk",
    "counter": "kiosk",
    "guide": "guide",
    "child": "storyteller",
    "stories": "storyteller",
}  # themes, and their roles
ELSEWHERE = {  # for half of a theme's dialogues, one of these roles
    "stories": ("companion",),
    "child": ("companion",),
    "documents": ("kiosk",),
    "recall": ("companion", "kiosk"),
}


class Tokens:
    """Chats as the serving backend writes them (`backends/smollm2.py`)."""

    def __init__(self, folder: Path) -> None:
        import openvino_genai

        self._tokenizer = openvino_genai.Tokenizer(str(folder))
        self._known: dict[str, tuple[int, ...]] = {}

    def prompt(self, system: str, examples: Sequence[tuple[str, str]]) -> tuple[int, ...]:
        chat = f"<|im_start|>system\n{system.strip()}<|im_end|>\n"
        for question, answer in examples:
            chat += f"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n{answer}<|im_end|>\n"
        return self._encode(chat)

    def dialogue(self, dialogue: Dialogue) -> tuple[tuple[int, ...], tuple[bool, ...]]:
        found = [(self._encode(text), counted) for text, counted in pieces(dialogue)]
        tokens = tuple(token for encoded, _ in found for token in encoded)
        return tokens, tuple(counted for encoded, counted in found for _ in encoded)

    def know(self, some: Iterable[Dialogue]) -> None:
        """Their pieces, many at once: a hundred times faster than one by one."""
        new = list({text for dialogue in some for text, _ in pieces(dialogue)} - self._known.keys())
        for first in range(0, len(new), 2000):
            texts = new[first : first + 2000]
            encoded = self._tokenizer.encode(texts, add_special_tokens=False)
            for text, row, real in zip(texts, encoded.input_ids.data, encoded.attention_mask.data, strict=True):
                self._known[text] = tuple(map(int, row[real == 1]))

    def _encode(self, text: str) -> tuple[int, ...]:
        if (known := self._known.get(text)) is not None:
            return known
        return tuple(map(int, self._tokenizer.encode(text, add_special_tokens=False).input_ids.data[0]))


def pieces(dialogue: Dialogue) -> Iterator[tuple[str, bool]]:
    """What it is written in, and whether that is learned."""
    for turn in dialogue.turns:
        if turn.role == "fact":
            asked = "<|im_start|>user\nWhat do you know about me?<|im_end|>\n"
            yield f"{asked}<|im_start|>assistant\n{turn.text}<|im_end|>\n", False
        else:
            yield f"<|im_start|>{turn.role}\n", False
            yield f"{turn.text}<|im_end|>", turn.learned
            yield "\n", False


def prompts(roles: Path, tokens: Tokens) -> tuple[list[tuple[int, ...]], dict[str, list[int]]]:
    """The prompts, and for each role the numbers of those that suit it, its own first."""
    made: list[tuple[int, ...]] = []
    suited: dict[str, list[int]] = {}
    for role, bare in tomllib.loads((HERE / "prompts.toml").read_text("utf-8")).items():
        own = tomllib.loads((roles / f"{role}.toml").read_text("utf-8"))
        suited[role] = list(range(len(made), len(made) + 1 + len(bare)))
        made.append(tokens.prompt(own["prompt"], own.get("examples", ())))
        made += [tokens.prompt(text, ()) for text in bare]
    return made, suited


def examples(some: Sequence[Dialogue], seed: int, suited: dict[str, list[int]], tokens: Tokens) -> Iterator[Example]:
    """Each dialogue after a prompt that suits it."""
    random = Random(seed)
    tokens.know(some)
    for number, dialogue in enumerate(some):
        role = SUITS.get(dialogue.theme, "companion")
        if random.random() < 0.5:
            role = random.choice(ELSEWHERE.get(dialogue.theme, (role,)))
        elif role == "companion" and random.random() < 0.2:
            role = "storyteller"
        own, *others = suited[role]
        prompt = own if random.random() < OWN or not others else random.choice(others)
        yield Example(number, prompt, dialogue.theme, *tokens.dialogue(dialogue))


def prepared(folder: Path, roles: Path, seed: int, learned: int, held_out: int) -> Prepared:
    """folder: of the model's pack, whose tokenizer is used. learned, held_out: how many dialogues."""
    tokens = Tokens(folder)
    made, suited = prompts(roles, tokens)
    return Prepared(
        tuple(made),
        tuple(examples(list(islice(dialogues(seed, False), learned)), seed, suited, tokens)),
        tuple(examples(list(islice(dialogues(seed, True), held_out)), seed, suited, tokens)),
        tuple(examples(anchors(), seed, suited, tokens)),
    )


def main() -> None:
    from visavis_models.packs import Packs
    from visavis_models.settings import ModelSettings

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--roles", type=Path, default=Path("agents/visavis_agents/roles"), help="folder of role files")
    parser.add_argument("--packs", type=Path, default=ModelSettings().packs, help="folder of the packs")
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--dialogues", type=int, default=2000, help="to learn from")
    parser.add_argument("--held-out", type=int, default=300, help="dialogues to test on")
    given = parser.parse_args()
    folder = Packs(given.packs).folder("smollm2-135m")
    prepared(folder, given.roles, given.seed, given.dialogues, given.held_out).save(given.file)


if __name__ == "__main__":
    main()
