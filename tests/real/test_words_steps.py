"""Several steps in one reply: a language model behind a real endpoint asks for tools, hears what came of it, goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.real import endpoint as served
from tests.typed import answers, converse, senses
from visavis_agents import events as ev
from visavis_agents.freely import TOOL_ROUNDS
from visavis_agents.roles import load_role
from visavis_models.backends.openai_chat import load
from visavis_models.packs import Packs
from visavis_models.senses import Sense
from visavis_models.settings import BackendSettings, ModelSettings
from visavis_models.workers import Worker

ASKED = "Please find out how late it has become, and divide one by nothing."


@pytest.fixture(scope="module")
def endpoint() -> Iterator[served.Endpoint]:
    with served.running() as endpoint:
        yield endpoint


def told(endpoint: served.Endpoint, model: str, said: str = ASKED) -> list[ev.Event]:
    chosen = BackendSettings(backend="openai", base_url=endpoint.url, model=model)
    language = Sense(load(chosen, Packs(ModelSettings().packs)), Worker("language"))
    everything = senses(language)
    try:
        return asyncio.run(converse(everything, load_role("companion"), [said]))
    finally:
        everything.close()


def test_two_rounds_of_tools_and_an_error_that_is_told(endpoint: served.Endpoint) -> None:
    events = told(endpoint, "two rounds of tools")
    (answer,) = answers(events)
    assert answer.startswith("One moment. I was told: It is ")
    assert answer.endswith("/ I can't divide by zero.")
    assert [e.name for e in events if isinstance(e, ev.ToolStarted)] == ["time_and_date", "calculate"]
    asked = endpoint.asked[-1]["messages"]
    assert [message["role"] for message in asked[-4:]] == ["assistant", "tool", "assistant", "tool"]
    assert [message["tool_call_id"] for message in asked if message["role"] == "tool"] == ["t", "c1"]
    assert {tool["function"]["name"] for tool in endpoint.asked[-1]["tools"]} == set(load_role("companion").tools)


def test_steps_have_an_end(endpoint: served.Endpoint) -> None:
    before = len(endpoint.asked)
    events = told(endpoint, "tools without end")
    assert answers(events) == ["I could not finish that: it took too many steps."]
    assert len(endpoint.asked) - before == TOOL_ROUNDS


def test_a_question_of_fact_goes_to_a_model_that_knows(endpoint: served.Endpoint) -> None:
    assert answers(told(endpoint, "words", "Who invented the zipper?")) == ["The sea is blue."]
