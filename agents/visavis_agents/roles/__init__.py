"""Roles: who the assistant is, in a TOML file."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

import msgspec


class RoleError(ValueError):
    """The role does not exist or its file is wrong; the message says what to do."""


class Role(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """prompt: told to the language model first. greeting: said when somebody comes, empty for none.

    examples: pairs of a question and the answer wished for; a small model follows them better than instructions.
    about, abilities: said when asked who it is and what it can do. unsure: said instead of guessing a fact, in one or
    several ways, where "{asked}" stands for what was asked; without any there are general ones (`rules/unsure.txt`).
    knowledge: folder of documents to answer from, empty for none; in a file of one's own, relative to that file.
    tools: names of `tools.toolbox.TOOLS`. sentences: a longer reply of the language model is ended here. pace: 1.0
    is the voice's own. guides: it tells unasked what changes before the camera (`guide.py`). nudge: said once into a
    silence of nudge_s seconds after a question of the assistant. addressed: what is said while everybody in the
    camera's view is turned away is not answered. visit_s: seconds out of view after which a visitor has left, so that
    the conversation is forgotten and who comes next is greeted; 0: nobody comes and goes."""

    name: str
    prompt: str
    greeting: str = ""
    about: str = "I'm Vis, a voice assistant that runs on the computer behind this page."
    abilities: str = "You can ask me things and talk with me, and interrupt me whenever you like."
    unsure: str | tuple[str, ...] = ()
    examples: tuple[tuple[str, str], ...] = ()
    tools: tuple[str, ...] = ()
    knowledge: str = ""
    sentences: int = 3
    pace: float = 1.0
    guides: bool = False
    nudge: str = "Take your time."
    nudge_s: float = 8.0
    addressed: bool = False
    visit_s: float = 0.0

    @property
    def ways_unsure(self) -> tuple[str, ...]:
        return (self.unsure,) if isinstance(self.unsure, str) else self.unsure


def shipped() -> list[str]:
    """Names of the roles that come with the package."""
    return sorted(file.name[:-5] for file in files(__name__).iterdir() if file.name.endswith(".toml"))


def load_role(name: str) -> Role:
    """name: a shipped role, or the path of a TOML file. Raises RoleError."""
    beside = Path()
    if name in shipped():
        data = files(__name__).joinpath(f"{name}.toml").read_bytes()
    elif Path(name).suffix == ".toml" and Path(name).is_file():
        data, beside = Path(name).read_bytes(), Path(name).parent
    else:
        raise RoleError(f"there is no role {name!r}: use one of {', '.join(shipped())}, or the path of a .toml file")
    try:
        role = msgspec.convert(tomllib.loads(data.decode()), Role)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise RoleError(f"the role file {name} is wrong: {error}") from None
    if role.knowledge:
        role = msgspec.structs.replace(role, knowledge=str(beside / Path(role.knowledge).expanduser()))
    return role
