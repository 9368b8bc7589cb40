"""The network's part of the bench: what the receive path does on a bad one, and how fast lines come and go.

The receive path is rehearsed on a clock that jumps (`visavis_server.rtc.rehearsal`), with packets of sound that the
sender repeats when asked, as browsers and the visitor do, 20 ms and up to 20 ms more away. Every recording is heard
three times over each network, and its word errors over a bad one are set against its own over a good one. Lines are
real ones, to a server whose STUN server is dead and to one that has none.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from visavis_agents import events as ev
from visavis_client.bench.figures import percentile
from visavis_client.bench.recordings import Recording
from visavis_client.bench.words import rehearse, whole
from visavis_client.impair import dead_stun
from visavis_client.serving import Server, serving
from visavis_client.visit import Visitor
from visavis_client.wer import added, word_error_rate

AWAY = {"delay_ms": 20, "jitter_ms": 20}
NETWORKS: dict[str, dict[str, Any]] = {
    "clean": {},
    "random": {"loss": 0.05, **AWAY},
    "bursts": {"loss": 0.05, "burst": 3, "even": True, **AWAY},
}
CALLS = (1, 2, 3)  # seeds of the networks that all recordings are heard over, and
FILMS = (1, 2, 3)  # that a camera is watched over
AHEAD_S = 0.003  # in each call everything is said so much later than in the last, and falls into other packets
FROZEN_MS = 150.0  # a longer gap than this between two frames is a picture that stood still
JOINS = 8
RETURNS = 5
LONG_ANSWER = "What can you do?"
COMINGS = 200
TOGETHER = 4  # of them at once
GONE_S = 10.0  # longest wait for a server to notice
TIDIED_S = 12.0  # until a server has given freed memory back
LOOK_S = 0.02  # how often it is asked

Tell = Callable[[str], None]


async def network(server: Server, said: Sequence[Recording], clip: Path, tell: Tell, out: Path) -> dict[str, Any]:
    """server: one without STUN. said: recordings, all in one call. clip: what a camera sees."""
    figures = await _rehearsed(said, clip, tell, out / "network")
    figures["join_ms"] = percentile([await _join(server.url) for _ in range(JOINS)], 50)
    with dead_stun() as address:
        stun = ["--set", f'server.ice_servers=[{{urls = "{address}"}}]']
        with serving(out / "network.log", [*stun, "--set", "server.offers_per_minute=10000"]) as other:
            figures["join_dead_stun_ms"] = percentile([await _join(other.url) for _ in range(JOINS)], 50)
            figures["resumed_s"] = round(percentile([await _resumed(other.url) for _ in range(RETURNS)], 50), 2)
            figures["vanished_s"] = await _vanished(other.url)
            figures |= await _comings(other, tell)
    return figures


# --- the receive path ------------------------------------------------------------------------------------------------


async def _rehearsed(said: Sequence[Recording], clip: Path, tell: Tell, folder: Path) -> dict[str, Any]:
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    sources, texts = [str(recording.path) for recording in said], [recording.text for recording in said]
    figures: dict[str, Any] = {"heard": len(said) * len(CALLS)}
    clean: list[list[str]] = []
    for name, bad in NETWORKS.items():
        calls, heard = [], []
        for seed in CALLS:
            targets = [str(folder / f"{name}{seed}-{number}.wav") for number in range(len(said))]
            sound = list(zip(sources, targets, strict=True))
            plan = {"network": {**bad, "seed": seed}, "sound": sound, "clip": None, "ahead_s": seed * AHEAD_S}
            calls.append(await rehearse(plan, folder))
            heard += targets
        of_all = await whole(heard)
        each = [of_all[number :: len(said)] for number in range(len(said))]  # by recording, call by call
        clean = clean or each
        more, low, high = (round(100 * rate, 1) for rate in added(texts, each, clean))
        added_ms = [late for call in calls for late in call["added_ms"]]
        figures |= {
            f"{name}_added_p50_ms": percentile(added_ms, 50),
            f"{name}_added_p95_ms": percentile(added_ms, 95),
            f"{name}_good_lost": round(100 * float(np.mean([call["good_lost"] for call in calls])), 2),
            f"{name}_made_up": round(100 * float(np.mean([call["made_up"] for call in calls])), 2),
            f"{name}_hole_ms": max(call["hole_ms"] for call in calls),
            f"{name}_us_a_packet": percentile([call["us_a_packet"] for call in calls], 50),
            f"{name}_wer_added": more,
            f"{name}_wer_added_95": [low, high],
        }
        wrong = 100 * word_error_rate(zip(texts * len(calls), of_all, strict=True))
        tell(f"{name:8s} {wrong:5.2f} % word errors, {more:+.1f} ({low:+.1f} to {high:+.1f}), {len(calls)} calls")
    gaps: list[float] = []
    for seed in FILMS:
        film = {"network": {**NETWORKS["random"], "seed": seed}, "sound": [], "clip": str(clip)}
        gaps += (await rehearse(film, folder))["frame_gaps_ms"]
    frozen = [gap for gap in gaps if gap > FROZEN_MS]
    return {**figures, "camera_freezes": len(frozen), "camera_back_ms": max(frozen, default=0.0)}


# --- lines -----------------------------------------------------------------------------------------------------------


async def _join(url: str) -> float:
    """Milliseconds from wishing to talk to the server's first packet of sound and first event."""
    visitor = Visitor(url)
    began = time.monotonic()
    await visitor.connect()
    try:
        await visitor.until(lambda: visitor.ear.packets > 0, GONE_S, "the server's first sound")
        return 1000 * (time.monotonic() - began)
    finally:
        await visitor.leave()


async def _vanished(url: str) -> float:
    """Seconds from a pulled cable to the server's noticing."""
    visitor = Visitor(url)
    await visitor.connect()
    await asyncio.sleep(1.0)
    assert visitor.connection is not None
    visitor.connection.cut()
    passed = await _gauge_falls(url, "visavis_sessions_attached")
    await visitor.connection.close()
    return round(passed, 2)


async def _resumed(url: str) -> float:
    """Seconds from coming back to the sound of the answer that was broken off by a pulled cable."""
    visitor = Visitor(url)
    await visitor.connect()
    try:
        visitor.send(ev.TextTyped(text=LONG_ANSWER))
        await visitor.until(lambda: bool(visitor.ear.loud), GONE_S, "an answer")
        await asyncio.sleep(0.5)
        cut = visitor.connection
        assert cut is not None
        cut.cut()
        await asyncio.sleep(0.5)
        back = visitor.clock()
        await visitor.connect()
        await visitor.until(lambda: visitor.ear.loud[-1] > back, GONE_S, "the rest of the answer")
        await cut.close()
        return visitor.ear.loud[-1] - back
    finally:
        await visitor.leave()


async def _comings(server: Server, tell: Tell) -> dict[str, float]:
    """What visitors leave behind who come and go at once."""
    await _come_and_go(server, COMINGS // 4)  # what is made once is made now
    before, threads = server.resident_mb(), server.threads()
    await _come_and_go(server, COMINGS)
    after = server.resident_mb()
    tell(f"{COMINGS} joins and leaves: {before:.1f} to {after:.1f} MB")
    return {"grown_mb": round(after - before, 1), "threads_left": server.threads() - threads}


async def _come_and_go(server: Server, times: int) -> None:
    async def come() -> None:
        visitor = Visitor(server.url)
        await visitor.connect()
        await visitor.leave()

    for _ in range(times // TOGETHER):
        await asyncio.gather(*(come() for _ in range(TOGETHER)))
    await _gauge_falls(server.url, "visavis_sessions")
    await asyncio.sleep(TIDIED_S)


async def _gauge_falls(url: str, name: str) -> float:
    """Seconds until it is 0, at most GONE_S."""
    began = time.monotonic()
    for _ in range(round(GONE_S / LOOK_S)):
        if await _gauge(url, name) == 0:
            break
        await asyncio.sleep(LOOK_S)
    return time.monotonic() - began


async def _gauge(url: str, name: str) -> float:
    async with httpx.AsyncClient(timeout=5) as http:
        lines = (await http.get(f"{url}/metrics")).text.splitlines()
    return next((float(line.split()[1]) for line in lines if line.startswith(f"{name} ")), math.nan)
