"""The real page in a real browser, its fake microphone and camera fed from files, against the real server."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import soundfile
import soxr
from playwright.sync_api import Page, sync_playwright

from tests import speech

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --use-fake-ui-for-media-stream --use-fake-device-for-media-stream "
    "--autoplay-policy=no-user-gesture-required"
).split()


def chromium() -> str:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "the tests need Chromium: make browser"
    return path


def talk(
    server: str,
    folder: Path,
    sound: Path,
    use: Callable[[Page], None],
    size: tuple[int, int],
    camera: Path | None = None,
) -> list[str]:
    """Open the page with `sound` at its microphone and let `use` do the rest. Returns what went wrong in the page."""
    flags = [*FLAGS, f"--use-file-for-fake-audio-capture={sound}%noloop"]
    if camera is not None:
        flags.append(f"--use-file-for-fake-video-capture={camera}")
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(folder / "profile"),
            executable_path=chromium(),
            headless=True,
            args=flags,
            viewport={"width": size[0], "height": size[1]},
        )
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(server)
        use(page)
        context.close()
    return errors


def microphone(folder: Path, *questions: speech.Recording, apart_s: float = 5.0, before_s: float = 4.0) -> Path:
    """The questions one after the other as a 48 kHz file for Chromium's fake microphone."""
    pieces = [np.zeros(int(before_s * 48_000), np.float32)]
    for one in questions:
        pcm, rate = soundfile.read(one.path, dtype="float32")
        pieces += [soxr.resample(pcm, rate, 48_000), np.zeros(int(apart_s * 48_000), np.float32)]
    path = folder / "microphone.wav"
    soundfile.write(path, np.concatenate([*pieces, np.zeros(60 * 48_000, np.float32)]), 48_000, subtype="PCM_16")
    return path


def mjpeg(folder: Path, picture: np.ndarray) -> Path:
    path = folder / "camera.mjpeg"
    path.write_bytes(cv2.imencode(".jpg", picture)[1].tobytes() * 3)
    return path


@pytest.mark.parametrize("size", [(390, 844), (1280, 800)], ids=["phone", "desktop"])
def test_a_person_talks_with_the_page_and_is_answered(server, tmp_path, size) -> None:
    """Who is not understood asks again."""
    question = speech.spoken("What is twelve times seven?", tmp_path)
    sound = microphone(tmp_path, question, question, apart_s=10.0)

    def use(page: Page) -> None:
        page.click("#start")
        page.wait_for_selector('#captions [data-who="user"]:has-text("times")', timeout=30_000)
        page.wait_for_selector('#captions [data-who="assistant"]:has-text("84")', timeout=30_000)
        page.wait_for_selector("#latency [data-first-sound-ms]", timeout=15_000, state="attached")
        page.fill("#text", "Draw a cat.")
        page.press("#text", "Enter")
        page.wait_for_selector("#pictures img", timeout=15_000)
        assert page.evaluate("document.querySelector('#pictures img').naturalWidth") > 100
        page.click("#hangup")
        page.wait_for_selector('#state[data-state="idle"]', timeout=10_000)

    assert talk(server, tmp_path, sound, use, size) == []


def test_the_page_shows_what_was_looked_at(server, tmp_path) -> None:
    sign = np.full((480, 640, 3), 240, np.uint8)
    cv2.putText(sign, "OPEN", (120, 280), cv2.FONT_HERSHEY_SIMPLEX, 5.0, (20, 20, 20), 14, cv2.LINE_AA)
    sound = microphone(tmp_path, speech.spoken("What does the sign say?", tmp_path), before_s=6.0)

    def use(page: Page) -> None:
        page.click("#start")
        page.wait_for_selector('#state[data-state="listening"]', timeout=20_000)
        page.click("#camera")
        page.fill("#text", "What does the sign say?")
        page.wait_for_timeout(2_000)
        page.press("#text", "Enter")
        page.wait_for_selector('#captions [data-who="assistant"]:has-text("OPEN")', timeout=30_000)
        page.wait_for_selector("#pictures img", timeout=15_000)

    assert talk(server, tmp_path, sound, use, (1280, 800), mjpeg(tmp_path, sign)) == []


def test_a_drawing_is_enlarged_saved_and_made_to_move(server, tmp_path) -> None:
    saved: list[bytes] = []

    def ask(page: Page, words: str) -> None:
        page.fill("#text", words)
        page.press("#text", "Enter")

    def use(page: Page) -> None:
        ask(page, "Draw a cat under a tree.")
        page.wait_for_selector('#pictures [data-state="done"] img', timeout=40_000)
        page.focus("#pictures .enlarge")
        page.keyboard.press("Enter")
        assert "cat" in page.inner_text("#viewer .about")
        with page.expect_download() as download:
            page.click("#save")
        saved.append(Path(download.value.path()).read_bytes())
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.className") == "enlarge"
        ask(page, "Make it move.")
        page.wait_for_selector('#pictures [data-kind="clip"][data-state="done"]', timeout=40_000)
        page.click('#pictures [data-kind="clip"] .enlarge')
        for _ in range(150):
            page.wait_for_timeout(100)
            if page.evaluate("(document.querySelector('#viewer video')?.currentTime ?? 0) > 0.2"):
                break
        assert page.evaluate("document.querySelector('#viewer video').videoWidth") == 512
        assert page.evaluate("document.querySelector('#viewer video').currentTime") > 0.2
        assert page.get_attribute("#save", "download").endswith(".webm")

    silence = tmp_path / "silence.wav"
    soundfile.write(silence, np.zeros(48_000 * 60, np.float32), 48_000, subtype="PCM_16")
    assert talk(server, tmp_path, silence, use, (390, 844)) == []
    (png,) = saved
    assert cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR).shape == (512, 512, 3)
