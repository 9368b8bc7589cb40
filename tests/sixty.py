"""`make sixty`: what is answered to the sixty questions of `questions/sixty.toml`, by the language model alone and by all.

Text in, text out: no recognizer and no voice take part. `--model` adds a column for another model of the same backend.
The table is for reading; nothing is scored here.
"""

from __future__ import annotations

import asyncio
import tomllib
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from tests.typed import answers, converse, senses
from visavis_agents.history import History
from visavis_agents.knowledge import Knowledge
from visavis_agents.roles import load_role
from visavis_agents.settings import AgentSettings
from visavis_models.load import load
from visavis_models.packs import Packs
from visavis_models.ports import Embedder, Language
from visavis_models.profiles import choices
from visavis_models.senses import Sense
from visavis_models.settings import Ability, ModelSettings
from visavis_models.workers import Worker

HERE = Path(__file__).parent / "questions"


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    say: str
    good: str
    role: str = "companion"
    after: tuple[str, ...] = ()


def questions() -> list[Question]:
    table = tomllib.loads((HERE / "sixty.toml").read_text("utf-8"))
    return [msgspec.convert(one, Question) for one in table["question"]]


def alone(language: Language, question: Question) -> str:
    """The language model with the role's prompt and examples, and nothing else."""
    role, history, settings = load_role(question.role), History(), AgentSettings()
    for said in (*question.after, question.say):
        history.user(said)
        messages = history.messages(role, [], "", settings.history_turns)
        answer = "".join(str(piece) for piece in language.reply(messages, (), settings.max_reply_tokens))
        history.assistant(answer.strip())
    return history.last_reply()


def loaded(ability: Ability, model: str = "") -> Sense[Any]:
    settings = ModelSettings()
    chosen = choices(settings)[ability]
    given = chosen.model_copy(update={"model": model}) if model else chosen
    return Sense(load(ability, given, Packs(settings.packs)), Worker(ability))


def main(
    model: Annotated[
        list[str] | None, typer.Option(help="another model of the language backend, for a column of its own")
    ] = None,
    out: Annotated[Path, typer.Option(help="where the table is written, as markdown")] = Path("out/sixty.md"),
) -> None:
    """Ask, and print all answers."""
    language: Sense[Language] = loaded("language")
    embedder: Sense[Embedder] = loaded("embedder")
    others = {name: loaded("language", name) for name in model or ()}
    all_of_it = senses(language, embedder)
    museum = Knowledge.of(HERE / "museum", embedder)
    lines = ["# Sixty questions", "", "Text in, text out.", ""]
    for number, question in enumerate(questions(), 1):
        role = load_role(question.role)
        said = [*question.after, question.say]
        given = {"model alone": alone(language.port, question)}
        given |= {name: alone(other.port, question) for name, other in others.items()}
        events = asyncio.run(converse(all_of_it, role, said, museum if question.role == "kiosk" else None))
        given["whole agent"] = answers(events)[-1]
        block = [f"{number}. **{' / '.join(said)}** ({question.role}; good: {question.good})"]
        block += [f"   - {who}: {answer}" for who, answer in given.items()]
        print("\n".join(block), flush=True)
        lines += block
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("\n".join(lines) + "\n", "utf-8")
    for other in others.values():
        other.worker.close()
    all_of_it.close()


if __name__ == "__main__":
    typer.run(main)
