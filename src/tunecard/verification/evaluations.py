"""Does `evaluations/` hold what `tunecard evaluate` leaves there, and nothing else? Nobody vouches for its figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tunecard.evidence import RunFolder
from tunecard.evidence.files import is_half
from tunecard.evidence.ledger import COMPARISON, EVAL_RECORDS, EVALUATIONS, EVIDENCE, PREDICTED
from tunecard.verification.report import Check

NAME = "evaluations"
OWN = {COMPARISON, EVIDENCE, PREDICTED}
RECORDS = {".json", ".jsonl"}
DEPTH = 2  # the name of an evaluation, and a file of it


def check_evaluations(folder: RunFolder) -> list[Check]:
    """Nothing where there are none. Their figures are never checked: who has the folder can write them anew."""
    place = folder.evaluations
    if place.is_symlink():
        return [Check(NAME, False, f"{EVALUATIONS}/ is a link")]
    if not place.exists():
        return []
    problems = list(_strangers(place))
    if problems:
        return [Check(NAME, False, "; ".join(problems[:3]))]
    count = sum(path.is_dir() for path in place.iterdir())
    told = f"{count} by whoever had the folder, outside of the manifest; `tunecard evaluate` makes them again"
    return [Check(NAME, None, told)]


def _strangers(place: Path) -> Iterator[str]:
    for path in sorted(place.rglob("*")):
        name = path.relative_to(place)
        if is_half(name):
            continue
        if path.is_symlink():
            yield f"{EVALUATIONS}/{name.as_posix()} is a link"
        elif not path.is_dir() and not (path.is_file() and _is_own(name)):
            yield f"{EVALUATIONS}/{name.as_posix()} is nothing that an evaluation writes"


def _is_own(name: Path) -> bool:
    """Whether an evaluation writes a file of this name: one of its three, or a record for other readers."""
    if len(name.parts) > DEPTH and name.parts[1] == EVAL_RECORDS:
        return name.suffix in RECORDS
    return len(name.parts) == DEPTH and name.name in OWN
