"""The picture book and the cards in a real browser: what the events show, and what the page sends back."""

from __future__ import annotations

import base64

import cv2
import numpy as np
from playwright.async_api import Page

from tests.real.server_scene import Running, met
from tests.real.test_page import begin, heard_events, visit
from visavis_agents import events as ev, shown

PNG = base64.b64encode(bytes(cv2.imencode(".png", np.full((64, 96, 3), 120, np.uint8))[1])).decode()


def send(house: Running, *events: ev.Event) -> None:
    for event in events:
        house.made[-1].emit(event)


async def bottom(page: Page, selector: str) -> float:
    box = await page.locator(selector).bounding_box()
    assert box is not None
    return box["y"] + box["height"]


def test_the_book_turns_its_pages_and_folds_when_something_else_is_said() -> None:
    async def use(page: Page, house: Running) -> None:
        await begin(page)
        send(house, ev.StoryStarted(story=1, title="The Fox", pages=2))
        for number in range(2):
            send(
                house,
                ev.PictureStarted(picture=number + 1, kind="page"),
                ev.PictureChunk(picture=number + 1, version=0, index=0, count=1, mime="image/png", data=PNG),
                ev.PictureDone(picture=number + 1, version=0, alt=f"picture {number + 1}"),
                ev.StoryPage(story=1, page=number, text=f"Page {number + 1} is told.", picture=number + 1),
            )
        assert await page.is_hidden("#story")
        send(house, ev.StoryTurned(story=1, page=0, reply=1, word=0))
        await page.wait_for_selector("#story img[alt='picture 1']")
        assert await page.inner_text("#story .number") == "1 of 2"
        assert await page.is_disabled("#story .on") and await page.is_hidden("#pictures")
        send(house, ev.StoryTurned(story=1, page=1, reply=1, word=9))
        await page.wait_for_selector("#story img[alt='picture 2']")
        await page.focus("#story")
        await page.keyboard.press("ArrowLeft")
        await page.wait_for_selector("#story img[alt='picture 1']")
        send(house, ev.StoryEnded(story=1, finished=True, book="api/pictures/abc"))
        await page.wait_for_selector("#story a:not([hidden])")
        assert (await page.get_attribute("#story a", "href") or "").endswith("/api/pictures/abc.html")
        assert await page.get_attribute("#story a", "download") == "The Fox.html"
        send(house, ev.ReplyStarted(reply=2, utterance=0))
        await page.wait_for_selector("#story.folded")
        await page.click("#story .open")
        await page.wait_for_selector("#story:not(.folded) img")

    visit(use)


def test_cards_of_every_kind_are_shown_closed_and_cancelled() -> None:
    async def use(page: Page, house: Running) -> None:
        await begin(page)
        told = heard_events(house)
        contents = [
            shown.ListContent((shown.ListItem("milk"), shown.ListItem("<b>eggs</b>", done=True))),
            shown.TableContent(("City", "People"), (("Paris", "2.1"),)),
            shown.ChartContent("bar", ("a", "b"), (1.0, -2.0), "km"),
            shown.ChartContent("line", ("a", "b"), (1.0, 2.0)),
            shown.ChartContent("pie", ("a", "b"), (1.0, 3.0)),
            shown.QuoteContent("We open at ten.", "visit.md", "Hours"),
            shown.CountdownContent("timer", 300.0, 300.0),
        ]
        send(house, ev.UserFinal(utterance=1, text="Show me everything."), ev.TimerSet(name="timer", rings_s=300.0))
        for number, content in enumerate(contents, start=1):
            send(house, ev.CardShown(card=number, title=f"Card {number}", content=content))
        await page.wait_for_selector("#cards article[data-kind=countdown] time")
        assert await page.locator("#cards article").count() == len(contents)
        assert await page.locator("#timers li").count() == 0  # its card shows it
        assert await page.locator("#cards b").count() == 0
        assert "b -2 km" in (await page.get_attribute("#cards [data-card='3'] svg", "aria-label") or "")
        assert await page.locator("#cards [data-card='5'] path").count() == 2
        await page.click("#cards [data-card='1'] .erase")
        await page.click("#cards .cancel")
        await met(lambda: told, 2)
        assert [(type(event).__name__, getattr(event, "card", None)) for event in told] == [
            ("CardClosed", 1),
            ("TimerCancelled", None),
        ]
        send(house, ev.CardHidden(card=1), ev.TimerEnded(name="timer", rings_s=300.0))
        await page.wait_for_selector("#cards [data-card='1']", state="detached")
        await page.wait_for_selector("#cards [data-kind=countdown]", state="detached")
        await page.set_viewport_size({"width": 360, "height": 640})
        assert await bottom(page, "#text") <= 640  # nothing is pushed out of a phone's page
        send(
            house,
            ev.FactsChanged(facts=(), waiting=("Your shopping list is milk; eggs; bread.",), allowed=None),
            ev.StoryStarted(story=1, title="The Fox", pages=1),
            ev.StoryPage(story=1, page=0, text="Once.", picture=0),
            ev.StoryTurned(story=1, page=0, reply=1, word=0),
            ev.PictureStarted(picture=9, kind="drawing", prompt="a cat"),
            ev.PictureChunk(picture=9, version=0, index=0, count=1, mime="image/png", data=PNG),
            ev.PictureDone(picture=9, version=0, alt="a cat"),
            ev.ReplyStarted(reply=2, utterance=0),
        )
        await page.set_viewport_size({"width": 390, "height": 844})
        await page.wait_for_selector("#story.folded")
        await page.wait_for_selector("#pictures img")
        dock = await page.locator(".dock").bounding_box()
        assert dock is not None
        assert await bottom(page, "#text") <= dock["y"] and await bottom(page, ".dock") <= 844

    visit(use)
