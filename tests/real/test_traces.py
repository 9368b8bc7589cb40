"""Traces of a real server arrive at a real OTLP receiver."""

from __future__ import annotations

import asyncio
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from visavis_agents import events as ev
from visavis_client.serving import serving
from visavis_client.visit import Question, Visitor


def test_every_turn_arrives_with_the_times_that_the_visitor_was_told(tmp_path) -> None:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    requests: list[ExportTraceServiceRequest] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                import gzip

                body = gzip.decompress(body)
            requests.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    receiver = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=receiver.serve_forever)
    thread.start()
    try:
        flags = [f"--set=server.traces=http://127.0.0.1:{receiver.server_port}/v1/traces"]
        flags += [f"--set=models.{ability}.backend=none" for ability in ("turn_end", "vision", "reader", "painter")]
        with serving(tmp_path / "log.txt", flags) as server:
            visitor = Visitor(server.url)
            asyncio.run(visitor.visit([Question("What is two plus two?")]))
    finally:
        receiver.shutdown()
        receiver.server_close()
        thread.join()
    spans = [s for r in requests for rs in r.resource_spans for scope in rs.scope_spans for s in scope.spans]
    turn = next(span for span in spans if span.name == "turn")
    told = next(event for _, event in visitor.log if isinstance(event, ev.TurnTimed))
    sound = next(span for span in spans if span.name == "first sound")
    ms = (sound.end_time_unix_nano - turn.start_time_unix_nano) / 1e6
    assert abs(ms - told.stages_ms["first_sound"]) < 0.1
    assert {"tool calculate", "first clause"} <= {span.name for span in spans}
