"""What a training of the adapter has written in log.jsonl: how long it took, its best test, its curves."""

from __future__ import annotations

import json
import math
from pathlib import Path


def spent_before(log: Path, step: int) -> float:
    """Seconds that an earlier call took for its first so many steps."""
    lines = [json.loads(line) for line in log.read_text().splitlines()] if step else []
    return float(sum(line.get("seconds", 0) for line in lines if line.get("step", step + 1) <= step))


def best_before(log: Path) -> float:
    """The least nats of an earlier call's tests; those of the plain model do not count."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return min((line["tested"]["all"] for line in lines if "tested" in line and line["step"]), default=math.inf)


def curves(work: Path) -> None:
    """Draw curves.png from log.jsonl."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    lines = [json.loads(line) for line in (work / "log.jsonl").read_text().splitlines()]
    figure, axes = pyplot.subplots(figsize=(7, 4))
    losses = [(line["step"], line["loss"]) for line in lines if "loss" in line]
    tests = [(line["step"], line["tested"]["all"]) for line in lines if "tested" in line]
    axes.plot(*zip(*losses, strict=True), color="0.7", label="learned from, each step")
    axes.plot(*zip(*tests, strict=True), marker="o", label="held-out families, mean weights")
    axes.set(xlabel="step", ylabel="nats a token", ylim=(0, None))
    axes.legend()
    figure.savefig(work / "curves.png", dpi=110)
    pyplot.close(figure)
