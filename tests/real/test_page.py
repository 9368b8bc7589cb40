"""The page in a real browser: what it does when something is missing, lost or refused, by keyboard, and how it fits.

The conversation is the parrot of `server_scene`; whole conversations with the real models are in `test_browser.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, async_playwright

from tests.real.server_scene import Running, met, serving
from visavis_agents import events as ev, shown

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --use-fake-device-for-media-stream"
).split()
ALLOWED = (*FLAGS, "--use-fake-ui-for-media-stream")

Use = Callable[[Page, Running], Awaitable[None]]


def visit(use: Use, *, flags: Sequence[str] = ALLOWED, size: tuple[int, int] = (1280, 800), **settings: object) -> None:
    """Run `use` with a fresh page of a fresh server; nothing may go wrong in the page."""
    asyncio.run(asyncio.wait_for(_visit(use, flags, size, settings), 90))


async def _visit(use: Use, flags: Sequence[str], size: tuple[int, int], settings: dict[str, object]) -> None:
    async with _page(flags, size) as page, serving(**settings) as house:
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        await page.goto(house.url)
        await use(page, house)
        await page.goto("about:blank")
        assert errors == []


@contextlib.asynccontextmanager
async def _page(flags: Sequence[str], size: tuple[int, int]) -> AsyncIterator[Page]:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "the tests need Chromium: make browser"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(flags))
        try:
            context = await browser.new_context(bypass_csp=True, viewport={"width": size[0], "height": size[1]})
            yield await context.new_page()
        finally:
            await browser.close()


async def begin(page: Page) -> None:
    await page.click("#start")
    await page.wait_for_selector("body[data-line=connected][data-session]:not([data-session=''])")


async def trouble(page: Page) -> str:
    await page.wait_for_selector("#trouble:not([hidden])")
    return await page.inner_text("#trouble")


def heard_events(house: Running) -> list[ev.Event]:
    """Everything the page sends from now on, heartbeats left out."""
    events: list[ev.Event] = []
    parrot = house.made[-1]
    receive = parrot.receive

    def note(event: ev.FromClient) -> None:
        if not isinstance(event, ev.Ping):
            events.append(event)
        receive(event)

    parrot.receive = note  # type: ignore[method-assign]
    return events


def test_one_button_connects_sound_and_camera() -> None:
    async def use(page: Page, house: Running) -> None:
        await begin(page)
        assert await page.get_attribute("body", "data-transport") == "webrtc"
        parrot = house.made[0]
        await met(lambda: parrot.heard, 50)
        assert not parrot.frames
        await page.click("#camera")
        await page.wait_for_selector("#preview:not([hidden])")
        await met(lambda: parrot.frames, 5)
        assert parrot.frames[-1].picture().shape == (480, 640, 3)
        await page.evaluate(
            "document.querySelector('#preview').srcObject.getTracks()[0].dispatchEvent(new Event('ended'))"
        )
        assert "The camera was taken away." in await trouble(page)
        await page.wait_for_selector("#preview", state="hidden")
        await page.click("#hangup")
        await page.wait_for_selector("body[data-line=idle][data-mic=off]")
        await asyncio.wait_for(parrot.closed.wait(), 10)

    visit(use)


def test_without_webrtc_everything_goes_over_the_websocket() -> None:
    async def use(page: Page, house: Running) -> None:
        await page.evaluate("delete window.RTCPeerConnection")
        await begin(page)
        assert await page.get_attribute("body", "data-transport") == "websocket"
        assert await page.is_disabled("#camera")
        await met(lambda: house.made[0].heard, 50)
        await page.fill("#text", "hello")
        await page.press("#text", "Enter")
        await page.wait_for_selector("#captions li[data-who=user][data-state=final]:has-text('hello')")
        mouth = "Number(document.querySelector('#face').style.getPropertyValue('--mouth')) > 0.3"
        await page.wait_for_function(mouth)  # the parrot hums, and is heard

    visit(use)


def test_a_lost_connection_comes_back_into_the_same_conversation() -> None:
    async def use(page: Page, house: Running) -> None:
        await begin(page)
        session = await page.get_attribute("body", "data-session")
        await page.fill("#text", "remember me")
        await page.press("#text", "Enter")
        await page.wait_for_selector("#captions li:has-text('remember me')")
        seat = house.server.seats.take(session)
        line = seat.line
        assert line is not None
        answering = asyncio.Event()

        async def answer_later(route: Route) -> None:
            await answering.wait()
            await route.continue_()

        await page.route("**/readyz", answer_later)
        line.hang_up()
        await page.wait_for_selector("body[data-line=reconnecting]")
        await page.fill("#text", "and this")
        await page.press("#text", "Enter")
        await page.wait_for_selector("#captions li[data-state=unsent]:has-text('and this')")
        answering.set()
        await met(lambda: seat.line not in (None, line))
        await page.wait_for_selector("body[data-line=connected]")
        await page.wait_for_selector("#captions li[data-state=final]:has-text('and this')")
        assert await page.get_attribute("body", "data-session") == session
        assert await page.locator("#captions li").count() == 2
        assert [parrot.said for parrot in house.made] == [["remember me", "and this"]]

    visit(use)


def test_a_reloaded_or_copied_page_goes_on_with_its_conversation_until_it_is_left() -> None:
    async def use(page: Page, house: Running) -> None:
        await begin(page)
        session = await page.get_attribute("body", "data-session")
        await page.fill("#text", "remember me")
        await page.press("#text", "Enter")
        await page.wait_for_selector("#captions li:has-text('remember me')")
        await page.keyboard.press("Tab")
        await page.click("#mute")
        events = heard_events(house)
        await page.reload()
        await page.wait_for_selector("body[data-line=connected][data-mic=muted]")
        await page.wait_for_selector(f"body[data-session='{session}']")
        await page.wait_for_selector("#captions li:has-text('remember me')")
        assert len(house.made) == 1
        assert events == [ev.MicMuted(muted=True)]  # no goodbye, and as muted as before
        async with page.expect_popup() as opened:
            await page.evaluate("void open(location.href)")  # with all that this tab keeps
        copy = await opened.value
        assert "goes on in another tab" in await trouble(page)
        await copy.wait_for_selector(f"body[data-line=connected][data-session='{session}']")
        assert len(house.made) == 1
        await copy.click("#hangup")
        await asyncio.wait_for(house.made[0].closed.wait(), 10)
        for left in (page, copy):
            await left.reload()
            await left.wait_for_selector("#start:visible")
            assert await left.get_attribute("body", "data-line") == "idle"

    visit(use)


def test_a_reloaded_page_that_gets_no_microphone_any_more_goes_on_in_writing() -> None:
    """Firefox asks again after a reload; the conversation does not wait for the answer."""

    async def use(page: Page, house: Running) -> None:
        asked = """() => new Promise((_, refuse) => {
            window.refuse = () => refuse(new DOMException('', 'NotAllowedError'));
        })"""
        await page.add_init_script(
            f"if (origin !== 'null' && sessionStorage.ask) navigator.mediaDevices.getUserMedia = {asked}"
        )
        await begin(page)
        session = await page.get_attribute("body", "data-session")
        await page.evaluate("sessionStorage.ask = 'yes'")
        await page.reload()
        await page.wait_for_selector(f"body[data-line=connected][data-mic=off][data-session='{session}']")
        await page.evaluate("refuse()")
        assert "microphone is blocked" in await trouble(page)
        await page.fill("#text", "then I write")
        await page.press("#text", "Enter")
        await page.wait_for_selector("#captions li:has-text('then I write')")
        assert len(house.made) == 1

    visit(use)


def test_a_page_comes_back_by_itself_when_the_server_was_started_again(tmp_path: Path) -> None:
    async def scene() -> None:
        async with _page(ALLOWED, (1280, 800)) as page:
            async with serving(state=tmp_path / "state.db") as house:
                await page.goto(house.url)
                await begin(page)
                session = await page.get_attribute("body", "data-session")
                await page.fill("#text", "remember me")
                await page.press("#text", "Enter")
                await page.wait_for_selector("#captions li:has-text('remember me')")
                port = int(house.url.rpartition(":")[2])
            await page.wait_for_selector("body[data-line=reconnecting]")
            async with serving(state=tmp_path / "state.db", port=port) as house:
                ready = time.monotonic()
                await page.wait_for_selector("body[data-line=connected]")
                print(f"resumed {time.monotonic() - ready:.2f} s after the server was back")
                assert await page.get_attribute("body", "data-session") == session
                assert house.made[0].said == ["remember me"]
                assert await page.locator("#captions li").count() == 1
                assert await page.is_hidden("#trouble")
                await page.goto("about:blank")

    asyncio.run(asyncio.wait_for(scene(), 90))


def test_a_reloaded_page_whose_conversation_is_gone_says_so() -> None:
    async def use(page: Page, house: Running) -> None:
        await begin(page)
        seat = house.server.seats.take(await page.get_attribute("body", "data-session"))
        await page.goto("about:blank")
        await seat.end("left")
        await page.goto(house.url)
        assert "could not be found again" in await trouble(page)
        assert len(house.made) == 2

    visit(use)


def test_a_recording_is_shown_as_long_as_it_lasts_and_can_be_refused() -> None:
    async def use(page: Page, house: Running) -> None:
        await begin(page)
        events = heard_events(house)
        emit = house.made[0].emit
        assert await page.is_hidden("#recording")
        emit(ev.RecordingTold(on=False, asking=True, what="May this conversation be recorded?"))
        await page.wait_for_selector("#recording:not(.on) #allow:visible")
        await page.click("#allow")
        emit(ev.RecordingTold(on=True, asking=False, what="This conversation is being recorded."))
        await page.wait_for_selector("#recording.on:has-text('is being recorded') #refuse:visible")
        assert await page.is_hidden("#allow")
        assert "is being recorded" in await page.inner_text("#announce")  # for screen readers
        assert await outside(page, "#recording", "#refuse", "#hangup", "#text") == []
        await page.click("#refuse")
        emit(ev.RecordingTold(on=False, asking=False, what=""))
        await page.wait_for_selector("#recording", state="hidden")
        await met(lambda: events, 2)
        assert events == [ev.RecordingAnswered(allowed=True), ev.RecordingAnswered(allowed=False)]

    visit(use, size=(360, 740))


def test_a_conversation_is_forgotten_from_the_page() -> None:
    async def use(page: Page, house: Running) -> None:
        await begin(page)
        await page.fill("#text", "a secret")
        await page.press("#text", "Enter")
        await page.wait_for_selector("#captions li:has-text('a secret')")
        events = heard_events(house)
        await page.click("#settings")
        await page.click("#forget")
        await met(lambda: events, 1)
        assert events == [ev.ForgetEverything()]
        house.made[0].emit(ev.Forgotten())
        await page.wait_for_selector("#captions li", state="detached")

    visit(use)


def test_a_refusal_is_told_in_the_words_of_the_server() -> None:
    async def use(page: Page, house: Running) -> None:
        other = await page.context.new_page()
        await other.goto(house.url)
        await begin(other)
        await page.click("#start")
        assert "all seats are taken" in (await trouble(page)).lower()
        assert await page.inner_text("#start") == "Try again"
        await other.click("#hangup")
        await asyncio.wait_for(house.made[0].closed.wait(), 10)
        await begin(page)
        assert await page.is_hidden("#trouble")

    visit(use, max_sessions=1)


def test_a_token_is_asked_for_and_taken_from_the_address() -> None:
    async def use(page: Page, house: Running) -> None:
        await page.click("#start")
        assert "asks for a token" in await trouble(page)
        await page.goto(f"{house.url}/?token=wrong")
        await page.click("#start")
        assert "is wrong" in await trouble(page)
        await page.goto(f"{house.url}/?token=open-sesame")
        await begin(page)

    visit(use, token="open-sesame")


def test_a_blocked_microphone_leaves_writing() -> None:
    async def use(page: Page, house: Running) -> None:
        await page.click("#start")
        assert "The microphone is blocked" in await trouble(page)
        assert await page.get_attribute("body", "data-line") == "idle"
        await page.fill("#text", "then I write")
        await page.press("#text", "Enter")
        await page.wait_for_selector("#captions li[data-state=final]:has-text('then I write')")
        assert await page.get_attribute("body", "data-mic") == "off"
        assert house.made[0].said == ["then I write"]

    visit(use, flags=FLAGS)


def test_space_talks_m_mutes_and_escape_stops() -> None:
    async def use(page: Page, house: Running) -> None:
        await begin(page)
        events = heard_events(house)
        await page.keyboard.press("m")
        await page.wait_for_selector("body[data-mic=muted]")
        await page.keyboard.down(" ")
        await page.wait_for_selector("#talk.held")
        await page.keyboard.up(" ")
        await met(lambda: events, 4)
        house.made[0].emit(ev.UserFinal(utterance=1, text="Hello."))
        house.made[0].emit(ev.ReplyStarted(reply=1, utterance=1))
        await page.wait_for_selector("#stop:visible")
        await page.keyboard.press("Escape")
        await met(lambda: events, 6)
        assert [type(event) for event in events] == [
            ev.MicMuted,
            ev.MicMuted,
            ev.TalkPressed,
            ev.TalkReleased,
            ev.MicMuted,
            ev.ReplyStopped,
        ]
        assert [event.muted for event in events if isinstance(event, ev.MicMuted)] == [True, False, True]
        await page.fill("#text", "m is only a letter here")
        assert await page.get_attribute("body", "data-mic") == "muted"

    visit(use)


LONG = "This is a long answer that goes on for a while, so that it has to be broken into several lines on every screen."


WORD = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrente" * 3
ARABIC = "مرحبا، كيف حالك (شكرا) 123."
HOSTILE = (
    ev.UserFinal(utterance=9, text=f"<b>{WORD}</b>"),
    ev.TimerSet(name=WORD, rings_s=2000.0),
    ev.TimerSet(name=ARABIC, rings_s=3000.0),
    ev.WatchSet(watch=1, what=WORD, until_s=900.0),
    ev.FactsChanged(facts=(WORD, f"<b>{ARABIC}</b>"), waiting=(WORD,), allowed=None),
    ev.CardShown(card=1, title=WORD, content=shown.TableContent((WORD, ARABIC), ((WORD, f"<b>{WORD}</b>"),))),
    ev.PictureFailed(picture=2, reason=WORD),
    ev.Trouble(what=f"<b>{WORD}</b>", todo=WORD),
    ev.ReplyStarted(reply=9, utterance=9),
    ev.ReplyClause(reply=9, text=WORD, start_s=0.0, words=(ev.Word(WORD, 0.0, 0.1),)),
    ev.ReplyWord(reply=9, index=0),
)
WIDE = """() => [...document.querySelectorAll('header *, #trouble *, main :not(.stage *)')].filter(element => {
    const box = element.getBoundingClientRect();
    const scrolled = element.closest('#cards article, #pictures li, .unseen');
    return box.width && (box.right > innerWidth + 1 || box.left < -1) && !scrolled;
}).map(element => element.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize(
    ("size", "query"),
    [
        ((320, 568), ""),
        ((844, 390), ""),
        ((640, 400), ""),
        ((195, 422), ""),
        ((1280, 800), ""),
        ((1080, 1920), "?kiosk=1"),
        ((1920, 1080), "?kiosk=1"),
    ],
    ids=[
        "phone",
        "phone on its side",
        "twice as large",
        "phone, twice as large",
        "desktop",
        "kiosk upright",
        "kiosk wide",
    ],
)
def test_everything_fits_and_can_be_read(size: tuple[int, int], query: str) -> None:
    async def use(page: Page, house: Running) -> None:
        await page.goto(house.url + "/" + query)
        assert await outside(page, "#start", "#text") == []
        await begin(page)
        emit = house.made[0].emit
        for number in range(1, 9):
            words = tuple(ev.Word(text, 0.0, 0.1) for text in LONG.split())
            emit(ev.UserFinal(utterance=number, text=f"Question {number}?"))
            emit(ev.ReplyStarted(reply=number, utterance=number))
            emit(ev.ReplyClause(reply=number, text=LONG, start_s=0.0, words=words))
            emit(ev.TurnTimed(reply=number, utterance=number, stages_ms={"pause": 120.0, "first_sound": 640.0}))
            emit(ev.ReplyWord(reply=number, index=len(words) - 1))
            if number < 8:
                emit(ev.ReplyEnded(reply=number, text=LONG))
        emit(ev.TimerSet(name="tea timer", rings_s=1000.0))
        emit(ev.PictureStarted(picture=1, kind="drawing", prompt="a very long wish for a picture of many things"))
        await page.wait_for_selector("#captions li:has-text('Question 8?')")
        await page.wait_for_selector(".word.spoken")
        await page.emulate_media(color_scheme="light", reduced_motion="reduce")
        parts = ["#state", "#mute", "#camera", "#talk", "#stop", "#hangup", "#text", ".word.spoken", "#timers li"]
        small = size[0] < 350 or size[1] < 480  # there the latency is left out
        details = [] if query else ["#settings"] if small else ["#settings", "#latency summary"]
        assert await outside(page, *parts, *details) == []
        assert await page.is_visible("#settings") == (not query)
        assert await faint(page) == []
        await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        assert await faint(page) == []
        for event in HOSTILE:
            emit(event)
        await page.wait_for_selector("#watches li", state="attached")
        await page.wait_for_selector("#captions li[data-state=speaking]:has-text('Donau')")
        counted = "[...document.querySelectorAll('#timers time')].every(time => time.textContent)"
        await page.wait_for_function(counted)
        basics = ["#state", "#mute", "#camera", "#talk", "#stop", "#hangup", "#text", "#dismiss", ".word.spoken"]
        assert await outside(page, *basics) == []
        assert await page.evaluate(WIDE) == []
        assert await page.locator("b").count() == 0

    visit(use, size=size)


async def outside(page: Page, *selectors: str) -> list[str]:
    """Which of these are not wholly inside the window or lie under something else at their centre."""
    return await page.evaluate(
        """selectors => selectors.filter(selector => {
            const element = document.querySelector(selector), box = element.getBoundingClientRect();
            const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
            const across = box.width > 0 && box.x >= 0 && box.right <= innerWidth;
            const down = box.y >= 0 && box.bottom <= innerHeight;
            return !across || !down || !(element.contains(top) || top.contains(element));
        }).concat(document.documentElement.scrollWidth > innerWidth ? ['the page is too wide'] : [])""",
        selectors,
    )


async def faint(page: Page) -> list[str]:
    """Texts whose contrast with their own or their nearest opaque background is below 4.5 (WCAG 2.2, 1.4.3)."""
    return await page.evaluate(
        """() => {
            const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
            const rgba = colour => {
                canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
                const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255];
            };
            const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3]));
            const behind = element => {
                if (!element) return [255, 255, 255];
                const own = rgba(getComputedStyle(element).backgroundColor);
                return own[3] === 1 ? own : over(own, behind(element.parentElement));
            };
            const linear = v => v / 255 <= .04045 ? v / 255 / 12.92 : ((v / 255 + .055) / 1.055) ** 2.4;
            const light = colour => colour.slice(0, 3).map(linear)
                .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
            const texts = '#state, #talk span, #stop span, #captions li, .word, #timers li, #latency .ms, .name';
            return [...document.querySelectorAll(texts)].filter(e => e.checkVisibility()).flatMap(element => {
                const ground = behind(element), ink = over(rgba(getComputedStyle(element).color), ground);
                const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x), contrast = (a + .05) / (b + .05);
                return contrast < 4.5 ? [`${element.outerHTML} ${contrast.toFixed(2)}`] : [];
            });
        }"""
    )
