"""Is the course of the training one that its settings give? Epochs, steps and rows beside curve, batch and data."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.comparing import shown
from tunecard.evidence.conditions import was_completed
from tunecard.metrics.election import first_best
from tunecard.verification.report import Check, judged

NAME = "course"
TOKENS = 0.01  # lengths are told with two decimals
EARLY = "early: no gain for "
RANKS, SHARES = "training.ranks", "training.rank_shares"
FIGURES = ("training.steps", "training.epochs_run", "training.stopped", RANKS, SHARES)


def check_course(folder: RunFolder, findings: Findings) -> Check:
    """Steps, epochs and the reason to end are those of the recipe's batch, rows and epochs; of a run only."""
    settings, curve = findings.value("training.hyperparameters"), _curve(findings)
    if was_completed(findings) or not isinstance(settings, dict) or not curve:
        return Check(NAME, True, "no training of this run is told")
    problems = [
        *_line_by_line(curve, settings), *_steps(findings, curve, settings), *_end(findings, curve, settings),
        *_ranks(findings),
    ]  # fmt: skip
    covered = {id for id in FIGURES if findings.value(id) is not None}
    return judged(NAME, problems, f"{len(curve)} lines of the curve, their steps and the end fit the settings", covered)


def _curve(findings: Findings) -> list[dict[str, Any]]:
    curve = findings.value("training.curve")
    is_told = isinstance(curve, list) and all(isinstance(line, dict) for line in curve)
    return curve if is_told else []


def _line_by_line(curve: list[dict[str, Any]], settings: dict[str, Any]) -> Iterator[str]:
    epochs = [line.get("epoch") for line in curve]
    first = 0 if epochs[0] == 0 else 1
    if epochs != list(range(first, first + len(curve))):
        yield f"training.curve tells of the epochs {shown(epochs)}"
        return
    asked = _whole(settings.get("epochs"))
    if asked is not None and max(epochs) > asked:
        yield f"training.curve goes to epoch {max(epochs)}, the recipe to {asked}"


def _steps(findings: Findings, curve: list[dict[str, Any]], settings: dict[str, Any]) -> Iterator[str]:
    """Every epoch takes as many steps as its rows fill batches."""
    epochs, rows = sum(line.get("epoch") != 0 for line in curve), findings.get("training.rows_per_second")
    batch = _whole(settings.get("train_batch_size"))
    at_once = (batch or 0) * (_whole(settings.get("gradient_accumulation_steps")) or 1)
    if rows is None or not rows.n or not at_once or not epochs:
        return
    if rows.n % epochs:
        yield f"training.rows_per_second counts {rows.n} rows, which are not {epochs} epochs of the same rows"
        return
    an_epoch, known = rows.n // epochs, _whole(findings.value("data.train.rows"))
    if known is not None and an_epoch != known:
        yield f"training.rows_per_second counts {an_epoch} rows an epoch, `data.train.rows` says {known}"
    yield from _tokens(findings, epochs)
    steps = math.ceil(an_epoch / at_once)
    for line in curve:
        if line.get("step") != steps * (line["epoch"] if isinstance(line.get("epoch"), int) else 0):
            ended = f"epoch {line.get('epoch')} ends at step {line.get('step')}"
            yield f"training.curve: {ended}, {steps} steps are an epoch"
            return


def _tokens(findings: Findings, epochs: int) -> Iterator[str]:
    """Every epoch reads every token of every row, up to the length that is read; or of every window or text."""
    speed, rows = findings.get("training.tokens_per_second"), _whole(findings.value("data.train.rows"))
    lengths, cut = findings.value("data.train.tokens"), findings.value("data.train.truncated_rows")
    mean = lengths.get("mean") if isinstance(lengths, dict) else None
    if speed is None or not speed.n or rows is None or not isinstance(mean, int | float):
        return
    several = [findings.value(f"data.train.{part}") for part in ("windows", "texts_apart")]
    of_all = next((told["tokens"] for told in several if isinstance(told, dict) and "tokens" in told), None)
    most = (of_all if isinstance(of_all, int) else mean * rows) * epochs
    if speed.n > most * (1 + TOKENS) or (cut == 0 and speed.n < most * (1 - TOKENS)):
        yield f"training.tokens_per_second counts {speed.n} tokens, {epochs} epochs of the rows have {most:.0f}"


def _end(findings: Findings, curve: list[dict[str, Any]], settings: dict[str, Any]) -> Iterator[str]:
    told, asked, last = findings.value("training.stopped"), _whole(settings.get("epochs")), curve[-1].get("epoch")
    patience = settings.get("early_stopping")
    if told == "all epochs done" and asked is not None and last != asked:
        yield f"training.stopped is {told!r}, at epoch {last} of {asked}"
    if isinstance(told, str) and told.startswith(EARLY):
        scores = [line.get("validation_metric") for line in curve]
        if not patience:
            yield f"training.stopped is {told!r}, and the recipe asks for no early stopping"
        elif all(isinstance(score, int | float) for score in scores):
            since = len(curve) - 1 - first_best([float(score or 0.0) for score in scores])
            if since != patience:
                yield f"training.stopped is {told!r}, and the curve has had no gain for {since} epochs"


def _ranks(findings: Findings) -> Iterator[str]:
    """Several processes have learned from all tokens together, and each of them is told."""
    told, shares, speed = findings.value(RANKS), findings.value(SHARES), findings.get("training.tokens_per_second")
    if told is None and shares is None:
        return
    lines = shares if isinstance(shares, list) and all(isinstance(line, dict) for line in shares) else []
    ranks, tokens = ([_whole(line.get(key)) for line in lines] for key in ("rank", "tokens"))
    if not lines or None in ranks or None in tokens:
        yield f"{SHARES} must tell rank and tokens of each process"
        return
    if sorted({rank for rank in ranks if rank is not None}) != list(range(_whole(told) or 0)):
        yield f"{SHARES} tells of the ranks {shown(ranks)}, {RANKS} of {shown(told)}"
    total = sum(one for one in tokens if one is not None)
    if speed is not None and speed.n is not None and total != speed.n:
        yield f"{SHARES} adds up to {total} tokens, {speed.id} counts {speed.n}"


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
