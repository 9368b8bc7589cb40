"""A recorded conversation, line by line: all that came into a session and when, and all that it decided.

A session on an island (`recorded.py`) moves only when something is brought in. The lines of what came in, with their
session times and in their order, therefore decide everything; the lines of what went out are there to compare with.
Sound and pictures lie beside the lines; of arrays that models return only the shape is kept.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import msgspec
import numpy as np

from visavis_agents.events import Event, FromClient, PictureChunk
from visavis_agents.keeping import Snapshot
from visavis_agents.knowledge import Quote
from visavis_agents.roles import Role
from visavis_agents.states import Effects, Event as TurnEvent
from visavis_models import ports

FORMAT = 1
LONGEST_ARRAY = 64_000_000  # elements; a recording that asks for more is damaged
SHOWN = 160  # characters of what a model was asked

PORTS = {
    kind.__name__: kind
    for kind in (
        ports.Word, ports.Transcript, ports.Spoken, ports.ToolCall, ports.Message, ports.Box, ports.Found,
        ports.Painting, ports.Face, Quote,
    )
}  # fmt: skip


class Line(msgspec.Struct, frozen=True, tag_field="is", tag=str.lower, omit_defaults=True):
    """One line of the tape."""


class Face(msgspec.Struct, frozen=True):
    """What a session may see of a model: its methods' names and its plain attributes."""

    methods: tuple[str, ...]
    attributes: dict[str, bool | int | float | str]


class Header(Line, frozen=True):
    """The first line. began: wall clock at session time 0, seconds since 1970; zone_s: local time minus UTC."""

    format: int
    version: str
    session: str
    role: Role
    settings: dict[str, Any]
    began: float
    zone_s: float
    faces: dict[str, Face]
    notice: str = ""
    knows: bool = False  # it has documents to quote
    kept: Snapshot | None = None


# --- what came in, at session time t ---------------------------------------------------------------------------------


class In(Line, frozen=True):
    t: float


class Begun(In, frozen=True):
    """The session runs."""


class Sound(In, frozen=True):
    """n samples of the microphone, the next ones of its file, stamped `at`."""

    at: float
    n: int


class Seen(In, frozen=True):
    """A camera frame stamped `at`, good to error_s, of so many bytes."""

    at: float
    error_s: float = 0.0
    size: int = 0


class Received(In, frozen=True):
    event: FromClient


class Attached(In, frozen=True):
    resumed: bool


class Detached(In, frozen=True):
    since: float


class Pulled(In, frozen=True):
    """The loudspeaker took 20 ms."""


class Woke(In, frozen=True):
    """A timer rang."""


class Answered(In, frozen=True):
    """Call number `call` gave this."""

    call: int
    value: Any


class Ended(In, frozen=True):
    """Call number `call`, a stream, has no more to give."""

    call: int


class Failed(In, frozen=True):
    """Call number `call` failed in these words. spoken: those for the user, where they are others."""

    call: int
    error: str
    spoken: str = ""


class Closing(In, frozen=True):
    reason: str
    finish: bool


# --- what went out ---------------------------------------------------------------------------------------------------


class Asked(Line, frozen=True):
    """The session called a model; calls are numbered from 1."""

    call: int
    ability: str
    what: str


class Looked(Line, frozen=True):
    """The session asked whether a model has nothing to do."""

    ability: str
    idle: bool


class Stepped(Line, frozen=True):
    """The turn machine was told `event` and asked for `effects`."""

    event: dict[str, Any]
    effects: list[dict[str, Any]]


class Told(Line, frozen=True):
    """An event for the client."""

    event: dict[str, Any]


class Over(Line, frozen=True):
    """The recording ends here, before the conversation did."""

    why: str


Out = Asked | Looked | Stepped | Told
Any_ = (
    Header | Begun | Sound | Seen | Received | Attached | Detached | Pulled | Woke | Answered | Ended | Failed | Closing
    | Asked | Looked | Stepped | Told | Over
)  # fmt: skip

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Any_).decode


def stepped(event: TurnEvent, effects: Effects) -> Stepped:
    return Stepped(_named(event), [_named(effect) for effect in effects])


def told(event: Event) -> Told:
    """Of a picture only a checksum is kept."""
    if isinstance(event, PictureChunk):
        event = msgspec.structs.replace(event, data=f"{zlib.crc32(event.data.encode()):08x}")
    plain: dict[str, Any] = msgspec.to_builtins(event)
    return Told(plain)


def _named(value: Any) -> dict[str, Any]:
    return {type(value).__name__: msgspec.to_builtins(value, enc_hook=str)}


# --- what models give ------------------------------------------------------------------------------------------------


class TapeError(ValueError):
    """The recording cannot be read; the message says where and why."""


def pack(value: Any, keep: Callable[[bytes], str]) -> Any:
    """As JSON can hold it. keep: puts bytes into a file and returns its name."""
    match value:
        case None | bool() | str():
            return value
        case np.generic():
            return value.item()
        case int() | float():
            return value
        case bytes():
            return {"bytes": keep(value)}
        case np.ndarray():
            return {"array": [list(value.shape), value.dtype.str]}
        case tuple():
            return {"tuple": [pack(item, keep) for item in value]}
        case list():
            return [pack(item, keep) for item in value]
        case dict():
            return {"dict": [[pack(key, keep), pack(item, keep)] for key, item in value.items()]}
        case Quote() | msgspec.Struct() if type(value).__name__ in PORTS:
            names = [field.name for field in fields(value)] if is_dataclass(value) else value.__struct_fields__
            return {type(value).__name__: {name: pack(getattr(value, name), keep) for name in names}}
    return {"lost": type(value).__name__}


def unpack(value: Any, find: Callable[[str], bytes]) -> Any:
    """The other way; arrays are silent. Raises TapeError."""
    if isinstance(value, list):
        return [unpack(item, find) for item in value]
    if not isinstance(value, dict):
        return value
    try:
        ((name, inner),) = value.items()
        match name:
            case "bytes":
                return find(inner)
            case "array":
                shape, kind = inner
                if np.prod(shape, dtype=float) > LONGEST_ARRAY or np.dtype(kind).hasobject or min(shape, default=0) < 0:
                    raise ValueError(f"an array of {shape} {kind}")
                return np.zeros(shape, kind)
            case "tuple":
                return tuple(unpack(item, find) for item in inner)
            case "dict":
                return {unpack(key, find): unpack(item, find) for key, item in inner}
            case "lost":
                return None
        return PORTS[name](**{field: unpack(item, find) for field, item in inner.items()})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise TapeError(f"an answer of a model is damaged: {error}") from None


# --- what models are asked -------------------------------------------------------------------------------------------


def described(name: str, arguments: Sequence[Any]) -> str:
    """A call in words; equal for equal calls. Long texts are told by their end and a checksum."""
    return f"{name}({', '.join(_described(argument) for argument in arguments)})"


def _described(value: Any) -> str:
    match value:
        case None | bool() | int() | float():
            return repr(value)
        case str():
            return repr(value) if len(value) <= SHOWN else f"…{value[-SHOWN:]!r} {zlib.crc32(value.encode()):08x}"
        case np.ndarray():
            return f"array {'x'.join(map(str, value.shape))}"
        case bytes():
            return f"{len(value)} bytes"
        case ports.Message():
            return f"{value.role}: {_described(value.text)}"
        case ports.Spoken():
            return f"sound {len(value.pcm)} at {value.rate}"
        case list() | tuple() if value:
            sum_ = zlib.crc32(" ".join(_described(item) for item in value).encode())
            return f"{len(value)} of which last {_described(value[-1])} {sum_:08x}"
        case list() | tuple():
            return "none"
        case Mapping():
            return f"{sorted(value)}"
        case ports.ToolSpec():
            return value.name
    return type(value).__name__
