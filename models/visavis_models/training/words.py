"""Trains the language model's adapter: `make train-words`, on a CPU; stopped, it goes on where it was.

What came of it so far: docs/cards/words.md. Dialogues (`words_dialogues.py`) follow the prompt of a role; only the
assistant's words count. The layers below `frozen` run once for each dialogue and their output is kept on disk, so that
a second pass costs little more than half. The work folder holds checkpoints, a line of figures for each step
(log.jsonl) and the curves. A token costs 2 x 3.5 million operations a layer forward, as much again backward in the
trained ones, and 2 x 28 million each way for its scores where it counts: ten trained layers make about 0.2 thousand
million, and the layers below 0.14 once.
"""

from __future__ import annotations

import argparse
import json
import math
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from visavis_models.backends.gguf_file import GgufFile
from visavis_models.backends.smollm2_graph import GGUF
from visavis_models.packs import Packs
from visavis_models.settings import ModelSettings
from visavis_models.training.words_dialogues import HERE, Dialogue, dialogues
from visavis_models.training.words_model import LAYERS, PARTS, WIDTH, Words

SYSTEM_ONLY = 0.5  # of the dialogues follow a prompt without a role's examples


@dataclass(frozen=True)
class Plan:
    """What a run depends on; kept beside its checkpoints."""

    seed: int = 8
    dialogues: int = 2000
    passes: int = 3
    rank: int = 16
    frozen: int = 20  # layers that stay as they are, from below
    tokens: int = 1280  # in a batch, padding included
    rate: float = 1e-3
    warm_up: int = 20  # steps
    tests: int = 40  # held-out dialogues
    every: int = 30  # steps between tests and checkpoints

    def rate_at(self, step: int, steps: int) -> float:
        """A warm-up, then flat, and down to a twentieth over the last quarter, so that a longer run begins the same."""
        return self.rate * min((step + 1) / self.warm_up, 1.0, max(0.05, 4 * (1 - step / steps)))


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


def examples(plan: Plan, suited: dict[str, list[int]], tokens: Tokens, held_out: bool) -> list[Example]:
    random = Random(plan.seed)
    found = []
    count = plan.tests if held_out else plan.dialogues
    for number, dialogue in enumerate(islice(dialogues(plan.seed, held_out), count)):
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


class Kept:
    """What the lower layers made of each dialogue, on disk: float32, one row a token."""

    def __init__(self, path: Path, model: Words, made: list[tuple[int, ...]], found: Sequence[Example]) -> None:
        self._model = model
        self._prompts = {number: torch.tensor(tokens) for number, tokens in enumerate(made)}
        self._lower: dict[int, Tensor] = {}
        self._starts = np.cumsum([0, *(len(each.tokens) for each in found)])
        rows = np.lib.format.open_memmap
        shape = (int(self._starts[-1]), WIDTH)
        self._rows = rows(path, "r+") if path.exists() else rows(path, "w+", np.float32, shape)
        if self._rows.shape != shape:
            raise SystemExit(f"{path} belongs to other dialogues: remove its folder and begin again")

    def batch(self, batch: Sequence[Example]) -> tuple[Tensor, Tensor]:
        """Hidden states of the prompt, (P, width), and of the dialogues, (B, T, width)."""
        prompt, longest = batch[0].prompt, max(len(each.tokens) for each in batch)
        hidden = torch.zeros(len(batch), longest, WIDTH)
        if prompt not in self._lower or any(not self._rows[self._starts[each.number]].any() for each in batch):
            padded = torch.tensor([[*each.tokens, *[0] * (longest - len(each.tokens))] for each in batch])
            self._lower[prompt], hidden = self._model.lower(self._prompts[prompt], padded)
            for row, each in zip(hidden, batch, strict=True):
                at = self._starts[each.number]
                self._rows[at : at + len(each.tokens)] = row[: len(each.tokens)].numpy()
            return self._lower[prompt], hidden
        for row, each in zip(hidden, batch, strict=True):
            at = self._starts[each.number]
            row[: len(each.tokens)] = torch.from_numpy(np.array(self._rows[at : at + len(each.tokens)]))
        return self._lower[prompt], hidden


def loss(model: Words, kept: Kept, batch: Sequence[Example]) -> Tensor:
    """Nats of each token that counts: (N,)."""
    upper = model.upper(*kept.batch(batch))
    where = [(row, at) for row, each in enumerate(batch) for at, counts in enumerate(each.counts) if counts]
    goal = torch.tensor([batch[row].tokens[at] for row, at in where])
    rows, ats = torch.tensor(where).T
    return F.cross_entropy(model.scores(upper[rows, ats - 1]), goal, reduction="none")


def tested(model: Words, kept: Kept, found: Sequence[Example], most: int) -> dict[str, float]:
    """Mean nats a token on the held-out dialogues, over all and by theme."""
    sums: dict[str, list[float]] = {}
    with torch.no_grad():
        for batch in batches(found, most, Random(0)):
            values = iter(loss(model, kept, batch).tolist())
            for each in batch:
                own = list(islice(values, sum(each.counts)))
                sums.setdefault(each.theme, []).extend(own)
                sums.setdefault("all", []).extend(own)
    return {theme: round(sum(values) / len(values), 4) for theme, values in sorted(sums.items())}


def train(plan: Plan, folder: Path, work: Path, roles: Path, threads: int, minutes: float) -> None:
    """Blocking. folder: of the model's pack. minutes: of work in this call; then it keeps a checkpoint and returns."""
    torch.manual_seed(plan.seed)
    torch.set_num_threads(threads)
    work.mkdir(parents=True, exist_ok=True)
    tokens = Tokens(folder)
    made, suited = prompts(roles, tokens)
    learned, held_out = (examples(plan, suited, tokens, each) for each in (False, True))
    model = Words(GgufFile(folder / GGUF), plan.frozen, plan.rank)
    trained = [value for value in model.parameters() if value.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=plan.rate, betas=(0.9, 0.98), weight_decay=0.01)
    order = [batch for each in range(plan.passes) for batch in batches(learned, plan.tokens, Random(plan.seed + each))]
    first = resumed(work, plan, model, optimizer)
    kept = Kept(work / "lower.npy", model, made, learned)
    kept_tests = Kept(work / "lower-tests.npy", model, made, held_out)

    def note(**figures: Any) -> None:
        with (work / "log.jsonl").open("a") as log:
            log.write(json.dumps(figures) + "\n")
        print(*(f"{key} {value}" for key, value in figures.items()), flush=True)

    sizes = (len(learned), sum(len(each.tokens) for each in learned), sum(sum(each.counts) for each in learned))
    note(
        dialogues=sizes[0],
        tokens=sizes[1],
        counted=sizes[2],
        steps=len(order),
        parameters=sum(map(torch.numel, trained)),
    )
    if first == 0:
        note(step=0, tested=tested(model, kept_tests, held_out, plan.tokens))
    began = time.monotonic()
    for step, batch in enumerate(order[first:], first):
        for group in optimizer.param_groups:
            group["lr"] = plan.rate_at(step, len(order))
        start = time.monotonic()
        value = loss(model, kept, batch).mean()
        value.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        spent = time.monotonic() - start
        note(
            step=step + 1,
            loss=round(value.item(), 4),
            seconds=round(spent, 2),
            tokens=sum(len(each.tokens) for each in batch),
        )
        over = time.monotonic() - began > minutes * 60
        if (step + 1) % plan.every == 0 or step + 1 == len(order) or over:
            note(step=step + 1, tested=tested(model, kept_tests, held_out, plan.tokens))
            keep(work, plan, model, optimizer, step + 1)
            save_adapter(model, work / "words.npz")
            curves(work)
        if over:
            return


def keep(work: Path, plan: Plan, model: Words, optimizer: torch.optim.Optimizer, step: int) -> None:
    state = {"plan": asdict(plan), "step": step, "model": model.state_dict(), "optimizer": optimizer.state_dict()}
    torch.save(state, work / "checkpoint.new")
    (work / "checkpoint.new").replace(work / "checkpoint.pt")


def resumed(work: Path, plan: Plan, model: Words, optimizer: torch.optim.Optimizer) -> int:
    """The step to go on with."""
    path = work / "checkpoint.pt"
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    if state["plan"] != asdict(plan):
        raise SystemExit(f"{path} is of another plan, {state['plan']}: give that one, or another --work folder")
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"])


def save_adapter(model: Words, path: Path) -> None:
    """float16 matrices by name, as `backends/low_rank.py` adds them: 7.qkv.down, 7.qkv.up and so on."""
    halves: dict[str, Any] = {}
    for number in range(model.frozen, LAYERS):
        for part in PARTS:
            module = getattr(model.layers[number], part)
            halves[f"{number}.{part}.down"] = module.down.detach().numpy().astype(np.float16)
            halves[f"{number}.{part}.up"] = module.up.detach().numpy().astype(np.float16)
    np.savez(path, **halves)


def curves(work: Path) -> None:
    """Draw curves.png from log.jsonl."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    lines = [json.loads(line) for line in (work / "log.jsonl").read_text().splitlines()]
    figure, axes = pyplot.subplots(figsize=(7, 4))
    steps = [(line["step"], line["loss"]) for line in lines if "loss" in line]
    tests = [(line["step"], line["tested"]["all"]) for line in lines if "tested" in line]
    axes.plot(*zip(*steps, strict=True), color="0.7", label="learned from, each batch")
    axes.plot(*zip(*tests, strict=True), marker="o", label="held-out families")
    axes.set(xlabel="step", ylabel="nats a token", ylim=(0, None))
    axes.legend()
    figure.savefig(work / "curves.png", dpi=110)
    pyplot.close(figure)


def main(arguments: Iterator[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--roles", type=Path, default=Path("agents/visavis_agents/roles"), help="folder of role files")
    parser.add_argument("--packs", type=Path, default=ModelSettings().packs, help="folder of the packs")
    parser.add_argument("--work", type=Path, default=Path("out/words"), help="checkpoints and figures")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop after so long; run again to go on")
    for name, value in asdict(Plan()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    given = parser.parse_args(list(arguments) if arguments is not None else None)
    plan = replace(Plan(), **{name: getattr(given, name) for name in asdict(Plan())})
    folder = Packs(given.packs).folder("smollm2-135m")
    train(plan, folder, given.work, given.roles, given.threads, given.minutes)


if __name__ == "__main__":
    main()
