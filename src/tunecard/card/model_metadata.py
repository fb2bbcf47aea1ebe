"""The YAML at the top of the card: keys the Hub accepts, each only where a finding or a declaration stands behind it.

Source: `modelcard.md` and `model-cards.md` of the Hub's documentation. The Hub refuses a commit
for a language with a region, prose in `datasets` or an unknown licence; `verified` is the Hub's to set.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from tunecard.card import facts
from tunecard.card.answer import declared_value
from tunecard.card.lineage import earlier_data
from tunecard.card.markdown import is_repository_id, one_line
from tunecard.evidence import Finding, Findings
from tunecard.hub.languages import languages_in
from tunecard.hub.licences import LICENCES
from tunecard.metrics.measure import Score
from tunecard.tasks.other_libraries import read_elsewhere

LONGEST = 120


def front_matter(findings: Findings) -> str:
    """The YAML block with its fences."""
    return f"---\n{dump(metadata_of(findings))}---\n"


INTERVAL_DIGITS = 6  # of an end; the record has all of them


def dump(record: dict[str, Any] | list[dict[str, Any]]) -> str:
    """YAML in the order given; no value spans lines, so nothing inside can end the block."""
    return yaml.safe_dump(record, sort_keys=False, allow_unicode=True, width=10_000)


def metadata_of(findings: Findings) -> dict[str, Any]:
    """The keys of the card's metadata."""
    record: dict[str, Any] = {}
    base = findings.value("base_model.id")
    if is_repository_id(base) and not findings.value("base_model.is_local"):
        record |= {"base_model": base, "base_model_relation": "adapter"}
    record["library_name"] = "peft"
    if findings.value("task.name") is not None:
        record["pipeline_tag"] = facts.task_of(findings).pipeline_tag
    record |= licence_keys(declared_value(findings, "license"))
    if languages := languages_in(declared_value(findings, "language") or ""):
        record["language"] = languages
    source = findings.value("data.source")
    joined = [one.get("source") for one in facts.records_of(findings, "data.sources")]
    told = joined or (source if isinstance(source, list) else [source])
    sources = [item for item in told if facts.is_hub_id(item)]
    sources += [item for item in earlier_data(findings) if facts.is_hub_id(item) and item not in sources]
    if sources and facts.knows_its_training(findings):  # the Hub reads it as what a model was trained on
        record["datasets"] = list(dict.fromkeys(sources))
    record["metrics"] = _metrics(findings)
    record["tags"] = _tags(findings)
    record |= _carbon(findings)
    record |= _model_index(findings)
    return {key: value for key, value in record.items() if value not in ([], {})}


def licence_keys(declared: str | None) -> dict[str, str]:
    """`license`, and for one the Hub does not know `other` with its name."""
    if declared is None:
        return {}
    name = slug(declared)
    return {"license": name} if name in LICENCES else {"license": "other", "license_name": name}


def slug(text: object) -> str:
    """Lower-case letters, digits, dots and hyphens.

    >>> slug("Apache 2.0 & more")
    'apache-2.0-more'
    """
    return re.sub(r"[^a-z0-9.]+", "-", one_line(text, LONGEST).lower()).strip("-.") or "unnamed"


def _metrics(findings: Findings) -> list[str]:
    names = [str(score.hub) for score, _ in _scores(findings)]
    return list(dict.fromkeys([*facts.task_of(findings).hub_metrics, *names] if names else []))


def _tags(findings: Findings) -> list[str]:
    method = findings.value("adapter.method")
    elsewhere = read_elsewhere(findings)
    return [*([slug(method)] if method else []), "peft", *(elsewhere.hub_tags if elsewhere else ()), "tunecard"]


def _scores(findings: Findings) -> list[tuple[Score, Finding]]:
    """The scores of the scored split that the Hub has a name for, each with its finding."""
    split = facts.scored_split(findings)
    scores = [score for score in facts.task_of(findings).scoring.scores if score.hub]
    found = [(score, findings.get(f"results.{split}.{score.key}")) for score in scores]
    return [
        (score, finding) for score, finding in found if finding is not None and facts.number_of(finding) is not None
    ]


def _carbon(findings: Findings) -> dict[str, Any]:
    grams = findings.get("co2.grams")
    region = declared_value(findings, "region")
    if grams is None or grams.interval is None or region is None:
        return {}
    low, high = grams.interval
    source = f"upper end of the derived range {low:.3g}-{high:.3g} g; {grams.method or 'method in evidence.json'}"
    hardware = findings.value("environment.accelerator")
    hardware = findings.value("environment.processor") if hardware in (None, "none") else hardware
    keys = {
        "emissions": high,
        "source": one_line(source, 300),
        **({} if facts.is_from_elsewhere(findings) else {"training_type": "fine-tuning"}),
        "geographical_location": one_line(region, LONGEST),
    }
    return {"co2_eq_emissions": keys | ({"hardware_used": one_line(hardware, LONGEST)} if hardware else {})}


def _model_index(findings: Findings) -> dict[str, Any]:
    scores = _scores(findings)
    if not scores or findings.value("task.name") is None:
        return {}
    pipeline = facts.task_of(findings).pipeline_tag
    result = {
        "task": {"type": pipeline, "name": pipeline.replace("-", " ").capitalize()},
        "dataset": _dataset(findings),
        "metrics": [_metric(score, finding) for score, finding in scores],
    }
    return {"model-index": [{"name": slug(findings.value("run.name", "adapter")), "results": [result]}]}


def _dataset(findings: Findings) -> dict[str, str]:
    """Type is the Hub id, or a slug of the local name: the Hub wants one word there, never a path."""
    source = findings.value("data.source")
    source = source[0] if isinstance(source, list) and source else source
    name = one_line(source, LONGEST) if source else "data that was not recorded"
    record = {"type": str(source) if facts.is_hub_id(source) else slug(name), "name": name}
    if facts.is_hub_id(source) and (config := findings.value("data.config")) is not None:
        record["config"] = one_line(config, LONGEST)
    record["split"] = facts.scored_split(findings)
    if facts.is_hub_id(source) and (revision := findings.value("data.revision")) is not None:
        record["revision"] = one_line(revision, LONGEST)
    return record


def _metric(score: Score, finding: Finding) -> dict[str, Any]:
    """One metric: numeric value, interval and n in `args`, which the Hub's client carries through."""
    args: dict[str, Any] = {}
    if finding.interval is not None:
        args = {"interval": [round(end, INTERVAL_DIGITS) for end in finding.interval], "level": finding.level}
    if finding.n is not None:
        args["n"] = finding.n
    record = {"type": score.hub, "value": finding.value, "name": score.name}
    return record | ({"args": args} if args else {})
