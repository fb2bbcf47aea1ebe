"""Are the files the ones that were written? Manifest against folder, sources of findings against files."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path, PurePosixPath
from typing import Any

from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.files import sha256_of
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
        text = folder.manifest.read_text(encoding="utf-8")
        records = _records(json.loads(text))
    except FileNotFoundError:
        return Check(FILES, False, "manifest.json is missing")
    except (ValueError, TypeError, KeyError, RecursionError, OSError) as error:
        return Check(FILES, False, f"manifest.json cannot be read as a manifest: {error}")
    present = {path.relative_to(folder.path).as_posix(): path for path in folder.listed_files()}
    problems = [*_doubtful(records), *_differences(records, present)]
    if not problems and text != json.dumps({"files": records}, indent=1, ensure_ascii=False) + "\n":
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
    for (name, sha256), ids in quoted.items():
        path = folder.path / name
        whose = ids[0] + (f" and {len(ids) - 1} more findings" if len(ids) > 1 else "")
        if not is_safe(name):
            problems.append(f"{name!r} is no path inside the folder ({whose})")
        elif path.is_symlink():
            problems.append(f"{name} is a link ({whose})")
        elif not path.is_file():
            (withheld if name.startswith("predictions/") else problems).append(f"{name} is missing ({whose})")
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


def _records(manifest: Any) -> list[dict[str, Any]]:
    records = manifest["files"]
    if not isinstance(records, list) or set(manifest) != {"files"}:
        raise ValueError("it holds one list, `files`")
    types = {"path": str, "bytes": int, "sha256": str}
    for record in records:
        if set(record) != set(types) or not all(isinstance(record[key], kind) for key, kind in types.items()):
            raise ValueError(f"a record holds path, bytes and sha256. Got {record!r:.120}")
    return records


def _doubtful(records: list[dict[str, Any]]) -> list[str]:
    names = Counter(record["path"] for record in records)
    twice = [f"{name!r} is listed {count} times" for name, count in names.items() if count > 1]
    return twice + [f"{name!r} is no path inside the folder" for name in names if not is_safe(name)]


def _differences(records: list[dict[str, Any]], present: dict[str, Path]) -> list[str]:
    problems = []
    for record in records:
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
