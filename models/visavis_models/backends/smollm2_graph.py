"""Set-up of SmolLM2: its GGUF made into a graph that reads fast on two cores.

OpenVINO GenAI reads the GGUF into a stateful graph with 4-bit weights. Here each weight becomes 8-bit, one scale a row
(a fifth less time a token on AVX2 than unpacking groups of 32), and only the last token's scores are computed (a
seventh less time to read a prompt). The weights are read from the GGUF again: OpenVINO rounds the least of each group
to a whole number of steps, which costs 0.13 to 0.24 nats a token; rows of 8 bits cost less than 0.01. Our adapter is
added to the weights before that, so a reply takes the same time as without.
The compiled graph is kept as well, so that serving loads in half a second.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from visavis_models.backends.gguf_file import GgufFile
from visavis_models.backends.low_rank import LowRank
from visavis_models.packs import Packs

GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
ADAPTER = Path(__file__).with_name("smollm2_adapter.npz")  # how it was trained, what it does: docs/cards/words.md
GRAPH = "words.xml"
COMPILED = "compiled"  # folder of compiled graphs, one for each kind of CPU and number of threads
THREADS = 1  # a second one gains a quarter on a machine that does nothing else, and doubles the time on one that does

LAYERS = 30
PARTS = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
ORDER = [*(f"blk.{layer}.{part}" for layer in range(LAYERS) for part in PARTS), "token_embd"]  # of the graph's products


def prepare(folder: Path, packs: Packs) -> None:
    """Make GRAPH and the tokenizer beside the GGUF, with ADAPTER. About 20 s and 1 GB of memory."""
    make(folder, LowRank(ADAPTER))


def make(folder: Path, adapter: LowRank | None) -> None:
    """Blocking. folder: holds the GGUF; the rest is written there. adapter: None for the model as it comes."""
    import openvino
    import openvino_genai

    openvino_genai.LLMPipeline(str(folder / GGUF), "CPU", enable_save_ov_model=True)
    read = folder / "openvino_model.xml"
    graph = openvino.Core().read_model(read)
    head = graph.get_results()[0].input_value(0).get_node()
    weights = GgufFile(folder / GGUF)
    for product, name in zip(_products(graph), ORDER, strict=True):
        values = weights.weights(f"{name}.weight")
        product.input(1).replace_source_output(_eight_bit(adapter.added(name, values) if adapter else values))
    head.input(0).replace_source_output(_last_token(head.input_value(0)))
    graph.validate_nodes_and_infer_types()
    openvino.save_model(graph, folder / GRAPH, compress_to_fp16=False)
    del graph
    read.unlink()
    read.with_suffix(".bin").unlink()
    compiled(folder)


def compiled(folder: Path, threads: int = 0) -> Any:
    """The graph, compiled for this CPU; from `COMPILED` where it was compiled before. threads: 0 for THREADS."""
    import os

    import openvino

    options: dict[str, Any] = {
        "PERFORMANCE_HINT": "LATENCY",
        "KV_CACHE_PRECISION": "f32",  # kept prefixes are copied out and in
        "INFERENCE_NUM_THREADS": threads or THREADS,
    }
    if os.access(folder, os.W_OK):
        options["CACHE_DIR"] = str(folder / COMPILED)
    return openvino.Core().compile_model(str(folder / GRAPH), "CPU", options)


def _products(graph: Any) -> list[Any]:
    """The products with weights, in the order in which they were made: their names end in a running number."""
    products = [node for node in graph.get_ops() if node.get_type_name() == "MatMul"]
    weighted = [node for node in products if _is_constant(node.input_value(1).get_node())]
    return sorted(weighted, key=lambda node: int(node.get_friendly_name().rpartition("_")[2]))


def _is_constant(node: Any) -> bool:
    """Made of constants only: a weight, however it is packed."""
    inputs = node.inputs()
    if not inputs:
        return bool(node.get_type_name() == "Constant")
    return all(_is_constant(each.get_source_output().get_node()) for each in inputs)


def _eight_bit(values: Any) -> Any:
    """values: (rows, columns) float32. The same as int8 times one float16 scale a row."""
    from openvino import opset13 as op

    scale = np.abs(values).max(axis=1, keepdims=True) / 127
    scale[scale == 0] = 1
    whole = op.constant(np.round(values / scale).astype(np.int8))
    product = op.multiply(op.convert(whole, "f16"), op.constant(scale.astype(np.float16)))
    return op.convert(product, "f32").output(0)


def _last_token(hidden: Any) -> Any:
    """hidden: (1, tokens, width). Its last token: (1, 1, width)."""
    from openvino import opset13 as op

    start, stop, step, axis = (op.constant(np.array([n], np.int64)) for n in (-1, np.iinfo(np.int64).max, 1, 1))
    return op.slice(hidden, start, stop, step, axis).output(0)
