"""A long blocking call that paints, made into steps: it runs on a thread of its own and hands its previews over.

The thread inherits the low priority of the worker that starts it. `stop` may be called from any thread and ends the
call at its next step, even while a step is waited for; `close` waits for that.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator
from typing import Any

from visavis_models.errors import ModelError
from visavis_models.ports import Painting

Tell = Callable[[Painting], None]
Work = Callable[[Tell, threading.Event], Painting]  # is to raise Stopped or ModelError; the event: stop soon


class Stopped(Exception):
    """Nobody wants the picture any more."""


class Strokes(Generator[Painting, None, None]):
    """The previews that `work` tells, then the picture that it returns."""

    def __init__(self, work: Work) -> None:
        self._told: queue.Queue[Painting | Exception] = queue.Queue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(work,), name="painting", daemon=True)
        self._over = False

    def send(self, value: None) -> Painting:
        if self._over:
            raise StopIteration
        if self._thread.ident is None:
            self._thread.start()
        told = self._told.get()
        if isinstance(told, Painting) and not told.done:
            return told
        self.close()
        if isinstance(told, Exception):
            raise told
        return told

    def throw(self, *error: Any) -> Painting:
        self.close()
        raise error[0]

    def stop(self) -> None:
        self._stop.set()

    def close(self) -> None:
        self._over = True
        self.stop()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self, work: Work) -> None:
        try:
            self._told.put(work(self._told.put, self._stop))
        except Stopped:
            self._told.put(ModelError("the picture was stopped"))
        except Exception as error:  # told to the thread that waits
            self._told.put(error)
