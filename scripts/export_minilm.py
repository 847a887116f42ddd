"""Export a BERT encoder (sentence embedder or cross-encoder) from a Hugging Face folder to our int8 ONNX folder.

Development only: needs `numpy`, `onnx` and `safetensors`, no torch. The graph is written node by node, so it does not
depend on a tracer. Weights are int8: linear layers with a scale for each output, word vectors with one for each word.
Activations are int8 too, with one scale for each matrix (after GELU: for each token), found as it runs; so a text must
be run alone, and the graph has no attention mask.

    python scripts/export_minilm.py SOURCE_FOLDER TARGET_FOLDER --title "name and origin" [--fp32]
"""

import argparse
import datetime as dt
import hashlib
import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

Array = NDArray[Any]
CONTRIB = "com.microsoft"
GELU_FLOOR = -0.17
DENSE = ("attention.output", "intermediate", "output")


@dataclass
class Graph:
    """Collects nodes and weights; every method returns the name of its output."""

    quantise: bool
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: list[onnx.TensorProto] = field(default_factory=list)

    def add(self, op: str, inputs: Sequence[str], domain: str = "", outputs: int = 1, **attributes: Any) -> list[str]:
        """Append a node; its outputs are named after it."""
        names = [f"{op}_{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, list(inputs), names, name=names[0], domain=domain, **attributes))
        return names

    def one(self, op: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Append a node with a single output."""
        return self.add(op, inputs, domain, **attributes)[0]

    def weight(self, array: Array) -> str:
        """Store a constant."""
        name = f"w_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.array(array, order="C"), name))
        return name

    def linear(self, x: str, weight: Array, bias: Array) -> str:
        """`x @ weight.T + bias`, weight (out, in) float32; int8 with a scale for each output column."""
        if not self.quantise:
            return self.one("Add", self.one("MatMul", x, self.weight(weight.T)), self.weight(bias))
        scales, codes = quantise_rows(weight)
        constants = [codes.T, scales[:, 0], np.zeros(len(codes), np.int8), bias]
        return self.one("DynamicQuantizeMatMul", x, *map(self.weight, constants), domain=CONTRIB)

    def linear_after_gelu(self, x: str, weight: Array, bias: Array) -> str:
        """The same for the output of GELU, whose rows differ most in size: int8 with a scale for each token.

        GELU is never below -0.17, so codes run from -51 (-1/4 of the row's peak, itself at least 0.68) to 204.
        """
        if not self.quantise:
            return self.linear(x, weight, bias)
        highest = self.one("ReduceMax", x, self.weight(np.array([-1], np.int64)), keepdims=1)
        peak = self.one("Max", highest, self.weight(np.array(-4 * GELU_FLOOR, np.float32)))
        step, zero = self.weight(np.array(1 / 204, np.float32)), self.weight(np.array(51, np.uint8))
        codes_of_x = self.one("QuantizeLinear", self.one("Div", x, peak), step, zero)
        scales, codes = quantise_rows(weight)
        inputs = [
            self.weight(codes.T),
            step,
            self.weight(scales[:, 0]),
            zero,
            self.weight(np.zeros(len(codes), np.int8)),
        ]
        out = self.one("MatMulIntegerToFloat", codes_of_x, *inputs, domain=CONTRIB)
        return self.one("Add", self.one("Mul", out, peak), self.weight(bias))

    def embedding(self, ids: str, table: Array) -> str:
        """Rows of `table` (vocabulary, hidden) float32, stored as int8 with one scale a row."""
        if not self.quantise:
            return self.one("Gather", self.weight(table), ids)
        scale, codes = quantise_rows(table)
        rows = self.one("Cast", self.one("Gather", self.weight(codes), ids), to=TensorProto.FLOAT)
        return self.one("Mul", rows, self.one("Gather", self.weight(scale), ids))


def quantise_rows(weight: Array) -> tuple[Array, Array]:
    """Scales (rows, 1) float32 and codes (rows, columns) int8; a row of zeros keeps a scale that is not zero."""
    scales = np.maximum(np.abs(weight).max(axis=1, keepdims=True) / 127, 1e-12).astype(np.float32)
    return scales, np.rint(weight / scales).astype(np.int8)


def encoder(graph: Graph, tensors: dict[str, Array], config: dict[str, Any]) -> str:
    """BERT (Devlin et al. 2019, arXiv:1810.04805) up to the last hidden state (batch, length, hidden)."""
    epsilon, heads = float(config["layer_norm_eps"]), int(config["num_attention_heads"])
    positions = graph.weight(tensors["embeddings.position_embeddings.weight"])
    length = graph.one("Shape", "input_ids", start=1, end=2)
    zero = graph.weight(np.array([0], np.int64))
    places = graph.one("Slice", positions, zero, length, zero)
    types = graph.one("Gather", graph.weight(tensors["embeddings.token_type_embeddings.weight"]), "token_type_ids")
    words = graph.embedding("input_ids", tensors["embeddings.word_embeddings.weight"])
    summed = graph.one("Add", words, graph.one("Add", types, places))
    norm = [graph.weight(tensors[f"embeddings.LayerNorm.{part}"]) for part in ("weight", "bias")]
    x = graph.one("LayerNormalization", summed, *norm, epsilon=epsilon, axis=-1)
    for index in range(int(config["num_hidden_layers"])):
        layer = {k.removeprefix(f"encoder.layer.{index}."): v for k, v in tensors.items() if f".layer.{index}." in k}
        x = encoder_layer(graph, layer, x, heads, epsilon)
    return x


def encoder_layer(graph: Graph, layer: dict[str, Array], x: str, heads: int, epsilon: float) -> str:
    """Self-attention and feed-forward, each with its residual and layer norm.

    `Add` then `LayerNormalization`: SkipLayerNormalization, which fuses the two, takes five times as long on a CPU.
    """

    def add_and_norm(out: str, residual: str, where: str) -> str:
        norm = [graph.weight(layer[f"{where}.LayerNorm.{part}"]) for part in ("weight", "bias")]
        return graph.one("LayerNormalization", graph.one("Add", out, residual), *norm, epsilon=epsilon, axis=-1)

    names = [f"attention.self.{part}" for part in ("query", "key", "value")]
    weight, bias = (np.concatenate([layer[f"{name}.{part}"] for name in names]) for part in ("weight", "bias"))
    parts = graph.add("Split", [graph.linear(x, weight, bias)], outputs=3, axis=-1, num_outputs=3)
    attended = graph.one("MultiHeadAttention", *parts, domain=CONTRIB, num_heads=heads)
    dense = [(layer[f"{where}.dense.weight"], layer[f"{where}.dense.bias"]) for where in DENSE]
    x = add_and_norm(graph.linear(attended, *dense[0]), x, "attention.output")
    inner = graph.one("Gelu", graph.linear(x, *dense[1]), domain=CONTRIB)
    return add_and_norm(graph.linear_after_gelu(inner, *dense[2]), x, "output")


def first_token(graph: Graph, hidden: str) -> str:
    """The vector of [CLS] (batch, hidden)."""
    return graph.one("Gather", hidden, graph.weight(np.array(0, np.int64)), axis=1)


def sentence_head(graph: Graph, hidden: str, pooling: str) -> str:
    """Pool the hidden states (mean over tokens, or [CLS]) and L2-normalise: (batch, hidden)."""
    if pooling == "cls":
        pooled = first_token(graph, hidden)
    else:
        pooled = graph.one("ReduceMean", hidden, graph.weight(np.array([1], np.int64)), keepdims=0)
    return graph.one("LpNormalization", pooled, axis=-1, p=2)


def cross_encoder_head(graph: Graph, hidden: str, tensors: dict[str, Array]) -> str:
    """BERT's pooler and the classifier: one logit a pair (batch, labels). Float32: it is tiny."""
    pooled = graph.one("MatMul", first_token(graph, hidden), graph.weight(tensors["pooler.dense.weight"].T))
    pooled = graph.one("Tanh", graph.one("Add", pooled, graph.weight(tensors["pooler.dense.bias"])))
    logits = graph.one("MatMul", pooled, graph.weight(tensors["classifier.weight"].T))
    return graph.one("Add", logits, graph.weight(tensors["classifier.bias"]))


def build_model(tensors: dict[str, Array], config: dict[str, Any], pooling: str, graph: Graph) -> onnx.ModelProto:
    """The whole graph. Inputs (batch, length) int64, without padding: input_ids and token_type_ids."""
    tensors = {name.removeprefix("bert."): value.astype(np.float32) for name, value in tensors.items()}
    hidden = encoder(graph, tensors, config)
    is_cross_encoder = "classifier.weight" in tensors
    output = cross_encoder_head(graph, hidden, tensors) if is_cross_encoder else sentence_head(graph, hidden, pooling)
    graph.nodes.append(helper.make_node("Identity", [output], ["output"]))
    names = ["input_ids", "token_type_ids"]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"]) for name in names]
    width = tensors["classifier.weight"].shape[0] if is_cross_encoder else int(config["hidden_size"])
    outputs = [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", width])]
    body = helper.make_graph(graph.nodes, "encoder", inputs, outputs, graph.weights)
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid(CONTRIB, 1)]
    return helper.make_model(body, opset_imports=opsets, ir_version=10, producer_name="answerable")


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object, empty when the file is absent."""
    return dict(json.loads(path.read_text("utf-8"))) if path.is_file() else {}


def window(source: Path, config: dict[str, Any]) -> int:
    """Longest input in tokens, special ones included: sentence-transformers' limit, else the position table's."""
    limit = read_json(source / "sentence_bert_config.json").get("max_seq_length")
    return min(int(limit or config["max_position_embeddings"]), int(config["max_position_embeddings"]))


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_tokenizer(source: Path, target: Path) -> None:
    """Copy tokenizer.json without its truncation and padding: the program cuts and pads itself."""
    tokenizer = read_json(source / "tokenizer.json")
    if not tokenizer:
        sys.exit(f"{source} has no tokenizer.json")
    tokenizer |= {"truncation": None, "padding": None}
    (target / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False), "utf-8")


def write_record(source: Path, target: Path, title: str, command: str) -> None:
    """RECORD.md: how the folder was made, with versions and digests."""
    files = [source / "model.safetensors", *sorted(p for p in target.iterdir() if p.name != "RECORD.md")]
    digests = "\n".join(f"| {path.name} | {path.stat().st_size:,} | `{sha256(path)}` |" for path in files)
    versions = f"numpy {np.__version__}, onnx {onnx.__version__}, Python {sys.version.split()[0]}"
    today = dt.datetime.now(dt.UTC).date().isoformat()
    text = (
        f"# {title}\n\nMade on {today} with `{command}` ({versions}).\nNo training, no calibration data: weights "
        f"are rounded to int8.\n\n| file | bytes | sha256 |\n|---|---|---|\n{digests}\n"
    )
    (target / "RECORD.md").write_text(text, "utf-8")


def main() -> None:
    """Read SOURCE, write TARGET."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--title", required=True, help="first line of RECORD.md: the model and where it came from")
    parser.add_argument("--licence", type=Path, help="licence text to put beside the model")
    parser.add_argument("--fp32", action="store_true", help="no quantisation, for comparison")
    options = parser.parse_args()
    source, target = options.source, options.target
    config = read_json(source / "config.json")
    if config.get("model_type") != "bert":
        sys.exit(f"{source} is a '{config.get('model_type')}' model; this script exports 'bert'")
    pooling = "cls" if read_json(source / "1_Pooling" / "config.json").get("pooling_mode_cls_token") else "mean"
    tensors = load_file(source / "model.safetensors")
    model = build_model(tensors, config, pooling, Graph(not options.fp32))
    target.mkdir(parents=True, exist_ok=True)
    onnx.save(model, target / "model.onnx")
    write_tokenizer(source, target)
    kind = "cross-encoder" if "classifier.weight" in tensors else "embedder"
    about = {
        "kind": kind,
        "max_length": window(source, config),
        "dimensions": config["hidden_size"],
        "pooling": pooling,
        "pad_token_id": config.get("pad_token_id", 0),
    }
    (target / "model.json").write_text(json.dumps(about, indent=2) + "\n", "utf-8")
    if options.licence:
        shutil.copyfile(options.licence, target / "LICENSE")
    flags = " --fp32" if options.fp32 else ""
    write_record(source, target, options.title, f"scripts/export_minilm.py SOURCE TARGET{flags}")


if __name__ == "__main__":
    main()
