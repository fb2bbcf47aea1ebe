"""How often a run finds something where nothing is planted: simulated sets, everything that is computed of answers, all at once.

    python benchmarks/false_alarms.py --sets 1000 --out false_alarms.json

An alarm is whatever a card would tell as found: a part or slice below the whole, a difference that chance does not explain, a record
of a probe that is `distinguishable`, a check that fails, a piece of advice. Each set is drawn by its number, so that any of them can
be looked at again. No model is trained or loaded.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from simulated_judge import LABELS, Judge, stored, task

from tunecard.card.reader_checks import checks_of
from tunecard.card.sections.limitations import answers
from tunecard.evaluation import evaluate
from tunecard.evidence import Finding, Findings, measured
from tunecard.examination import examine, told
from tunecard.examination.registry import BUILT_IN
from tunecard.metrics.intervals import wilson_interval

# Probes whose answers rest on weights, time or texts that are no draws; none of them tests anything against chance.
ASKS_A_MODEL = (
    "update-sizes", "suites", "layers", "merging", "as-used", "windows", "mistakes", "speed", "memory", "attributions",
    "give-aways", "identity-terms",
)  # fmt: skip
ALWAYS = ("- Score it on labelled rows of your own", "- Where a person can take over")
LISTS = ("weak_parts", "worst_slices", "differences")


def main() -> None:
    """Draws the sets, counts those with an alarm, and writes what raised it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="number of the first set")
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--budget", type=int, default=2000)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    found: dict[int, list[str]] = {}
    for number in range(asked.first, asked.first + asked.sets):
        if raised := sorted(alarms_of_set(number, asked.rows, asked.budget)):
            found[number] = raised
            print(f"set {number}: {', '.join(raised)}", file=sys.stderr, flush=True)
        if (done := number - asked.first + 1) % 100 == 0:
            print(f"{done} sets, {len(found)} with an alarm", file=sys.stderr, flush=True)
    result = summary(found, asked.sets) | {"rows": asked.rows, "budget": asked.budget}
    print(json.dumps(result, indent=1))
    if asked.out:
        asked.out.write_text(json.dumps(result, indent=1) + "\n")


def summary(found: Mapping[int, list[str]], sets: int) -> dict[str, Any]:
    """Sets with any alarm, with Wilson's interval, and how many each kind raised it in."""
    kinds = Counter(kind for raised in found.values() for kind in raised)
    return {
        "sets": sets,
        "with_an_alarm": len(found),
        "rate": len(found) / sets,
        "interval": wilson_interval(len(found), sets),
        "by_kind": dict(kinds.most_common()),
        "numbers": sorted(found),
    }


def alarms_of_set(number: int, rows: int = 200, budget: int = 2000) -> set[str]:
    """What the set of this number raises; every second set has rows that belong together."""
    return set(alarms(findings_of(Judge(number, clustered=number % 2 == 1), rows, budget)))


def findings_of(judge: Judge, rows: int, budget: int) -> Findings:
    """All that a run computes of the answers of a judge, and what probes find that ask for no more than answers."""
    with tempfile.TemporaryDirectory() as path:
        subject = stored(judge, Path(path), rows)
        asked = [probe for probe in BUILT_IN if probe.name not in ASKS_A_MODEL]
        return Findings(
            [
                *task_records(),
                *evaluate(subject.folder, task, ["validation", "test"]),
                *told(examine(subject, asked, budget)),
            ]
        )


def task_records() -> list[Finding]:
    """What the card must know of the task."""
    about: dict[str, Any] = {"section": "specifications", "method": "given"}
    return [
        measured("task.name", task.name, name="Task", **about),
        measured("task.labels", list(LABELS), name="Labels", **about),
    ]


def alarms(findings: Findings) -> Iterator[str]:
    """Everything that a card would tell as found, by what tells it."""
    for finding in findings:
        if finding.id.startswith("results.validation."):
            continue  # a card tells what it found of the scored split
        records = [one for one in finding.value if isinstance(one, Mapping)] if isinstance(finding.value, list) else []
        if records and finding.id.rpartition(".")[2] in LISTS:
            yield finding.id
        if any(one.get("distinguishable") is True for one in records):
            yield finding.id
        if finding.id.endswith(".ece") and finding.interval is not None and finding.interval[0] > 0:
            yield finding.id
    yield from (f"check: {check.name}" for check in checks_of(findings) if check.ok is False)
    advice = answers(findings)["bias_recommendations"].text.splitlines()
    yield from ("advice" for line in advice if line and not line.startswith(ALWAYS))


if __name__ == "__main__":
    main()
