"""What was stated of the data and what was found in it, under the keys of Croissant's responsible-AI vocabulary."""

from __future__ import annotations

from typing import Any

from tunecard.card import facts
from tunecard.card.dataset.quality import NOT_LOOKED_FOR, SUSPECTS
from tunecard.card.markdown import one_line
from tunecard.card.numbers import count, percent
from tunecard.evidence import Findings

FAMILIES = ("data.duplicates", "data.near_duplicates", "data.overlap", "data.near_overlap")


def quality_keys(findings: Findings) -> dict[str, Any]:
    """`rai:*`; a key without a finding is empty and is left out by the caller."""
    return {
        "rai:dataCollection": said(findings, "data_collection"),
        "rai:dataAnnotationProtocol": _all_said(findings, "annotation_process", "annotators"),
        "rai:dataPreprocessingProtocol": _preparation(findings),
        "rai:dataUseCases": _all_said(findings, "direct_use") + _use(findings),
        "rai:dataBiases": _all_said(findings, "risks"),
        "rai:dataLimitations": _all_said(findings, "out_of_scope_use") + _repeats(findings) + _suspects(findings),
        "rai:personalSensitiveInformation": _all_said(findings, "personal_information") + _personal(findings),
    }


def said(findings: Findings, key: str) -> str:
    """What is stated under `data.KEY`, on one line; empty where nothing is."""
    value = findings.value(f"data.{key}")
    return one_line(value) if isinstance(value, str) else ""


def _all_said(findings: Findings, *keys: str) -> list[str]:
    return [text for key in keys if (text := said(findings, key))]


def _use(findings: Findings) -> list[str]:
    task = findings.value("task.name")
    return [f"Used in this run for {one_line(task, 60).replace('-', ' ')}."] if isinstance(task, str) else []


def _preparation(findings: Findings) -> list[str]:
    said = []
    for split in facts.SPLITS:
        origin = findings.value(f"data.{split}.origin")
        dropped = {
            k: v for k, v in facts.mapping_of(findings, f"data.{split}.dropped").items() if isinstance(v, int) and v
        }
        left = "".join(f"; left out: {count(number)} ({one_line(reason, 80)})" for reason, number in dropped.items())
        if isinstance(origin, str) and (origin != "given" or left):
            said.append(f"{split}: {one_line(origin, 200)}{left}.")
    return said


def _repeats(findings: Findings) -> list[str]:
    found = [
        (finding, number)
        for family in FAMILIES
        for finding in findings.under(family)
        if (number := facts.number_of(finding)) is not None
    ]
    return [
        f"{one_line(finding.name, 120)}: {count(number)}{f' of {count(finding.n)}' if finding.n else ''}."
        for finding, number in found
    ]


def _suspects(findings: Findings) -> list[str]:
    finding, value = findings.get(SUSPECTS), facts.mapping_of(findings, SUSPECTS)
    number, accuracy = value.get("count"), value.get("probe_accuracy")
    if finding is None or not isinstance(number, int):
        return []
    by = (
        f", by a probe that agrees with {percent(accuracy)} of the labels it judges"
        if isinstance(accuracy, float)
        else ""
    )
    unit = one_line(finding.unit or "labels", 20)
    return [f"Suspect labels in train: {count(number)} of {count(finding.n or 0)} {unit}{by}."]


def _personal(findings: Findings) -> list[str]:
    said = []
    for split in facts.SPLITS:
        finding, value = findings.get(f"data.personal.{split}"), facts.mapping_of(findings, f"data.personal.{split}")
        counts, rows = value.get("found"), value.get("rows")
        if finding is None or not isinstance(counts, dict) or not isinstance(rows, int):
            continue
        kinds = ", ".join(f"{one_line(kind, 60)} {count(n)}" for kind, n in counts.items() if isinstance(n, int))
        said.append(f"{split}: found by their form in {count(rows)} of {count(finding.n or 0)} rows: {kinds}.")
    return [*said, NOT_LOOKED_FOR] if said else []
