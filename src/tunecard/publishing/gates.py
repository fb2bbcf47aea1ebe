"""What a folder must pass before it is made for others: its own checks, and a search for what is private."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tunecard.errors import CheckFailed, PrivacyError
from tunecard.evidence import RunFolder
from tunecard.publishing.privacy import report, scan
from tunecard.publishing.privacy.names import machine_patterns
from tunecard.untrusted.bounded_yaml import load_yaml
from tunecard.verification import verify


def check_consistency(folder: RunFolder, nothing: str) -> None:
    """Raises: CheckFailed: what `verify` found.

    Args:
        nothing: what was not done, a sentence: "Nothing was sent."
    """
    failed = [check for check in verify(folder.path).checks if check.ok is False]
    if failed:
        problems = [f"the check {check.name!r} failed: {check.detail}." for check in failed]
        last = f"{nothing} `tunecard verify {folder.path}` shows all checks."
        raise CheckFailed(closed(problems, last), place=str(folder.path))


def check_private(
    folder: RunFolder, files: Mapping[str, Path | bytes], allow: Sequence[str], nothing: str, *, allow_text: bool
) -> None:
    """Raises: PrivacyError: what is nobody's business in the files, with where it stands.

    Args:
        files: path among those that are made to a file here, or to bytes.
        allow: texts that pass.
        nothing: as of `check_consistency`.
        allow_text: whether rows of the data may be among them.
    """
    finds = scan(
        files,
        machine=machine_patterns(folder.path),
        declared=_declared(folder),
        allowed=allow,
        allows_text=allow_text,
    )
    if finds:
        raise PrivacyError(closed(report(finds), nothing), place=str(folder.path))


def closed(problems: Sequence[str], last: str) -> list[str]:
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
