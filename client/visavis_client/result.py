"""The account of a visit: what was said, answered and heard, measured on what really arrived, and its files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from visavis_agents import events as ev
from visavis_client import sound
from visavis_client.account import Reply, Utterance
from visavis_client.picture import suffix

SEEN_S = 0.3  # an event may come so much later than the sound that it tells of


class Said(msgspec.Struct):
    """What was asked. source: file or typed text; start_s, end_s: true speech, on the clock."""

    source: str
    start_s: float
    end_s: float


class Turn(msgspec.Struct):
    """One question and its answer. answer: all words of the reply; heard: those that were played.

    latency_ms: from the true end of the question to the first audible sample of the answer, negative if that came
    before the end. early: something was heard while the question was still said.
    silence_ms: for a question that cut an answer off, from its first sound to that answer's last.
    """

    said: Said
    transcript: str = ""
    answer: str = ""
    heard: str = ""
    first_sound_s: float | None = None
    latency_ms: float | None = None
    early: bool = False
    stages_ms: dict[str, float] = {}
    interrupted: bool = False
    silence_ms: float | None = None
    pictures: list[str] = []
    error: str | None = None


class Result(msgspec.Struct):
    server: str
    session: str
    turns: list[Turn]


@dataclass
class Asked:
    """A question as it went: what was said, and what happened until the next one."""

    said: Said
    over: Reply | None = None  # the answer it was said over
    utterances: Sequence[Utterance] = ()
    replies: Sequence[Reply] = ()
    error: str | None = None


def turns(asked: Sequence[Asked], heard: sound.Pcm) -> list[Turn]:
    """Every question with its answer, times read off the sound that was heard (48 kHz, sample 0 at clock 0)."""
    return [_turn(one, heard) for one in asked]


def answers(utterances: Sequence[Utterance], replies: Sequence[Reply]) -> list[Reply]:
    """The replies to what was said or typed; the others began by themselves: a timer rang, somebody came."""
    numbers = {utterance.number for utterance in utterances if not utterance.dropped}
    return [reply for reply in replies if reply.utterance in numbers]


def _turn(asked: Asked, heard: sound.Pcm) -> Turn:
    turn = Turn(asked.said, " ".join(u.text for u in asked.utterances if u.text), error=asked.error)
    if asked.over is None:
        turn.early = sound.first_audible(heard, asked.said.start_s, asked.said.end_s) is not None
    silence = None
    if asked.over is not None and asked.over.cut and asked.over.over is not None:
        silence = sound.silent_from(heard, asked.said.start_s, asked.over.over)
        turn.silence_ms = None if silence is None else round(1000 * (silence - asked.said.start_s), 1)
    replies = answers(asked.utterances, asked.replies)
    if not replies:
        dropped = [u.dropped for u in asked.utterances if u.dropped]
        turn.error = turn.error or f"no answer came{f' ({dropped[-1]})' if dropped else ''}"
        return turn
    answer = replies[-1]
    turn.answer, turn.heard = answer.text, answer.heard
    turn.stages_ms, turn.interrupted = answer.stages_ms, answer.cut
    since = max(asked.said.start_s, replies[0].began - SEEN_S, silence or 0.0)
    turn.first_sound_s = sound.first_audible(heard, since, answer.over)
    if turn.first_sound_s is None:
        turn.error = turn.error or "the answer could not be heard"
    else:
        turn.latency_ms = round(1000 * (turn.first_sound_s - asked.said.end_s), 1)
    if not turn.answer:
        turn.error = turn.error or "the answer had no words"
    return turn


def save(
    folder: Path,
    result: Result,
    microphone: sound.Pcm,
    reply: sound.Pcm,
    log: Sequence[tuple[float, ev.Event]],
    pictures: dict[int, bytes],
) -> None:
    """Write result.json, microphone.wav, reply.wav, events.jsonl and the pictures. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for at, event in log:
        if isinstance(event, ev.PictureStarted) and event.picture in pictures:
            name = f"picture{event.picture}.{suffix(pictures[event.picture])}"
            (folder / name).write_bytes(pictures[event.picture])
            if (before := [turn for turn in result.turns if turn.said.start_s <= at]) and name not in before[
                -1
            ].pictures:
                before[-1].pictures.append(name)
    (folder / "result.json").write_bytes(msgspec.json.format(msgspec.json.encode(result)) + b"\n")
    sound.write(folder / "microphone.wav", microphone)
    sound.write(folder / "reply.wav", reply)
    with (folder / "events.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(f'{{"clock_s":{at:.4f},"event":{ev.encode(event)}}}\n' for at, event in log)
