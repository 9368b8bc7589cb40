"""A whole conversation in the installed Firefox: its own WebRTC, its own Opus, its own rules for sound that plays by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import speech
from tests.real.firefox import Tab, firefox, tab

pytestmark = pytest.mark.skipif(not firefox(), reason="Firefox is not installed: make browser")

PHONE = (390, 844)


async def begin(page: Tab) -> str:
    """Returns the session."""
    await page.click("#start")
    await page.seen("body[data-line=connected][data-session]:not([data-session=''])")
    assert await page.value("document.body.dataset.transport") == "webrtc"
    session: str = await page.value("document.body.dataset.session")
    return session


def test_a_person_talks_with_firefox_is_answered_interrupts_and_comes_back(
    server: str, tmp_path: Path, transcribe: Callable[[Path], str]
) -> None:
    asked = speech.spoken("What is twelve times seven?", tmp_path)
    stop = speech.spoken("Stop, please.", tmp_path)
    heard = tmp_path / "heard.ogg"

    async def scene() -> None:
        async with tab(tmp_path, PHONE, asked, stop) as page:
            await page.open(server)
            session = await begin(page)
            await page.until("document.querySelector('#voice').srcObject !== null")
            await page.record()
            await page.say(asked)
            await page.seen("#captions [data-who=user][data-state=final]", "times")
            await page.seen("#captions [data-who=assistant][data-state=said]", "84")
            await page.seen("#latency .ms", "ms to answer")
            heard.write_bytes(await page.recorded())

            await page.write("Tell me a story.")
            await page.seen("#captions [data-who=assistant][data-state=speaking] .word.spoken")
            await page.say(stop)
            await page.seen("#captions [data-who=assistant][data-state=cut]")

            await page.click("#camera")
            await page.until("document.querySelector('#preview').videoWidth > 0")
            await page.write("What do you see?")
            await page.seen("#pictures [data-kind=frame] img")

            await page.write("Why do birds sing?")
            await page.seen("#captions [data-who=assistant][data-state=speaking] .word.spoken", "sing")
            await page.reload()
            await page.seen(f"body[data-line=connected][data-session='{session}']")
            await page.seen("#captions [data-who=assistant][data-state=said]", "Birds sing")
            assert not await page.value("document.querySelector('#voice').paused")
            await page.click("#hangup")
            await page.seen("#state[data-state=idle]")
            assert page.errors == []

    asyncio.run(asyncio.wait_for(scene(), 120))
    assert "84" in transcribe(heard)


def test_a_page_that_may_not_sound_by_itself_says_so_until_a_key_is_pressed(server: str, tmp_path: Path) -> None:
    async def scene() -> None:
        async with tab(tmp_path, PHONE, preferences={"media.autoplay.default": 1}) as page:
            await page.open(server)
            await page.write("What time is it?")
            await page.seen("#captions [data-who=assistant][data-state=said]")
            await page.reload()
            await page.seen("#trouble", "keeps this page silent")
            await page.press("Tab")
            await page.until("!document.querySelector('#voice').paused")
            await page.until("document.querySelector('#trouble').hidden")
            await page.click("#hangup")
            assert page.errors == []

    asyncio.run(asyncio.wait_for(scene(), 120))
