"""What the visitor makes of the events it is told, and the result it writes."""

from __future__ import annotations

import json

import numpy as np
import pytest

from visavis_agents import events as ev
from visavis_client import result, sound
from visavis_client.account import Account, Reply
from visavis_client.picture import Album
from visavis_client.result import Asked, Said


def account(*told: tuple[float, ev.Event]) -> Account:
    one = Account()
    for at, event in told:
        one.take(at, event)
    return one


def clause(reply: int, text: str) -> ev.ReplyClause:
    return ev.ReplyClause(reply=reply, text=text, start_s=0, words=tuple(ev.Word(w, 0, 0) for w in text.split()))


SPOKEN = (
    (1.0, ev.UserStarted(utterance=1)),
    (3.2, ev.UserFinal(utterance=1, text="Tell me more.")),
    (3.3, ev.ReplyStarted(reply=1, utterance=1)),
    (3.4, clause(1, "There is more")),
    (3.4, clause(1, "to tell.")),
    (3.5, ev.TurnTimed(reply=1, utterance=1, stages_ms={"first_sound": 400.0})),
    (3.6, ev.ReplyWord(reply=1, index=0)),
    (3.8, ev.ReplyWord(reply=1, index=1)),
)


def test_a_reply_is_heard_word_by_word_until_it_ends() -> None:
    told = account(*SPOKEN)
    assert not told.quiet
    (reply,) = told.replies
    assert (reply.text, reply.heard) == ("There is more to tell.", "There is")
    for index in range(2, 5):
        told.take(4.0, ev.ReplyWord(reply=1, index=index))
    told.take(5.0, ev.ReplyEnded(reply=1, text="There is more to tell."))
    assert told.quiet
    assert reply.heard == "There is more to tell."


def test_a_cut_reply_was_heard_as_far_as_the_server_says() -> None:
    told = account(*SPOKEN, (4.0, ev.ReplyCut(reply=1, heard="There", heard_s=0.3)))
    assert told.replies[0].cut
    assert told.replies[0].heard == "There"


def test_a_reply_that_goes_on_after_a_lost_connection_is_the_same_one() -> None:
    told = account(*SPOKEN, (6.0, ev.ReplyStarted(reply=1, utterance=1)), (6.0, clause(1, "There is more")))
    assert len(told.replies) == 1
    assert told.replies[0].text == "There is more"


@pytest.mark.parametrize(
    ("busy", "idle"),
    [
        (ev.UserStarted(utterance=3), ev.UserDropped(utterance=3, reason="noise")),
        (ev.ToolStarted(reply=1, name="draw", arguments={}), ev.ToolEnded(reply=1, name="draw", result="done")),
        (ev.PictureStarted(picture=1, kind="drawing"), ev.PictureFailed(picture=1, reason="no paint")),
        (ev.PictureStarted(picture=1, kind="drawing"), ev.PictureDone(picture=1, version=0, alt="a cat")),
    ],
)
def test_the_line_is_quiet_when_nothing_goes_on(busy: ev.Event, idle: ev.Event) -> None:
    told = account((1.0, busy))
    assert not told.quiet
    told.take(2.0, idle)
    assert told.quiet


def asked(told: Account, start: float, end: float, over: Reply | None = None) -> Asked:
    return Asked(Said("q.wav", start, end), over, told.utterances, told.replies)


def heard(*spans: tuple[float, float], length_s: float = 12.0) -> np.ndarray:
    pcm = np.zeros(round(length_s * sound.RATE), np.float32)
    for start, end in spans:
        pcm[round(start * sound.RATE) : round(end * sound.RATE)] = 0.2
    return pcm


def test_latency_is_from_the_true_end_of_speech_to_the_first_sound() -> None:
    told = account(*SPOKEN, (5.0, ev.ReplyEnded(reply=1, text="There is more to tell.")))
    (turn,) = result.turns([asked(told, 1.0, 3.0)], heard((0.2, 0.9), (3.45, 4.9)))
    assert (turn.first_sound_s, turn.latency_ms, turn.error) == (3.45, 450.0, None)
    assert not turn.early
    assert turn.transcript == "Tell me more."
    assert turn.stages_ms == {"first_sound": 400.0}


def test_a_reply_before_the_end_has_a_negative_latency() -> None:
    told = account(
        (1.0, ev.UserStarted(utterance=1)),
        (2.0, ev.UserFinal(utterance=1, text="Tell me")),
        (2.0, ev.ReplyStarted(reply=1, utterance=1)),
        (2.1, clause(1, "What?")),
        (2.5, ev.ReplyCut(reply=1, heard="What?", heard_s=0.4)),
        (2.6, ev.UserStarted(utterance=2)),
        (4.0, ev.UserFinal(utterance=2, text="more.")),
        (4.0, ev.ReplyStarted(reply=2, utterance=2)),
        (4.1, clause(2, "More.")),
        (5.0, ev.ReplyEnded(reply=2, text="More.")),
    )
    (turn,) = result.turns([asked(told, 1.0, 3.5)], heard((2.1, 2.5), (4.2, 4.8)))
    assert turn.latency_ms == -1400.0
    assert turn.early
    assert (turn.transcript, turn.answer) == ("Tell me more.", "More.")


def test_an_answer_to_the_half_that_was_gone_on_from_is_early_all_the_same() -> None:
    told = account(
        (1.0, ev.UserStarted(utterance=1)),
        (2.0, ev.UserFinal(utterance=1, text="Tell me")),
        (2.0, ev.ReplyStarted(reply=1, utterance=1)),
        (2.1, clause(1, "What?")),
        (2.5, ev.ReplyCut(reply=1, heard="What?", heard_s=0.4)),
        (2.6, ev.UserStarted(utterance=2)),
        (4.0, ev.UserFinal(utterance=2, text="Tell me more.", joins=1)),
        (4.0, ev.ReplyStarted(reply=2, utterance=2)),
        (4.1, clause(2, "More.")),
        (5.0, ev.ReplyEnded(reply=2, text="More.")),
    )
    (turn,) = result.turns([asked(told, 1.0, 3.5)], heard((2.1, 2.5), (4.2, 4.8)))
    assert (turn.latency_ms, turn.early) == (700.0, True)


def test_an_interrupting_question_is_measured_to_silence_and_then_to_its_own_answer() -> None:
    told = account(
        (5.1, ev.UserStarted(utterance=2)),
        (7.2, ev.UserFinal(utterance=2, text="Stop.")),
        (7.2, ev.ReplyStarted(reply=2, utterance=2)),
        (7.3, clause(2, "Sure.")),
        (8.0, ev.ReplyEnded(reply=2, text="Sure.")),
    )
    cut = Reply(1, 1, 2.9, over=6.1, cut=True)
    (turn,) = result.turns([asked(told, 5.0, 7.0, cut)], heard((3.0, 5.25), (7.6, 7.9)))
    assert (turn.silence_ms, turn.latency_ms, turn.early) == (250.0, 600.0, False)
    (turn,) = result.turns([asked(told, 5.0, 7.0, cut)], heard((3.0, 5.05), (5.6, 6.2), (7.6, 7.9)))
    assert turn.silence_ms == 1200.0  # a pause is not the silence
    (turn,) = result.turns([asked(told, 5.0, 7.0, cut)], heard((3.0, 4.9), (7.6, 7.9)))
    assert turn.silence_ms is None  # it was silent before
    ended = Reply(1, 1, 2.9, over=6.1)
    (turn,) = result.turns([asked(told, 5.0, 7.0, ended)], heard((3.0, 6.0), (7.6, 7.9)))
    assert turn.silence_ms is None


@pytest.mark.parametrize(
    ("told", "sounds", "error"),
    [
        (account(), (), "no answer came"),
        (account((1.0, ev.UserDropped(utterance=1, reason="noise"))), (), "no answer came (noise)"),
        (account(*SPOKEN), (), "the answer could not be heard"),
        (account((3.0, ev.ReplyStarted(reply=4, utterance=0)), (3.1, clause(4, "Ring!"))), ((3, 4),), "no answer came"),
        (account(*SPOKEN[:3], (6.0, ev.ReplyEnded(reply=1, text=""))), ((3.5, 4),), "the answer had no words"),
    ],
)
def test_what_is_no_answer_is_an_error(told: Account, sounds: tuple, error: str) -> None:
    (turn,) = result.turns([asked(told, 1.0, 2.9)], heard(*sounds))
    assert turn.error == error


def test_the_files_of_a_visit(tmp_path) -> None:
    told = account(*SPOKEN, (5.0, ev.ReplyEnded(reply=1, text="There is more to tell.")))
    turns = result.turns([asked(told, 1.0, 3.0)], heard((3.45, 4.9)))
    log = [*SPOKEN, (4.0, ev.PictureStarted(picture=7, kind="drawing", prompt="a cat"))]
    whole = result.Result("http://here", "abc", turns)
    result.save(tmp_path, whole, heard(), heard((3.45, 4.9)), log, {7: b"\x89PNG..."})
    saved = json.loads((tmp_path / "result.json").read_text())
    assert saved["turns"][0]["said"] == {"source": "q.wav", "start_s": 1.0, "end_s": 3.0}
    assert saved["turns"][0]["pictures"] == ["picture7.png"]
    assert (tmp_path / "picture7.png").read_bytes() == b"\x89PNG..."
    lines = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert [line["event"]["type"] for line in lines][:2] == ["user.started", "user.final"]
    assert sound.first_audible(sound.read(tmp_path / "reply.wav"), 0) == 3.45
    assert len(sound.read(tmp_path / "microphone.wav")) == 12 * sound.RATE


def test_pictures_come_together_from_their_parts_in_any_order() -> None:
    def part(index: int, count: int, data: str, version: int = 0) -> ev.PictureChunk:
        return ev.PictureChunk(picture=1, version=version, index=index, count=count, mime="image/png", data=data)

    album = Album()
    album.take(part(1, 2, "Yg=="))
    assert album.done == {}
    album.take(part(0, 2, "YQ=="))
    album.take(part(0, 1, "Yw==", version=1))
    assert album.done == {1: b"c"}
    for broken in (part(2, 2, "YQ=="), part(0, 10**9, "YQ=="), part(0, 1, "no base64!")):
        with pytest.raises(ValueError):  # noqa: PT011
            album.take(broken)


def test_a_reply_lost_with_its_connection_is_over_unless_it_is_started_again() -> None:
    came_back = (9.0, ev.SessionStarted(session="s", resumed=True, role="companion", version="1", heartbeat_s=1.0))
    lost = account(*SPOKEN, came_back)
    assert (lost.quiet, lost.replies[0].cut, lost.replies[0].heard) == (True, True, "There is")
    again = account(*SPOKEN, came_back, (9.1, ev.ReplyStarted(reply=1, utterance=1)), (9.1, clause(1, "to tell.")))
    assert (again.quiet, again.replies[0].cut, len(again.replies)) == (False, False, 1)
