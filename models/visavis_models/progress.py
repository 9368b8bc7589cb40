"""What a pull shows: bars in a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress as Bars, TextColumn, TransferSpeedColumn

Shown = Callable[[int, int], None]  # called with bytes done, bytes in all
_EVERY_S = 10.0  # between two lines of the same download, where there is no terminal


class Progress:
    """Lines and bars on a console."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False)

    def line(self, text: str) -> None:
        self.console.print(text, markup=False, soft_wrap=True)

    @contextmanager
    def bar(self, name: str) -> Iterator[Shown]:
        """A download, under its name."""
        if not self.console.is_terminal:
            self.line(name)
            yield self._lines(name)
            return
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        with Bars(*columns, console=self.console) as bars:
            task = bars.add_task(name, total=None)
            yield lambda done, total: bars.update(task, completed=done, total=total)

    def _lines(self, name: str) -> Shown:
        told = time.monotonic()

        def show(done: int, total: int) -> None:
            nonlocal told
            if time.monotonic() - told >= _EVERY_S:
                told = time.monotonic()
                self.line(f"{name}: {done / 1e6:.0f} of {total / 1e6:.0f} MB")

        return show
