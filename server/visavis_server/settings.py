"""All settings: one typed tree, built once from defaults < TOML file < environment < flags. Unknown keys are errors."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from visavis_agents.settings import AgentSettings
from visavis_models.settings import ModelSettings

PREFIX = "VISAVIS_"


class SettingsError(Exception):
    """A setting is wrong; the message names it and says what would be right."""


class IceServer(BaseModel):
    """A STUN or TURN server, as browsers know it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    urls: str = Field(description="stun:host:port or turn:host:port")
    username: str = ""
    credential: str = ""


class ServerSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="address to listen on; any but loopback needs a token")
    port: int = Field(8765, ge=0, le=65535, description="port to listen on, 0 = any free one")
    token: str = Field("", description="secret that every client must show (Authorization: Bearer, or ?token=)")
    origins: tuple[str, ...] = Field(
        (), description="other web origins whose pages may connect, e.g. https://a.example"
    )
    certificate: Path | None = Field(
        None, description="PEM file; browsers allow microphones off localhost only by HTTPS"
    )
    key: Path | None = Field(None, description="PEM file of the certificate's key")
    ice_servers: tuple[IceServer, ...] = Field(
        (), description="STUN/TURN servers for clients and server; none by default"
    )
    gather_s: float = Field(0.3, gt=0, le=10, description="longest wait for a STUN server while answering an offer")
    heartbeat_s: float = Field(1.0, gt=0, le=30, description="clients send `ping` this often")
    dead_s: float = Field(3.0, gt=0.5, le=60, description="a connection without a sign of life this long is closed")
    resume_s: float = Field(60.0, ge=0, le=3600, description="a conversation without a connection is kept this long")
    idle_s: float = Field(900.0, gt=0, description="a conversation in which nobody said anything this long is ended")
    session_max_s: float = Field(4 * 3600.0, gt=0, description="longest conversation")
    sessions: int = Field(8, ge=1, le=1000, description="conversations at once")
    offers_a_minute: int = Field(30, ge=1, le=10_000, description="new connections a minute from one address")
    message_bytes: int = Field(65_536, ge=1024, le=1 << 20, description="largest message or offer accepted")
    shutdown_s: float = Field(5.0, ge=0, le=60, description="a sentence being said may take this long at shutdown")


class Settings(BaseModel):
    """server: doors and limits. agent: patience and role. models: which model does what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    server: ServerSettings = Field(default_factory=ServerSettings)
    agent: AgentSettings = Field(default_factory=AgentSettings)
    models: ModelSettings = Field(default_factory=ModelSettings)


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
        inner = next(
            (
                t
                for t in (field.annotation, *get_args(field.annotation))
                if isinstance(t, type) and issubclass(t, BaseModel)
            ),
            None,
        )
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
    if bool(server.certificate) != bool(server.key):
        raise SettingsError("server.certificate and server.key belong together: give both or none")


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
