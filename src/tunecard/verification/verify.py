"""The checks in the order in which a doubter would make them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tunecard.errors import RunFolderError
from tunecard.evidence import Findings, RunFolder
from tunecard.verification.cards import (
    check_bom,
    check_card,
    check_code,
    check_croissant,
    check_dataset_card,
    check_page,
    check_placeholders,
)
from tunecard.verification.files import check_files, check_sources
from tunecard.verification.identity import check_adapter, check_labels
from tunecard.verification.predictions import check_predictions
from tunecard.verification.report import Check, Report
from tunecard.verification.scores import check_scores

FROM_FINDINGS: dict[str, Callable[[RunFolder, Findings], Check]] = {
    "sources": check_sources,
    "card": check_card,
    "dataset card": check_dataset_card,
    "croissant": check_croissant,
    "page": check_page,
    "bill of materials": check_bom,
    "get-started code": check_code,
    "labels": check_labels,
    "adapter": check_adapter,
    "predictions": check_predictions,
    "scores": check_scores,
}


def verify(path: Path | str) -> Report:
    """Asks whether a run folder is consistent: files, cards, labels, adapter and scores, all from its own evidence.

    Nothing is predicted, nothing from a README is run, and no file outside the folder is read.

    Returns: the report; `ok` is False only if a check failed. What could not be checked is listed as such.
    Raises: RunFolderError: the path is no folder, or holds neither a manifest nor evidence.
    """
    folder = RunFolder(Path(path))
    if not folder.path.is_dir():
        raise RunFolderError("must be a run folder. There is no such folder.", place=str(path))
    if not folder.manifest.is_file() and not folder.evidence.is_file():
        raise RunFolderError(
            "is no run folder: it holds neither manifest.json nor evidence.json. `tunecard run RECIPE` makes one.",
            place=str(path),
        )
    findings, evidence = _read_evidence(folder)
    checks = [check_files(folder), evidence]
    for name, check in FROM_FINDINGS.items():
        unread = Check(name, None, "the evidence cannot be read")
        checks.append(unread if findings is None else check(folder, findings))
    return Report((*checks, check_placeholders(folder), _signature(folder), _inference()))


def _read_evidence(folder: RunFolder) -> tuple[Findings | None, Check]:
    if folder.evidence.is_symlink():
        return None, Check("evidence", False, "evidence.json is a link")
    try:
        findings = folder.read_findings()
    except (RunFolderError, RecursionError) as error:
        return None, Check("evidence", False, str(error) or "evidence.json is nested too deeply")
    return findings, Check("evidence", True, f"{len(findings)} findings, each measured, derived, declared or explained")


def _signature(folder: RunFolder) -> Check:
    if (folder.path / "manifest.json.sig").is_file():
        return Check("signature", None, "manifest.json.sig is there; this version cannot say who signed")
    return Check("signature", None, "not signed: who made the folder is not known from the folder")


def _inference() -> Check:
    detail = "not run: the stored predictions were taken as given, and the get-started code was not run again"
    return Check("inference re-run", None, detail)
