"""The embedded eyes and the reader on their real networks, and looking at a frame with both."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import zipfile
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from visavis_agents.seeing import looking
from visavis_agents.seeing.glimpse import Glimpse, cropped
from visavis_agents.seeing.pointing import Moment
from visavis_agents.seeing.sight import Frame
from visavis_models.backends import finders, rapidocr_reader
from visavis_models.errors import ModelError, PackMissing
from visavis_models.packs import Packs
from visavis_models.ports import Box, Found, Picture
from visavis_models.senses import Sense, Senses
from visavis_models.settings import BackendSettings, ModelSettings
from visavis_models.workers import Worker

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
with_photos = pytest.mark.skipif(not (DATA / "photos").is_dir(), reason="needs ../shared/data/photos")
with_video = pytest.mark.skipif(not (DATA / "video").is_dir(), reason="needs ../shared/data/video")
PACKS = Packs(ModelSettings().packs)


@pytest.fixture(scope="module")
def eyes() -> finders.Finders:
    return finders.load(BackendSettings(backend="finders"), PACKS)


@pytest.fixture(scope="module")
def reader() -> rapidocr_reader.RapidOcrReader:
    return rapidocr_reader.load(BackendSettings(backend="rapidocr"), PACKS)


def sign(*lines: str, scale: float = 1.3) -> Picture:
    """Dark letters on a pale board in a 640x480 frame with a little camera noise."""
    picture = np.full((480, 640, 3), (110, 125, 120), np.uint8)
    cv2.rectangle(picture, (40, 60), (600, 80 + 80 * len(lines)), (235, 235, 225), -1)
    for row, line in enumerate(lines):
        place = (60, 125 + 80 * row)
        cv2.putText(picture, line, place, cv2.FONT_HERSHEY_DUPLEX, scale, (25, 25, 35), round(2 * scale), cv2.LINE_AA)
    noise = np.random.default_rng(0).normal(0, 5, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def frames(name: str, times: Sequence[float]) -> list[Picture]:
    video = cv2.VideoCapture(str(DATA / "video" / name))
    pictures = []
    for at in times:
        video.set(cv2.CAP_PROP_POS_MSEC, at * 1000)
        done, frame = video.read()
        assert done
        pictures.append(np.ascontiguousarray(frame[..., ::-1]))
    return pictures


def said(eyes: finders.Finders, picture: Picture, question: str) -> str:
    return "".join(eyes.answer([picture], question))


def words(reader: rapidocr_reader.RapidOcrReader, picture: Picture) -> list[str]:
    return [line.label for line in reader.read(picture)]


# --- reading ---------------------------------------------------------------------------------------------------------


def test_a_sign_is_read_in_order(reader: rapidocr_reader.RapidOcrReader) -> None:
    first, second = reader.read(sign("Room 204", "Meeting at noon"))
    assert (first.label, second.label) == ("Room 204", "Meeting at noon")
    assert first.box is not None
    assert second.box is not None
    assert 0 <= first.box.x < 0.2
    assert first.box.y < second.box.y
    assert min(first.score, second.score) > 0.9


@pytest.mark.parametrize("spoilt", ["dark", "blurred", "upside down", "small", "large"])
def test_a_spoilt_sign_is_read(reader: rapidocr_reader.RapidOcrReader, spoilt: str) -> None:
    picture = sign("Room 204", "Meeting at noon", scale=0.6 if spoilt == "small" else 1.3)
    match spoilt:
        case "dark":
            picture = (picture * 0.15).astype(np.uint8)
        case "blurred":
            picture = cv2.GaussianBlur(picture, (0, 0), 2)
        case "upside down":
            picture = np.ascontiguousarray(picture[::-1, ::-1])
        case "large":
            picture = cv2.resize(picture, (1600, 1200))
    assert words(reader, picture) == ["Room 204", "Meeting at noon"]


@pytest.mark.parametrize("shape", [(480, 640, 3), (1, 1, 3), (5, 2000, 3)])
def test_nothing_is_read_where_nothing_is(reader: rapidocr_reader.RapidOcrReader, shape: tuple[int, ...]) -> None:
    assert reader.read(np.random.default_rng(1).integers(90, 140, shape, np.uint8)) == ()


def test_reading_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("the reader wanted the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    reader = rapidocr_reader.load(BackendSettings(backend="rapidocr", threads=1), PACKS)
    assert words(reader, sign("Exit")) == ["Exit"]


@with_video
def test_a_street_sign_is_read(reader: rapidocr_reader.RapidOcrReader) -> None:
    google, street = frames("street_sign.mp4", [1.3, 4.6])
    assert words(reader, google) == ["Google"]
    assert " ".join(words(reader, street)) == "RUE DE LONDRES"


# --- seeing ----------------------------------------------------------------------------------------------------------


def test_missing_weights_name_the_command(tmp_path: Path) -> None:
    with pytest.raises(PackMissing, match="visavis models pull"):
        finders.load(BackendSettings(backend="finders"), Packs(tmp_path))


@pytest.mark.parametrize("shape", [(480, 640), (480, 640, 4), (8, 8, 3), (0, 0, 3)])
def test_no_picture_is_a_clear_error(eyes: finders.Finders, shape: tuple[int, ...]) -> None:
    with pytest.raises(ModelError, match="cannot be looked at"):
        eyes.find(np.zeros(shape, np.uint8))
    with pytest.raises(ModelError, match="no picture"):
        list(eyes.answer([], "What do you see?"))


@pytest.mark.parametrize("shape", [(16, 16, 3), (64, 2000, 3), (1080, 1920, 3)])
def test_any_shape_is_looked_at(eyes: finders.Finders, shape: tuple[int, ...]) -> None:
    assert said(eyes, np.full(shape, 200, np.uint8), "Is anybody there?") == "No, I don't see anybody."


def test_it_is_not_sure_of_nothing(eyes: finders.Finders) -> None:
    noise = np.random.default_rng(2).integers(0, 255, (480, 640, 3), np.uint8)
    assert said(eyes, noise, "What do you see?").startswith("I'm not sure what I see.")
    assert not any(found.score >= 0.5 for found in eyes.find(noise))


def test_colours_are_those_of_the_middle(eyes: finders.Finders) -> None:
    picture = np.full((480, 640, 3), 230, np.uint8)
    picture[150:330, 220:420] = (20, 60, 200)
    assert said(eyes, picture, "What colour is this?") == "It looks blue to me."


@with_video
def test_people_and_hands_in_real_video(eyes: finders.Finders) -> None:
    empty, woman = frames("person_at_table.mp4", [1, 9])
    assert said(eyes, empty, "Is anybody there?") == "No, I don't see anybody."
    assert said(eyes, woman, "Is anybody there?") == "Yes, I see one person in the middle, but no face."
    still, adding = frames("bottles.mp4", [1, 3.7])
    assert said(eyes, still, "How many hands do you see?") == "I don't see a hand."
    assert said(eyes, adding, "How many hands do you see?").startswith("I see one")


@with_photos
def test_things_on_photos(eyes: finders.Finders) -> None:
    """Says the right word far more often than a wrong one."""
    rows = [json.loads(line) for line in (DATA / "photos" / "open.jsonl").read_text().splitlines()]
    known = {"elephant", "pizza", "laptop", "umbrella", "starfish", "chair", "butterfly", "car", "strawberry"}
    right = wrong = 0
    for row in [row for row in rows if row["set"] == "caltech101" and row["labels"][0] in known][::3]:
        with zipfile.ZipFile(DATA / "photos" / row["shard"]) as shard:
            pixels = cv2.imdecode(np.frombuffer(shard.read(row["file"]), np.uint8), cv2.IMREAD_COLOR)
        spoken = said(eyes, np.ascontiguousarray(pixels[..., ::-1]), "What is this?")
        if row["labels"][0] in spoken and spoken.startswith("That"):
            right += 1
        elif spoken.startswith("That") and not spoken.endswith((" an animal.", " food.", " a vehicle.")):
            wrong += 1
    assert right >= 18
    assert right > 5 * wrong


# --- looking ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def senses(eyes: finders.Finders, reader: rapidocr_reader.RapidOcrReader) -> Iterator[Senses]:
    with_eyes = seeing(eyes, reader)
    yield with_eyes
    with_eyes.close()


def seeing(vision: Any, reader: Any = None) -> Senses:
    none: Any = Sense(None, Worker("none"))
    return Senses(
        none,
        none,
        none,
        none,
        vision=Sense(vision, Worker("vision")),
        reader=Sense(reader, Worker("reader")) if reader else None,
    )


@with_video
def test_what_a_hand_holds_is_a_part_of_the_picture(eyes: finders.Finders) -> None:
    still, adding = frames("bottles.mp4", [1, 3.7])
    assert eyes.pointed(still) is None
    part = eyes.pointed(adding)
    hand = next(found.box for found in eyes.find(adding) if found.kind == "hand")
    assert part is not None
    assert hand is not None
    assert part.x <= hand.x
    assert part.y <= hand.y
    assert part.w * part.h < 0.7


def look(senses: Senses, picture: Picture, question: str) -> looking.Look:
    return asyncio.run(looking.look(senses, Frame(1.0, lambda: picture), question))


def test_looking_reads_what_is_asked_to_be_read(senses: Senses) -> None:
    seen = look(senses, sign("Room 204", "Meeting at noon"), "What does the sign say?")
    assert seen.spoken == "It says: Room 204, Meeting at noon."
    assert seen.found == ("“Room 204”", "“Meeting at noon”")
    shown = cv2.imdecode(np.frombuffer(seen.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown.shape == (480, 640, 3)


def test_looking_also_reads_when_the_question_is_open(senses: Senses) -> None:
    assert look(senses, sign("Room 204"), "What do you see?").spoken.endswith("I can read: Room 204.")
    assert "Room" not in look(senses, sign("Room 204"), "How many people do you see?").spoken


def test_only_what_is_pointed_at_is_read(senses: Senses) -> None:
    picture = sign("Room 204", "Meeting at noon")
    upper = Box(0.0, 0.0, 1.0, 0.33)
    seen = asyncio.run(looking.look_at(senses, picture, cropped(picture, upper), upper, "Read this."))
    assert seen.spoken == "It says: Room 204."
    assert seen.part == upper
    empty = Box(0.0, 0.8, 0.3, 0.2)
    seen = asyncio.run(looking.look_at(senses, picture, cropped(picture, empty), empty, "Read this."))
    assert seen.spoken == "It says: Room 204, Meeting at noon."
    assert seen.part is None


def test_two_frames_are_told_apart(senses: Senses) -> None:
    rooms = [sign("Room 204"), sign("Room 310")]
    glimpses = [
        Glimpse(Moment(n, "this"), Frame(n, lambda p=p: p), p, None, p)  # type: ignore[misc]
        for n, p in enumerate(rooms)
    ]
    looks = asyncio.run(looking.compare(senses, glimpses, "Read this one or that one?"))
    assert looks[0].spoken == "The first: It says: Room 204. The second: It says: Room 310."
    assert [look.found for look in looks] == [("“Room 204”",), ("“Room 310”",)]


def test_nothing_to_read_is_said(senses: Senses) -> None:
    blank = np.full((480, 640, 3), 127, np.uint8)
    assert look(senses, blank, "Read it to me").spoken.startswith("I can't find anything to read.")


def test_a_large_frame_is_shown_small(senses: Senses) -> None:
    seen = look(senses, np.zeros((1080, 1920, 3), np.uint8), "Is anybody there?")
    assert cv2.imdecode(np.frombuffer(seen.jpeg, np.uint8), cv2.IMREAD_COLOR).shape == (360, 640, 3)


def test_a_broken_frame_is_a_clear_error(senses: Senses) -> None:
    def broken() -> Picture:
        raise RuntimeError("no pixels")

    with pytest.raises(ModelError, match="show it again"):
        asyncio.run(looking.look(senses, Frame(0.0, broken), "What do you see?"))
    with pytest.raises(ModelError, match="show it again"):
        look(senses, np.zeros((0, 0, 3), np.uint8), "What do you see?")


class Slow:
    """A model that understands pictures, says a sentence and then waits for `go`."""

    def __init__(self) -> None:
        self.go, self.closed = threading.Event(), threading.Event()

    def answer(self, pictures: Sequence[Picture], words: str) -> Generator[str, None, None]:
        try:
            yield f"You ask: {words} "
            yield "I see a boat. And"
            self.go.wait(10)
            yield " more."
        finally:
            self.closed.set()


class Stuck:
    def __init__(self, go: threading.Event) -> None:
        self.go = go

    def read(self, picture: Picture) -> tuple[Found, ...]:
        self.go.wait(10)
        return ()


def test_at_the_deadline_the_sentences_so_far_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "ANSWER_S", 0.2)
    vision = Slow()
    senses = seeing(vision)
    seen = look(senses, sign("Boat"), "What does it say?")  # reading too is left to such a model
    assert seen.spoken == "You ask: What does it say? I see a boat."
    vision.go.set()
    assert vision.closed.wait(5)
    senses.close()


def test_a_reader_that_is_late_or_fails_is_left_out(eyes: finders.Finders, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "READ_S", 0.2)
    go = threading.Event()
    senses = seeing(eyes, Stuck(go))
    assert look(senses, sign("Boat"), "Read this").spoken.startswith("I can't read just now.")
    go.set()
    senses.close()


def test_without_eyes_it_says_so() -> None:
    none: Any = Sense(None, Worker("none"))
    with pytest.raises(ModelError, match="no eyes"):
        look(Senses(none, none, none, none), sign("Boat"), "What do you see?")
