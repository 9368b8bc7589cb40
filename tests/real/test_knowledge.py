"""Answers out of a folder of documents, with the real vectors: the right sentence, or none."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.timed.virtual import Script
from tests.typed import answers, converse, senses
from visavis_agents import events as ev
from visavis_agents.documents import DocumentError, html_as_text, passages_of, read
from visavis_agents.knowledge import Knowledge, spoken
from visavis_agents.roles import load_role
from visavis_models.backends.minilm import load
from visavis_models.packs import Packs
from visavis_models.senses import Sense
from visavis_models.settings import BackendSettings, ModelSettings
from visavis_models.workers import Worker

MUSEUM = Path(__file__).parents[1] / "questions" / "museum"
# Questions as a recognizer writes them down, mistakes included, and what the answer must hold.
ASKED = """
When do you open? | 10 in the morning
What time does the museum close? | 6 in the evening
Are you open on Mondays? | closed on Mondays
What are your opening hours? | 10 in the morning
How much is a ticket? | 12 euros
What does a family ticket cost? | 25 euros
Is there a discount for students? | 8 euros
Can I pay by card? | by card
Where are the toilets? | ground floor
where are the toylets | toilets
Is there a lift? | lift
Can I bring my dog? | dogs
Can I take pictures? | photographs
Where can I park my car? | car park
Which tram goes here? | line 4
How do I get here from the station? | fifteen minutes
Where can I get a coffee? | café
Where can I leave my bag? | cloakroom
Do you have lockers? | coin
what's the why fi password | Harbour Guest
What is the oldest boat? | 1652
Who founded the museum? | Johanna Berg
How heavy is the lens? | two tons
Are there guided tours? | at 11 and at 3
how much is an audio guide | 3 euros
Where can I change my baby? | baby
Is the museum open on Christmas? | Christmas
Can I smoke here? | not allowed
What can I buy in the shop? | model ships
Where did sailors sleep? | hammocks
"""
NOT_THERE = [
    "How are you?", "What is your name?", "Who is the president of France?", "I'm a bit tired today.",
    "How do I boil an egg?", "Why is the sky blue?", "My name is Peter.", "Do you like music?", "I have two cats.",
    "Is there a swimming pool?", "Can you recommend a hotel?", "Where is the airport?", "When does the train leave?",
    "How far is the moon?", "Do you have a job for me?", "Where can I buy shoes?", "Thank you very much.",
    "Can I get married here?", "Who painted the Mona Lisa?", "Can you call a taxi?",
]  # fmt: skip


@pytest.fixture(scope="module")
def knowledge() -> Iterator[Knowledge]:
    embedder = Sense(load(BackendSettings(backend="minilm"), Packs(ModelSettings().packs)), Worker("embedder"))
    yield Knowledge.of(MUSEUM, embedder)
    embedder.worker.close()


@pytest.mark.parametrize("line", ASKED.strip().splitlines())
def test_the_sentence_that_answers_is_found(knowledge: Knowledge, line: str) -> None:
    question, holds = line.split(" | ")
    quote = asyncio.run(knowledge.find(question))
    assert quote is not None
    assert holds in quote.spoken


@pytest.mark.parametrize("question", NOT_THERE)
def test_what_is_not_there_is_not_quoted(knowledge: Knowledge, question: str) -> None:
    assert asyncio.run(knowledge.find(question)) is None


def test_a_kiosk_quotes_names_its_source_and_says_what_it_does_not_know(knowledge: Knowledge) -> None:
    language = Script("How nice!")
    language.knows = False
    said = [
        "Can I bring my dog?",
        "Is there a first aid room?",
        "Is there a lift here?",
        "Can you recommend a hotel?",
        "The sea is wide today.",
    ]
    everything = senses(Sense(language, Worker("language")))
    events = asyncio.run(converse(everything, load_role("kiosk"), said, knowledge))
    everything.close()
    assert answers(events) == [
        "Guide dogs are welcome, but other dogs must wait outside.",
        "I'm sorry, I don't know whether there is a first aid room. Please ask a member of staff.",
        "All floors can be reached by lift.",
        "My papers don't say whether we can recommend a hotel, but a member of staff can tell you.",
        "How nice!",
    ]
    sources = [(e.reply, e.document, e.heading) for e in events if isinstance(e, ev.SourceQuoted)]
    assert sources == [
        (1, "visit.md", "Visiting the Harbour Museum, Access"),
        (3, "visit.md", "Visiting the Harbour Museum, Access"),
    ]
    started = [type(e) for e in events if isinstance(e, ev.ReplyStarted | ev.SourceQuoted)]
    assert started[:2] == [ev.ReplyStarted, ev.SourceQuoted]


def test_a_kiosk_follows_what_is_asked_further(knowledge: Knowledge) -> None:
    said = [
        "How much?",
        "For two adults?",
        "And pensioners?",
        "Where are the toilets?",
        "Is it far?",
        "How do you know that?",
    ]
    said += [
        "Until when are you open?",
        "And on Mondays?",
        "Is there a lift?",
        "Is there a lift?",
        "Thank you.",
        "Thank you.",
        "Is there parking?",
        "What does that cost for four hours?",
    ]
    language = Script("Yes.")
    language.knows = False
    everything = senses(Sense(language, Worker("language")))
    told = answers(asyncio.run(converse(everything, load_role("kiosk"), said, knowledge)))
    everything.close()
    assert told[0] == "A ticket for adults costs 12 euros."
    assert "12 euros" in told[1] and "8 euros" in told[2] and "ground floor" in told[3]
    assert told[4] == "I'm sorry, I don't know whether it is far. Please ask a member of staff."
    assert "6 in the evening" in told[6] or "open until" in told[6]
    assert "closed on Mondays" in told[7]
    assert told[9] == f"Once more: {told[8]}" and told[10] != told[11]
    assert told[13].endswith("For 4 hours that makes 8 euros.")


def test_documents_are_read_sentence_by_sentence() -> None:
    text = "# Hours\nWe open at 9 a.m. on Mondays.\nDr. Lee is in. It is\nwarm.\n\n- One *thing*\n- [Two](http://x.y)\n\n| - | - |\n|---|---|\n| Tea | 2 € |"
    made = list(passages_of("a.md", text))
    assert [(p.heading, p.text, p.before) for p in made] == [
        ("Hours", "We open at 9 a.m. on Mondays.", ""),
        ("Hours", "Dr. Lee is in.", ""),
        ("Hours", "It is warm.", "Dr. Lee is in."),
        ("Hours", "One thing.", ""),
        ("Hours", "Two.", ""),
        ("Hours", "Tea, 2 €.", ""),
    ]
    html = "<html><head><title>x</title></head><body><h1>Hours</h1><p>We open at <b>nine</b>.</p><script>x()</script></body></html>"
    assert [(p.heading, p.text) for p in passages_of("a.html", html_as_text(html))] == [("Hours", "We open at nine.")]


def test_folders_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="is not there"):
        read(tmp_path / "nowhere")
    with pytest.raises(DocumentError, match="no sentence"):
        read(tmp_path)
    (tmp_path / "large.txt").write_text("A word. " * 400_000)
    with pytest.raises(DocumentError, match="larger than"):
        read(tmp_path)


def test_written_text_becomes_spoken_text() -> None:
    assert spoken("Open 9–17 (closed on Mondays), see https://www.example.org/.") == (
        "Open 9 to 17, closed on Mondays, see example.org."
    )
