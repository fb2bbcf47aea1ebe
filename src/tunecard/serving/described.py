"""What a server tells of an adapter: its name, task and score; whole, also what its card says."""

from __future__ import annotations

from typing import Any

from tunecard.card import facts
from tunecard.card.examples import examples
from tunecard.card.in_plain_words import limits_in_words, reliability
from tunecard.errors import RunFolderError
from tunecard.evidence import Findings, RunFolder
from tunecard.serving.shelf import Library


def adapter_record(library: Library, name: str, *, is_whole: bool = False) -> dict[str, Any]:
    """Name, task, labels, base and headline score; whole also limits, confidence and examples of its card."""
    predictor = library.predictor(name)
    record: dict[str, Any] = {
        "name": name, "task": predictor.task, "labels": list(predictor.labels), "base": predictor.base_id,
        "score": predictor.score, "pairs": bool(predictor.is_pair),
        "parts": list(predictor.parts),
    }  # fmt: skip
    if not is_whole:
        return record
    findings = findings_of(library, name)
    return record | {
        "unchecked": list(predictor.unchecked),
        "limits": limits_in_words(findings) if findings else [],
        "reliability": reliability(findings) if findings else [],
        "examples": [{"texts": list(one.texts), "what": one.what} for one in examples(findings)] if findings else [],
    }


def findings_of(library: Library, name: str) -> Findings | None:
    """The evidence of an adapter; None where it has none that can be read."""
    try:
        findings = RunFolder(library.folders[name]).read_findings()
    except RunFolderError:
        return None
    return findings if facts.headline(findings) is not None else None
