"""`visavis replay DIR`: a recorded conversation in today's code, and where it decides differently, in plain lines."""

from __future__ import annotations

import lzma
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import ndiff
from pathlib import Path

import msgspec
import numpy as np
import soundfile
from numpy.typing import NDArray

from visavis_agents.replay import tape
from visavis_agents.replay.replayed import Outcome, replay, story
from visavis_models.senses import Senses
from visavis_server.disk_tape import EVENTS, MICROPHONE

MOST = 4_000_000_000  # bytes of a tape once unpacked
LONGEST = 400  # characters of one thing that is told

NOTHING = "nothing"


def read(folder: Path) -> list[tape.Line]:
    """All lines of a recording. Raises TapeError."""
    path = next((p for p in (folder / EVENTS, folder / f"{EVENTS}.xz") if p.is_file()), None)
    if path is None:
        raise tape.TapeError(f"{folder} holds no {EVENTS}: name the folder of one recorded conversation")
    lines: list[tape.Line] = []
    size = 0
    try:
        with lzma.open(path, "rb") if path.suffix == ".xz" else path.open("rb") as file:
            for data in file:
                size += len(data)
                if size > MOST:
                    raise tape.TapeError(f"{path} is longer than any conversation")
                if not data.endswith(b"\n"):
                    break  # the server was killed while it wrote this line
                lines.append(tape.decode(data))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise tape.TapeError(f"{path}, line {len(lines) + 1}: {error}") from None
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise tape.TapeError(f"{path} cannot be read: {error}") from None
    if not lines or not isinstance(lines[0], tape.Header):
        raise tape.TapeError(f"{path} does not begin with its header")
    if lines[0].format != tape.FORMAT:
        raise tape.TapeError(f"{path} has format {lines[0].format}, and this version reads {tape.FORMAT}")
    return lines


def run(folder: Path, senses: Senses | None = None) -> Outcome:
    """Play a recording again. Raises TapeError."""
    lines = read(folder)

    def find(name: str) -> bytes:
        try:
            return (folder / Path(name).name).read_bytes()
        except OSError:
            return b""

    return replay(lines, _microphone(folder), find, senses)


def _microphone(folder: Path) -> NDArray[np.int16]:
    """Silence where it is missing: the session decides by what models said of it."""
    try:
        pcm: NDArray[np.int16] = soundfile.read(folder / MICROPHONE, dtype="int16")[0]
        return pcm
    except (OSError, soundfile.SoundFileError):
        return np.zeros(0, np.int16)


def told(outcome: Outcome) -> Iterator[str]:
    """The outcome in plain lines."""
    difference = outcome.difference
    if difference is None and outcome.failed is None:
        yield f"The same: {len(outcome.now)} decisions and events, all equal."
        return
    if difference is not None:
        yield f"Different from {difference.t:.3f} s on, after {_line(difference.came)}."
        yield f"  then: {_line(difference.then)}"
        yield f"  now:  {_line(difference.now)}"
    if outcome.failed is not None:
        yield f"Today's session failed: {outcome.failed!r}"
    then, now = story(outcome.then), story(outcome.now)
    if then == now:
        yield f"All the same was said and done ({len(now)} lines); it differs in times or on the way there."
    else:
        yield "What was said and done (- then, + now):"
        yield from (f"  {line}" for line in ndiff(then, now) if not line.startswith("?"))
    yield from _counts(outcome)
    if outcome.stand_ins:
        yield f"{len(outcome.stand_ins)} questions to models were not asked then; something similar answered, first:"
        yield f"  {outcome.stand_ins[0][:LONGEST]}"


def _counts(outcome: Outcome) -> Iterator[str]:
    """How often what was decided, and how soon there was sound, where that differs."""
    then, now = (_effects(lines) for lines in (outcome.then, outcome.now))
    for name in sorted(then.keys() | now.keys()):
        if then[name] != now[name]:
            yield f"{name}: {then[name]} then, {now[name]} now"
    before, after = (_first_sounds(lines) for lines in (outcome.then, outcome.now))
    if before and after and before != after:
        yield (
            f"first sound after the end of speech, median: {statistics.median(before):.0f} ms then, "
            f"{statistics.median(after):.0f} ms now"
        )


def _effects(lines: Sequence[tape.Line]) -> Counter[str]:
    return Counter(
        name for line in lines if isinstance(line, tape.Stepped) for effect in line.effects for name in effect
    )


def _first_sounds(lines: Sequence[tape.Line]) -> list[float]:
    events = [line.event for line in lines if isinstance(line, tape.Told)]
    return [e["stages_ms"]["first_sound"] for e in events if "first_sound" in e.get("stages_ms", {})]


def _line(line: tape.Line | None) -> str:
    """One line of a tape in words."""
    match line:
        case None:
            return NOTHING
        case tape.Header():
            return "the beginning"
        case tape.Stepped(event=event, effects=effects):
            asked = "; ".join(map(_named, effects)) or NOTHING
            words = f"the turn machine, told {_named(event)}, asked for {asked}"
        case tape.Told(event=event):
            words = f"the client was told {msgspec.json.encode(event).decode()}"
        case tape.Asked(ability=ability, what=what):
            words = f"the {ability} was asked {what}"
        case tape.Looked(ability=ability, idle=idle):
            words = f"the {ability} was found {'idle' if idle else 'busy'}"
        case tape.Sound(at=at):
            words = f"the sound of {at:.3f} s had come in"
        case tape.Answered(call=call, value=value):
            words = f"call {call} was answered {msgspec.json.encode(value).decode()[:120]}"
        case tape.Received(event=event):
            words = f"the client had sent {msgspec.json.encode(event).decode()}"
        case tape.Pulled():
            words = "the loudspeaker had taken 20 ms"
        case tape.Woke():
            words = "a timer had rung"
        case _:
            words = tape.encode(line).decode()
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"


def _named(value: dict[str, object]) -> str:
    ((name, fields),) = value.items()
    return f"{name} {msgspec.json.encode(fields).decode()}"
