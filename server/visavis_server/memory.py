"""Freed memory back to the system: what conversations leave behind must not add up.

A connection is a knot of objects that only the collector takes apart, and it comes late where 150,000 objects of the
models lie round it: those are put out of its sight (and so it holds up nobody's sound). And glibc keeps freed memory
that lies between what is still used: after 200 visitors that came and went it was 50 MB.
"""

from __future__ import annotations

import ctypes
import functools
import gc
from collections.abc import Callable


@functools.cache
def _trim() -> Callable[[int], int] | None:
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
        return trim
    except (OSError, AttributeError, TypeError):  # not glibc; Windows has no such handle
        return None


def settle() -> None:
    """Everything that is here now is here to stay. Takes 0.2 s: call it on a thread, when the models are loaded."""
    gc.collect()
    gc.freeze()
    give_back()


def give_back() -> None:
    """Takes about 10 ms: call it on a thread."""
    gc.collect()
    if (trim := _trim()) is not None:
        trim(0)
