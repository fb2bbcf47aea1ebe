"""The YAML at the top of the dataset card: keys the Hub accepts, each only where a finding stands behind it.

Source: `datasetcard.md` of the Hub's documentation.
"""

from __future__ import annotations

from typing import Any

from tunecard.card import facts
from tunecard.card.markdown import one_line
from tunecard.card.model_metadata import LONGEST, licence_keys
from tunecard.evidence import Findings
from tunecard.hub.languages import languages_in
from tunecard.hub.pipelines import TASK_IDS

SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"))
LARGEST = "n>10M"


def dataset_metadata(findings: Findings) -> dict[str, Any]:
    """The keys of the dataset card's metadata, in the order of the Hub's documentation."""
    record: dict[str, Any] = {"language": languages_in(_text(findings, "data.language") or "")}
    record |= licence_keys(_text(findings, "data.license"))
    record["size_categories"] = size_category(findings)
    source = findings.value("data.source")
    record["source_datasets"] = [source] if facts.is_hub_id(source) else []
    if findings.value("task.name") is not None:
        record["task_categories"] = [facts.task_of(findings).pipeline_tag]
    record["task_ids"] = task_ids(findings)
    record["pretty_name"] = one_line(_text(findings, "data.pretty_name") or "", LONGEST)
    record["tags"] = ["tunecard"]
    return {key: value for key, value in record.items() if value}


def size_category(findings: Findings) -> list[str]:
    """The Hub's name for how many rows there are, all splits together."""
    counts = [facts.value_of(findings, f"data.{split}.rows") for split in facts.SPLITS]
    rows = sum(count for count in counts if count is not None)
    return [next((name for limit, name in SIZES if rows < limit), LARGEST)] if rows else []


def task_ids(findings: Findings) -> list[str]:
    """What the source declares, else what the labels leave no doubt about."""
    declared = [word.strip() for word in (_text(findings, "data.task_ids") or "").split(",")]
    if known := [word for word in declared if word in TASK_IDS]:
        return known
    return facts.task_of(findings).hub_task_ids(findings.value("task.is_pair") is True)


def _text(findings: Findings, id: str) -> str | None:
    value = findings.value(id)
    return value if isinstance(value, str) else None
