"""The page for somebody who cannot see it: every control named in the browser's accessibility tree, reached in order
and used by keyboard alone; news told once, and the assistant's words not on top of its own voice."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page

from tests.real.server_scene import Running, met
from tests.real.test_page import begin, heard_events, visit
from visavis_agents import events as ev

NAMED = {"button", "textbox", "checkbox", "combobox", "link", "dialog", "list", "region", "log", "status", "alert"}


async def tree(page: Page) -> list[dict[str, Any]]:
    """What a screen reader is given: role, name, description and properties of every node that is not ignored."""
    session = await page.context.new_cdp_session(page)
    try:
        nodes = (await session.send("Accessibility.getFullAXTree"))["nodes"]
    finally:
        await session.detach()
    return [
        {
            "role": node["role"]["value"],
            "name": node.get("name", {}).get("value", ""),
            "description": node.get("description", {}).get("value", ""),
            **{p["name"]: p["value"].get("value") for p in node.get("properties", ())},
        }
        for node in nodes
        if not node["ignored"]
    ]


def names(nodes: list[dict[str, Any]], role: str) -> list[str]:
    return [node["name"] for node in nodes if node["role"] == role]


async def answer(page: Page, house: Running, number: int, text: str) -> None:
    emit = house.made[-1].emit
    emit(ev.UserFinal(utterance=number, text=f"Question {number}?"))
    emit(ev.ReplyStarted(reply=number, utterance=number))
    words = tuple(ev.Word(word, 0.0, 0.1) for word in text.split())
    emit(ev.ReplyClause(reply=number, text=text, start_s=0.0, words=words))
    emit(ev.ReplyEnded(reply=number, text=text))
    await page.wait_for_selector(f"#captions li[data-state=said]:has-text('{text}')")


def test_everything_has_a_name_and_a_place() -> None:
    async def use(page: Page, house: Running) -> None:
        before = await tree(page)
        assert names(before, "heading") == ["visavis"]
        assert "Talk" in names(before, "button")
        await begin(page)
        emit = house.made[0].emit
        emit(ev.SightUsed(reply=1, frame_s=1.0, picture=1, found=("mug",)))
        emit(ev.PictureStarted(picture=1, kind="frame"))
        await answer(page, house, 1, "Here it is.")
        nodes = await tree(page)
        assert [node for node in nodes if node["role"] in NAMED and not node["name"]] == []
        buttons = {node["name"]: node for node in nodes if node["role"].lower().endswith("button")}
        assert {"Devices", "Mute", "Camera", "Hold to talk", "End the conversation", "Send"} <= set(buttons)
        assert names(nodes, "main") == [""]
        assert {"The assistant", "Conversation"} <= set(names(nodes, "region"))
        log = next(node for node in nodes if node["role"] == "log")
        assert log["live"] == "polite"
        assert not log.get("atomic")
        page_words = " ".join(node["name"] for node in nodes)
        assert "Question 1?" in page_words
        await page.keyboard.press("m")
        await page.wait_for_selector("body[data-mic=muted]")
        pressed = {node["name"]: node.get("pressed") for node in await tree(page)}
        assert pressed["Mute"] == "true"
        assert pressed["Camera"] == "false"

    visit(use)


def test_a_conversation_is_led_by_keyboard_alone() -> None:
    async def use(page: Page, house: Running) -> None:
        await page.keyboard.press("Tab")
        for _ in range(6):
            if await page.evaluate("document.activeElement.id") == "start":
                break
            await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("body[data-line=connected][data-session]:not([data-session=''])")
        events = heard_events(house)
        order = []
        for _ in range(14):
            await page.keyboard.press("Tab")
            order.append(await page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
        dock = ["mute", "camera", "talk", "hangup"]
        assert [name for name in order if name in dock][:4] == dock
        assert order.index("hangup") < order.index("text")
        await page.keyboard.press("Escape")
        await page.evaluate("document.activeElement.blur()")
        await page.keyboard.press("c")
        await page.wait_for_selector("#preview:not([hidden])")
        await page.wait_for_selector("#announce:has-text('The camera is on.')", state="attached")
        await page.keyboard.down(" ")
        await page.wait_for_selector("#talk.held")
        await page.keyboard.up(" ")
        await met(lambda: [event for event in events if isinstance(event, ev.TalkReleased)])
        emit = house.made[0].emit
        emit(ev.FactsChanged(facts=("one", "two"), allowed=True))
        await page.focus("#facts [aria-label='Forget: two']")
        emit(ev.FactsChanged(facts=("two", "three"), allowed=True))
        await page.wait_for_selector("#facts .fact:has-text('three')")
        await page.keyboard.press("Enter")
        await met(lambda: [event for event in events if event == ev.FactErased(fact="two")])
        emit(ev.FactsChanged(facts=("three",), allowed=True))
        await page.wait_for_selector("#facts:focus")  # not on the next fact, and not at the top of the page
        emit(ev.FactsChanged(facts=(), allowed=True))
        await page.wait_for_selector("#talk:focus")
        emit(ev.FactsChanged(facts=(), waiting=("You are tall.",), allowed=None))
        await page.wait_for_selector("#announce:has-text('May this be remembered? You are tall.')", state="attached")
        await page.focus("#text")
        await page.keyboard.type("read this")
        await page.keyboard.press("Enter")
        await met(lambda: house.made[0].said)
        await page.focus("#hangup")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("body[data-line=idle]")
        assert await page.evaluate("document.activeElement.id") == "start"

    visit(use)


def test_the_voice_is_not_doubled_and_the_words_are_told_where_it_is_not_heard() -> None:
    async def use(page: Page, house: Running) -> None:
        await begin(page)
        await page.wait_for_function("!document.querySelector('#voice').paused")
        await answer(page, house, 1, "Spoken aloud.")
        news = await page.inner_text("#announce")
        assert "Connected." in news
        assert "Spoken aloud." not in news
        await page.evaluate("document.querySelector('#voice').muted = true")
        await answer(page, house, 2, "Not to be heard.")
        assert "visavis: Not to be heard." in await page.inner_text("#announce")
        await page.evaluate("document.querySelector('#voice').muted = false")
        await page.click("#settings")
        await page.check("#told")
        await page.keyboard.press("Escape")
        await answer(page, house, 3, "For my fingers.")
        assert "visavis: For my fingers." in await page.inner_text("#announce")
        assert await page.evaluate("document.querySelectorAll('#announce p').length") <= 4

    visit(use, size=(390, 844))
