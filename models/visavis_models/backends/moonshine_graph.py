"""The files of Moonshine tiny: encoder, merged decoder and tokenizer, prepared and opened for `moonshine.py`.

The decoder's file does not give out its cross-attention, which word times need. So `prepare`, at set-up, lets
onnxruntime write the graph as ONNX and makes six of its inner values outputs of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from visavis_models.errors import BackendMissing, PackMissing
from visavis_models.onnx_session import open_session
from visavis_models.ports import Pcm

if TYPE_CHECKING:
    from visavis_models.packs import Packs

DECODER = "decoder_with_attention.onnx"
LAYERS, HEADS, HEAD_SIZE = 6, 8, 36
INNER = [f"/model/decoder/layers.{layer}/encoder_attn/Softmax_output_0" for layer in range(LAYERS)]
OUTER = [f"attention.{layer}" for layer in range(LAYERS)]

Arrays = dict[str, NDArray[Any]]


def prepare(folder: Path, packs: Packs) -> None:
    """Make decoder_with_attention.onnx from decoder_model_merged.ort, beside it. Raises BackendMissing, PackMissing."""
    try:
        import onnx
        import onnxruntime
    except ImportError as error:
        raise BackendMissing("preparing Moonshine needs onnx and onnxruntime. Run: pip install onnx") from error
    written = folder / f"{DECODER}.part"
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(written)
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    try:
        onnxruntime.InferenceSession(str(folder / "decoder_model_merged.ort"), options)
    except Exception as error:  # onnxruntime's own exception classes share no public base
        raise PackMissing(f"Moonshine's decoder does not load: {error}. Run: visavis models pull") from error
    model = onnx.load(str(written))
    model.graph.name = "decoder"
    for node in model.graph.node:
        if node.op_type == "If":  # one branch starts a text, the other goes on with cached keys and values
            for branch in node.attribute:
                branch.g.name = branch.name
                branch.g.output.extend(_floats(onnx, name) for name in INNER)
            node.output.extend(OUTER)
    model.graph.output.extend(_floats(onnx, name) for name in OUTER)
    onnx.save(model, str(written))
    written.rename(folder / DECODER)


def _floats(onnx: Any, name: str) -> Any:
    return onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)


class Encoder:
    """Sound to hidden states, one each 24 ms."""

    def __init__(self, path: Path, threads: int) -> None:
        self._session = open_session(path, threads)

    def __call__(self, pcm: Pcm) -> NDArray[np.float32]:
        """pcm: (samples,), 16 kHz, at least 0.1 s. Returns (1, frames, 288)."""
        inputs = {"input_values": pcm[None], "attention_mask": np.ones((1, pcm.size), np.int64)}
        hidden: NDArray[np.float32] = self._session.run(["last_hidden_state"], inputs)[0]
        return hidden


class Decoder:
    """Tokens and hidden states to the logits of the next tokens."""

    def __init__(self, path: Path, threads: int) -> None:
        self._session = open_session(path, threads)
        self._names = [output.name for output in self._session.get_outputs()]
        if not {*OUTER, "logits"} <= {*self._names}:
            raise PackMissing(f"{path} gives no attention. Run: visavis models pull")

    def begin(self, hidden: NDArray[np.float32]) -> Reading:
        return Reading(self._session, self._names, hidden)


class Reading:
    """One text being written: the keys and values of what the decoder has read so far."""

    def __init__(self, session: Any, names: list[str], hidden: NDArray[np.float32]) -> None:
        self._session = session
        self._names = names
        self._hidden = hidden
        self._past: Arrays = {
            f"past_key_values.{layer}.{side}.{kind}": np.zeros((1, HEADS, 0, HEAD_SIZE), np.float32)
            for layer in range(LAYERS)
            for side in ("decoder", "encoder")
            for kind in ("key", "value")
        }
        self._begun = False

    def read(self, tokens: list[int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Go on with tokens. Returns logits (tokens, 32768) of what follows each, and where each looked:
        (layers, heads, tokens, frames)."""
        inputs: Arrays = {
            "input_ids": np.array([tokens], np.int64),
            "encoder_hidden_states": self._hidden,
            # One entry for each sample of sound, or, as here where all of it counts, one for all.
            "encoder_attention_mask": np.ones((1, 1), np.int64),
            "use_cache_branch": np.array([self._begun]),
            **self._past,
        }
        found: Arrays = dict(zip(self._names, self._session.run(None, inputs), strict=True))
        for name, value in found.items():
            if name.startswith("present.") and not (self._begun and ".encoder." in name):
                self._past[name.replace("present", "past_key_values")] = value
        self._begun = True
        return found["logits"][0], np.stack([found[name][0] for name in OUTER])

    def keep(self, tokens: int) -> None:
        """Forget all but the first `tokens` tokens read."""
        for name, value in self._past.items():
            if ".decoder." in name:
                self._past[name] = value[:, :, :tokens]


def read_tokenizer(path: Path) -> list[bytes]:
    """The text of every token. The file: a length (one byte below 128, else low seven bits first) and so many bytes."""
    data = path.read_bytes()
    pieces = []
    at = 0
    try:
        while at < len(data):
            length = data[at]
            at += 1
            if length >= 128:
                length += (data[at] - 1) * 128
                at += 1
            pieces.append(data[at : at + length])
            at += length
    except IndexError:
        at = -1
    if at != len(data):
        raise PackMissing(f"{path} is no Moonshine tokenizer. Run: visavis models pull moonshine-tiny-en")
    return pieces
