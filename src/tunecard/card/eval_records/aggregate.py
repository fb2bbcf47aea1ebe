"""The record of an evaluation: who evaluated what on which rows, and every score with its interval."""

from __future__ import annotations

import math
import re
from typing import Any

from tunecard.card import facts
from tunecard.card.answer import declared_value
from tunecard.card.eval_records.place import Place, data_name
from tunecard.card.markdown import one_line
from tunecard.evidence import Finding, Findings
from tunecard.metrics.measure import Score
from tunecard.version import RENDERER_VERSION

SCHEMA = "0.3.0"
LONGEST = 500
# Keys of scores that mean to everybody what they mean here; any other is told by a name of our own.
GLOBAL = {"accuracy": "accuracy", "macro_f1": "f1_macro", "micro_f1": "f1_micro", "mcc": "matthews_correlation",
          "pearson": "pearson", "spearman": "spearman", "mse": "mse", "mae": "mae", "brier": "brier_score",
          "mrr": "mrr", "exact_match": "exact_match", "hamming_loss": "hamming_loss"}  # fmt: skip
SPLITS = {"train": "train", "validation": "val", "test": "test"}
MODEL = {
    "base_model": "base_model.id",
    "base_model_revision": "base_model.revision",
    "base_model_weights_sha256": "base_model.weights_sha256",
    "adapter_method": "adapter.method",
    "adapter_sha256": "adapter.sha256",
    "adapter_parameters": "model.trainable_parameters",
    "max_length": "model.max_length",
}
_RESAMPLES = re.compile(r"([\d,]+) bootstrap resamples")


def aggregate_of(findings: Findings, model: Findings, place: Place, *, is_own: bool) -> dict[str, Any] | None:
    """The record without its rows; None where nothing was scored.

    Args:
        model: findings that say what the adapter is.
        is_own: the rows are the run's own, none of whoever has its folder.
    """
    results = [_result(findings, finding, score) for finding, score in scores_of(findings)]
    if not results:
        return None
    version = one_line(findings.value("run.tunecard_version") or "unknown", 40)
    renderer = {"renderer_version": str(RENDERER_VERSION)}
    return {
        "schema_version": SCHEMA,
        "evaluation_id": place.evaluation_id,
        "evaluation_timestamp": str(findings.value("run.date")),
        "retrieved_timestamp": str(place.time),
        "source_metadata": _source(findings, model, is_own=is_own),
        "eval_library": {"name": "tunecard", "version": version, "additional_details": renderer},
        "model_info": _model_info(findings, model, place),
        "evaluation_results": results,
    }


def scores_of(findings: Findings) -> list[tuple[Finding, Score]]:
    """Every score of all rows of the scored split that has a value."""
    split = facts.scored_split(findings)
    found = [(findings.get(f"results.{split}.{score.key}"), score) for score in facts.task_of(findings).scoring.scores]
    return [(one, score) for one, score in found if one is not None and facts.number_of(one) is not None]


def evaluation_name(findings: Findings) -> str:
    """What the scores are of."""
    return f"{one_line(data_name(findings), LONGEST)}, {facts.scored_split(findings)}"


def _source(findings: Findings, model: Findings, *, is_own: bool) -> dict[str, Any]:
    """Who evaluated. Only a run that trained the adapter, or watched it being trained, knows that both are one."""
    is_known = not facts.is_from_elsewhere(model) or facts.was_watched(model)
    who = declared_value(model, "developed_by") if is_own and is_known else None
    record = {
        "source_name": "tunecard",
        "source_type": "evaluation_run",
        "source_organization_name": one_line(who, LONGEST) if who else "not declared",
        "evaluator_relationship": "first_party" if is_own and is_known else "other",
    }
    return record | {"additional_details": {"evaluator": _evaluator(is_own=is_own, is_known=is_known)}}


def _evaluator(*, is_own: bool, is_known: bool) -> str:
    if not is_own:
        return "whoever had the run folder, on rows of their own; whether that is the developer is not recorded"
    if is_known:
        return "the run that trained the adapter"
    return "whoever completed the card of an adapter made elsewhere; whether that is its developer is not recorded"


def _model_info(findings: Findings, model: Findings, place: Place) -> dict[str, Any]:
    details = {key: str(value) for key, id in MODEL.items() if (value := model.value(id)) is not None}
    developer = declared_value(model, "developed_by")
    return {
        "name": one_line(model.value("run.name") or place.model, LONGEST),
        "id": place.model_id,
        "developer": one_line(developer, LONGEST) if developer else place.developer,
        "inference_engine": _engine(findings),
        "additional_details": {"deployment_type": "self_deployed", "model_availability": "unknown", **details},
    }


def _engine(findings: Findings) -> dict[str, str]:
    version = findings.value("software.transformers")
    return {"name": "transformers"} | ({"version": one_line(version, 40)} if version else {})


def _result(findings: Findings, finding: Finding, score: Score) -> dict[str, Any]:
    return {
        "evaluation_result_id": finding.id,
        "evaluation_name": evaluation_name(findings),
        "source_data": _data(findings),
        "evaluation_timestamp": str(findings.value("run.date")),
        "metric_config": _metric(score),
        "score_details": _score(finding, score),
    }


def _data(findings: Findings) -> dict[str, Any]:
    """Where the rows are from, with their hash; nothing is told of a path."""
    split = facts.scored_split(findings)
    source, rows = findings.value("data.source"), facts.value_of(findings, f"data.{split}.rows")
    told = {
        "split": split,
        "rows": None if rows is None else f"{rows:.0f}",
        "content_sha256": findings.value(f"data.{split}.sha256"),
        "origin": findings.value(f"data.{split}.origin"),
    }
    name = one_line(data_name(findings), LONGEST)
    if not facts.is_hub_id(source):
        return {"dataset_name": name, "source_type": "other", "additional_details": _strings(told)}
    told |= {"revision": findings.value("data.revision"), "config": findings.value("data.config")}
    return {
        "dataset_name": name,
        "source_type": "hf_dataset",
        "hf_repo": str(source),
        "hf_split": SPLITS[split],
        **({} if rows is None else {"samples_number": int(rows)}),
        "additional_details": _strings(told),
    }


def _metric(score: Score) -> dict[str, Any]:
    is_share = (score.least, score.most) == (0.0, 1.0)
    return {
        "evaluation_description": one_line(score.meaning, LONGEST),
        "metric_id": GLOBAL.get(score.key, f"tunecard.{score.key}"),
        "metric_name": score.name,
        "metric_kind": score.hub or score.key,
        **({"metric_unit": "proportion"} if is_share else {}),
        "lower_is_better": score.is_error,
        "score_type": "continuous",
        "min_score": _bound(score.least),
        "max_score": _bound(score.most),
    }


def _bound(value: float) -> float | str:
    return value if math.isfinite(value) else "Infinity" if value > 0 else "-Infinity"


def _score(finding: Finding, score: Score) -> dict[str, Any]:
    value = min(max(float(facts.number_of(finding) or 0.0), score.least), score.most)
    uncertainty = _uncertainty(finding)
    details = {"status": finding.status, "n": finding.n, "method": one_line(finding.method or "", LONGEST) or None}
    record: dict[str, Any] = {"score": value, "details": _strings(details)}
    return record | ({"uncertainty": uncertainty} if uncertainty else {})


def _uncertainty(finding: Finding) -> dict[str, Any]:
    """The interval. A standard error is told nowhere: none was recorded."""
    if finding.interval is None or finding.level is None:
        return {}
    low, high = finding.interval
    how = one_line(finding.method or "", LONGEST)
    interval = {"lower": low, "upper": high, "confidence_level": finding.level, **({"method": how} if how else {})}
    drawn = _RESAMPLES.search(finding.method or "")
    return {
        "confidence_interval": interval,
        **({} if finding.n is None else {"num_samples": finding.n}),
        **({"num_bootstrap_samples": int(drawn[1].replace(",", ""))} if drawn else {}),
    }


def _strings(told: dict[str, Any]) -> dict[str, str]:
    """What is known, as the format takes it: text alone."""
    return {key: one_line(value, LONGEST) for key, value in told.items() if value is not None}
