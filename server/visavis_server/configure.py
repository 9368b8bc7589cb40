"""Settings from defaults < TOML file < environment < flags. Unknown keys are errors, told in one line."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from visavis_server.settings import ServerSettings, Settings

PREFIX = "VISAVIS_"


class SettingsError(Exception):
    """A setting is wrong; the message names it and says what would be right."""


def build(config: Path | None, flags: dict[str, str], environment: dict[str, str] | None = None) -> Settings:
    """Settings of this server. flags: dotted names, e.g. {"server.port": "80"}. Raises SettingsError, one line."""
    tree: dict[str, Any] = {}
    if config is not None:
        _merge(tree, _file(config))
    environment = dict(os.environ) if environment is None else environment
    for variable, text in environment.items():
        if variable.startswith(PREFIX):
            _put(tree, variable[len(PREFIX) :].lower().split("__"), text, f"environment variable {variable}")
    for name, text in flags.items():
        _put(tree, name.split("."), text, f"flag {name}")
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as error:
        raise SettingsError(_told(error)) from None
    _check(settings.server)
    return settings


def documented(model: type[BaseModel] = Settings, path: str = "") -> Iterator[tuple[str, str, str]]:
    """(dotted name, default, description) of every setting."""
    for name, field in model.model_fields.items():
        inner = _group(field.annotation)
        dotted = f"{path}{name}"
        if inner is not None and field.annotation is inner:
            yield from documented(inner, f"{dotted}.")
        elif inner is not None and name not in ("ice_servers",):
            yield (
                f"{dotted}.*",
                "by profile",
                "backend, model, device, dtype, threads, base_url, api_key, timeout_s, options",
            )
        else:
            default = field.get_default(call_default_factory=True)
            yield dotted, "" if default in (None, (), "") else str(default), field.description or ""


def _group(annotation: Any) -> type[BaseModel] | None:
    """The group of settings that a field holds, perhaps optionally."""
    kinds = (annotation, *get_args(annotation))
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"the settings file {path} could not be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"the settings file {path} is not TOML: {error}") from None


def _merge(tree: dict[str, Any], other: dict[str, Any]) -> None:
    for key, value in other.items():
        if isinstance(value, dict) and isinstance(tree.get(key), dict):
            _merge(tree[key], value)
        else:
            tree[key] = value


def _put(tree: dict[str, Any], path: list[str], text: str, source: str) -> None:
    """Set one value given as text; lists and tables are written as TOML values."""
    value: Any = text
    if text[:1] in "[{":
        try:
            value = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"{source}: {text!r} is not a TOML value: {error}") from None
    for key in path[:-1]:
        tree = tree.setdefault(key, {})
        if not isinstance(tree, dict):
            raise SettingsError(f"{source}: {key} is a value, not a group of settings")
    tree[path[-1]] = value


def _told(error: ValidationError) -> str:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        known = [dotted for dotted, _, _ in documented()]
        close = difflib.get_close_matches(name, known, 1, 0.5)
        return f"unknown setting {name}" + (f": did you mean {close[0]}?" if close else "; see visavis serve --help")
    return f"setting {name}: {first['msg']} (given {first.get('input')!r})"


def _check(server: ServerSettings) -> None:
    if not _loopback(server.host) and not server.token:
        raise SettingsError(
            f"server.host = {server.host} is open to the network, so a token is needed: "
            "set VISAVIS_SERVER__TOKEN to a long random text, or --token"
        )


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
