"""One OpenTelemetry trace for each turn, from the same stage times as `turn.timed`, so that page and traces agree.

Needs the extra `otel`; goes to `server.traces`, or where the standard variables (OTEL_EXPORTER_OTLP_ENDPOINT and its
kin) say. Without either nothing is imported and nothing is done. A trace begins at the end of the user's speech, or
where the assistant began by itself, and ends with the reply; a stage's span lasts from the stage before it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from visavis_agents import events as ev

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
NAMES = {
    "pause": "pause heard",
    "transcript": "transcript",
    "turn_guess": "turn guess",
    "draft": "draft",
    "turn_end": "turn end",
    "first_token": "first token",
    "first_clause": "first clause",
    "first_sound": "first sound",
}
MOST = 8  # replies whose tools are remembered until they end
NS = 1_000_000_000


class TracesMissing(Exception):
    """Traces are wanted and cannot be had; the message says what to do."""


class Traces:
    """processor: where spans go; the default sends them by OTLP over HTTP. Raises TracesMissing."""

    def __init__(self, endpoint: str, processor: Any = None) -> None:
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ImportError as error:
            raise TracesMissing(f"server.traces needs the package {error.name}: pip install 'visavis[otel]'") from None
        resource = Resource.create({"service.name": "visavis", "service.version": version("visavis")})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(
            processor or BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint) if endpoint else OTLPSpanExporter())
        )
        self._tracer = self._provider.get_tracer("visavis", version("visavis"))

    def conversation(self, id: str, clock: Callable[[], float]) -> Conversation:
        """clock: its session time."""
        return Conversation(self._tracer, id, time.time_ns() - round(clock() * NS))

    def close(self) -> None:
        """Send what waits. Blocking."""
        self._provider.shutdown()


def wanted(endpoint: str) -> bool:
    return bool(endpoint) or any(os.environ.get(name) for name in ENDPOINTS)


@dataclass
class _Turn:
    """What is known of one reply so far. Times are session times."""

    timed: ev.TurnTimed | None = None
    tools: list[tuple[str, float, float | None]] = field(default_factory=list)


class Conversation:
    """The turns of one conversation. began_ns: wall clock at session time 0."""

    def __init__(self, tracer: Any, id: str, began_ns: int) -> None:
        self._tracer = tracer
        self._id = id[:6]  # enough to tell conversations apart, too little to come back into one
        self._began_ns = began_ns
        self._turns: dict[int, _Turn] = {}

    def saw(self, event: ev.Event) -> None:
        """An event on its way to the client."""
        match event:
            case ev.TurnTimed(reply=reply):
                self._turn(reply).timed = event
            case ev.ToolStarted(at=at, reply=reply, name=name):
                self._turn(reply).tools.append((name, at, None))
            case ev.ToolEnded(at=at, reply=reply, name=name):
                tools = self._turn(reply).tools
                for place, (tool, since, until) in enumerate(tools):
                    if tool == name and until is None:
                        tools[place] = (tool, since, at)
                        break
            case ev.ReplyEnded(at=at, reply=reply):
                self._end(reply, at, {"visavis.cut": False})
            case ev.ReplyCut(at=at, reply=reply, heard_s=heard_s):
                self._end(reply, at, {"visavis.cut": True, "visavis.heard_s": heard_s})

    def _turn(self, reply: int) -> _Turn:
        turn = self._turns.setdefault(reply, _Turn())
        if len(self._turns) > MOST:
            self._turns.pop(next(iter(self._turns)))  # a draft that was thrown away
        return turn

    def _end(self, reply: int, at: float, more: dict[str, Any]) -> None:
        turn = self._turns.pop(reply, _Turn())
        if turn.timed is None:
            return  # nothing was heard of it
        stages = turn.timed.stages_ms
        zero_s = turn.timed.at - stages.get("first_sound", 0.0) / 1000
        about = {"visavis.session": self._id, "visavis.reply": reply, "visavis.utterance": turn.timed.utterance}
        about |= {f"visavis.{stage}_ms": ms for stage, ms in stages.items()} | more
        root = self._tracer.start_span("turn", attributes=about, start_time=self._ns(zero_s))
        from opentelemetry.trace import set_span_in_context

        within = set_span_in_context(root)
        for name, begin_s, end_s, attributes in _spans(stages, zero_s, turn.tools, at):
            span = self._tracer.start_span(name, within, attributes=attributes, start_time=self._ns(begin_s))
            span.end(self._ns(end_s))
        root.end(self._ns(max(at, zero_s)))

    def _ns(self, at: float) -> int:
        return self._began_ns + round(at * NS)


def _spans(
    stages_ms: dict[str, float], zero_s: float, tools: Iterable[tuple[str, float, float | None]], over_s: float
) -> Iterable[tuple[str, float, float, dict[str, Any]]]:
    """Name, begin, end and attributes of every stage in its order, and of every tool."""
    before_s = zero_s
    for stage, ms in sorted(stages_ms.items(), key=lambda item: item[1]):
        end_s = zero_s + ms / 1000
        yield NAMES.get(stage, stage), min(before_s, end_s), end_s, {"visavis.ms": ms}
        before_s = max(before_s, end_s)
    for name, since_s, until_s in tools:
        yield f"tool {name}", since_s, over_s if until_s is None else until_s, {"visavis.tool": name}
