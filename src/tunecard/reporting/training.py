"""What training came to, as findings: settings, the rules that chose them, the course, what it cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import torch

from tunecard.evidence import Finding, derived, measured, not_measured
from tunecard.measurement import MEMORY_METHOD
from tunecard.measurement.computing_unit import computing_unit
from tunecard.metrics.reliability import BINS
from tunecard.reporting.adapter import RECIPE
from tunecard.training import ProbeReport
from tunecard.training.result import NoWarmStart, RankShare, Trained, WarmStart
from tunecard.training.temperature import Calibration

SHARED = "each learns from its rows of every step; gradients are summed once a step, and all take the same update"


def training_findings(
    settings: Mapping[str, Any], rules: Mapping[str, str], trained: Trained, peak_memory_bytes: int
) -> list[Finding]:
    """`training.*` of the shipped seed.

    Args:
        settings: every setting that shapes training, without any `auto`.
        rules: which rule chose what was `auto`.
    """
    return [
        *_settings(settings, rules, trained),
        *_course(trained),
        *_speed(trained, peak_memory_bytes),
        *_ranks(trained),
        *([] if trained.probe is None else [_head_probe(trained.probe, trained.seed)]),
    ]


def _settings(settings: Mapping[str, Any], rules: Mapping[str, str], trained: Trained) -> list[Finding]:
    plan = trained.plan
    seen = "read from tensors during training"
    return [
        measured("training.hyperparameters", dict(settings), method=RECIPE),
        measured("training.rule", dict(rules), method="tunecard.pipeline.resolving.resolve"),
        measured("training.precision", plan.precision, method=RECIPE),
        measured("training.observed_dtypes", trained.result.observed_dtypes, method=seen),
        _path(trained.result.path),
        *_base_weights(trained),
        *_frozen_products(trained),
        measured("training.optimizer", _optimizer(trained), method=RECIPE),
        measured("training.seed", trained.seed, method=RECIPE),
        measured("training.class_weights", plan.class_weights, method=RECIPE),
        measured("training.best_metric", plan.best_metric, method=RECIPE),
    ]


def _optimizer(trained: Trained) -> str:
    said, result = "AdamW, no weight decay on biases and norms", trained.result
    regime = trained.plan.regime
    if regime.stored == torch.float16:
        said += "; arithmetic and moments in fp32, what rounding takes of a weight is kept beside it in fp16"
    if not regime.is_scaled:
        return said
    overflows = result.skipped_steps - result.failed_steps
    return f"{said}; scaled loss, {overflows} of {result.steps} steps skipped for overflow"


def _base_weights(trained: Trained) -> list[Finding]:
    """How frozen layers were stored while it learned, where that was smaller than they were multiplied."""
    path = trained.result.path
    if path.get("stored", "full") == "full":
        return []
    value = {"stored": path["stored"], "weights": path["weights"], "bytes": path["bytes"]}
    how = "read from the layers: values that they stand for, and bytes of codes and scales; 4 bytes a value in fp32"
    return [measured("training.base_weights", value, method=how)]


def _frozen_products(trained: Trained) -> list[Finding]:
    """What products of frozen layers in int8 cost before the first step, as shares of what the regime's own give."""
    moved = trained.result.path.get("products")
    if moved is None:
        return []
    value = {key: moved[key] for key in ("loss", "logits", "gradients")}
    how = (
        "the first rows of validation, dropout off, before anything is learned: with products in the type of the "
        "regime, then in int8, a scale for every output channel and every row (Wortsman et al. 2023, "
        "arXiv:2304.13013); Euclidean length of the difference over that of the former, of the loss the amounts"
    )
    return [measured("training.frozen_products", value, n=moved["rows"], method=how)]


def _path(path: dict[str, Any]) -> Finding:
    """The forward path that was taken, packed or padded, and what the parity gate measured before the first step."""
    gate = "parity gate: logits and gradients of a probe batch, dropout off, fp32"
    how = f"{gate}; largest relative difference {path['difference']:.1e}" if path["difference"] is not None else gate
    value = f"packed rows, {path['fused_layers']} fused linear layers" if path["is_packed"] else "padded batches"
    if path["has_kernels"]:
        value += ", kernels compiled for this processor"
    if path.get("cached_layers"):
        value += f", the lowest {path['cached_layers']} layers run once and read from disk (no dropout in them)"
    reason = f"; not packed: {path['reason']}" if path["reason"] else ""
    return measured("training.path", value, method=how + reason)


def _course(trained: Trained) -> list[Finding]:
    result = trained.result
    shared: dict[str, Any] = {"seed": trained.seed, "method": "tunecard.training.train"}
    held: dict[str, Any] = {**shared, "split": "validation"}
    curve = [record.as_dict() for record in result.curve]
    return [
        measured("training.steps", result.steps, **shared),
        measured("training.skipped_steps", result.skipped_steps, n=result.steps, **shared),
        measured("training.failed_steps", result.failed_steps, n=result.steps, **shared),
        measured("training.epochs_run", result.epochs_run, **shared),
        measured("training.best_epoch", result.best_epoch, **shared),
        measured("training.stopped", result.stopped, **shared),
        measured("training.curve", curve, **shared),
        measured("training.best_validation", result.best_score, **held),
        measured("training.rescored_validation", result.rescored, **held),
    ]


def _speed(trained: Trained, peak_memory_bytes: int) -> list[Finding]:
    result = trained.result
    seconds = max(result.seconds, 1e-9)
    timed = "wall time of the optimisation steps, no validation and no saving"
    tokens, rows = result.real_tokens, result.rows
    figures: list[tuple[str, float, int | None, str]] = [
        ("seconds", result.seconds, result.steps, timed),
        ("tokens_per_second", tokens / seconds, tokens, timed),
        ("rows_per_second", rows / seconds, rows, timed),
        ("peak_memory_bytes", peak_memory_bytes, None, MEMORY_METHOD),
    ]
    return [measured(f"training.{key}", value, n=n, seed=trained.seed, method=how) for key, value, n, how in figures]


def _ranks(trained: Trained) -> list[Finding]:
    """Which processes learned from how much, where several did."""
    result = trained.result
    if not result.shares:
        return []
    shares = [asdict(share) for share in result.shares]
    alone = result.real_tokens - sum(share.tokens for share in result.shares)
    if alone:  # of an attempt that went on with one process
        shares.append(asdict(RankShare(0, computing_unit(trained.plan.device), alone)))
    shared: dict[str, Any] = {"seed": trained.seed, "method": SHARED}
    count = 1 + max(share.rank for share in result.shares)
    return [
        measured("training.ranks", count, **shared),
        measured("training.rank_shares", shares, n=result.real_tokens, **shared),
    ]


def _head_probe(probe: ProbeReport, seed: int) -> Finding:
    fitted = probe.fitted
    settings = ", ".join(f"{name}={value:g}" for name, value in fitted.settings.items())
    return measured(
        "training.head_probe",
        fitted.score,
        name=f"Validation {fitted.measure} of the probe that starts the head",
        n=probe.decisions,
        split="validation",
        seed=seed,
        method=f"{fitted.estimator}, {settings}, on what the output layer reads; n = decisions learned from",
    )


def temperature_findings(calibration: Calibration, item: str, folds: int, seed: int) -> list[Finding]:
    """`training.temperature`, and what it did to the probabilities of validation.

    Args:
        item: what is decided, such as "word".
        folds: decisions of train that the probe was judged by, where it tells how much to expect.
    """
    counted: dict[str, Any] = {"n": calibration.decisions, "split": "validation", "seed": seed}
    before, after = calibration.before, calibration.after
    if before is None or after is None:
        reason = f"{calibration.reason}; logits are as trained (T = 1)"
        return [not_measured("training.temperature", reason=reason, seed=seed)]
    is_fitted = calibration.expected is None
    function = "fit_temperature" if is_fitted else "match_confidence"
    how = (
        f"tunecard.metrics.temperature.{function} on the logits of the epoch that was kept; weight and bias of the "
        "output layer are divided by it"
    )
    likelihood = "tunecard.metrics.temperature.mean_nll"
    error = f"tunecard.metrics.classification.expected_calibration_error, {BINS} equal-mass bins"
    figures = [
        ("training.temperature", calibration.temperature, how),
        ("calibration.validation.nll_before", before.nll, likelihood),
        ("calibration.validation.nll_after", after.nll, likelihood),
        ("calibration.validation.ece_before", before.ece, error),
        ("calibration.validation.ece_after", after.ece, error),
    ]
    found = [measured(id, value, method=f"{told}; n = {item}s", **counted) for id, value, told in figures]
    return found if is_fitted else [*found, _expected(calibration, folds, seed)]


def _expected(calibration: Calibration, folds: int, seed: int) -> Finding:
    return measured(
        "calibration.expected", calibration.expected, n=folds, split="train", seed=seed,
        method="the best accuracy of linear probes of what the head reads, in folds of train, and a standard error "
        "more; the temperature brings the mean probability of validation's answers to it",
    )  # fmt: skip


def effort_findings(effort: Mapping[str, Any], warm: WarmStart | NoWarmStart | None, seed: int) -> list[Finding]:
    """`training.warm_start` where the recipe names one, and `training.search` and `.soup` of `quality: best`."""
    findings = [] if warm is None else [_warm_start(warm, seed)]
    if "search" in effort:
        how = "the same start and seed at each rate; the best on validation is gone on with"
        findings.append(measured("training.search", effort["search"], n=len(effort["search"]), seed=seed, method=how))
    if "soup" in effort:
        soup = effort["soup"]
        how = "greedy average (arXiv:2203.05482) of the products of the factors, cut back to the rank"
        findings.append(
            measured("training.soup", soup, n=len(soup["seeds"]), split="validation",
                     method=f"{how}; n = seeds in it")
        )  # fmt: skip
    return findings


def _warm_start(warm: WarmStart | NoWarmStart, seed: int) -> Finding:
    if isinstance(warm, NoWarmStart):
        return not_measured("training.warm_start", reason=warm.reason, seed=seed)
    value = {
        "view": warm.view, "steps": warm.steps, "rows": warm.rows,
        "cosine_before": warm.before, "cosine_after": warm.after, "seconds": round(warm.seconds, 2),
    }  # fmt: skip
    return measured(
        "training.warm_start", value, n=warm.rows, seed=seed,
        method="without labels: squared distance and cosine to what the head would read of a view of the frozen "
        "vectors; cosines on up to 256 rows of validation; n = rows learned from",
    )  # fmt: skip


def seed_findings(records: Sequence[dict[str, Any]], metric: str) -> list[Finding]:
    """`training.seeds` (every seed's validation and test score) and their summary; empty for a single seed."""
    if len(records) < 2:
        return []
    how = "all seeds trained alike; the shipped one has the best validation score"
    every = measured("training.seeds", list(records), name=f"Every seed's {metric}", n=len(records), method=how)
    return [every, *_seeds_summary([record.get("test") for record in records], metric)]


def _seeds_summary(scores: Sequence[Any], metric: str) -> list[Finding]:
    known = [score for score in scores if isinstance(score, int | float)]
    if len(known) < 2:
        return []
    value = {"mean": sum(known) / len(known), "lowest": min(known), "highest": max(known)}
    how = "mean, lowest and highest test score of training.seeds"
    name = f"Spread of {metric} over seeds"
    return [derived("training.seeds_summary", value, name=name, n=len(known), method=how)]
