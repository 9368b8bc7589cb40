"""Documents are looked through on the embedder's thread: the event loop carries everybody's sound."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import numpy as np

from visavis_agents.documents import Passage
from visavis_agents.knowledge import Knowledge
from visavis_models.senses import Sense
from visavis_models.workers import Worker


class Letters:
    """Vectors of how often a text has each letter."""

    def embed(self, texts: Any) -> np.ndarray:
        counts = np.array([[text.count(letter) + 0.01 for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts])
        return (counts / np.linalg.norm(counts, axis=1, keepdims=True)).astype(np.float32)


class Watched(Knowledge):
    threads: list[threading.Thread]

    def best(self, question: str, vector: Any) -> Any:
        self.threads = [threading.current_thread()]
        return super().best(question, vector)


def test_no_question_is_looked_up_on_the_event_loop() -> None:
    worker = Worker("embedder")
    passages = [
        Passage("a.md", "Hours", "The museum opens at ten."),
        Passage("a.md", "Boats", "The oldest boat is here."),
    ]
    knowledge = Watched(passages, Sense(Letters(), worker))
    try:
        quote = asyncio.run(knowledge.find("When does the museum open?"))
        assert quote is not None and quote.text == "The museum opens at ten."
        assert knowledge.threads[0] is not threading.main_thread()
    finally:
        worker.close()
