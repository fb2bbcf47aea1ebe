"""Does `checkpoints/` hold what a run leaves there, and nothing else? The manifest does not cover that folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tunecard.errors import RecipeError
from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.ledger import CHECKPOINTS
from tunecard.verification.report import Check, judged
from tunecard.verification.settings import read_recipe_strictly

NAME = "checkpoints"
LOGS = "logs"
MOST = 20_000
_OWN = re.compile(
    r"spending\.json|began_with\.json|layers\.json"
    r"|[^/]+/best\.safetensors"
    r"|[^/]+/step-\d{8}/(?:(?:weights|optimizer|random)\.safetensors|state\.json)"
    # halves of a process that was killed while it wrote
    r"|\.(?:spending|began_with|layers)\.json\.\w+\.json|[^/]+/\.best\.safetensors\.\w+\.safetensors"
    r"|[^/]+/\.writing-\w+/(?:(?:weights|optimizer|random)\.safetensors|state\.json)"
)


def check_checkpoints(folder: RunFolder, findings: Findings) -> Check:
    """Every file in `checkpoints/` is one that a run writes: weights, states of the optimizer, what was spent, and the
    logs of trackers where the recipe names one."""
    if folder.checkpoints.is_symlink():
        return Check(NAME, False, f"{CHECKPOINTS}/ is a link")
    if not folder.checkpoints.is_dir():
        return Check(NAME, True, f"there is no {CHECKPOINTS}/")
    files = [path for path in folder.checkpoints.rglob("*") if path.is_symlink() or not path.is_dir()]
    problems = list(_strangers(folder, files[:MOST], has_trackers=_names_trackers(folder)))
    problems += [f"{len(files):,} files; at most {MOST:,} are looked at"] if len(files) > MOST else []
    return judged(NAME, problems, f"{len(files)} files are of the names that a run gives; nobody needs them to predict")


def _strangers(folder: RunFolder, files: list[Path], *, has_trackers: bool) -> Iterator[str]:
    for path in sorted(files):
        name = path.relative_to(folder.checkpoints)
        is_log = has_trackers and len(name.parts) > 2 and name.parts[1] == LOGS
        if path.is_symlink():
            yield f"{CHECKPOINTS}/{name.as_posix()} is a link"
        elif not is_log and not (path.is_file() and _OWN.fullmatch(name.as_posix())):
            yield f"{CHECKPOINTS}/{name.as_posix()} is nothing that a run writes"


def _names_trackers(folder: RunFolder) -> bool:
    """Whether the recipe logs curves, whose files are their trackers' own."""
    try:
        return bool(read_recipe_strictly(folder).training.log_to)
    except (FileNotFoundError, RecipeError):
        return False
