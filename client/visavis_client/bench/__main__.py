"""`make bench`: what a conversation with the embedded models measures on this machine, over real WebRTC on loopback.

Everything is measured from outside: by what the visitor sent and what it heard, by the processor time and memory of the
server's process, and by the server's own stage times and metrics. Nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import typer
from rich.console import Console

from visavis_client.bench import interruptions, parts
from visavis_client.bench.figures import markdown
from visavis_client.bench.frames import frames, worded
from visavis_client.bench.network import network
from visavis_client.bench.recordings import DATA, SPOKEN_FOLDER, Recording, chosen, hesitant, noise, recordings
from visavis_client.bench.words import compared, whole, words
from visavis_client.connection import VisitError
from visavis_client.serving import Server, serving

PARTS = ("latency", "pauses", "words", "quiet", "noise", "barge", "frames", "idle", "four", "eight", "loss", "network")
NOTHING_S = 60.0
EIGHT = 60  # turns of four people, for eight connected
LOSS_TURNS = 16  # the first of the latency part, to be compared with it


def main(
    only: Annotated[str, typer.Option(help=f"parts, with commas between: {','.join(PARTS)}")] = ",".join(PARTS),
    turns: Annotated[int, typer.Option(min=1, help="turns of the latency part")] = 60,
    warm_up: Annotated[int, typer.Option(min=0, help="turns before, not counted")] = 3,
    data: Annotated[Path, typer.Option(help="folder with recorded people, if there is one")] = DATA,
    flags: Annotated[str, typer.Option(help="more flags for `visavis serve`")] = "",
    seed: Annotated[int, typer.Option(help="which recordings are said")] = 7,
    out: Annotated[Path, typer.Option(help="folder for the report and every visit")] = Path("out/bench"),
) -> None:
    """Measure, print a table, and write it to out/bench."""
    wanted = [part.strip() for part in only.split(",") if part.strip()]
    if unknown := set(wanted) - set(PARTS):
        typer.echo(f"visavis: there is no part {', '.join(sorted(unknown))}: use {', '.join(PARTS)}", err=True)
        raise typer.Exit(2)
    console = Console(highlight=False)
    out.mkdir(parents=True, exist_ok=True)
    people = data if (data / "speech" / "short.jsonl").is_file() else None
    said = recordings(people)
    load = os.getloadavg()[0]
    console.print(f"{len(said)} recordings ({'people' if people else 'synthesized'}), load {load:.1f}", style="dim")
    try:
        with serving(out / "server.log", flags.split()) as server:
            console.print(f"{server.url} ready after {server.loaded_s:.1f} s", style="dim")
            bench = Bench(server, said, people, out, console, seed, flags.split())
            results = asyncio.run(bench.run(wanted, turns, warm_up))
    except (VisitError, ValueError, OSError) as error:
        typer.echo(f"visavis: {error}", err=True)
        raise typer.Exit(2) from None
    if "latency" in results:
        with contextlib.suppress(OSError):
            asyncio.run(_offline(results["latency"], chosen(said, turns + warm_up, seed)[warm_up:]))
    if "latency" in results and "loss" in results:
        results["loss"] |= parts.added(results["loss"], results["latency"])
    about = (
        f"{os.cpu_count()} cores, {turns} turns of {'recorded people' if people else 'the embedded voice'}, models "
        f"loaded in {server.loaded_s:.1f} s, load before {load:.1f}, {time.strftime('%Y-%m-%d %H:%M')}."
    )
    (out / "bench.json").write_text(json.dumps({"about": about, **results}, indent=1) + "\n")
    (out / "bench.md").write_text(report := markdown(results, about))
    console.print(report, markup=False, soft_wrap=True)


class Bench:
    """One run against one server."""

    def __init__(
        self,
        server: Server,
        said: list[Recording],
        people: Path | None,
        out: Path,
        console: Console,
        seed: int,
        flags: list[str],
    ) -> None:
        self._flags = flags
        self._server = server
        self._said = said
        self._people = people
        self._out = out
        self._console = console
        self._seed = seed

    async def run(self, wanted: list[str], turns: int, warm_up: int) -> dict[str, dict[str, Any]]:
        """A part that fails is told and left out."""
        results: dict[str, dict[str, Any]] = {}
        for part in PARTS:
            if part in wanted:
                self._console.print(f"\n{part}", style="bold")
                try:
                    results[part] = await self._part(part, turns, warm_up)
                except (VisitError, OSError) as error:
                    self._console.print(f"{part} failed: {error}", style="red")
        return results

    async def _part(self, part: str, turns: int, warm_up: int) -> dict[str, Any]:
        server, out = self._server, self._out
        match part:
            case "latency":
                return await parts.latency(server, self._order(warm_up + turns), warm_up, self._tell, out)
            case "pauses":
                said = hesitant(self._people, out / "pauses") if self._people else []
                return await parts.pauses(server, chosen(said, len(said), self._seed), self._tell, out) if said else {}
            case "words":
                return await words(self._said, self._tell, out / "words")
            case "quiet":
                return await parts.nothing(server, None, NOTHING_S)
            case "noise":
                return await parts.nothing(server, noise(self._people, NOTHING_S), NOTHING_S)
            case "barge":
                sounds = interruptions.over_an_answer(self._people, self._said, SPOKEN_FOLDER, self._seed + 1)
                return await interruptions.barge(server, sounds, self._tell, out, self._seed)
            case "frames":
                return await frames(worded(self._order(len(self._said)), turns), self._tell, out, self._flags)
            case "idle":
                return await parts.idle(server, self._clip(), 20.0)
            case "four":
                return await parts.four(server, chosen(self._said, 16, self._seed + 2), self._tell, out)
            case "eight":
                return await parts.eight(server, chosen(self._said, EIGHT, self._seed + 2), self._tell, out)
            case "loss":
                said = self._order(warm_up + turns)[warm_up:][:LOSS_TURNS]
                return await parts.loss(server, said, self._tell, out)
            case "network":
                return await network(server, recordings(self._people, every=True), self._clip(), self._tell, out)
        raise AssertionError(part)

    def _order(self, count: int) -> list[Recording]:
        return chosen(self._said, count, self._seed)

    def _tell(self, line: str) -> None:
        self._console.print(line, markup=False, soft_wrap=True)

    def _clip(self) -> Path:
        """A clip with people in it where there is one, else moving shapes."""
        if self._people and (clip := self._people / "video" / "person_at_table.mp4").is_file():
            return clip
        made = self._out / "moving.mp4"
        writer = cv2.VideoWriter(str(made), cv2.VideoWriter.fourcc(*"mp4v"), 15, (640, 480))
        for at in range(90):
            picture = np.full((480, 640, 3), 90, np.uint8)
            cv2.circle(picture, (7 * at % 640, 240), 80, (40, 160, 220), -1)
            cv2.putText(picture, str(at), (20, 460), cv2.FONT_HERSHEY_SIMPLEX, 2, (255, 255, 255), 3)
            writer.write(picture)
        writer.release()
        return made


async def _offline(latency: dict[str, Any], said: list[Recording]) -> None:
    """The same recordings through the same weights, each as a whole."""
    live = [turn["transcript"] for turn in latency["said"]]
    latency |= compared([each.text for each in said], live, await whole([str(each.path) for each in said]))


if __name__ == "__main__":
    typer.run(main)
