"""A training that was stopped goes on where it was: one file with the plan, the step, the model and its optimizer."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

NAME = "checkpoint.pt"


def keep(
    work: Path, plan: DataclassInstance, model: torch.nn.Module, optimizer: torch.optim.Optimizer, step: int
) -> None:
    """The file is whole at any time: the one before is replaced when the new one is written."""
    state = {"plan": asdict(plan), "step": step, "model": model.state_dict(), "optimizer": optimizer.state_dict()}
    torch.save(state, work / "checkpoint.new")
    (work / "checkpoint.new").replace(work / NAME)


def resumed(work: Path, plan: DataclassInstance, model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> int:
    """The step to go on with. Ends the program where the file is of another plan."""
    path = work / NAME
    if not path.exists():
        return 0
    state: dict[str, Any] = torch.load(path, weights_only=True)
    if state["plan"] != asdict(plan):
        raise SystemExit(f"{path} is of another plan, {state['plan']}: give that one, or another --work folder")
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"])
