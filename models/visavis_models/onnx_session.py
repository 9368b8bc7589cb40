"""One way to open an ONNX (or .ort) file: CPU, few threads, no spinning, errors in plain words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from visavis_models.errors import BackendMissing, PackMissing


def open_session(graph: Path | bytes, threads: int = 1) -> Any:
    """An `onnxruntime.InferenceSession` on `threads` CPU threads that sleep between calls; graph: a file or its bytes.

    Spinning threads would gain about a millisecond a call and take it from the sound of everybody else.
    Raises BackendMissing without onnxruntime, PackMissing for a file that is no model.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise BackendMissing("onnxruntime is not installed. Run: pip install onnxruntime") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        given = graph if isinstance(graph, bytes) else str(graph)
        return onnxruntime.InferenceSession(given, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own exception classes share no public base
        name = "the graph" if isinstance(graph, bytes) else graph.name
        raise PackMissing(f"{name} does not load: {error}. Run: visavis models pull") from error
