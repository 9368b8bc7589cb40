"""Cards on a virtual clock: shown with the words, changed, closed, told again to a page that comes back, bounded."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.timed.scene import Scene
from tests.timed.virtual import Script, senses
from visavis_agents import events as ev
from visavis_agents.cards import MOST, CardError, Cards, fitted
from visavis_agents.replay.virtual import play
from visavis_agents.roles import load_role
from visavis_agents.shown import ChartContent, CountdownContent, ListContent, ListItem, TableContent
from visavis_agents.tools.arithmetic import steps
from visavis_models.ports import ToolCall

TALK = ["What time is it?"]


def typed(at: float, text: str) -> tuple[float, Any]:
    return at, lambda session: session.receive(ev.TextTyped(text=text))


def talk(*said: str, every_s: float = 5.0, **others: Any) -> Scene:
    act = [typed(1.0 + every_s * n, text) for n, text in enumerate(said)] + others.pop("act", [])
    able = others.pop("able", None) or senses(TALK, "never asked")
    return play(Scene(able, act=act, lasts_s=others.pop("lasts_s", 3.0 + every_s * len(said)), **others).play())


def items(card: Any) -> list[str]:
    return [item.text for item in card.content.items]


def test_a_list_is_made_changed_and_read() -> None:
    scene = talk(
        "Make a shopping list: milk, eggs.", "Add bread.", "Take the eggs off the list.", "What's on the list?"
    )
    assert [event.text for event in scene.of(ev.ReplyEnded)] == [
        "Your shopping list has milk and eggs.",
        "I've put bread on your shopping list.",
        "I've taken eggs off your shopping list.",
        "Your shopping list has milk and bread.",
    ]
    (shown,) = scene.of(ev.CardShown)
    assert (shown.title, items(shown)) == ("Shopping list", ["milk", "eggs"])
    assert items(scene.of(ev.CardUpdated)[-1]) == ["milk", "bread"]
    assert {event.card for event in scene.of(ev.CardUpdated)} == {shown.card}
    changed, left = scene.of(ev.FactsChanged)[-1], scene.left
    assert (changed.facts, changed.waiting) == ((), ())  # neither kept nor offered to be kept
    assert left is not None and left.waiting == ("Your shopping list is milk; bread.",)  # but there after a break


def test_a_list_outlives_the_conversation_where_that_is_allowed() -> None:
    allow = [(0.5, lambda session: session.receive(ev.FactsAllowed(allowed=True)))]
    left = talk("Make a shopping list: milk, eggs.", act=allow).left
    assert left is not None and left.facts == ("Your shopping list is milk; eggs.",)
    kept = msgspec.structs.replace(left, lines=(), due=())
    scene = talk("What's on my shopping list?", kept=kept)
    assert scene.of(ev.ReplyEnded)[-1].text == "Your shopping list has milk and eggs."


def test_numbers_become_a_chart() -> None:
    scene = talk("Compare these numbers: apples 5, pears 3 and plums 9.", every_s=8.0)
    (shown,) = scene.of(ev.CardShown)
    assert shown.content == ChartContent("bar", ("Apples", "Pears", "Plums"), (5.0, 3.0, 9.0))
    assert "The most is Plums, with 9" in scene.of(ev.ReplyEnded)[0].text


def test_a_timer_counts_down_and_is_cancelled_by_its_button() -> None:
    cancel = (6.0, lambda session: session.receive(ev.TimerCancelled(name="timer", rings_s=61.04)))
    scene = talk("Set a timer for one minute.", act=[cancel], lasts_s=80.0)
    (shown,) = scene.of(ev.CardShown)
    assert isinstance(shown.content, CountdownContent) and shown.content.length_s == 60.0
    if (rings := shown.content.rings_s) != 61.04:
        cancel = (6.0, lambda session: session.receive(ev.TimerCancelled(name="timer", rings_s=rings)))
        scene = talk("Set a timer for one minute.", act=[cancel], lasts_s=80.0)
    assert [event.card for event in scene.of(ev.CardHidden)] == [shown.card]
    assert scene.of(ev.TimerEnded)[0].at < 7.0
    assert not [event for event in scene.of(ev.ReplyStarted) if event.at > 10.0]


def test_a_timer_that_rings_takes_its_card_away() -> None:
    scene = talk("Set a timer for ten seconds.", lasts_s=20.0)
    assert scene.of(ev.CardHidden)[0].at == pytest.approx(scene.of(ev.TimerEnded)[0].at)


def test_a_long_sum_shows_its_steps_with_the_words() -> None:
    scene = talk("What is 3 plus 4 times 5?", "What is 6 times 7?")
    (shown,) = scene.of(ev.CardShown)
    assert items(shown) == ["4 \u00d7 5 = 20", "3 + 20 = 23"] and shown.content.ordered
    assert steps("-(2 - 5) * 2") == ["2 \u2212 5 = (-3)", "3 \u00d7 2 = 6"]


def test_the_user_closes_a_card_and_a_page_that_comes_back_sees_the_others() -> None:
    close = (12.0, lambda session: session.receive(ev.CardClosed(card=1)))
    scene = talk("Make a shopping list: milk.", "Plot 3, 5, 8.", act=[close], away=[(14.0, 15.0, 17.0)], lasts_s=20.0)
    assert [event.card for event in scene.of(ev.CardHidden)] == [1]
    assert [event.card for event in scene.of(ev.CardShown) if event.at > 16.0] == [2]


def test_a_language_model_shows_a_table() -> None:
    rows = (("Paris", "2.1"), ("Rome", "2.8"))
    call = ToolCall("show_card", {"title": "Cities", "kind": "table", "columns": ["City", "Millions"], "rows": rows})
    script = Script(lambda messages: [call] if messages[-1].role == "user" else ["Here are the cities."])
    script.calls_tools = True  # type: ignore[misc]
    scene = talk("Which cities are large?", able=senses(TALK, script))
    assert scene.of(ev.CardShown)[0].content == TableContent(("City", "Millions"), rows)
    bad = ToolCall("show_card", {"title": "x", "kind": "pie", "rows": [["a", "-1"]]})
    script = Script(lambda messages: [bad] if messages[-1].role == "user" else [messages[-1].text])
    script.calls_tools = True  # type: ignore[misc]
    scene = talk("Which cities are large?", able=senses(TALK, script))
    assert not scene.of(ev.CardShown)
    assert "above zero" in scene.of(ev.ReplyEnded)[0].text


def test_cards_are_bounded() -> None:
    told: list[Any] = []
    cards = Cards(told.append, lambda: 0.0)
    for n in range(MOST + 3):
        cards.show(f"{n}", ListContent((ListItem("x" * 1000),) * 500))
    assert sum(isinstance(event, ev.CardHidden) for event in told) == 3
    assert len(told[-1].content.items) <= 60 and len(told[-1].content.items[0].text) <= 160
    for wrong in (
        ChartContent("bar", ("a",), (float("nan"),)),
        ChartContent("bar", (), ()),
        ChartContent("pie", ("a",), (-1.0,)),
        TableContent((), ()),
        TableContent(("a",), (("1", "2"),)),
    ):
        with pytest.raises(CardError):
            fitted(wrong)


def test_the_roles_may_show_cards() -> None:
    assert {"show_card", "use_list", "compare_numbers"} <= set(load_role("companion").tools)
