"""The bench's part about words: how many the live path costs, over every recording that there is.

Turns over WebRTC take as long as people speak, so a run of the bench has a few dozen, whose word errors differ by
several points from one sample to the next. Here each recording goes through Opus and our receive path, and then through
a conversation's ears on a clock that jumps (`visavis_agents.overheard`): all that can happen to its words live, in a
quarter of the time. The same recordings through the same weights, each as a whole, are what it is compared with.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from visavis_client.bench.recordings import Recording
from visavis_client.wer import added, word_error_rate

Tell = Callable[[str], None]


async def words(said: Sequence[Recording], tell: Tell, folder: Path) -> dict[str, Any]:
    """Word errors of all of them, live and as a whole."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    sources = [str(recording.path) for recording in said]
    targets = [str(folder / f"{number}.wav") for number in range(len(said))]
    await rehearse({"network": {}, "sound": list(zip(sources, targets, strict=True)), "clip": None}, folder)
    live = [json.loads(line)["text"] for line in await run("visavis_agents.overheard", *targets)]
    figures = compared([recording.text for recording in said], live, await whole(sources))
    for recording, text in zip(said, live, strict=True):
        tell(f"{recording.id[:12]:12s} {text}")
    return {**figures, "said": [[each.id, each.text, text] for each, text in zip(said, live, strict=True)]}


def compared(said: Sequence[str], live: Sequence[str], offline: Sequence[str]) -> dict[str, Any]:
    """The figures of word errors, in per cent and points, with the 95 % interval of the difference."""
    more, low, high = (
        round(100 * rate, 1) for rate in added(said, *([[text] for text in texts] for texts in (live, offline)))
    )
    return {
        "recordings": len(said),
        "wer": round(100 * word_error_rate(zip(said, live, strict=True)), 1),
        "wer_offline": round(100 * word_error_rate(zip(said, offline, strict=True)), 1),
        "wer_added": more,
        "wer_added_95": [low, high],
    }


async def whole(files: Sequence[str]) -> list[str]:
    """What the chosen recognizer makes of each recording as a whole; the same sound is heard once. Raises OSError."""
    sounds = await asyncio.to_thread(lambda: [hashlib.sha256(Path(file).read_bytes()).digest() for file in files])
    once = dict(zip(sounds, files, strict=True))
    texts = [json.loads(line)["text"] for line in await run("visavis_models.transcribe", *once.values())]
    made = dict(zip(once, texts, strict=True))
    return [made[sound] for sound in sounds]


async def rehearse(plan: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What `visavis_server.rtc.rehearsal` makes of a plan. Raises OSError."""
    path = folder / "plan.json"
    path.write_text(json.dumps({"repeats": True, **plan}))
    (line,) = await run("visavis_server.rtc.rehearsal", str(path))
    got: dict[str, Any] = json.loads(line)
    return got


async def run(module: str, *arguments: str) -> list[str]:
    """The lines that a module of ours prints. Raises OSError where it fails."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", module, *arguments, stdout=pipe, stderr=pipe)
    out, err = await process.communicate()
    if process.returncode:
        raise OSError(f"{module} failed: {err.decode().strip().splitlines()[-1:]}")
    return out.decode().splitlines()
