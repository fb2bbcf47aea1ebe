"""Training that was not ours: what its traces declare, what we saw of it, and for all else why it was not measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tunecard.evidence import Finding, declared, measured, not_measured
from tunecard.evidence.records.training import FIGURES
from tunecard.foreign.event_files import read_events
from tunecard.foreign.traces import Trace, Traces, folders_of, read_traces
from tunecard.foreign.watched import Watched

NOTES = {
    "seconds": "the whole of Trainer's loop, validation and saving included",
    "rows_per_second": "over the whole of Trainer's loop, validation and saving included",
}


def all_traces(adapter: Path, card: Trace, record: Path | None = None, watched: Watched | None = None) -> Traces:
    """What was seen, JSON files, event files and the old card, in this order of trust; those that tell nothing are left
    out."""
    seen = [watched.trace()] if watched else []
    folders = [*folders_of(adapter), *([record] if record else [])]
    files = read_traces(folders)
    unread = list(files.unread)
    events = read_events(folders, unread)
    return Traces([trace for trace in (*seen, *files.found, events, card) if not trace.is_empty], unread)


def elsewhere_findings(traces: Traces, watched: Watched | None = None) -> list[Finding]:
    """`training.*`: measured where it was seen, declared by the first source that tells, else why it is not known."""
    told = _told(traces.found)
    findings = []
    for figure in FIGURES:
        key = figure.pattern.removeprefix("training.")
        if key in told:
            findings.append(_known(figure.pattern, *told[key], note=NOTES.get(key, "")))
        else:
            findings.append(not_measured(figure.pattern, reason=_reason(traces), unit=None))
    return [*findings, *_sources(traces), *_unseen(watched)]


def _known(id: str, value: Any, source: str, is_seen: bool, note: str) -> Finding:
    how = f"seen by {source} in the process that trained" if is_seen else f"declared by {source}"
    return (measured if is_seen else declared)(id, value, method=f"{how}: {note}" if note else how)


def declared_seed(findings: Sequence[Finding]) -> int | None:
    """The seed that a source declares, if it is one that a recipe can hold."""
    seed = next((finding.value for finding in findings if finding.id == "training.seed"), None)
    return seed if isinstance(seed, int) and 0 <= seed < 2**32 else None


def _reason(traces: Traces) -> str:
    if not traces.found:
        return "trained elsewhere, and nothing that came with the adapter tells it"
    return f"trained elsewhere, and {', '.join(trace.source for trace in traces.found)} do not tell it"


Told = tuple[Any, str, bool]  # value, source, whether it was seen


def _told(found: Sequence[Trace]) -> dict[str, Told]:
    """Key to what is told of it; settings are joined over all sources, the first to name one being believed."""
    told: dict[str, Told] = {}
    for trace in found:
        for key, value in _values(trace):
            told.setdefault(key, (value, trace.source, trace.is_seen))
    seen = [trace for trace in found if trace.is_seen and trace.settings]
    telling = seen or [trace for trace in found if trace.settings]  # what was seen is not mixed with what is declared
    settings: dict[str, Any] = {}
    for trace in telling:
        settings = {**trace.settings, **settings}
    if settings:
        sources = [trace.source for trace in telling]
        told["hyperparameters"] = settings, " and ".join(sources), bool(seen)
        for key, value in _from_settings(settings):
            told.setdefault(key, (value, sources[0], bool(seen)))
    return told


def _values(trace: Trace) -> Iterator[tuple[str, Any]]:
    totals = trace.totals | {
        key: value for line in trace.log for key, value in line.items() if key.startswith("train_")
    }
    curve, metric = curve_of(trace.log, totals)
    if curve:
        yield "curve", curve
    if metric:
        yield "best_metric", f"eval_{metric}"
    steps = totals.get("global_step") or max((line.get("step", 0) for line in trace.log), default=0)
    epochs = totals.get("epoch") or max((line.get("epoch", 0) for line in trace.log), default=0)
    named = {
        "steps": int(steps) if steps else None,
        "epochs_run": round(epochs, 2) if epochs else None,
        "best_validation": totals.get("best_metric"),
        "best_epoch": _best_epoch(curve, totals),
        "seconds": totals.get("train_runtime"),
        "rows_per_second": totals.get("train_samples_per_second"),
        "peak_memory_bytes": totals.get("peak_memory_bytes"),
        "hardware": totals.get("hardware"),
        "software": totals.get("versions"),
        "stopped": totals.get("stopped"),
        "observed_dtypes": totals.get("observed_dtypes"),
        "precision": totals.get("precision"),
    }
    yield from ((key, value) for key, value in named.items() if value is not None)


def curve_of(log: Sequence[dict[str, float]], totals: dict[str, Any]) -> tuple[list[dict[str, float]], str | None]:
    """One record an evaluation, as a run's own curve has them, and the metric in it by Trainer's name less `eval_`.

    The training loss is the mean of what was logged since the evaluation before. The metric is the one whose best value
    is `best_metric`; without that the first of the usual ones.
    """
    lines = [line for line in log if any(key.startswith("eval_") for key in line)]
    metric = _metric_of(lines, totals)
    curve: list[dict[str, float]] = []
    losses: list[float] = []
    for line in log:
        losses += [line["loss"]] if "loss" in line else []
        if line not in lines or "epoch" not in line:
            continue
        record = {"epoch": line["epoch"], "step": line.get("step"), "validation_loss": line.get("eval_loss"),
                  "validation_metric": line.get(f"eval_{metric}"),
                  "train_loss": sum(losses) / len(losses) if losses else None}  # fmt: skip
        curve.append({key: value for key, value in record.items() if value is not None})
        losses = []
    return curve, metric


def _metric_of(lines: Sequence[dict[str, float]], totals: dict[str, Any]) -> str | None:
    best = totals.get("best_metric")
    if best is not None:
        for line in lines:
            for key, value in line.items():
                if key.startswith("eval_") and value == best:
                    return key.removeprefix("eval_")
    usual = ("f1", "overall_f1", "macro_f1", "f1_macro", "accuracy", "matthews_correlation", "mcc")
    return next((name for name in usual if any(f"eval_{name}" in line for line in lines)), None)


def _best_epoch(curve: Sequence[dict[str, float]], totals: dict[str, Any]) -> float | None:
    step = totals.get("best_global_step")
    return next((record["epoch"] for record in curve if step is not None and record.get("step") == step), None)


def _from_settings(settings: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    if "seed" in settings:
        yield "seed", settings["seed"]
    if metric := settings.get("metric_for_best_model"):
        yield "best_metric", f"eval_{str(metric).removeprefix('eval_')}"
    if optimizer := settings.get("optim") or settings.get("optimizer"):
        yield "optimizer", optimizer
    if isinstance(settings.get("fp16"), bool) and isinstance(settings.get("bf16"), bool):
        yield "precision", "fp16-mixed" if settings["fp16"] else "bf16-mixed" if settings["bf16"] else "fp32"
    elif "mixed_precision_training" in settings:
        yield "precision", f"mixed precision ({settings['mixed_precision_training']})"


def _sources(traces: Traces) -> list[Finding]:
    names = [trace.source for trace in traces.found]
    seen = [trace.source for trace in traces.found if trace.is_seen]
    how = "read beside the adapter; nothing of it was run or checked"
    how = f"{seen[0]} watched the training; the others were {how}" if seen else how
    none = "trained elsewhere, and no file beside the adapter tells of it"
    id = "training.sources"
    found = declared(id, names, method=how) if names else not_measured(id, reason=none)
    if not traces.unread:
        return [found]
    return [found, declared("training.unread", list(traces.unread), method="seen in the folder, not opened")]


def _unseen(watched: Watched | None) -> list[Finding]:
    """What depends on the run that trained, and that no file tells; its energy, where it was watched."""
    protocol = "trained elsewhere: which rows chose the checkpoint is not known"
    energy = "trained elsewhere: neither machine nor hours are known"
    used = watched.energy() if watched else not_measured("energy.training_kwh", reason=energy, unit=None)
    return [not_measured("results.protocol", reason=protocol), used]
