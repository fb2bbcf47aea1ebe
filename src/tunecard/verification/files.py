"""Are the files the ones that were written? Manifest against folder, sources of findings against files."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path, PurePosixPath
from typing import Any

from tunecard.counted import each
from tunecard.errors import RunFolderError
from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.files import json_text, sha256_of
from tunecard.evidence.ledger import PREDICTIONS
from tunecard.verification.report import Check, judged

FILES = "files"
SOURCES = "sources"


def check_files(folder: RunFolder) -> Check:
    """Every file is in the manifest with its size and hash, and every entry of the manifest is a file.

    Links are never followed, and no path of the manifest is opened unless the folder itself lists it.
    """
    if folder.manifest.is_symlink():
        return Check(FILES, False, "manifest.json is a link")
    try:
        records = folder.read_manifest()
    except FileNotFoundError:
        return Check(FILES, False, "manifest.json is missing")
    except RunFolderError as error:
        return Check(FILES, False, str(error))
    present = {path.relative_to(folder.path).as_posix(): path for path in folder.listed_files()}
    problems = [*_doubtful(records), *_differences(records, present)]
    if not problems and folder.read_text(folder.manifest) != json_text({"files": records}):
        problems = ["manifest.json is not in the form in which it was written"]
    return judged(FILES, problems, f"{len(present)} files are those of manifest.json")


def check_sources(folder: RunFolder, findings: Findings) -> Check:
    """Every file that a finding was computed from still has the hash recorded with the finding."""
    quoted: dict[tuple[str, str], list[str]] = defaultdict(list)
    for finding in findings:
        if finding.source is not None:
            quoted[(finding.source.file, finding.source.sha256)].append(finding.id)
    problems: list[str] = []
    withheld: list[str] = []
    for (name, sha256), ids in each(quoted.items(), "Hashing sources", "files"):
        path = folder.path / name
        whose = ids[0] + (f" and {len(ids) - 1} more findings" if len(ids) > 1 else "")
        if not is_safe(name):
            problems.append(f"{name!r} is no path inside the folder ({whose})")
        elif path.is_symlink():
            problems.append(f"{name} is a link ({whose})")
        elif not path.is_file():
            (withheld if name.startswith(f"{PREDICTIONS}/") else problems).append(f"{name} is missing ({whose})")
        elif sha256_of(path) != sha256:
            problems.append(f"{name} is not the file that {whose} came from")
    if withheld and not problems:
        return Check(SOURCES, None, f"predictions are withheld: {'; '.join(withheld)}")
    return judged(SOURCES, problems + withheld, f"{len(quoted)} files behind findings have the recorded hashes")


def is_safe(name: str) -> bool:
    """Whether a recorded path is a plain relative path that stays inside the folder."""
    plain = PurePosixPath(name)
    is_plain = bool(name) and plain.as_posix() == name and not plain.is_absolute()
    return is_plain and ".." not in plain.parts and not any(mark in name for mark in ("\\", ":", "\0"))


def _doubtful(records: list[dict[str, Any]]) -> list[str]:
    names = Counter(record["path"] for record in records)
    twice = [f"{name!r} is listed {count} times" for name, count in names.items() if count > 1]
    return twice + [f"{name!r} is no path inside the folder" for name in names if not is_safe(name)]


def _differences(records: list[dict[str, Any]], present: dict[str, Path]) -> list[str]:
    problems = []
    for record in each(records, "Hashing files", "files"):
        name, path = record["path"], present.get(record["path"])
        if not is_safe(name):
            continue
        if path is None:
            problems.append(f"{name} is missing")
        elif not path.is_symlink() and path.stat().st_size != record["bytes"]:
            problems.append(f"{name} has changed: {path.stat().st_size} bytes instead of {record['bytes']}")
        elif not path.is_symlink() and sha256_of(path) != record["sha256"]:
            problems.append(f"{name} has changed")
    listed = {record["path"] for record in records}
    for name, path in present.items():
        if path.is_symlink():
            problems.append(f"{name} is a link: nothing outside the folder is read; download real files")
        elif name not in listed:
            problems.append(f"{name} is not in the manifest")
    return problems
