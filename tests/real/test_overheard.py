"""Recordings heard as in a conversation, on a clock that jumps."""

from __future__ import annotations

import json

from tests.speech import spoken, words
from visavis_agents.overheard import main


def test_what_is_said_into_a_conversation_comes_out_as_one_turn(tmp_path, capsys):
    question = spoken("What is the capital of France?", tmp_path)
    assert main([str(question.path)]) == 0
    heard = json.loads(capsys.readouterr().out)
    assert heard["file"] == str(question.path)
    assert words(heard["text"]) == words(question.text)
    assert heard["utterances"] == 1


def test_a_file_that_is_no_sound_is_one_line(tmp_path, capsys):
    path = tmp_path / "none.wav"
    assert main([str(path)]) == 2
    assert capsys.readouterr().err.startswith("visavis: ")
