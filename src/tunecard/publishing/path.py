"""The path of a push: verified, then searched, then sent. Nothing leaves this machine before all of it has passed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tunecard.auditing.frontmatter import split_card
from tunecard.auditing.metadata_rules import metadata_errors
from tunecard.errors import CheckFailed, PrivacyError, RunFolderError
from tunecard.evidence import RunFolder
from tunecard.publishing.privacy import report, scan
from tunecard.publishing.privacy.names import machine_patterns
from tunecard.publishing.published import Published
from tunecard.publishing.repository import check_name
from tunecard.publishing.sending import send
from tunecard.publishing.upload_files import Parcel, pack
from tunecard.untrusted.bounded_yaml import load_yaml
from tunecard.verification import verify

if TYPE_CHECKING:
    from huggingface_hub import HfApi


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
    _check_consistency(folder)
    _check_metadata(folder)
    parcel = pack(folder, with_predictions=not without_predictions)
    _check_privacy(folder, parcel, allow, allow_text)
    return send(parcel, repo, is_public=public, create_pr=create_pr, api=api)


def _check_consistency(folder: RunFolder) -> None:
    failed = [check for check in verify(folder.path).checks if check.ok is False]
    if failed:
        problems = [f"the check {check.name!r} failed: {check.detail}." for check in failed]
        last = f"Nothing was sent. `tunecard verify {folder.path}` shows all checks."
        raise CheckFailed(_closed(problems, last), place=str(folder.path))


def _check_metadata(folder: RunFolder) -> None:
    front = split_card(folder.read_text(folder.card))
    problems = [front.problem] if front.values is None and front.problem else metadata_errors(front.values or {})
    if problems:
        last = "The Hub would refuse it, so nothing was sent."
        raise RunFolderError(_closed(problems, last), place=str(folder.card))


def _check_privacy(folder: RunFolder, parcel: Parcel, allow: Sequence[str], allow_text: bool) -> None:
    finds = scan(
        parcel.files,
        machine=machine_patterns(folder.path),
        declared=_declared(folder),
        allowed=allow,
        allows_text=allow_text,
    )
    if finds:
        raise PrivacyError(_closed(report(finds), "Nothing was sent."), place=str(folder.path))


def _closed(problems: Sequence[str], last: str) -> list[str]:
    """The problems, the last of them followed by what came of it."""
    return [*problems[:-1], f"{problems[-1]} {last}"]


def _declared(folder: RunFolder) -> list[str]:
    """What a person declared in the recipe's card block, which is there to be published."""
    try:
        recipe = load_yaml(folder.read_text(folder.recipe))
    except (OSError, ValueError, yaml.YAMLError):
        return []
    return list(_texts(recipe.get("card"))) if isinstance(recipe, dict) else []


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
