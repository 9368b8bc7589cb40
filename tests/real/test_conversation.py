"""Real conversations: the visitor over WebRTC with the real models; every sense at least once."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests import speech
from visavis_agents import events as ev
from visavis_client.visit import Question, Visitor


def visit(server: str, questions: list[Question], folder: Path | None = None, **more: object):
    visitor = Visitor(server, **more)
    result = asyncio.run(visitor.visit(questions))
    if folder is not None:
        visitor.save(folder, result)
    return visitor, result


def test_several_turns_are_recognized_and_answered_aloud(server, transcribe, tmp_path) -> None:
    asked = [
        speech.spoken("What time is it?", tmp_path),
        speech.spoken("What is twelve times seven?", tmp_path, pitch=0.85),
        speech.spoken("My name is Martin.", tmp_path, pitch=1.1),
        speech.spoken("What is my name?", tmp_path, pace=0.9),
    ]
    _, result = visit(server, [Question.from_file(one.path) for one in asked], tmp_path)
    assert [turn.error for turn in result.turns] == [None] * 4
    wrong = sum(speech.word_errors(one.text, turn.transcript) for one, turn in zip(asked, result.turns, strict=True))
    assert wrong <= 3, [turn.transcript for turn in result.turns]  # numbers may be written as digits
    assert "84" in result.turns[1].answer
    assert "Martin" in result.turns[3].answer
    assert all(turn.heard.split() == turn.answer.split() for turn in result.turns)
    heard = transcribe(tmp_path / "reply.wav").lower()
    assert "martin" in heard
    assert "eighty" in heard or "84" in heard
    saved = json.loads((tmp_path / "result.json").read_text())
    assert saved["turns"][0]["first_sound_s"] > saved["turns"][0]["said"]["end_s"]
    assert set(saved["turns"][0]["stages_ms"]) >= {"pause", "transcript", "turn_end", "first_clause", "first_sound"}


def test_recorded_people_are_understood(server, tmp_path) -> None:
    asked = speech.people("az_weather", "az_lamp") or [speech.spoken("How is the weather today?", tmp_path)]
    _, result = visit(server, [Question.from_file(one.path) for one in asked])
    for one, turn in zip(asked, result.turns, strict=True):
        assert turn.error is None
        assert speech.word_errors(one.text, turn.transcript) <= 1, turn.transcript


def test_the_language_model_answers_what_no_rule_knows(server) -> None:
    _, result = visit(server, [Question("What is the capital of France?")])
    assert "Paris" in result.turns[0].answer


def test_a_sign_held_to_the_camera_is_read(server, tmp_path) -> None:
    sign = np.full((480, 640, 3), 235, np.uint8)
    cv2.putText(sign, "EXIT", (150, 230), cv2.FONT_HERSHEY_SIMPLEX, 4.0, (20, 20, 20), 12, cv2.LINE_AA)
    cv2.putText(sign, "TO THE LEFT", (90, 350), cv2.FONT_HERSHEY_SIMPLEX, 2.2, (20, 20, 20), 7, cv2.LINE_AA)
    cv2.imwrite(str(tmp_path / "sign.png"), sign)
    asked = speech.spoken("What does the sign say?", tmp_path)
    visitor, result = visit(server, [Question.from_file(asked.path)], tmp_path / "out", video=tmp_path / "sign.png")
    turn = result.turns[0]
    assert "exit" in turn.answer.lower(), turn
    assert "left" in turn.answer.lower(), turn
    used = [event for _, event in visitor.log if isinstance(event, ev.SightUsed)]
    assert len(used) == 1
    shown = cv2.imread(str(tmp_path / "out" / turn.pictures[0]))
    assert shown is not None  # the frame that was looked at is shown


def test_without_a_camera_it_says_so(server) -> None:
    _, result = visit(server, [Question("What do you see?")])
    assert "can't see" in result.turns[0].answer


def test_a_picture_is_drawn_while_it_speaks(server, tmp_path) -> None:
    visitor, result = visit(server, [Question("Draw three red apples and a cat.")], tmp_path)
    turn = result.turns[0]
    assert turn.error is None
    done = next(event for _, event in visitor.log if isinstance(event, ev.PictureDone))
    assert done.alt == "three red apples and a cat"
    picture = cv2.imread(str(tmp_path / turn.pictures[0]))
    assert picture.shape == (512, 512, 3)
    assert picture.std() > 20


def test_what_it_cannot_draw_it_says(server) -> None:
    visitor, _ = visit(server, [Question("Draw a dishwasher.")])
    said = [event.text for _, event in visitor.log if isinstance(event, ev.ReplyEnded)]
    assert said[0] == "I'm drawing a dishwasher."
    assert "no picture of a dishwasher" in said[1]


def test_an_interruption_stops_the_answer_and_is_answered(server, tmp_path) -> None:
    asked = speech.spoken("Stop that, please, and tell me what time it is.", tmp_path)
    talk = Question("What can you do?")
    visitor, result = visit(server, [talk, Question.from_file(asked.path)], interrupt_after_s=0.8)
    cut = [event for _, event in visitor.log if isinstance(event, ev.ReplyCut)]
    assert len(cut) == 1
    assert result.turns[0].interrupted
    assert result.turns[1].answer != ""
    whole = result.turns[0].answer.split()
    assert 0 < len(cut[0].heard.split()) < len(whole)
    assert result.turns[1].silence_ms is not None


def test_a_lost_connection_goes_on_with_the_same_conversation(server) -> None:
    async def scenario() -> tuple[Visitor, list[str]]:
        visitor = Visitor(server)
        await visitor.connect()
        await visitor.ask(Question("My name is Ada."))
        session, line = visitor.session, visitor.connection
        line.cut()
        await visitor.connect()
        assert visitor.session == session
        await visitor.ask(Question("What is my name?"))
        await visitor.leave()
        await line.close()
        return visitor, [turn.answer for turn in visitor.result().turns]

    visitor, answers = asyncio.run(scenario())
    assert "Ada" in answers[1]
    started = [event for _, event in visitor.log if isinstance(event, ev.SessionStarted)]
    assert [event.resumed for event in started] == [False, True]
    assert started[1].history[0].text == "My name is Ada."


@pytest.mark.parametrize("sound", ["silence", "noise"])
def test_no_words_are_heard_where_nobody_speaks(server, tmp_path, sound) -> None:
    noise = np.random.default_rng(7).normal(0, 0.02 if sound == "noise" else 1e-4, 10 * 16_000).astype(np.float32)
    import soundfile

    soundfile.write(tmp_path / "nothing.wav", noise, 16_000)

    async def scenario() -> Visitor:
        visitor = Visitor(server)
        await visitor.connect()
        visitor.microphone.say(Question.from_file(tmp_path / "nothing.wav").pcm)
        await asyncio.sleep(11)
        await visitor.leave()
        return visitor

    visitor = asyncio.run(scenario())
    assert not [event for _, event in visitor.log if isinstance(event, ev.UserFinal | ev.ReplyStarted)]


def test_four_at_once_are_all_answered(server, tmp_path) -> None:
    asked = speech.spoken("What is nine times six?", tmp_path)

    async def scenario():
        visits = [Visitor(server).visit([Question.from_file(asked.path)]) for _ in range(4)]
        return await asyncio.gather(*visits)

    results = asyncio.run(scenario())
    assert all("54" in result.turns[0].answer for result in results), results
