"""Recordings heard as in a conversation, on a clock that jumps."""

from __future__ import annotations

import asyncio
import json

from tests.speech import spoken, words
from visavis_agents.overheard import main
from visavis_client.bench.recordings import Recording
from visavis_client.bench.words import words as bench_words


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


def test_the_bench_hears_recordings_both_ways(tmp_path):
    said = [
        Recording(text, spoken(text, tmp_path).path, text, "question", (0.5, 1.5))
        for text in ("What is the capital of France?", "Turn on the lamp.")
    ]
    told = []
    figures = asyncio.run(bench_words(said, told.append, tmp_path / "words"))
    assert figures["recordings"] == len(told) == 2
    assert figures["wer_offline"] == figures["wer"] == figures["wer_added"] == 0
    assert figures["wer_added_95"] == [0, 0]
