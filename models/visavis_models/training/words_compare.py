"""Answers of several packs of the language model side by side: `python -m visavis_models.training.words_compare A B`.

A, B: folders that `smollm2_graph.prepare` has filled. The questions are those of questions.toml, or another file of the
same form; prompts are the roles' own, and decoding is the serving backend's, ended after the role's sentences.
"""

from __future__ import annotations

import argparse
import re
import tomllib
from pathlib import Path
from typing import Any

from visavis_models.backends.smollm2 import SmolLM2
from visavis_models.ports import Message

MOST_TOKENS = 120
_SENTENCE = re.compile(r"[.!?][\"')]*(?:\s+|$)")


def messages(role: dict[str, Any], question: dict[str, Any]) -> list[Message]:
    """As the agent's history makes them."""
    made = [Message("system", role["prompt"].strip())]
    for asked, answer in role.get("examples", ()):
        made += [Message("user", asked), Message("assistant", answer)]
    if facts := question.get("facts"):
        made += [Message("user", "What do you know about me?"), Message("assistant", facts)]
    for number, line in enumerate(question["talk"]):
        made.append(Message("assistant" if number % 2 else "user", line))
    return made


def answer(model: SmolLM2, role: dict[str, Any], question: dict[str, Any]) -> str:
    text = "".join(map(str, model.reply(messages(role, question), (), MOST_TOKENS)))
    ends = [found.end() for found in _SENTENCE.finditer(text)]
    most = role.get("sentences", 3)
    return (text[: ends[most - 1]] if len(ends) > most else text).strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--roles", type=Path, default=Path("agents/visavis_agents/roles"))
    parser.add_argument("--questions", type=Path, default=Path(__file__).parent / "questions.toml")
    given = parser.parse_args()
    models = [SmolLM2(folder, 0) for folder in given.folders]
    words = [0] * len(models)
    count = 0
    for name, questions in tomllib.loads(given.questions.read_text("utf-8"))["role"].items():
        role = tomllib.loads((given.roles / f"{name}.toml").read_text("utf-8"))
        for question in questions:
            count += 1
            print(f"\n{count}. " + " / ".join([*filter(None, [question.get("facts")]), *question["talk"]]))
            for number, model in enumerate(models):
                text = answer(model, role, question)
                words[number] += len(text.split())
                print(f"   {given.folders[number].parent.name}: {text}", flush=True)
    for folder, total in zip(given.folders, words, strict=True):
        print(f"{folder.parent.name}: {total / count:.1f} words an answer, {count} answers")


if __name__ == "__main__":
    main()
