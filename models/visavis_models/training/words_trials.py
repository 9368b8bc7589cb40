"""Several short trainings of the adapter one after the other, on a GPU: rates first, then the best rate in other ways.

`python -m visavis_models.training.words_trials PREPARED GGUF WORK`; PREPARED is made by `words_tokens.py`. WORK/out
gets their adapters, two in a file, the best by the held-out families first; which of them are the better ones is
decided by `words_compare.py`, on questions that no training has seen.
"""

from __future__ import annotations

import argparse
import json
import time
import traceback
import zipfile
from dataclasses import asdict, replace
from pathlib import Path

import torch

from visavis_models.backends.gguf_file import GgufFile
from visavis_models.training.words import Plan, train
from visavis_models.training.words_examples import read

BASE = Plan(frozen=0, tokens=6144, parts=3, anchor=0.3, tests=10, decay=0.1, drop=0.1)
RATES = {"a": 1.2e-3, "b": 6e-4}
SHARES = {"a": 0.14, "b": 0.14, "c": 0.16, "d": 0.2, "e": 0.16, "f": 0.2}  # of the time
IN_A_FILE = 2


def plans(best: float) -> dict[str, Plan]:
    """best: the rate that came out best of RATES."""
    made = {name: replace(BASE, rate=rate) for name, rate in RATES.items()}
    made["c"] = replace(BASE, rate=best, drop=0.2, seed=9)
    made["d"] = replace(BASE, rate=best, drop=0.3, seed=10)
    made["e"] = replace(BASE, rate=best, drop=0.2, rank=32, seed=11)
    made["f"] = replace(BASE, rate=best, drop=0.2, anchor=1.0, decay=0.5, seed=12)
    return made


def nats(work: Path) -> list[float]:
    """Of the held-out families, test after test."""
    log = work / "log.jsonl"
    lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    return [line["tested"]["all"] for line in lines if "tested" in line and line["step"]]


def gather(work: Path, names: list[str]) -> None:
    """The adapters so far into WORK/out: the best test of each trial, then the ends of the best trials."""
    order = sorted((name for name in names if nats(work / name)), key=lambda name: min(nats(work / name)))
    files = [(f"{name}-best.npz", work / name / "words.npz") for name in order]
    files += [
        (f"{name}-last.npz", work / name / "last.npz")
        for name in order
        if nats(work / name)[-1] > min(nats(work / name))
    ]
    (work / "out").mkdir(exist_ok=True)
    for number in range(4):
        some = files[number * IN_A_FILE : (number + 1) * IN_A_FILE]
        if not some:
            continue
        new = work / "out.new"
        with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as made:
            for name, path in some:
                made.write(path, name)
            for name in () if number else order:
                made.write(work / name / "log.jsonl", f"{name}-log.jsonl")
        new.replace(work / "out" / f"adapters-{number + 1}.zip")


def main() -> None:
    began = time.monotonic()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("prepared", type=Path)
    parser.add_argument("gguf", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--seconds", type=float, default=480)
    parser.add_argument("--until", type=float, default=0, help="instead of seconds: the unix time when all is done")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--only", default="abcdef", help="which trials")
    parser.add_argument("--tokens", type=int, default=BASE.tokens, help="in a batch: what the memory holds")
    parser.add_argument("--memory", type=float, default=16, help="GiB of the GPU at most")
    parser.add_argument("--threads", type=int, default=4)
    given = parser.parse_args()
    whole_time = given.until - time.time() if given.until else given.seconds
    torch.set_num_threads(given.threads)
    if given.device.startswith("cuda"):
        torch.cuda.set_per_process_memory_fraction(
            min(1.0, given.memory * 2**30 / torch.cuda.get_device_properties(0).total_memory)
        )
    prepared, file = read(given.prepared), GgufFile(given.gguf)
    print("read", round(time.monotonic() - began, 1), "s", torch.__version__, given.device, flush=True)
    whole = sum(SHARES[name] for name in given.only)
    best = RATES["a"]
    done: list[str] = []
    tokens = given.tokens
    for name in given.only:
        left = whole_time - (time.monotonic() - began)
        seconds = (left - 4) * SHARES[name] / whole - 4  # for loading and saving
        whole -= SHARES[name]
        if seconds < 3:
            continue
        plan = replace(plans(best)[name], seconds=round(seconds, 1), tokens=tokens)
        print("trial", name, json.dumps(asdict(plan)), flush=True)
        done.append(name)
        try:
            train(plan, prepared, file, given.work / name, given.device, lambda: gather(given.work, done))
        except (RuntimeError, ValueError) as error:  # the next one may go
            traceback.print_exc()
            tokens //= 2 if isinstance(error, torch.OutOfMemoryError) else 1
        if given.device.startswith("cuda"):
            print("memory", round(torch.cuda.max_memory_reserved() / 2**30, 2), "GiB", flush=True)
            torch.cuda.empty_cache()
        ended = [each for each in done if each in RATES and nats(given.work / each)]
        if ended:
            best = RATES[min(ended, key=lambda each: min(nats(given.work / each)))]
        gather(given.work, done)
        print("trial", name, "best", min(nats(given.work / name), default=None), flush=True)
        print("seconds", round(time.monotonic() - began, 1), flush=True)


if __name__ == "__main__":
    main()
