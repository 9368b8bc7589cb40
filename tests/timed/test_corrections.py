"""What a correction does in a conversation: the old timer is gone, the old fact too."""

from __future__ import annotations

from tests.timed.scene import Scene
from tests.timed.virtual import Script, senses
from visavis_agents import events as ev
from visavis_agents.replay.virtual import play
from visavis_agents.roles import load_role


class Small(Script):
    knows = False


def answers_to(*lines: str) -> tuple[list[str], Scene]:
    act = [
        (1.0 + 10 * n, lambda session, line=line: session.receive(ev.TextTyped(text=line)))
        for n, line in enumerate(lines)
    ]
    scene = play(Scene(senses([], Small("never asked")), act=act, lasts_s=10.0 * len(lines) + 5).play())
    return [event.text for event in scene.of(ev.ReplyEnded)], scene


def test_a_corrected_timer_takes_the_place_of_the_old_one() -> None:
    told, scene = answers_to(
        "Set a timer for fifty minutes.",
        "No, I meant fifteen minutes.",
        "Actually, make that twenty.",
        "How much time is left?",
    )
    assert told[1:3] == ["All right, your timer is for 15 minutes now.", "All right, your timer is for 20 minutes now."]
    assert told[3].startswith("Your timer for 20 minutes has 19 minutes")
    assert [round(event.rings_s - event.at) for event in scene.of(ev.TimerSet)] == [3000, 900, 1200]


def test_a_timer_is_made_longer() -> None:
    told, scene = answers_to("Set a timer for two minutes.", "Add a minute.", "How long?")
    assert told[1].startswith("All right, 1 minute more. Your timer has 2 minutes and 5") and told[2].startswith(
        "Your timer for 2"
    )
    assert len(scene.of(ev.TimerSet)) == 2


def test_who_corrects_themselves_at_once_gets_one_timer() -> None:
    told, scene = answers_to("Set an egg timer for ten minutes, no, for six minutes.", "No, thanks.")
    assert told[0] == "Your egg timer is set for 6 minutes." and len(scene.of(ev.TimerSet)) == 1


def test_a_corrected_fact_takes_the_place_of_the_old_one() -> None:
    told, _ = answers_to(
        "My sister's name is Hannah.",
        "No, my sister's name is Anna, not Hannah.",
        "What is my sister's name?",
        "I have a meeting on Monday at three.",
        "No wait, on Tuesday.",
        "When is my meeting?",
    )
    assert told[1:3] == ["I'm sorry, I've got it now. Your sister's name is Anna.", "Your sister's name is Anna."]
    assert told[4:] == [
        "All right. You have a meeting on Tuesday at 3.",
        "You told me that you have a meeting on Tuesday at 3.",
    ]


def test_a_thing_put_on_a_list_by_mistake_is_taken_off() -> None:
    told, _ = answers_to(
        "Add milk and eggs to my shopping list.", "No, I meant butter and eggs.", "What is on my shopping list?"
    )
    assert "butter" in told[2] and "eggs" in told[2] and "milk" not in told[2]


def test_one_more_question_is_understood_after_any_number_of_them() -> None:
    told, _ = answers_to("What is the capital of France?", "And of Italy?", "No, I meant Finland.", "What about Spain?")
    assert [line.split()[-1] for line in told] == ["Paris.", "Rome.", "Helsinki.", "Madrid."]


def test_where_nothing_is_remembered_it_is_heard_all_the_same() -> None:
    scene = play(
        Scene(
            senses([], Small("never asked")),
            role=load_role("kiosk"),
            act=[(1.0, lambda session: session.receive(ev.TextTyped(text="I am from Leeds.")))],
        ).play()
    )
    assert scene.of(ev.ReplyEnded)[-1].text == "Thank you for telling me. What can I do for you?"
