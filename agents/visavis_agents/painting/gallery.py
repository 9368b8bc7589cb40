"""The finished pictures of a conversation, for whoever fetches them by address or shows them on a screen.

`drawing.py` hangs up what it has finished; the server answers `GET /api/pictures/...` from here (`visavis_server/
pictures.py`) and films the easel for screens (`rtc/screen.py`). In memory only, bounded, gone with the conversation.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from visavis_models.ports import Painting, Picture

MOST, MOST_BYTES = 24, 32_000_000  # pictures, and bytes of their files; the oldest go first
PLACE = "api/pictures/"  # where the server has them
FORMS = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "svg": "image/svg+xml",
    "webm": "video/webm",
    "gif": "image/gif",
    "html": "text/html; charset=utf-8",
}  # a story's book


@dataclass(frozen=True, slots=True)
class Work:
    """A finished picture or clip. at: session time; files: by their form (see FORMS), the one that is shown first."""

    number: int
    at: float
    alt: str
    files: Mapping[str, bytes] = field(repr=False)

    @property
    def size(self) -> int:
        return sum(map(len, self.files.values()))


class Gallery:
    """session: its id, which nobody else knows; addresses are made of it, so that a replay makes the same."""

    def __init__(self, session: str = "") -> None:
        self._session = session
        self._works: dict[str, Work] = {}  # oldest first
        self.last: Painting | None = None  # finished, with what its painter needs to go on from it
        self.easel: Picture | None = None  # what is being drawn, or was drawn last: a new array each time it changes

    @property
    def works(self) -> tuple[Work, ...]:
        """Oldest first."""
        return tuple(self._works.values())

    def hang(self, work: Work) -> str:
        """Keep it. Returns its address, relative to the server's: `.png` or another of its forms may follow."""
        digest = hashlib.blake2b(f"{self._session} {work.number}".encode(), digest_size=18).digest()
        key = base64.urlsafe_b64encode(digest).decode()
        self._works.pop(key, None)
        self._works[key] = work
        while len(self._works) > 1 and (len(self._works) > MOST or sum(w.size for w in self.works) > MOST_BYTES):
            del self._works[next(iter(self._works))]
        return PLACE + key

    def find(self, key: str, since: float) -> Work | None:
        """The picture of that address, if it is still there. Those finished before `since` (session time) go."""
        self._works = {known: work for known, work in self._works.items() if work.at >= since}
        return self._works.get(key)

    def forget(self) -> None:
        self._works = {}
        self.last = self.easel = None
