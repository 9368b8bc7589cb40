"""Twenty minutes with a camera on a virtual clock: things are shown, put down and taken away, and asked about later."""

from __future__ import annotations

import base64
from collections.abc import Generator, Sequence

import cv2
import numpy as np
import pytest

from tests.timed.scene import Scene
from tests.timed.virtual import Inline, senses
from visavis_agents import events as ev
from visavis_agents.replay.virtual import play
from visavis_agents.seeing.remembering import DESCRIBE
from visavis_agents.seeing.sight import Frame
from visavis_models.ports import Box, Found, Picture
from visavis_models.senses import Sense

COLOURS = {  # of a made thing, RGB; strong ones, so that a JPEG keeps them
    "cup": (230, 30, 30), "bottle": (30, 200, 40), "book": (40, 60, 230), "laptop": (230, 220, 30),
    "umbrella": (200, 30, 200), "clock": (30, 210, 210), "shoe": (240, 130, 20), "hat": (120, 60, 20),
}  # fmt: skip
TEXTS = {"PLATFORM 9": (250, 250, 250), "WET PAINT": (10, 10, 10)}
KEYS = (130, 130, 250)  # what the finders have no name for, but the embedding has
PERSON, HAND, SOFA = (240, 200, 170), (150, 90, 60), (0, 60, 60)
ROOMS = [(90, 95, 100), (70, 110, 80), (110, 85, 70), (80, 80, 120)]
SIDE = 60  # pixels of a made thing


def drawn(room: int, *things: tuple[str | tuple[int, int, int], int]) -> Picture:
    """A room with things in it, each as (name or colour, place from the left 0..3)."""
    made = np.full((240, 320, 3), ROOMS[room], np.uint8)
    made[170:] = np.asarray(ROOMS[room], np.uint8) // 2
    for thing, at in things:
        colour = {**COLOURS, **TEXTS}.get(thing, thing)
        made[100 : 100 + SIDE, 15 + 78 * at : 15 + 78 * at + SIDE] = colour
    return made


def places(picture: Picture) -> Generator[tuple[int, np.ndarray], None, None]:
    small = cv2.resize(picture, (320, 240))
    for at in range(4):
        yield at, small[115:145, 30 + 78 * at : 60 + 78 * at].reshape(-1, 3).mean(0)


def close(a: np.ndarray, b: Sequence[int]) -> bool:
    return bool(np.abs(a - np.asarray(b)).max() < 25)


class Eyes:
    """Finds made things by their colour; may also put pictures among words."""

    def names(self) -> tuple[str, ...]:
        return tuple(COLOURS)

    def find(self, picture: Picture) -> tuple[Found, ...]:
        found = []
        for at, colour in places(picture):
            box = Box((15 + 78 * at) / 320, 0.42, SIDE / 320, SIDE / 240)
            found += [Found("thing", name, 0.9, box) for name, of in COLOURS.items() if close(colour, of)]
            found += [Found("face", "face", 0.9, box)] * close(colour, PERSON)
            found += [Found("hand", "hand", 0.9, box)] * close(colour, HAND)
        return tuple(found)

    def answer(self, pictures: Sequence[Picture], words: str) -> Generator[str, None, None]:
        found = self.find(pictures[-1])
        things = [each.label for each in found if each.kind == "thing"]
        if "holding" in words and things and any(each.kind == "hand" for each in found):
            yield f"You are holding a {things[0]}."
        else:
            yield f"I see a {things[0]}." if things else "I'm not sure what I see."


class Farsighted(Eyes):
    """Puts pictures among words, in a space of two dimensions: keys, and everything else. Describes a sofa."""

    def answer(self, pictures: Sequence[Picture], words: str) -> Generator[str, None, None]:
        sofa = any(close(colour, SOFA) for _, colour in places(pictures[-1]))
        if words == DESCRIBE:
            yield "I see a large sofa in a room." if sofa else "I see a room."
        else:
            yield from super().answer(pictures, words)

    def embed_pictures(self, pictures: Sequence[Picture]) -> np.ndarray:
        keys = [any(close(colour, KEYS) for _, colour in places(picture)) for picture in pictures]
        return np.asarray([(1.0, 0.0) if each else (0.1, 0.995) for each in keys], np.float32)


class Words:
    def embed(self, texts: Sequence[str]) -> np.ndarray:
        return np.asarray([(1.0, 0.0) if "key" in text else (0.0, -1.0) for text in texts], np.float32)


class Spelling:
    """Reads made texts by their colour."""

    def __init__(self) -> None:
        self.read_at: list[float] = []

    def read(self, picture: Picture) -> tuple[Found, ...]:
        return tuple(
            Found("text", text, 0.9) for text, of in TEXTS.items() for _, colour in places(picture) if close(colour, of)
        )


MINUTES = 20
SHOWN: list[tuple[float, Picture]] = [  # from then on, in seconds; every scene differs from the one before
    (0, drawn(0)),
    (30, drawn(0, ("cup", 0))),
    (90, drawn(0, ("cup", 0), ("bottle", 2))),
    (150, drawn(1, ("PLATFORM 9", 1))),
    (175, drawn(1)),
    (200, drawn(1, ("book", 3))),
    (260, drawn(2, (HAND, 1), ("hat", 2))),
    (290, drawn(2, (HAND, 1), ("shoe", 2))),
    (340, drawn(2, (KEYS, 3))),
    (370, drawn(2)),
    (460, drawn(3, ("laptop", 0), (PERSON, 2))),
    (560, drawn(3, ("laptop", 0))),
    (640, drawn(3, ("laptop", 0), ("clock", 3))),
    (700, drawn(0, ("WET PAINT", 2))),
    (730, drawn(0)),
    (800, drawn(1, ("umbrella", 1))),
    (815, drawn(1)),
    (850, drawn(1, (SOFA, 0))),
    (880, drawn(1)),
    (1100, drawn(1, ("bottle", 0))),
]
ASKED = [  # when, what, what the answer holds, and the second in which the frame shown was taken
    (60, "Where is my cup?", "I see your cup now, on the left.", None),
    (130, "Have you seen my umbrella?", "I haven't seen your umbrella.", None),
    (240, "Where did I leave my cup?", "I saw your cup about two minutes ago, on the left, with a bottle.", (90, 150)),
    (270, "What am I holding?", "You are holding a hat.", None),
    (310, "What was I holding before?", "You were holding a hat", (260, 290)),
    (400, "What did the sign say?", "It said: PLATFORM 9.", (150, 175)),
    (570, "What changed?", "Somebody has gone.", (460, 560)),
    (660, "What has changed?", "There is a clock now.", (560, 640)),
    (780, "What did the sign say?", "It said: WET PAINT.", (700, 730)),
    (900, "Where did I leave my keys?", "your keys may be in this picture from about nine minutes ago", (340, 370)),
    (930, "Have you seen my sofa?", "I saw your sofa about a minute ago. There was a large sofa in a room.", (850, 880)),
    (960, "Where is my umbrella?", "I saw your umbrella about three minutes ago, in the middle.", (800, 815)),
    (1020, "When did you last see my book?", "I saw your book about 14 minutes ago, on the right.", (200, 260)),
    (1060, "Have you seen my wallet?", "I haven't seen your wallet.", None),
    (1106, "Have you seen this before?", "Yes, I saw a bottle about 17 minutes ago.", (90, 150)),
    (1125, "Have you seen a bottle?", "I see a bottle now, on the left.", None),
    (1150, "Forget what you saw.", "I have forgotten what I saw.", None),
    (1165, "Have you seen my laptop?", "I haven't seen your laptop", None),
]  # fmt: skip


def typed(at: float, text: str):
    return at, lambda session: session.receive(ev.TextTyped(text=text))


def camera(shown: list[tuple[float, Picture]], lasts_s: float, every_s: float = 0.5):
    """Frames with a little noise; every three seconds one is a key frame."""
    acts, chance = [], np.random.default_rng(0)
    for n in range(round(lasts_s / every_s)):
        at = n * every_s
        picture = [each for each in shown if each[0] <= at][-1][1]
        size = 6000 if n % 6 == 0 else 500
        noise = chance.integers(-2, 3, (60, 80, 1), np.int16).repeat(4, 0).repeat(4, 1)

        def taken(picture=picture, noise=noise) -> Picture:
            return np.clip(picture + noise, 0, 255).astype(np.uint8)

        acts.append((at, lambda session, at=at, size=size, taken=taken: session.see(Frame(at, taken, size=size))))
    return acts


def twenty_minutes(eyes, embedder=None) -> tuple[Scene, Spelling]:
    reader = Spelling()
    others = {"vision": Sense(eyes, Inline(0.2)), "reader": Sense(reader, Inline(0.4))}
    if embedder is not None:
        others["embedder"] = Sense(embedder, Inline(0.01))
    act = [*camera(SHOWN, MINUTES * 60), *(typed(at, text) for at, text, *_ in ASKED)]
    return play(Scene(senses(["x"], "never asked", **others), act=act, lasts_s=MINUTES * 60).play()), reader


def answers(told: Scene) -> list[tuple[str, float | None]]:
    """What was said to each question, and the time of the remembered frame that was shown."""
    finals = [event.at for event in told.of(ev.UserFinal)] + [1e9]
    found = []
    for began, over in zip(finals, finals[1:], strict=False):
        [text] = [event.text for event in told.of(ev.ReplyEnded) if began < event.at < over]
        shown = [e.frame_s for e in told.of(ev.SightUsed) if began <= e.at < over and began - e.frame_s > 4.0]
        found.append((text, shown[0] if shown else None))
    return found


@pytest.fixture(scope="module")
def told() -> Scene:
    return twenty_minutes(Farsighted(), Words())[0]


@pytest.mark.parametrize("number", range(len(ASKED)))
def test_twenty_minutes_are_remembered(told: Scene, number: int) -> None:
    _, question, expected, of_s = ASKED[number]
    text, shown = answers(told)[number]
    assert expected in text, question
    if of_s is None:
        assert shown is None
    else:
        assert shown is not None
        assert of_s[0] <= shown < of_s[1]


def test_the_remembered_frame_itself_is_shown_with_its_age(told: Scene) -> None:
    used = next(event for event in told.of(ev.SightUsed) if event.found and event.found[0] == "about nine minutes ago")
    chunks = [event for event in told.of(ev.PictureChunk) if event.picture == used.picture]
    data = b"".join(base64.b64decode(chunk.data) for chunk in chunks)
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    assert any(close(colour, KEYS) for _, colour in places(pixels))
    assert told.of(ev.SightForgotten)


def test_nothing_is_kept_on_disk_unless_it_is_allowed() -> None:
    def left(*lines: str):
        act = [*camera(SHOWN[:3], 120.0), *(typed(100.0 + 5 * n, line) for n, line in enumerate(lines))]
        vision = Sense(Eyes(), Inline(0.2))
        return play(Scene(senses(["x"], "x", vision=vision), act=act, lasts_s=120.0).play()).left

    assert left() is not None
    assert left().seen == ()
    kept = left("Remember what you see.")
    assert [spot.name for keepsake in kept.seen for spot in keepsake.spots].count("cup") >= 1
    assert left("Remember what you see.", "Don't remember what you see.").seen == ()
    after = play(
        Scene(
            senses(["x"], "x", vision=Sense(Eyes(), Inline(0.2))),
            act=[typed(1.0, "Have you seen my cup?")],
            kept=kept,
            gone_s=60.0,
            lasts_s=8.0,
        ).play()
    )
    assert after.of(ev.ReplyEnded)[0].text.startswith("I saw your cup about two minutes ago, on the left")


def test_a_camera_that_is_carried_about_fills_no_memory() -> None:
    chance = np.random.default_rng(1)
    things = list(COLOURS)
    walk = [(2.0 * n, drawn(n % 4, (things[chance.integers(8)], int(chance.integers(4))))) for n in range(150)]
    vision = Sense(Eyes(), Inline(0.2))
    act = [*camera(walk, 300.0), typed(280.0, "Remember what you see.")]
    left = play(Scene(senses(["x"], "x", vision=vision), act=act, lasts_s=300.0).play()).left
    assert left is not None
    assert 20 <= len(left.seen) <= 6 * 5 + 4
    gaps = np.diff([keepsake.at for keepsake in left.seen])
    assert gaps.min() >= 2.0
