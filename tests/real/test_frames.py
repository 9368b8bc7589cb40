"""The frame that belongs to the word, over real WebRTC: what is read aloud was shown when "this" was said."""

from __future__ import annotations

import asyncio

import cv2
import numpy as np
import soundfile
import soxr

from tests.speech import RATE, _voice
from visavis_agents import events as ev
from visavis_client.bench import cards
from visavis_client.bench.frames import Film
from visavis_client.visit import Question, Visitor

TEXT = "Read this number, if you would be so kind."
QUIET_S = 0.5


def test_what_is_read_was_shown_at_the_word(server, tmp_path) -> None:
    (piece,) = _voice().speak(TEXT)
    word = next(word for word in piece.words if word.text == "this")
    quiet = np.zeros(round(QUIET_S * RATE), np.float32)
    sound = np.concatenate([quiet, soxr.resample(piece.pcm, piece.rate, RATE), quiet])
    soundfile.write(tmp_path / "question.wav", sound, RATE)
    span = (QUIET_S, QUIET_S + len(piece.pcm) / piece.rate)

    async def scenario() -> Visitor:
        visitor = Visitor(server, video=cards.clip(tmp_path / "cards.mp4"))
        await visitor.connect()
        await visitor.until(lambda: visitor.clock() > 3.0, 20, "the first seconds")
        await visitor.ask(Question.from_file(tmp_path / "question.wav", span))
        await visitor.leave()
        return visitor

    visitor = asyncio.run(scenario())
    (turn,) = visitor.result().turns
    assert turn.error is None
    ((at, used),) = [(at, event) for at, event in visitor.log if isinstance(event, ev.SightUsed)]
    shown = cv2.imdecode(np.frombuffer(visitor.album.done[used.picture], np.uint8), cv2.IMREAD_COLOR)
    number = cards.number_of(shown)
    assert number is not None
    film = Film(visitor.camera, visitor)
    taken = film.taken(film.newest(number, at))
    said = turn.said.start_s + (word.start_s + word.end_s) / 2
    assert abs(taken - said) < cards.CARD_S / 2
    assert turn.said.end_s - taken > 2 * cards.CARD_S  # by then two other cards had been shown
    assert used.word == "this"
    assert str(cards.card(number)) in turn.answer
