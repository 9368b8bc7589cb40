"""Settings from defaults < TOML file < environment < flags. Unknown keys are errors, told in one line.

Every value remembers where it came from, so that an error names the file, variable or flag to be corrected.
"""

from __future__ import annotations

import contextlib
import difflib
import json
import tomllib
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from visavis_models.profiles import choices
from visavis_server.guard import loopback
from visavis_server.settings import ServerSettings, Settings

PREFIX = "VISAVIS_"
CONFIG = "VISAVIS_CONFIG"  # the settings file, where a flag is out of reach
DEFAULT_FILE = Path("visavis.toml")
SECRET = ("token", "api_key", "credential")
OPEN = "options"  # below it every key is allowed: the backend's own
HELP = "see `visavis serve --help`"


class SettingsError(Exception):
    """A setting is wrong; the message says where, what would be right, in one line."""


class Given(NamedTuple):
    """One value somebody gave. source: in words, for errors."""

    path: tuple[str, ...]
    value: Any
    source: str


def build(config: Path | None, flags: Mapping[str, str], environment: Mapping[str, str]) -> Settings:
    """Settings of this server. config: a TOML file. flags: dotted names and values. Raises SettingsError."""
    if config is None and CONFIG in environment:
        config = Path(environment[CONFIG])
    if config is None and DEFAULT_FILE.is_file():
        config = DEFAULT_FILE
    given = [*_of_file(config)] if config is not None else []
    for variable, text in sorted(environment.items()):
        if variable.startswith(PREFIX) and variable != CONFIG:
            given.append(Given(tuple(variable[len(PREFIX) :].lower().split("__")), text, f"${variable}"))
    given += [Given(tuple(name.split(".")), text, f"flag {name}") for name, text in flags.items()]
    known = [name for name, _, _ in documented()]
    tree: dict[str, Any] = {}
    for one in given:
        _check_known(one, known)
        _put(tree, one)
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise SettingsError(_told(error, given)) from None


def check_open(server: ServerSettings) -> None:
    """Only this machine may come in without a token. Raises SettingsError."""
    if not server.token and not loopback(server.host):
        raise SettingsError(
            f"server.host = {server.host} is open to the network, so a token is needed: set VISAVIS_SERVER__TOKEN "
            "to a long random text (for example from `openssl rand -hex 16`)"
        )


def documented(model: type[BaseModel] = Settings, path: str = "") -> Iterator[tuple[str, str, str]]:
    """(dotted name, default as TOML, description) of every setting."""
    for name, field in model.model_fields.items():
        inner = _group(field.annotation)
        if inner is not None:
            yield from documented(inner, f"{path}{name}.")
        else:
            default = "" if field.is_required() else field.get_default(call_default_factory=True)
            yield f"{path}{name}", "" if default in (None, ()) else _toml(default), field.description or ""


def as_toml(settings: Settings) -> str:
    """The settings in force as a settings file; secrets are hidden, what is not set is a comment."""
    lines: list[str] = []
    tree = settings.model_dump(mode="json")
    tree["models"] |= {
        ability: backend.model_dump(mode="json") for ability, backend in choices(settings.models).items()
    }
    _write(tree, "", lines)
    return "\n".join(lines).strip() + "\n"


# --- sources ---------------------------------------------------------------------------------------------------------


def _of_file(path: Path) -> Iterator[Given]:
    try:
        tree = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"the settings file {path} could not be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"the settings file {path} is not TOML: {error}") from None
    yield from _leaves(tree, (), str(path))


def _leaves(tree: dict[str, Any], path: tuple[str, ...], source: str) -> Iterator[Given]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*path, key), source)
        else:
            yield Given((*path, key), value, source)


def _check_known(one: Given, known: list[str]) -> None:
    name = ".".join(one.path)
    if name in known or (OPEN in one.path and ".".join(one.path[: one.path.index(OPEN) + 1]) in known):
        return
    close = difflib.get_close_matches(name, known, 1, 0.7) or [k for k in known if k.endswith(f".{one.path[-1]}")][:1]
    raise SettingsError(
        f"{one.source}: unknown setting {name}" + (f"; did you mean {close[0]}?" if close else f"; {HELP}")
    )


def _put(tree: dict[str, Any], one: Given) -> None:
    """Set one value; lists, tables and a backend's own options are written as in TOML."""
    value = one.value
    if isinstance(value, str) and one.path[-1] not in SECRET and (value[:1] in ("[", "{") or OPEN in one.path):
        with contextlib.suppress(tomllib.TOMLDecodeError):  # then it is text, and refused if text is wrong
            value = tomllib.loads(f"value = {value}")["value"]
    for key in one.path[:-1]:
        tree = tree.setdefault(key, {})
    tree[one.path[-1]] = value


def _told(error: ValidationError, given: list[Given]) -> str:
    """The first thing that is wrong, in one line."""
    first = error.errors()[0]
    path = tuple(str(part) for part in first["loc"])
    name = ".".join(path) or "settings"
    source = next(
        (g.source for g in reversed(given) if g.path[: len(path)] == path or path[: len(g.path)] == g.path), ""
    )
    shown = "" if path and path[-1] in SECRET else f" (given: {str(first.get('input'))[:80]!r})"
    what = first["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    if first["type"] in ("tuple_type", "list_type"):
        what = 'must be a list: write it as ["one", "two"]'
    if first["type"] == "missing":
        what, shown = "is missing", ""
    if not first["loc"] or isinstance(first.get("input"), dict):
        shown = ""
    return f"{source + ': ' if source else ''}{name} {what}{shown}"


# --- in words --------------------------------------------------------------------------------------------------------


def _group(annotation: Any) -> type[BaseModel] | None:
    """The model of a nested group, `X` or `X | None`; lists of models are values."""
    options = get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
    return next((o for o in options if isinstance(o, type) and issubclass(o, BaseModel)), None)


def _write(tree: dict[str, Any], path: str, lines: list[str]) -> None:
    values = {k: v for k, v in tree.items() if not isinstance(v, dict) or (k == OPEN and path)}
    if path and values:
        lines += ["", f"[{path}]"]
    for key, value in values.items():
        if value is None:
            lines.append(f"# {key} =")
        else:
            lines.append(f"{key} = {_toml('(hidden)' if key in SECRET and value else value)}")
    for key, value in tree.items():
        if key not in values:
            _write(value, f"{path}.{key}" if path else key, lines)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        shown = {k: "(hidden)" if k in SECRET and v else v for k, v in value.items() if v is not None}
        return "{" + ", ".join(f"{json.dumps(k)} = {_toml(v)}" for k, v in shown.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(v) for v in value) + "]"
    if isinstance(value, (bool, int, float)):
        return json.dumps(value)
    return json.dumps(str(value), ensure_ascii=False)
