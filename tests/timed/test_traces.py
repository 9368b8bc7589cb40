"""One trace for each turn, with the times that the page shows."""

from __future__ import annotations

import builtins

import pytest

from tests.timed.scene import Scene
from tests.timed.virtual import senses
from visavis_agents import events as ev
from visavis_agents.replay.virtual import play
from visavis_server.traces import MOST, NAMES, Traces, TracesMissing, wanted

SENTENCES = ["How was your day?", "mm-hm", "Tell me about the sea."]
LONG = "The sea is wide and blue. It holds many fish and ships. " * 3


@pytest.fixture
def traced():
    """Plays a scene; gives its events, and its spans by trace, the turn first."""
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    traces = Traces("", SimpleSpanProcessor(exporter))

    def use(scene: Scene):
        play(scene.play())
        conversation = traces.conversation("secret-session-id", lambda: 0.0)
        for event in scene.events:
            conversation.saw(event)
        by_trace = {}
        for span in exporter.get_finished_spans():
            by_trace.setdefault(span.context.trace_id, []).append(span)
        return [sorted(spans, key=lambda span: span.parent is not None) for spans in by_trace.values()]

    yield use
    traces.close()


def test_a_turn_is_a_trace_with_the_pages_own_times(traced) -> None:
    scene = Scene(senses(SENTENCES, "It is sunny."), say=[(1.0, 2.0, 0), (5.0, 6.0, 2)])
    one, two = traced(scene)
    for spans, timed in zip((one, two), scene.of(ev.TurnTimed), strict=True):
        turn, *stages = spans
        assert turn.name == "turn"
        assert all(span.parent.span_id == turn.context.span_id for span in stages)
        assert {"pause", "transcript", "turn_guess", "draft", "first_token", "first_clause", "first_sound"} <= set(
            timed.stages_ms
        )
        ends = {span.name: (span.end_time - turn.start_time) / 1e6 for span in stages}
        assert ends == pytest.approx({NAMES[stage]: ms for stage, ms in timed.stages_ms.items()}, abs=0.06)
        took = {span.name: (span.end_time - span.start_time) / 1e6 for span in stages}
        assert sum(took.values()) == pytest.approx(timed.stages_ms["first_sound"], abs=0.5)
        assert turn.attributes["visavis.first_sound_ms"] == timed.stages_ms["first_sound"]
        assert turn.attributes["visavis.session"] == "secret"
    ended = scene.of(ev.ReplyEnded)[0]
    assert (one[0].end_time - one[0].start_time) / 1e9 == pytest.approx(ended.at - 2.0, abs=0.05)


def test_tools_and_cuts_are_told(traced) -> None:
    typed = [(1.0, lambda session: session.receive(ev.TextTyped(text="What is 6 times 7?")))]
    ((turn, *spans),) = traced(Scene(senses(SENTENCES, "never"), act=typed))
    tool = next(span for span in spans if span.name == "tool calculate")
    assert turn.start_time <= tool.start_time <= tool.end_time <= turn.end_time
    assert turn.attributes["visavis.cut"] is False


def test_drafts_with_tools_do_not_push_out_the_reply_that_is_heard() -> None:
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    traces = Traces("", SimpleSpanProcessor(exporter))
    conversation = traces.conversation("an-id", lambda: 0.0)
    conversation.saw(ev.TurnTimed(at=1.0, reply=1, utterance=1, stages_ms={"first_sound": 500.0}))
    for draft in range(2, MOST + 1):
        conversation.saw(ev.ToolStarted(at=2.0, reply=draft, name="look", arguments={}))
    conversation.saw(ev.ToolStarted(at=3.0, reply=1, name="draw", arguments={}))
    conversation.saw(ev.ReplyEnded(at=4.0, reply=1, text=""))
    traces.close()
    assert {"turn", "first sound", "tool draw"} <= {span.name for span in exporter.get_finished_spans()}


def test_what_was_cut_off_says_so(traced) -> None:
    scene = Scene(senses(SENTENCES, LONG), say=[(1.0, 2.0, 2), (5.0, 6.2, 0)], lasts_s=16)
    (turn, *_), *_ = traced(scene)
    assert turn.attributes["visavis.cut"] is True
    assert turn.attributes["visavis.heard_s"] == pytest.approx(scene.of(ev.ReplyCut)[0].heard_s)


def test_without_the_package_it_is_told_how_to_get_it(monkeypatch) -> None:
    plain = builtins.__import__

    def without(name, *rest):
        if name.startswith("opentelemetry"):
            raise ImportError(f"No module named {name!r}", name=name)
        return plain(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(TracesMissing, match=r"pip install 'visavis\[otel\]'"):
        Traces("http://127.0.0.1:4318/v1/traces")


def test_they_are_made_only_where_somebody_wants_them(monkeypatch) -> None:
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    assert not wanted("")
    assert wanted("http://127.0.0.1:4318/v1/traces")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    assert wanted("")
