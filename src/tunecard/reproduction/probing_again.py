"""Probes asked again about the rows at hand, with the draws and the passes that are recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from torch import nn

from tunecard.errors import TunecardError
from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.comparing import is_equal
from tunecard.evidence.conditions import was_completed
from tunecard.examination import Subject, ask, known_probes
from tunecard.examination.out_of_scope import OutOfScope
from tunecard.examination.suite_tests import SuiteTests
from tunecard.pipeline.named_outside import named_harmful, named_outside
from tunecard.pipeline.named_suites import named_suites
from tunecard.pipeline.plans import Plans
from tunecard.pipeline.preparing import SCORED
from tunecard.recipe import Recipe
from tunecard.reproduction.predict_again import Rows, said
from tunecard.tasks import Task
from tunecard.verification.report import Check, judged
from tunecard.verification.settings import read_recipe_strictly

PROBED = "probes asked again"
TOLERANCE = 0.02  # a row whose two best answers tie may fall the other way on another processor


def saved_subject(  # noqa: PLR0913, PLR0917 - what is asked, of which folder, by which recipe
    folder: RunFolder,
    findings: Findings,
    task: Task,
    model: nn.Module,
    rows: Rows,
    recipe: Recipe,
    asked: Iterable[str],
) -> Subject:
    """What probes ask, of a finished folder and the rows at hand.

    Args:
        recipe: of the run.
        asked: names of the probes; what the recipe names for one of them is read, relative to the working directory.
    Raises: RecipeError: what it names for them cannot be read.
    """
    asked, plans, splits = set(asked), Plans(recipe), rows.dataset.splits
    leading = next(name for name in reversed(SCORED) if name in splits)
    train = splits.get("train")
    return Subject(
        folder=folder,
        model=model,
        task=task,
        rows=splits[leading],
        train=train if train is not None and train.is_labelled else None,
        encode=rows.encode,
        pad_token_id=rows.pad_token_id,
        seed=plans.seeds[0],
        shows_text=plans.shows_text,
        has_learned_train=not was_completed(findings),
        suites=named_suites(plans, task) if SuiteTests.name in asked else (),
        harmful=named_harmful(plans, task),
        outside=named_outside(plans, task, splits[leading]) if OutOfScope.name in asked else (),
        base=rows.base,
        tokenizer=rows.tokenizer,
        max_length=rows.max_length,
    )


def check_probes_again(folder: RunFolder, findings: Findings, task: Task, model: nn.Module, rows: Rows | None) -> Check:
    """Every probe that asked the model finds again what is recorded, to within ties."""
    asked = _asked(findings)
    if not asked:
        return Check(PROBED, None, "no probe asked the model")
    if rows is None:
        return Check(PROBED, None, "not done: no data, or other data")
    known = {name: probe for name, probe in known_probes().items() if name in asked}
    try:
        subject = saved_subject(folder, findings, task, model, rows, read_recipe_strictly(folder), known)
    except TunecardError as error:
        return Check(PROBED, None, f"not done: {said(error)}")
    try:
        asking = list(known.values())
        prices = [probe.price(subject) for probe in asking]
        answers = ask(subject, asking, prices, [asked[name] for name in known])
    except TunecardError as error:
        return Check(PROBED, False, said(error))
    again = {finding.id: finding for answer in answers for finding in answer.findings}
    problems = [
        f"{id} is not what the probe finds again"
        for id, finding in again.items()
        if id not in findings or not is_equal(_told(findings[id]), _told(finding), TOLERANCE)
    ]
    problems += [f"{name} is no probe that is installed here" for name in sorted(asked.keys() - known.keys())]
    return judged(PROBED, problems, f"{len(known)} probes find what is recorded, asked again", again.keys())


def _asked(findings: Findings) -> dict[str, int]:
    """Probe to the passes it was allowed: also of those that made none, which may be why nothing was measured."""
    value = findings.value("examination.passes")
    records = [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
    return {str(one.get("probe")): int(one.get("allowed") or 0) for one in records if _is_asked(one)}


def _is_asked(record: Mapping[str, Any]) -> bool:
    probe = known_probes().get(str(record.get("probe")))
    return bool(record.get("passes")) if probe is None else getattr(probe, "is_repeatable", True)


def _told(finding: Any) -> list[Any]:
    return [finding.status, finding.value, finding.interval and list(finding.interval), finding.n]
