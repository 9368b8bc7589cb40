"""The frame that belongs to the word: a camera in which things change every half second, under recorded sentences.

Of each sentence one word counts: a pointing one where there is one. The frame that the server then shows tells by
itself which one it is, and the visitor knows when it was taken. It is right if it shows the card that the camera saw
in the middle of the word, as a forced alignment places it. Beside it stand what the newest frame would have shown when
the look began, and the frame at the true end of the sentence.

Whether a frame that is a little off shows another card depends on where in its half second the word falls, by chance:
of 60 looks the share that is right varies by 3 % from run to run. So it is also told for all places at once
(`Trial.chance`), which varies by 1 %.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from visavis_agents import events as ev
from visavis_client.bench import cards
from visavis_client.bench.figures import percentile, share
from visavis_client.bench.pointer import POINTING, Pointer, pointing
from visavis_client.bench.recordings import Recording
from visavis_client.connection import VisitError
from visavis_client.picture import FRAMES_A_SECOND
from visavis_client.serving import serving
from visavis_client.tracks import Camera
from visavis_client.visit import LEAD_S, Visitor

LONGEST_S = 5.0  # of a sentence
A_SESSION = 8  # sentences

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Trial:
    """word_s, shown_s: the middle of the word and the time of the frame that was shown, on the visitor's clock. beside:
    by how many pictures that frame is later than the one taken nearest to the word. card, meant, newest, at_end: cards
    of that frame, at the word, when the look began, at the end of the sentence. chosen_ms: by how much the server knows
    that its frame is later than the moment it wanted; told_ms: how far off it may be besides, as it says."""

    id: str
    word: str
    word_s: float
    shown_s: float
    beside: int
    card: int
    meant: int
    newest: int
    at_end: int
    within: bool  # the card was seen while the word was said
    chosen_ms: float
    told_ms: float

    @property
    def skew_ms(self) -> float:
        return 1000 * (self.shown_s - self.word_s)

    @property
    def unknown_ms(self) -> float:
        """The part of the skew that the server does not know of: its word is elsewhere, or its clocks are."""
        return self.skew_ms - self.chosen_ms

    @property
    def chance(self) -> float:
        """How likely the frame shows the right card, if the word may fall anywhere in its half second."""
        return max(0.0, 1 - abs(self.beside) / (cards.CARD_S * FRAMES_A_SECOND))


def worded(said: Sequence[Recording], count: int) -> list[Recording]:
    """`count` short ones of them whose words have times, those with a pointing word first."""
    short = [r for r in said if r.words and r.span[1] <= LONGEST_S and len(r.words) >= 3]
    short.sort(key=lambda r: not any(word in POINTING for word, _, _ in r.words))
    return short[:count]


async def frames(said: Sequence[Recording], tell: Tell, out: Path, flags: Sequence[str]) -> dict[str, Any]:
    """said: recordings with word times. Raises VisitError."""
    if not said:
        raise VisitError("no recordings with word times: give their folder with --data")
    video = cards.clip(out / "cards.mp4")
    trials: list[Trial] = []
    with pointing() as pointer, serving(out / "frames.log", [*flags, *pointer.flags()]) as server:
        for at in range(0, len(said), A_SESSION):
            try:
                trials += await _session(server.url, said[at : at + A_SESSION], pointer, video, tell)
            except VisitError as error:
                tell(f"a session was lost: {error}")
    return figures(trials, len(said))


async def _session(url: str, said: Sequence[Recording], pointer: Pointer, video: Path, tell: Tell) -> list[Trial]:
    visitor = Visitor(url, video=video)
    await visitor.connect()
    trials: list[Trial] = []
    try:
        await visitor.until(lambda: visitor.clock() > 2 * LEAD_S, 10, "the first seconds")
        for recording in said:
            pointer.words, pointer.word = [word for word, _, _ in recording.words], ""
            before = len(visitor.log)
            asked = await visitor.ask(recording.question())
            trial = _trial(visitor, recording, pointer.word, asked.said.start_s, before)
            if trial is None:
                tell(f"{recording.id[:16]:16s} no look: {asked.error or 'the word was not heard'}")
                continue
            trials.append(trial)
            right = "right" if trial.card == trial.meant else f"wrong: {trial.card} for {trial.meant}"
            tell(f"{recording.id[:16]:16s} {trial.word:12s} {trial.skew_ms:6.0f} ms  {right}")
    finally:
        await visitor.leave()
    return trials


def _trial(visitor: Visitor, recording: Recording, word: str, start_s: float, before: int) -> Trial | None:
    """What came of a sentence whose speech began at start_s; None: nothing was looked at."""
    log = visitor.log[before:]  # the last look: those before belong to drafts that were dropped
    used = next(((at, event) for at, event in reversed(log) if isinstance(event, ev.SightUsed)), None)
    begun = next((at for at, e in reversed(log) if isinstance(e, ev.ToolStarted) and e.name == "look"), None)
    camera = visitor.camera
    if used is None or begun is None or camera is None or not word:
        return None
    at, event = used
    data = np.frombuffer(visitor.album.done.get(event.picture, b""), np.uint8)
    picture: Any = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    number = None if picture is None else cards.number_of(picture)
    if number is None:
        return None
    film = Film(camera, visitor)
    begins = start_s - recording.span[0]
    first, last = next((begins + a, begins + b) for text, a, b in recording.words if text == word)
    middle = (first + last) / 2
    shown = film.newest(number, at)
    due = film.nearest(middle)
    return Trial(
        recording.id,
        word,
        middle,
        film.taken(shown),
        shown - due,
        cards.card(number),
        film.card(middle),
        film.card(begun),
        film.card(begins + recording.span[1]),
        film.taken(shown) <= last and film.taken(shown + 1) >= first,
        1000 * (event.frame_s - event.moment_s),
        1000 * event.error_s,
    )


class Film:
    """Which picture of the clip the visitor's camera had taken when."""

    def __init__(self, camera: Camera, visitor: Visitor) -> None:
        began = camera.began - visitor.clock.began if camera.began and visitor.clock.began else math.nan
        self._times = [began + place / FRAMES_A_SECOND for place in camera.places]

    def taken(self, place: int) -> float:
        return self._times[min(place, len(self._times) - 1)]

    def newest(self, number: int, until: float) -> int:
        """The last place before `until` at which the clip showed picture `number`."""
        last = int(np.searchsorted(self._times, until)) - 1
        return last - (last - number) % cards.FRAMES

    def card(self, at: float) -> int:
        """What was to be seen then: the card of the picture taken nearest to that time."""
        return cards.card(self.nearest(at) % cards.FRAMES)

    def nearest(self, at: float) -> int:
        """The place of the picture taken nearest to that time."""
        return int(np.abs(np.array(self._times) - at).argmin())


def figures(trials: Sequence[Trial], said: int) -> dict[str, Any]:
    """Per cent of the looks whose frame was right, and how far frames were from their words. Pure."""
    off = [abs(trial.skew_ms) for trial in trials]
    pointed = [trial for trial in trials if trial.word in POINTING]
    return {
        "sentences": said,
        "trials": len(trials),
        "right": share(sum(trial.card == trial.meant for trial in trials), len(trials)),
        "right_pointing": share(sum(trial.card == trial.meant for trial in pointed), len(pointed)),
        "right_anywhere": share(sum(trial.chance for trial in trials), len(trials)),
        "within_word": share(sum(trial.within or trial.card == trial.meant for trial in trials), len(trials)),
        "newest_right": share(sum(trial.newest == trial.meant for trial in trials), len(trials)),
        "end_right": share(sum(trial.at_end == trial.meant for trial in trials), len(trials)),
        "skew_p50_ms": percentile(off, 50),
        "skew_p95_ms": percentile(off, 95),
        "skew_ms": percentile([trial.skew_ms for trial in trials], 50),
        "unknown_p50_ms": percentile([abs(trial.unknown_ms) for trial in trials], 50),
        "unknown_p95_ms": percentile([abs(trial.unknown_ms) for trial in trials], 95),
        "told_p95_ms": percentile([trial.told_ms for trial in trials], 95),
        "said": [
            {"id": t.id, "word": t.word, "skew_ms": round(t.skew_ms, 1), "card": t.card, "meant": t.meant,
             "newest": t.newest, "at_end": t.at_end, "within": t.within, "beside": t.beside,
             "chosen_ms": round(t.chosen_ms, 1), "told_ms": round(t.told_ms, 1)}
            for t in trials
        ],
    }  # fmt: skip
