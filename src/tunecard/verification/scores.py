"""Do the recorded scores follow from the stored predictions? All of them, computed again, and none besides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tunecard import card
from tunecard.evaluation import evaluate
from tunecard.evaluation.moved import NO_PROBE
from tunecard.evidence import Finding, Findings, RunFolder
from tunecard.evidence.comparing import TOLERANCE, is_equal, shown
from tunecard.tasks import task_of
from tunecard.verification.report import Check, judged

NAME = "scores"
FAMILIES = ("results", "baseline", "control", "on_base", "difference")
STATED = {"results.protocol"}  # says how the split was used; it follows from the recipe, not from predictions
SUMMARY = {"results.headline", "results.worst", "results.truncated_misses"}
VALUES = ("status", "value", "split", "slice")
FIGURES = (*VALUES, "n", "interval", "level")
WORDS = ("section", "name", "unit", "method", "reason")


def check_scores(folder: RunFolder, findings: Findings) -> Check:
    """Scores, intervals, slices and differences, computed again from the predictions and compared with the record."""
    recorded = {finding.id: finding for finding in findings if _is_score(finding)}
    splits = sorted({split for split, predictor, _ in folder.prediction_files() if predictor is None})
    if not splits:
        return Check(NAME, None, f"predictions are withheld: {len(recorded)} recorded scores cannot be computed again")
    task = task_of(findings)
    if task is None or not task.labels:
        return Check(NAME, False, "the evidence does not name the task and its labels (`task.name`, `task.labels`)")
    temperature, people = findings.value("training.temperature"), findings.value("data.people")
    columns = [name for name in people if isinstance(name, str)] if isinstance(people, list) else []
    try:
        again = {finding.id: finding for finding in evaluate(folder, task, splits, temperature, people=columns)}
    except Exception as error:  # noqa: BLE001 the files are foreign input: what scoring trips over is their fault
        return Check(NAME, False, f"cannot be computed again: {type(error).__name__}: {error}")
    withheld = {id for id, finding in recorded.items() if _is_withheld(folder, findings, finding)}
    skipped = withheld | (SUMMARY if withheld else set()) | _of_several(recorded, withheld)
    has_same_words = findings.value("run.renderer_version") == card.RENDERER_VERSION
    fields = FIGURES + WORDS if has_same_words else VALUES  # another version may count and estimate otherwise
    missing = [id for id in again if id not in recorded and id not in skipped]
    problems = list(_differences(recorded, again, skipped, fields))
    if has_same_words:
        problems += [f"{id} follows from the predictions and is not recorded" for id in missing]
    passed = f"{len(again)} scores of {', '.join(splits)} computed again: equal to {TOLERANCE:g}"
    passed += f"; {len(withheld)} cannot be, as their predictions are withheld" if withheld else ""
    passed += f"; {len(missing)} are not recorded, as another version wrote the folder" if missing else ""
    return judged(NAME, problems, passed, again.keys() - skipped)


def _of_several(recorded: dict[str, Finding], withheld: set[str]) -> set[str]:
    """Records that follow from all predictors of a split, of which one is withheld."""
    splits = {recorded[id].split for id in withheld if id.startswith("difference.")}
    return {f"results.{split}.differences" for split in splits}


def _differences(
    recorded: dict[str, Finding], again: dict[str, Finding], skipped: set[str], fields: Iterable[str]
) -> Iterator[str]:
    for id, expected in again.items():
        if id in skipped or id not in recorded:
            continue
        found = recorded[id]
        for field in fields:
            old, new = getattr(found, field), getattr(expected, field)
            if not is_equal(old, new):
                yield f"{id}: {field} is {shown(old)}, the predictions give {shown(new)}"
        if (found.source and found.source.file) != (expected.source and expected.source.file):
            yield f"{id}: is not said to come from {expected.source.file if expected.source else 'a file'}"
    for id in recorded:
        if id not in again and id not in skipped:
            yield f"{id} is recorded and does not follow from the predictions"


def _is_score(finding: Finding) -> bool:
    return finding.id.split(".")[0] in FAMILIES and finding.id not in STATED


def _is_withheld(folder: RunFolder, findings: Findings, finding: Finding) -> bool:
    """Whether the file that a score of this id comes from is not there; the record's own word for it is not taken."""
    if finding.reason == NO_PROBE:  # there never was such a file, which the predictions say again
        return False
    family, *rest = finding.id.split(".")
    if finding.id in SUMMARY:
        split, predictor = finding.split or "", None
    else:
        split, predictor = (rest[0], None) if family == "results" else (".".join(rest[1:2]), rest[0])
        predictor = "probe" if rest[1:2] == ["undoubted"] else predictor  # whose answers say which labels it doubts
    is_plain = all(part and set(part).isdisjoint("/\\\0") for part in (split, predictor or "adapter"))
    is_split = is_plain and f"data.{split}.rows" in findings
    return is_split and not folder.predictions(split, predictor).is_file()
