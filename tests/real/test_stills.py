"""A card of small print is read in pieces, from stills at full resolution: the page in a real browser, the visitor, and
a client that sends something else."""

from __future__ import annotations

import asyncio
import difflib
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page

from tests.real.test_browser import mjpeg, talk
from visavis_agents import events as ev
from visavis_agents.seeing.reading import GO_ON
from visavis_agents.using import MOMENT
from visavis_client.visit import Question, Visitor

CARD = (
    "The museum is open from ten in the morning until six in the evening. On Mondays it is closed. Children under "
    "six years pay nothing. Bags and umbrellas must be left at the desk. Please do not touch the paintings, as they "
    "are old. The restaurant on the second floor serves soup and cake. A lift is behind the stairs. We wish you a "
    "pleasant visit and hope to see you again soon in our house."
)


def card(height: int = 1080, width: int = 1440, letters: float = 0.6) -> np.ndarray:
    """The text in a hand's breadth: lower-case letters some 11 pixels high, 5 in a stream of 640x480."""
    picture = np.full((height, width, 3), (96, 104, 112), np.uint8)
    picture += np.linspace(0, 60, width, dtype=np.uint8)[None, :, None]  # light from one side
    cv2.rectangle(picture, (width // 4, height // 4), (width * 3 // 4, height * 3 // 4), (236, 240, 240), -1)
    lines, line = [], ""
    for word in CARD.split():
        longer = f"{line} {word}".strip()
        if cv2.getTextSize(longer, cv2.FONT_HERSHEY_SIMPLEX, letters, 1)[0][0] > width // 2 - 60:
            lines, line = [*lines, line], word
        else:
            line = longer
    for n, text in enumerate([*lines, line]):
        at = (width // 4 + 30, height // 4 + 50 + n * round(52 * letters))
        cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, letters, (30, 30, 30), 1, cv2.LINE_AA)
    return picture


def wrong(read: list[str]) -> float:
    """Share of letters that differ from the card's; read: what was said, piece by piece."""
    said = " ".join(
        piece.removeprefix(f"{MOMENT} ").removeprefix("It says: ").removesuffix(GO_ON).strip() for piece in read
    )
    return 1 - difflib.SequenceMatcher(None, said.lower(), CARD.lower(), autojunk=False).ratio()


def until(page: Page, true: str) -> None:
    """Wait until this is true in the page, whose policy allows no `wait_for_function`."""
    for _ in range(300):
        if page.evaluate(true):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{true}: {page.inner_text('main')}")


def test_the_page_sends_what_the_stream_is_too_small_for(server, tmp_path) -> None:
    sound = tmp_path / "silence.wav"
    sound.write_bytes(silence())
    read: list[str] = []

    def use(page: Page) -> None:
        page.click("#start")
        page.wait_for_selector('#state[data-state="listening"]', timeout=20_000)
        page.click("#camera")
        until(page, "document.querySelector('#preview').videoWidth === 1440")
        page.wait_for_timeout(2_000)
        for words in ("Read this.", "Go on.", "Zoom in on the centre."):
            before = page.locator("#captions [data-who=assistant][data-state=said]").count()
            page.fill("#text", words)
            page.press("#text", "Enter")
            done = page.locator("#captions [data-who=assistant][data-state=said]").nth(before)
            done.wait_for(timeout=60_000)
            read.append(" ".join(done.inner_text().split()))
        until(page, "document.querySelectorAll('#pictures li[data-state=done] img').length >= 2")
        page.set_viewport_size({"width": 390, "height": 844})
        page.screenshot(path=tmp_path / "phone.png")

    assert talk(server, tmp_path, sound, use, (1280, 800), mjpeg(tmp_path, card())) == []
    assert "It says: The museum is open" in read[0]
    assert read[0].endswith(GO_ON)
    assert wrong(read[:2]) < 0.02, read
    assert "In the centre, it says: The museum" in read[2]


def test_the_visitor_shows_its_photo_at_its_own_size(server, tmp_path) -> None:
    photo = tmp_path / "card.png"
    cv2.imwrite(str(photo), card())

    async def scene() -> Visitor:
        visitor = Visitor(server, video=photo, answer_s=60.0)
        await visitor.visit([Question("Read this."), Question("Go on.")])
        return visitor

    visitor = asyncio.run(scene())
    wanted = [at for at, event in visitor.log if isinstance(event, ev.StillWanted)]
    looked = [at for at, event in visitor.log if isinstance(event, ev.SightUsed)]
    print(f"the still was asked for at {wanted[0]:.2f} s, and had been read by {looked[0]:.2f} s")
    answers = [reply.text for reply in visitor.account.replies]
    assert wrong(answers) < 0.02, answers


@pytest.mark.parametrize("bad", ["junk", "huge", "unasked"])
def test_a_client_that_sends_no_still_is_told_so_and_answered_all_the_same(server, tmp_path: Path, bad: str) -> None:
    photo = tmp_path / "sign.png"
    sign = np.full((480, 640, 3), 240, np.uint8)
    cv2.putText(sign, "OPEN", (120, 280), cv2.FONT_HERSHEY_SIMPLEX, 5.0, (20, 20, 20), 14, cv2.LINE_AA)
    cv2.imwrite(str(photo), sign)

    class Hostile(Visitor):
        def _hear(self, event: ev.FromServer) -> None:
            if not isinstance(event, ev.StillWanted):
                return super()._hear(event)
            number = event.still + (1000 if bad == "unasked" else 0)
            data = "AAAA" * (14_000 if bad == "huge" else 1000)
            for index in range(1 if bad == "junk" else 20):
                count = 1 if bad == "junk" else 20
                self.send(ev.StillChunk(still=number, index=index, count=count, mime="image/jpeg", data=data))

    async def scene() -> Visitor:
        visitor = Hostile(server, video=photo, answer_s=60.0)
        await visitor.visit([Question("What does the sign say?"), Question("What is twelve times seven?")])
        return visitor

    visitor = asyncio.run(scene())
    troubles = [event.what for _, event in visitor.log if isinstance(event, ev.Trouble)]
    assert troubles
    assert all("still" in what or "message" in what for what in troubles), troubles
    answers = [reply.text for reply in visitor.account.replies]
    assert "OPEN" in answers[0].upper()
    assert "84" in answers[1]


def silence() -> bytes:
    import io

    import soundfile

    data = io.BytesIO()
    soundfile.write(data, np.zeros(120 * 48_000, np.float32), 48_000, format="WAV", subtype="PCM_16")
    return data.getvalue()
