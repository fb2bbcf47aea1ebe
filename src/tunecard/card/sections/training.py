"""How it was trained: regime, every resolved setting, speed and size."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.answer import Answer, gap, status_of
from tunecard.card.markdown import bullets, code, escape, left_table
from tunecard.card.numbers import duration, plain_number, score, significant, size
from tunecard.card.pictures import picture
from tunecard.card.products_told import products_told
from tunecard.card.record_links import cite
from tunecard.card.sections.environment import others_told
from tunecard.card.starts import starts_told
from tunecard.card.to_run import rates_line
from tunecard.card.where_time_went import RECORD, longest_stages
from tunecard.evidence import Findings

SETTINGS, RULES = "training.hyperparameters", "training.rule"
KEPT = {
    "best": "the best on validation",
    "level": "the last within a standard error of the best on validation",
    "gain": "the best on validation where it is more than a standard error above the start, else the start",
    "last": "the last",
}
REGIMES = {
    "fp32": "fp32",
    "fp16-mixed": "fp16 mixed precision",
    "bf16-mixed": "bf16 mixed precision",
    "bf16": "bf16 non-mixed precision",
    "fp16": "fp16 non-mixed precision",
    "fp8-mixed": "fp8 mixed precision",
}
# Of what is stored under another name than it is read by.
STORED = {"int8-products": "int8 (as they were multiplied)"}


def answers(findings: Findings) -> dict[str, Answer]:
    """`training_regime`, `speeds_sizes_times`."""
    return {"training_regime": _regime(findings), "speeds_sizes_times": _speeds(findings)}


def settings_table(findings: Findings) -> str:
    """Every setting with the rule that chose it; "" where none is known."""
    settings, rules = facts.mapping_of(findings, SETTINGS), facts.mapping_of(findings, RULES)
    rows = [[code(key, 60), _setting(value), escape(rules.get(key, ""), 160)] for key, value in settings.items()]
    headings = ["setting", cite(findings, SETTINGS, "value"), cite(findings, RULES, "chosen by the rule")]
    path = findings.get("training.path")
    taken = cite(findings, path.id, escape(path.value, 120)) if path is not None and path.value else ""
    seen = facts.mapping_of(findings, "training.observed_dtypes")
    dtypes = ", ".join(f"{escape(where, 40)} {escape(dtype, 40)}" for where, dtype in seen.items())
    parts = [left_table(headings, rows) if rows else "", f"Forward path: {taken}." if taken else ""]
    parts += [f"Types seen in training: {cite(findings, 'training.observed_dtypes', dtypes)}."] if dtypes else []
    return "\n\n".join(part for part in parts if part)


def _stored(findings: Findings) -> str:
    """On which base it learned, and what that saved; "" where it was the whole one."""
    base = facts.mapping_of(findings, "training.base_weights")
    if not base:
        return ""
    weights, taken = (float(base.get(key) or 0) for key in ("weights", "bytes"))
    stored = STORED.get(str(base.get("stored")), str(base.get("stored")))
    told = f"{escape(stored, 40)}, {size(taken)} for {plain_number(weights)} weights"
    return (
        f"Frozen layers were stored in {cite(findings, 'training.base_weights', told)} while it learned. The adapter "
        "is loaded and scored on the base as published; the results tell its score on both.\n\n"
    )


def extras(findings: Findings) -> dict[str, str]:
    """The hyperparameters below `training_regime`."""
    settings = facts.mapping_of(findings, SETTINGS)
    if not settings:
        return {}
    optimizer = findings.value("training.optimizer")
    first = f"Optimizer: {cite(findings, 'training.optimizer', escape(optimizer, 120))}.\n\n" if optimizer else ""
    known = findings[SETTINGS]
    is_ours = known.status == "measured" and not facts.is_from_elsewhere(findings)
    told = "All settings, as resolved" if is_ours else "The settings that are known"
    by = "" if is_ours else f"{escape((known.method or '')[:1].upper() + (known.method or '')[1:], 160)}.\n\n"
    listed = ", ".join(f"{code(key, 60)} {_setting(value) or 'none'}" for key, value in settings.items())
    rules = f" {cite(findings, RULES, 'The rules behind them')}."
    shown = f"{told}: {cite(findings, SETTINGS, listed)}.{rules if RULES in findings else ''}"
    began = starts_told(findings)
    course = f"{bullets(began)}\n\n" if began else ""
    return {"training_regime": first + _stored(findings) + course + by + shown}


def _setting(value: object) -> str:
    if value is None:
        return "none"
    return ", ".join(escape(item, 60) for item in value) if isinstance(value, list) else escape(value, 120)


def _regime(findings: Findings) -> Answer:
    precision = findings.get("training.precision")
    if precision is None or precision.value is None:
        return Answer(gap(precision), "not measured")
    said = REGIMES.get(str(precision.value), escape(precision.value, 60))
    return Answer(cite(findings, precision.id, said) + products_told(findings), status_of(precision))


def _speeds(findings: Findings) -> Answer:
    items = [*_times(findings), *_stages(findings), *_rates(findings), *rates_line(findings), *_sizes(findings)]
    if not items:
        return Answer(gap(findings.get("training.seconds")), "not measured")
    drawn = picture(findings, "learning_curve")
    said = bullets(items) + (f"\n\n{drawn}" if drawn else "")
    if not facts.is_from_elsewhere(findings):
        return Answer(said, "measured")
    return _of_elsewhere(findings, said)


def _of_elsewhere(findings: Findings, said: str) -> Answer:
    """Who tells of a training that nobody here saw, or why nobody does."""
    curve, told = findings.get("training.steps"), findings.get("training.sources")
    if facts.was_watched(findings):
        how = findings["training.steps"].method or ""
        return Answer(f"{escape(how[:1].upper() + how[1:], 160)}:\n\n{said}", "measured")
    if curve is None or curve.status != "declared":
        return Answer(f"{gap(findings.get('training.seconds'))}\n\n{said}", "not measured")
    by = escape(", ".join(map(str, facts.sequence_of(findings, "training.sources"))), 160) if told else "its files"
    return Answer(
        f"Of the training as {by} tell it; only the size of the file and the seconds of this evaluation were measured "
        f"here:\n\n{said}",
        "declared",
    )


def _times(findings: Findings) -> list[str]:
    items = []
    seconds, whole = (
        facts.quoted(findings, "training.seconds", duration),
        facts.quoted(findings, "run.seconds", duration),
    )
    steps, epochs = (
        facts.quoted(findings, "training.steps"),
        facts.quoted(findings, "training.epochs_run", plain_number),
    )
    best = facts.quoted(findings, "training.best_epoch", plain_number)
    if seconds is not None:
        of = f" of {whole} for the whole run" if whole and not facts.is_from_elsewhere(findings) else ""
        items.append(f"Optimisation: {seconds}{of}.")
    if steps is not None and epochs is not None:
        is_start = findings.value("training.best_epoch") == 0
        kept = "" if best is None else f"; epoch {best} was kept{', the start before any step' if is_start else ''}"
        kept += _why(findings) if kept else ""
        stopped = findings.value("training.stopped")
        why = f" ({cite(findings, 'training.stopped', escape(stopped, 120))})" if stopped else ""
        plural = "" if facts.value_of(findings, "training.epochs_run") == 1 else "s"
        items.append(f"{steps} steps in {epochs} epoch{plural}{why}{kept}.")
    return items + _not_taken(findings) + _kept(findings)


def _not_taken(findings: Findings) -> list[str]:
    """Steps that changed nothing, where there are any."""
    skipped, failed = (facts.value_of(findings, f"training.{key}_steps") or 0 for key in ("skipped", "failed"))
    if not skipped:
        return []
    steps = facts.quoted(findings, "training.steps")
    told = f"{cite(findings, 'training.skipped_steps', plain_number(skipped))} of {steps} steps were not taken"
    why = cite(findings, "training.failed_steps", f"in {plain_number(failed)} of them loss or gradient was not finite")
    rest = "; the others overflowed and lowered the scale of the loss" if skipped > failed else ""
    return [f"{told}: {why}{rest}."]


def _stages(findings: Findings) -> list[str]:
    longest, whole = longest_stages(findings), facts.quoted(findings, "run.seconds", duration)
    if not longest:
        return []
    of = f" of this evaluation ({whole})" if whole and facts.is_from_elsewhere(findings) else ""
    return [f"Longest stages{of}: {cite(findings, RECORD, escape(longest, 400))}."]


def _why(findings: Findings) -> str:
    said = KEPT.get(str(facts.mapping_of(findings, SETTINGS).get("keep")))
    return f" ({cite(findings, SETTINGS, said)})" if said else ""


def _kept(findings: Findings) -> list[str]:
    best = facts.quoted(findings, "training.best_validation", score)
    again = facts.quoted(findings, "training.rescored_validation", score)
    if best is None:
        return []
    name = facts.metric_phrase(findings, str(findings.value("training.best_metric", "score")))
    reloaded = f"; {again} when the saved file was loaded and scored again" if again is not None else ""
    return [f"Validation {name} of the epoch that was kept: {best}{reloaded}."]


def _rates(findings: Findings) -> list[str]:
    tokens = facts.quoted(findings, "training.tokens_per_second", significant)
    rows = facts.quoted(findings, "training.rows_per_second", significant)
    rates = [f"{tokens} tokens"] if tokens is not None else []
    rates += [f"{rows} rows"] if rows is not None else []
    return [f"{' or '.join(rates)} a second in training{others_told(findings, 'training')}."] if rates else []


def _sizes(findings: Findings) -> list[str]:
    weights = facts.quoted(findings, "adapter.bytes", size)
    memory = facts.quoted(findings, "training.peak_memory_bytes", size)
    items = [f"Adapter file: {weights}."] if weights is not None else []
    return items + ([f"Peak memory in training: {memory}."] if memory is not None else [])
