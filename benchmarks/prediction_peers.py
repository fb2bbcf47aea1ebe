"""Prediction beside what users would take for it: onnxruntime, OpenVINO, torch.compile and transformers' pipeline.

All predict the same texts with the same merged weights, from texts to labels, tokenizing included, on the same threads and
in turn. Each takes the batch size that suits it best (`batched.py`), which is named; the pipeline takes 32. A side is
PEER-PRECISION. What is not installed here, or refused by this machine, is left out with its reason.

    python benchmarks/prediction_peers.py --trained                  # an adapter trained on BANKING77, its test rows
    python benchmarks/prediction_peers.py --shape roberta-large --layers 4 --sides tunecard-int8 onnxruntime-int8
    python benchmarks/prediction_peers.py --clock processor          # where others use the machine, too

`--keep FOLDER` keeps models and graphs there: a graph that is calibrated takes minutes.
"""

from __future__ import annotations

import argparse
import importlib
import json
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import batched
import figures
import rounds
import shapes
import speed

OURS, PIPELINE = speed.OURS, "pipeline"
PRECISIONS = ("fp32", "bf16", "int8")
MODULES = {  # of sides that batched.py feeds
    "onnxruntime": "onnxruntime_side", "onnxruntime-fused": "onnxruntime_side", "openvino": "openvino_side",
    "compiled": "compiled_side",
}  # fmt: skip
SIDES = (
    *(f"{OURS}-{precision}" for precision in PRECISIONS), "onnxruntime-fp32", "onnxruntime-int8",
    "onnxruntime-fused-fp32", "onnxruntime-fused-int8", "openvino-fp32", "openvino-bf16", "openvino-weights",
    "openvino-int8", "compiled-fp32", "compiled-bf16", "pipeline-fp32", "pipeline-bf16",
)  # fmt: skip
REFERENCE = f"{OURS}-fp32"  # whose labels the others are held to
PREPARE = "prepare:"
WARM_UP = 2 * len(batched.SIZES) * batched.TRIED  # texts: as many as sizes are tried on, for sides that try none
CAP = 900  # seconds of the processor, of one round of a side


def main() -> None:
    rounds.run(make_parser(), measure, report, show)


def make_parser() -> argparse.ArgumentParser:
    parser = rounds.make_parser(__doc__)
    speed.add_workload_arguments(parser)
    parser.set_defaults(data="banking77")
    parser.add_argument(
        "--trained", action="store_true", help="a trained adapter on the embedded base, in place of --shape"
    )
    parser.add_argument("--rows", type=int, default=1_000, help="texts to predict")
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=list(SIDES), metavar="SIDE", help=", ".join(SIDES))
    parser.add_argument("--cap", type=int, default=CAP, help="seconds of the processor that a side may take a round")
    parser.add_argument("--clock", choices=sorted(rounds.CLOCKS), default="wall")
    parser.add_argument("--keep", type=Path, help="where models and graphs are kept for the next call")
    return parser


def measure(side: str, folder: Path) -> dict[str, Any]:
    """One side in this process; with `prepare:` before its name, what it needs in `folder`, or why it cannot be had."""
    work, clock = shapes.Workload.read(folder), json.loads((folder / "settings.json").read_text())["clock"]
    name, _, precision = side.removeprefix(PREPARE).rpartition("-")
    if side.startswith(PREPARE):
        return {"why_not": _prepare(work, folder, name, precision)}
    if name in MODULES:
        module = importlib.import_module(MODULES[name])
        return batched.predict(work, folder, clock, lambda: module.open_model(work, folder, name, precision))
    import ours
    import peers

    return (ours if name == OURS else peers).predict(work, folder, precision, clock=rounds.CLOCKS[clock])


def report(arguments: argparse.Namespace) -> dict[str, Any]:
    """Every side's speed, labels and memory, and ours against each."""
    with tempfile.TemporaryDirectory() as name:
        folder = (arguments.keep or Path(name)) / (
            "trained" if arguments.trained else f"{arguments.shape}-{arguments.layers}"
        )
        folder.mkdir(parents=True, exist_ok=True)
        work = make_workload(folder, arguments)
        (folder / "settings.json").write_text(json.dumps({"clock": arguments.clock}))
        lengths = shapes.token_lengths(folder / "merged", work.texts)
        not_run = why_not(arguments, folder)
        sides = [side for side in arguments.sides if side not in not_run]
        found = rounds.in_turn(
            __file__, sides, arguments.rounds, folder, arguments.threads, cap=arguments.cap, left_out=not_run
        )
    return {
        "shape": work.shape, "layers": work.layers, "trained": arguments.trained, "data": arguments.data,
        "rows": len(work.texts), "tokens": sum(lengths), "rounds": arguments.rounds, "threads": arguments.threads,
        "clock": arguments.clock, "sides": summarise(found, sum(lengths), work), "not_run": not_run,
    }  # fmt: skip


def make_workload(folder: Path, arguments: argparse.Namespace) -> shapes.Workload:
    """Puts the merged model, and texts that it never saw, into `folder`."""
    import trained
    from ours import save_merged

    shape = "minilm" if arguments.trained else arguments.shape
    layers = arguments.layers or shapes.SHAPES[shape].layers
    if not (folder / "merged").exists():
        if arguments.trained:
            trained.save_merged(folder, arguments.seed)
        else:
            shapes.make_base(folder, shape, layers, arguments.seed)
    data = str(shapes.banking77("test")) if arguments.trained else arguments.data
    texts, labels, classes = shapes.read_texts(data, folder / "base", arguments.rows, arguments.seed)
    work = shapes.Workload(shape, layers, "text", texts, labels, classes, 0, WARM_UP, arguments.seed, 0)
    work.save(folder)
    if not (folder / "merged").exists():
        save_merged(work, folder)
    return work


def why_not(arguments: argparse.Namespace, folder: Path) -> dict[str, str]:
    """The sides that cannot be measured, each with its reason; the others have what they need in `folder` then."""
    reasons = {side: _prepared(side, folder, arguments.threads, arguments.cap) for side in arguments.sides}
    return {side: reason for side, reason in reasons.items() if reason}


def _prepared(side: str, folder: Path, threads: int, cap: int) -> str | None:
    name, _, precision = side.rpartition("-")
    if name in MODULES:
        needed = importlib.import_module(MODULES[name]).NEEDED
        missing = [package for package in needed if find_spec(package) is None]
        if missing:
            return f"no {' and no '.join(missing)} here. Type: pip install {' '.join(missing)}"
    elif name == PIPELINE or precision != "int8":
        return None
    try:
        reason: str | None = rounds.run_child(__file__, PREPARE + side, folder, threads, cap=cap)["why_not"]
    except rounds.TookTooLongError as error:
        return f"before its first batch, {error}"
    return reason


def _prepare(work: shapes.Workload, folder: Path, name: str, precision: str) -> str | None:
    if name == OURS:
        import ours

        return ours.why_not(precision)
    importlib.import_module(MODULES[name]).prepare(work, folder, name, precision)
    return None


def summarise(
    found: Mapping[str, list[dict[str, Any]]], tokens: int, work: shapes.Workload
) -> dict[str, dict[str, Any]]:
    """The figures of every side out of its rounds.

    Args:
        tokens: real ones of a round.
    """
    reference = found[REFERENCE if REFERENCE in found else next(iter(found))][0]["predictions"]
    gold = [work.label_names[label] for label in work.labels]
    return {side: _side(side, found, tokens, reference, gold) for side in found}


def _side(
    side: str, found: Mapping[str, list[dict[str, Any]]], tokens: int, reference: list[str], gold: list[str]
) -> dict[str, Any]:
    measured = found[side]
    labels = measured[0]["predictions"]
    return {
        "texts_a_second": figures.spread([len(gold) / one["seconds"] for one in measured]),
        "tokens_a_second": figures.spread([tokens / one["seconds"] for one in measured]),
        "microseconds_a_token": figures.spread([one["seconds"] / tokens * 1e6 for one in measured]),
        "times_faster_is": {
            mine: figures.spread([b["seconds"] / a["seconds"] for a, b in zip(found[mine], measured, strict=True)])
            for mine in found
            if mine.startswith(OURS)
        },
        "flips": sum(one != other for one, other in zip(labels, reference, strict=True)),
        "share_alike": figures.share_alike(labels, reference),
        "accuracy": figures.share_alike(labels, gold),
        "batch": [one.get("batch") for one in measured],
        "real_share_of_tokens": tokens / measured[0].get("computed_tokens", tokens),
        "tried": [one.get("microseconds_a_token") for one in measured],
        "ready_seconds": [one.get("ready_seconds") for one in measured],
        "peak_memory_mib": max(one["memory_mib"]["peak"] for one in measured),
        "memory_after_import_mib": max(one["memory_mib"]["after_import"] for one in measured),
    }


def show(found: dict[str, Any]) -> None:
    weights = "a trained adapter" if found["trained"] else "random weights"
    print(
        "{shape}, {layers} layers, {0}, {data}: {rows} texts of {1:.1f} tokens, {threads} threads, {clock} time\n".format(
            weights, found["tokens"] / found["rows"], **found
        )
    )
    mine = [side for side in found["sides"] if side.startswith(OURS)]
    header = [
        "side", "texts/s", "real tokens/s", *(f"{side.removeprefix(OURS + '-')} is" for side in mine), "batch",
        f"other labels than {REFERENCE}", "right", "peak MiB",
    ]  # fmt: skip
    figures.print_table(header, [_line(side, one, found["rows"]) for side, one in found["sides"].items()])
    for side, reason in found["not_run"].items():
        print(f"{side} is left out: {reason}")


def _line(side: str, one: dict[str, Any], rows: int) -> list[str]:
    sizes = sorted({str(size) for size in one["batch"] if size})
    return [
        side, figures.shown(one["texts_a_second"], 0), figures.shown(one["tokens_a_second"], 0),
        *(figures.shown(ratio, 2) + " x" for ratio in one["times_faster_is"].values()), " ".join(sizes) or "-",
        f"{one['flips']} of {rows}", f"{one['accuracy']:.3f}", f"{one['peak_memory_mib']:,.0f}",
    ]  # fmt: skip


if __name__ == "__main__":
    main()
