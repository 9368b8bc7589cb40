"""The measurements of the bench, each a real visit over WebRTC; every part gives its figures as a dictionary."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from visavis_agents import events as ev
from visavis_client.bench.figures import Lag, count, percentile, share, spread
from visavis_client.bench.recordings import Recording
from visavis_client.impair import Impairment
from visavis_client.result import Turn
from visavis_client.serving import Server
from visavis_client.sound import Pcm
from visavis_client.visit import Visitor
from visavis_client.wer import word_error_rate

TURNS_A_SESSION = 10

Tell = Callable[[str], None]
Said = tuple[Recording, Turn]


async def latency(server: Server, said: Sequence[Recording], warm_up: int, tell: Tell, save: Path) -> dict[str, Any]:
    """Voice to voice. The first `warm_up` turns are asked and not counted."""
    lag = LagWatch(server.url)
    turns: list[Said] = []
    drafts: list[bool] = []
    counted = said[warm_up:]
    groups = [counted[at : at + TURNS_A_SESSION] for at in range(0, len(counted), TURNS_A_SESSION)]
    for number, group in enumerate([said[:warm_up], *groups]):
        if group:
            asked = await _converse(
                server.url, group, tell, save / f"latency{number}", lag if number else None, drafts=drafts
            )
            turns += asked if number else []
    thrown = share(drafts.count(False), len(drafts))
    return {**_figures(turns), "loop_lag_p99_ms": lag.lag.p99_ms(), "drafts_thrown": thrown}


async def loss(server: Server, said: Sequence[Recording], tell: Tell, save: Path) -> dict[str, Any]:
    """The same with 5 % of all packets lost in both directions and 20 ms of jitter."""
    network = Impairment(loss=0.05, jitter_ms=20, seed=1)
    return _figures(await _converse(server.url, said, tell, save / "loss", None, network))


def added(by: dict[str, Any], without: dict[str, Any]) -> dict[str, float]:
    """What a bad network adds to the same questions: median and 95th percentile in ms, word errors in points."""
    clean = without["said"][: len(by["said"])]

    def took(turns: list[dict[str, Any]], percent: float) -> float:
        return percentile([turn["latency_ms"] for turn in turns if turn["latency_ms"] is not None], percent)

    def wrong(turns: list[dict[str, Any]]) -> float:
        return 100 * word_error_rate((turn["text"], turn["transcript"]) for turn in turns)

    return {
        "added_p50_ms": round(took(by["said"], 50) - took(clean, 50), 1),
        "added_p95_ms": round(took(by["said"], 95) - took(clean, 95), 1),
        "wer_added": round(wrong(by["said"]) - wrong(clean), 1),
    }


async def pauses(server: Server, said: Sequence[Recording], tell: Tell, save: Path) -> dict[str, Any]:
    """Speech that rests in the middle: whether an answer begins there. save: also for the visits."""
    groups = [said[at : at + TURNS_A_SESSION] for at in range(0, len(said), TURNS_A_SESSION)]
    asked = [await _converse(server.url, group, tell, save / f"pauses{n}") for n, group in enumerate(groups)]
    figures = _figures([turn for turns in asked for turn in turns])
    return {name: figures[name] for name in ("turns", "answered", "early", "p50_ms", "p95_ms", "said")}


async def four(server: Server, said: Sequence[Recording], tell: Tell, save: Path) -> dict[str, Any]:
    """Four visitors at once."""
    visits = [_converse(server.url, said[n::4], tell, save / f"four{n}") for n in range(4)]
    return _figures([turn for turns in await asyncio.gather(*visits) for turn in turns])


async def eight(server: Server, said: Sequence[Recording], tell: Tell, save: Path) -> dict[str, Any]:
    """Four visitors talk at once, while four more are connected and say nothing."""
    lag, silent = LagWatch(server.url), [Visitor(server.url) for _ in range(4)]
    async with contextlib.AsyncExitStack() as leaving:
        for visitor in silent:
            await visitor.connect()
            leaving.push_async_callback(visitor.leave)
        before = await lag.page()
        visits = [_converse(server.url, said[n::4], tell, save / f"eight{n}") for n in range(4)]
        turns = [turn for turns in await asyncio.gather(*visits) for turn in turns]
    await asyncio.sleep(1)  # a line counts its late frames when it ends
    after = await lag.page()
    lag.lag.add(before, after)
    late = count(after, "visavis_sound_late") - count(before, "visavis_sound_late")
    return {**_figures(turns), "loop_lag_p99_ms": lag.lag.p99_ms(), "late": late}


async def nothing(server: Server, pcm: Pcm | None, seconds: float) -> dict[str, Any]:
    """What is made of silence (pcm: None) or of noise."""
    visitor = Visitor(server.url)
    await visitor.connect()
    try:
        if pcm is not None:
            visitor.microphone.say(pcm)
        await asyncio.sleep(seconds + 2)
    finally:
        await visitor.leave()
    texts = [event.text for _, event in visitor.log if isinstance(event, ev.UserFinal)]
    replies = sum(isinstance(event, ev.ReplyStarted) for _, event in visitor.log)
    return {"words": sum(len(text.split()) for text in texts), "texts": texts, "replies": replies}


async def idle(server: Server, clip: Path, seconds: float) -> dict[str, Any]:
    """Processor time of the server for one connected session in which nobody speaks, and its memory."""
    figures = {"core_alone": await _core(server, seconds / 2)}
    for name, video in (("core_audio", None), ("core", clip)):
        visitor = Visitor(server.url, video=video)
        await visitor.connect()
        try:
            await asyncio.sleep(2)
            figures[name] = await _core(server, seconds)
        finally:
            await visitor.leave()
        await asyncio.sleep(1)
    return {**figures, "resident_mb": round(server.resident_mb(), 1)}


async def _core(server: Server, seconds: float) -> float:
    """Per cent of one core."""
    began, used = time.monotonic(), server.cpu_s()
    await asyncio.sleep(seconds)
    return round(100 * (server.cpu_s() - used) / (time.monotonic() - began), 1)


async def _converse(
    url: str,
    said: Sequence[Recording],
    tell: Tell,
    save: Path,
    lag: LagWatch | None = None,
    network: Impairment | None = None,
    drafts: list[bool] | None = None,
) -> list[Said]:
    """drafts: takes for every draft of the server whether it was spoken; each has a number, spoken or not."""
    visitor = Visitor(url, impairment=network)
    if lag is not None:
        visitor.report = lag.hear
    result = await visitor.visit([recording.question() for recording in said])
    visitor.save(save, result)
    if drafts is not None:
        spoken = {event.reply for _, event in visitor.log if isinstance(event, ev.ReplyStarted)}
        drafts += [number in spoken for number in range(1, max(spoken, default=0) + 1)]
    for recording, turn in zip(said, result.turns, strict=True):
        took = f"{turn.latency_ms:6.0f} ms" if turn.latency_ms is not None else "   no answer"
        tell(f"{recording.id[:12]:12s} {took}  {turn.transcript or turn.error}")
    return list(zip(said, result.turns, strict=True))


def _figures(turns: Sequence[Said]) -> dict[str, Any]:
    answered = [turn for _, turn in turns if not turn.error]
    took = [turn.latency_ms for turn in answered if turn.latency_ms is not None]
    transcribed = [turn.stages_ms["transcript"] for turn in answered if "transcript" in turn.stages_ms]
    written = [(recording.text, turn.transcript) for recording, turn in turns if recording.text]
    stages = dict.fromkeys(stage for turn in answered for stage in turn.stages_ms)
    return {
        "turns": len(turns),
        "answered": share(len(answered), len(turns)),
        "transcript_p50_ms": percentile(transcribed, 50),
        "early": share(sum(turn.early for _, turn in turns), len(turns)),
        "p50_ms": percentile(took, 50),
        "p5_ms": percentile(took, 5),
        "p95_ms": percentile(took, 95),
        "stages_ms": {
            **{stage: spread([t.stages_ms[stage] for t in answered if stage in t.stages_ms]) for stage in stages},
            "heard by the visitor": spread(took),
        },
        "wer": round(100 * word_error_rate(written), 1) if written else math.nan,
        "said": [
            {"id": recording.id, "text": recording.text, "transcript": turn.transcript, "answer": turn.answer,
             "latency_ms": turn.latency_ms, "stages_ms": turn.stages_ms, "error": turn.error}
            for recording, turn in turns
        ],
    }  # fmt: skip


class LagWatch:
    """Reads the server's loop-lag histogram at the beginning and the end of every reply."""

    def __init__(self, url: str) -> None:
        self.lag = Lag()
        self._url = url
        self._before: asyncio.Task[str] | None = None
        self._reading: set[asyncio.Task[None]] = set()

    def hear(self, at: float, event: ev.Event) -> None:
        if isinstance(event, ev.ReplyStarted):
            self._before = asyncio.create_task(self.page())
        elif isinstance(event, ev.ReplyEnded | ev.ReplyCut) and self._before is not None:
            task = asyncio.create_task(self._add(self._before))
            self._before = None
            self._reading.add(task)
            task.add_done_callback(self._reading.discard)

    async def _add(self, before: asyncio.Task[str]) -> None:
        with contextlib.suppress(httpx.HTTPError):
            self.lag.add(await before, await self.page())

    async def page(self) -> str:
        async with httpx.AsyncClient(timeout=5) as http:
            return (await http.get(f"{self._url}/metrics")).text
