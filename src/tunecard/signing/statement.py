"""What is signed: an in-toto statement over the manifest's files, with the card's checks as its predicate.

Source: in-toto Attestation Framework, Statement v1 and the predicate test-result v0.1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tunecard.evidence import Findings
from tunecard.evidence.ledger import EVIDENCE, RECIPE
from tunecard.untrusted.bounded_json import load_json

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
CONFIGURATION = (RECIPE, EVIDENCE)


def statement_of(files: Sequence[Mapping[str, Any]], findings: Findings) -> bytes:
    """The statement as JSON bytes.

    Args:
        files: records of the manifest: path, bytes, sha256.
    """
    subjects = [{"name": record["path"], "digest": {"sha256": record["sha256"]}} for record in files]
    statement = {
        "_type": STATEMENT,
        "subject": subjects,
        "predicateType": PREDICATE,
        "predicate": _checks(subjects, findings),
    }
    return json.dumps(statement, ensure_ascii=False, sort_keys=True).encode()


def subjects_of(payload: bytes) -> dict[str, str]:
    """File -> sha256 of a statement. Raises: ValueError: it is no in-toto statement over files."""
    try:
        statement = load_json(payload)
        kind, subjects = statement["_type"], statement["subject"]
        found = {str(subject["name"]): str(subject["digest"]["sha256"]) for subject in subjects}
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"the payload is no in-toto statement over files: {type(error).__name__}: {error}") from error
    if kind != STATEMENT:
        raise ValueError(f"the payload must be an in-toto statement of version 1. Got {kind!r:.80}")
    if len(found) != len(subjects):
        raise ValueError("the statement names a file twice")
    return found


def _checks(subjects: Sequence[Mapping[str, Any]], findings: Findings) -> dict[str, Any]:
    """The checks that the card's first screen reports; a failed one is signed as failed."""
    value = findings.value("card.checks")
    by_name = value.get("by_name", {}) if isinstance(value, dict) else {}
    passed = [name for name, ok in by_name.items() if ok]
    failed = [name for name, ok in by_name.items() if not ok]
    return {
        "result": "FAILED" if failed else "PASSED" if passed else "WARNED",
        "configuration": [subject for subject in subjects if subject["name"] in CONFIGURATION],
        "passedTests": passed,
        "failedTests": failed,
    }
