"""The path of a push: verified, then searched, then sent. Nothing leaves this machine before all of it has passed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tunecard.auditing.frontmatter import split_card
from tunecard.auditing.metadata_rules import metadata_errors
from tunecard.errors import RunFolderError
from tunecard.evidence import RunFolder
from tunecard.publishing.gates import check_consistency, check_private, closed
from tunecard.publishing.published import Published
from tunecard.publishing.repository import check_name
from tunecard.publishing.sending import send
from tunecard.publishing.upload_files import pack

if TYPE_CHECKING:
    from huggingface_hub import HfApi

NOTHING = "Nothing was sent."


def push(  # noqa: PLR0913 - one argument an option of the command
    path: str | os.PathLike[str],
    repo: str,
    *,
    public: bool = False,
    without_predictions: bool = False,
    create_pr: bool = False,
    allow: Sequence[str] = (),
    allow_text: bool = False,
    api: HfApi | None = None,
) -> Published:
    """Puts a run folder on the Hub in one commit, after `verify` and a search for what is private.

    Files of an earlier push that the manifest no longer lists go in the same commit; files of others stay. Arguments
    and errors: `tunecard.push`.
    """
    folder = RunFolder(Path(path))
    if not folder.path.exists() and Path(repo).is_dir():
        raise RunFolderError(
            f"there is no such folder, and {repo} is one. DIR comes first, then REPO.", place=str(path)
        )
    check_name(repo)
    check_consistency(folder, NOTHING)
    _check_metadata(folder)
    parcel = pack(folder, with_predictions=not without_predictions)
    check_private(folder, parcel.files, allow, NOTHING, allow_text=allow_text)
    return send(parcel, repo, is_public=public, create_pr=create_pr, api=api)


def _check_metadata(folder: RunFolder) -> None:
    front = split_card(folder.read_text(folder.card))
    problems = [front.problem] if front.values is None and front.problem else metadata_errors(front.values or {})
    if problems:
        last = "The Hub would refuse it, so nothing was sent."
        raise RunFolderError(closed(problems, last), place=str(folder.card))
