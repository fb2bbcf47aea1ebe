"""`tunecard examine`: probes asked of a finished folder, whose evidence and card are written anew with the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from tunecard.adapters.methods.recipes import check_recipe
from tunecard.errors import DataError, RecipeError
from tunecard.evidence import Finding, Findings, RunFolder
from tunecard.evidence.conditions import was_completed
from tunecard.evidence.files import write_text
from tunecard.evidence.output_folder import locked_folder
from tunecard.examination import PASSES, Answer, Probe, Subject, examine, passes_finding, told
from tunecard.examination.budget import budget_for
from tunecard.examination.suite_tests import SuiteTests
from tunecard.inference import take_fast_path
from tunecard.pipeline.rendering import renewed_versions, replaced, write_card
from tunecard.recipe import Recipe, recipe_to_yaml
from tunecard.reproduction.opened import Opened, open_folder
from tunecard.reproduction.probing_again import saved_subject
from tunecard.untrusted.bounded_yaml import load_yaml
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
    path: Path,
    probes: Sequence[Probe],
    budget: int | None = None,
    data: str | None = None,
    base: str | None = None,
    suites: Sequence[str | Mapping[str, Any]] = (),
) -> Examination:
    """Asks the saved adapter again, and writes evidence, card and manifest with what was found.

    Args:
        budget: forward passes of all probes together; None takes the one that recipe.yaml holds.
        data, base: where the rows and the base lie; None as recipe and adapter say.
        suites: files of behavioural tests; they take the place of those in recipe.yaml, which is written anew.
    Raises: TunecardError: folder, base or rows are not there or are others; nothing is written then.
    """
    folder = RunFolder(path)
    findings = folder.read_findings()
    with_suites = any(probe.name == SuiteTests.name for probe in probes)
    if suites and not with_suites:
        raise RecipeError(f"a suite is asked by the probe {SuiteTests.name}, which is not among those named.")
    with locked_folder(path):
        recipe = _recipe(folder, suites)
        subject = _subject(open_folder(folder, base), recipe, data, [probe.name for probe in probes])
        allowed = _budget(recipe, subject) if budget is None else budget
        found = Examination(examine(subject, probes, allowed), allowed)
        if suites:
            _write_recipe(folder, recipe, trained=not was_completed(findings))
        write_card(folder, _renewed(findings, found.findings))
    return found


def _recipe(folder: RunFolder, suites: Sequence[str | Mapping[str, Any]]) -> Recipe:
    """recipe.yaml, with these suites in the place of its own where any are named."""
    recipe = read_recipe_strictly(folder)
    if not suites:
        return recipe
    content = load_yaml(folder.read_text(folder.recipe), most_aliases=0)
    content["evaluation"] = (content.get("evaluation") or {}) | {"suites": list(suites)}
    return check_recipe(content, place=str(folder.recipe))


def _write_recipe(folder: RunFolder, recipe: Recipe, *, trained: bool) -> None:
    """Writes it under the lines that stood above it."""
    above = takewhile(lambda line: line.startswith("#"), folder.read_text(folder.recipe).splitlines())
    header = "\n".join(line.removeprefix("#").strip() for line in above)
    write_text(folder.recipe, recipe_to_yaml(recipe, header=header, trained=trained))


def _subject(opened: Opened, recipe: Recipe, data: str | None, asked: Sequence[str]) -> Subject:
    try:
        rows = opened.read_rows(data)
    except DataError as error:
        said = "; ".join(error.problems).rstrip(".")
        raise DataError(f"{said}. Probes ask about the rows that were scored.", place=data or "data") from error
    model = opened.load_model()
    take_fast_path(model)
    return saved_subject(opened.folder, opened.findings, opened.task, model, rows, recipe, asked)


def _budget(recipe: Recipe, subject: Subject) -> int:
    held = recipe.evaluation.budget
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
