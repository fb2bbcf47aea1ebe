"""`tunecard examine`: probes asked of a finished folder, whose evidence and card are written anew with the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunecard.encoders import outline_encoder
from tunecard.errors import AdapterError, DataError
from tunecard.evidence import Finding, Findings, RunFolder
from tunecard.evidence.output_folder import locked_folder
from tunecard.examination import PASSES, Answer, Probe, Subject, examine, passes_finding, told
from tunecard.examination.budget import budget_for
from tunecard.inference import take_fast_path
from tunecard.pipeline.plans import Plans
from tunecard.pipeline.rendering import renewed_versions, replaced, write_card
from tunecard.reproduction.deep_checks import check_base, find_recorded_base
from tunecard.reproduction.predict_again import read_rows
from tunecard.reproduction.probing_again import saved_subject
from tunecard.reproduction.saved_files import check_tokenizer_again
from tunecard.stock.strict_reload import reload_strictly
from tunecard.tasks import task_named, task_of
from tunecard.verification.settings import read_recipe_strictly


@dataclass(frozen=True)
class Examination:
    """What probes found in a folder.

    Attributes:
        answers: one of each probe that was asked.
        budget: forward passes that all of them were allowed.
    """

    answers: Sequence[Answer]
    budget: int

    @property
    def findings(self) -> list[Finding]:
        """What was found, all probes together."""
        return told(self.answers)

    @property
    def spent(self) -> int:
        """Forward passes that all of them made."""
        return sum(answer.spent for answer in self.answers)

    def to_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        probes = [
            {"name": one.probe, "passes": one.spent, "findings": [finding.id for finding in one.findings]}
            for one in self.answers
        ]
        return {"probes": probes, "budget": self.budget, "spent": self.spent}


def examine_folder(
    path: Path, probes: Sequence[Probe], budget: int | None = None, data: str | None = None, base: str | None = None
) -> Examination:
    """Asks the saved adapter again, and writes evidence, card and manifest with what was found.

    Args:
        budget: forward passes of all probes together; None takes the one that recipe.yaml holds.
        data, base: where the rows and the base lie; None as recipe and adapter say.
    Raises: TunecardError: folder, base or rows are not there or are others; nothing is written then.
    """
    folder = RunFolder(path)
    findings = folder.read_findings()
    with locked_folder(path):
        subject = _subject(folder, findings, data, base, [probe.name for probe in probes])
        allowed = _budget(folder, subject) if budget is None else budget
        found = Examination(examine(subject, probes, allowed), allowed)
        write_card(folder, _renewed(findings, found.findings))
    return found


def _subject(
    folder: RunFolder, findings: Findings, data: str | None, base: str | None, asked: Sequence[str]
) -> Subject:
    files, identity = find_recorded_base(folder, findings, base)
    is_same = check_base(identity, findings)
    if not is_same.ok:
        raise AdapterError(f"{is_same.detail}. Name the base with --base.", place=str(folder.path))
    task = task_of(findings) or task_named(str(findings.value("task.name")))
    outline = outline_encoder(files, task.auto_class, task.labels, task.problem_type)
    tokenizer, reader = check_tokenizer_again(folder, outline, findings)
    if reader is None:
        raise AdapterError(tokenizer.detail, place=str(folder.path))
    rows, check = read_rows(folder, reader, files, task, findings, data)
    if rows is None:
        raise DataError(f"{check.detail}. Probes ask about the rows that were scored.", place=data or "data")
    model = reload_strictly(folder, files, task, findings).requires_grad_(False)
    take_fast_path(model)
    return saved_subject(folder, findings, task, model, rows, asked)


def _budget(folder: RunFolder, subject: Subject) -> int:
    held = Plans(read_recipe_strictly(folder)).recipe.evaluation.budget
    return held if held != "auto" else budget_for(0 if subject.train is None else len(subject.train))


def _renewed(findings: Findings, found: Sequence[Finding]) -> Findings:
    """The evidence with what was found in the place of what was; what other probes spent stays told."""
    fresh = {finding.id: finding for finding in found}
    spending = _by_probe(findings.value(PASSES)) | _by_probe(fresh[PASSES].value)
    fresh[PASSES] = passes_finding(list(spending.values()))
    renewed = Findings(replaced(findings, list(fresh.values())))
    return Findings(replaced(renewed, renewed_versions(renewed)))


def _by_probe(spending: object) -> dict[str, dict[str, Any]]:
    records = spending if isinstance(spending, list) else []
    return {str(one["probe"]): one for one in records if isinstance(one, dict)}
