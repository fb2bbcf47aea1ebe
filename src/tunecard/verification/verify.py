"""The checks in the order in which a doubter would make them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from tunecard.counted import Count, counted, one_of
from tunecard.errors import RunFolderError
from tunecard.evidence import Findings, RunFolder
from tunecard.verification.adapter import check_adapter
from tunecard.verification.arithmetic import check_arithmetic
from tunecard.verification.cards import (
    check_bom,
    check_card,
    check_code,
    check_croissant,
    check_dataset_card,
    check_page,
    check_placeholders,
)
from tunecard.verification.checkpoints import check_checkpoints
from tunecard.verification.claims import claims_of, unchecked_headline
from tunecard.verification.costs import check_costs
from tunecard.verification.course import check_course
from tunecard.verification.data_figures import check_data_figures
from tunecard.verification.eval_records import check_eval_records
from tunecard.verification.evaluations import check_evaluations
from tunecard.verification.file_sizes import check_size
from tunecard.verification.files import check_files, check_sources
from tunecard.verification.identity import check_labels
from tunecard.verification.kept_epoch import check_kept_epoch
from tunecard.verification.lint import check_citations, check_declarations, check_metadata, check_prose
from tunecard.verification.other_files import check_other_files
from tunecard.verification.pictures import check_pictures
from tunecard.verification.policy import Policy, check_policy
from tunecard.verification.predictions import check_predictions
from tunecard.verification.records import check_records
from tunecard.verification.report import Check, Report, Tier
from tunecard.verification.rows import check_rows
from tunecard.verification.scores import check_scores
from tunecard.verification.settings import check_settings
from tunecard.verification.signature import check_signatures
from tunecard.verification.tokenizer import check_tokenizer

Question = Callable[[RunFolder, Findings], Check]
Deep = Callable[[RunFolder, Findings], list[Check]]
BEFORE_DEEP = ("size", "files", "sources", "tokenizer", "labels", "adapter")
FROM_FINDINGS: dict[Tier, dict[str, Question]] = {
    "hashes": {"sources": check_sources, "checkpoints": check_checkpoints, "tokenizer": check_tokenizer},
    "rendered again": {
        "card": check_card,
        "dataset card": check_dataset_card,
        "croissant": check_croissant,
        "page": check_page,
        "bill of materials": check_bom,
        "evaluation records": check_eval_records,
        "pictures": check_pictures,
        "get-started code": check_code,
        "files for other libraries": check_other_files,
    },
    "recomputed": {
        "labels": check_labels,
        "adapter": check_adapter,
        "settings": check_settings,
        "predictions": check_predictions,
        "rows": check_rows,
        "data figures": check_data_figures,
        "scores": check_scores,
        "arithmetic": check_arithmetic,
        "course": check_course,
        "kept epoch": check_kept_epoch,
        "costs": check_costs,
    },
    "lint": {
        "records": check_records,
        "citations": check_citations,
        "figures in prose": check_prose,
        "metadata": check_metadata,
        "declarations": check_declarations,
    },
}


def verify(path: Path | str, deep: Deep | None = None, policy: Policy | None = None, key: Path | None = None) -> Report:
    """Asks whether a run folder is consistent: files, cards, labels, adapter and scores, all from its own evidence.

    Nothing is predicted, nothing from a README is run, and no file outside the folder is read.

    Args:
        deep: asks what only the base and the data can answer, such as `DeepVerification`; not asked of a
            folder whose files are not those of its manifest.
        policy: rules that the folder must keep besides.
        key: file of the public key that must have signed the folder; without one a signature is only told of.
    Returns: the report; `ok` is False only if a check failed. What could not be checked is listed as such.
    Raises:
        RunFolderError: the path is no folder, or holds neither a manifest nor evidence.
        SigningError: the key cannot be read.
    """
    folder = RunFolder(Path(path))
    if not folder.path.is_dir():
        raise RunFolderError("must be a run folder. There is no such folder.", place=str(path))
    if not folder.manifest.is_file() and not folder.evidence.is_file():
        raise RunFolderError(
            "is no run folder: it holds neither manifest.json nor evidence.json. `tunecard run RECIPE` makes one.",
            place=str(path),
        )
    size = check_size(folder)
    if not size.ok:
        return Report((size, *_unasked("not opened: a file of the folder is too large")))
    with counted("Verifying", 2 + sum(map(len, FROM_FINDINGS.values())), "checks") as count:
        with one_of(count, "files"):
            findings, evidence = _read_evidence(folder)
            checks = [size, check_files(folder), evidence]
        if findings is None:
            checks += _unasked("the evidence cannot be read")
            return Report((*checks, *_always(folder, key)))
        for tier, questions in FROM_FINDINGS.items():
            checks += [replace(_ask(name, ask, folder, findings, count), tier=tier) for name, ask in questions.items()]
        with one_of(count, "placeholders and signatures"):
            checks += [*check_evaluations(folder), *_always(folder, key)]
    checks += [replace(check, tier="deep") for check in _ask_deep(deep, folder, findings, checks)]
    if policy is not None:
        checks += [replace(check, tier="policy") for check in check_policy(policy, findings, checks)]
    return Report(tuple(checks), claims_of(findings, checks), unchecked_headline(findings, checks))


def _ask(name: str, ask: Question, folder: RunFolder, findings: Findings, count: Count) -> Check:
    try:
        with one_of(count, name):
            return ask(folder, findings)
    except Exception as error:  # noqa: BLE001 the folder is foreign input: what a check trips over is its fault
        return Check(name, False, f"cannot be read as a run writes it: {type(error).__name__}: {error}")


def _ask_deep(deep: Deep | None, folder: RunFolder, findings: Findings, checks: Sequence[Check]) -> list[Check]:
    if deep is None:
        return [_not_again("--deep was not asked for")]
    broken = [check.name for check in checks if check.ok is False and check.name in BEFORE_DEEP]
    if broken:  # what is not what it says it is is not run
        return [_not_again(f"{', '.join(broken)} failed")]
    try:
        return deep(folder, findings)
    except Exception as error:  # noqa: BLE001 as above: models and data of a stranger
        return [Check("inference re-run", False, f"stopped by {type(error).__name__}: {error}")]


def _unasked(why: str) -> list[Check]:
    return [Check(name, None, why, tier) for tier, questions in FROM_FINDINGS.items() for name in questions]


def _read_evidence(folder: RunFolder) -> tuple[Findings | None, Check]:
    if folder.evidence.is_symlink():
        return None, Check("evidence", False, "evidence.json is a link")
    try:
        findings = folder.read_findings()
    except (RunFolderError, RecursionError) as error:
        return None, Check("evidence", False, str(error) or "evidence.json is nested too deeply")
    return findings, Check("evidence", True, f"{len(findings)} findings, each measured, derived, declared or explained")


def _always(folder: RunFolder, key: Path | None) -> list[Check]:
    return [replace(check_placeholders(folder), tier="lint"), *check_signatures(folder, key)]


def _not_again(why: str) -> Check:
    detail = f"not run ({why}): the stored predictions were taken as given, the get-started code was not run again"
    return Check("inference re-run", None, detail)
