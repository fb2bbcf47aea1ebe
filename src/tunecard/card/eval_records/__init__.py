"""Records of the evaluation for readers of Every Eval Ever (schema 0.3.0): a function of findings and stored answers.

One record for the scored split, and beside it a line for each row where the answers are at hand and are names: no
text of the data stands in either. Paths are those of the format's data store, so that the files can be handed over as
they are.

Source: `eval.schema.json` and `instance_level_eval.schema.json` of every-eval-ever 0.3.0 (MIT), and its rules of paths.
"""

from __future__ import annotations

import hashlib
from typing import Any

from tunecard.card.eval_records.aggregate import aggregate_of
from tunecard.card.eval_records.place import Place, place_of
from tunecard.card.eval_records.samples import sample_lines
from tunecard.evidence import Findings, Predictions
from tunecard.evidence.files import json_text


def eval_records_of(findings: Findings, answers: Predictions | None, author: Findings | None = None) -> dict[str, str]:
    """The files, by their path from the folder of records; none where nothing was scored.

    Args:
        findings: of the evaluation.
        answers: to the rows of the scored split; None where they are withheld.
        author: findings of the run that made the adapter, where these are of somebody's own rows.
    """
    model = findings if author is None else author
    place = place_of(findings, model)
    record = None if place is None else aggregate_of(findings, model, place, is_own=author is None)
    if place is None or record is None:
        return {}
    lines = sample_lines(findings, answers, record)
    if not lines:
        return {place.record: json_text(record)}
    record["detailed_evaluation_results"] = _pointer(place, lines)
    return {place.record: json_text(record), place.samples: lines}


def _pointer(place: Place, lines: str) -> dict[str, Any]:
    return {
        "format": "jsonl",
        "file_path": place.samples,
        "hash_algorithm": "sha256",
        "checksum": hashlib.sha256(lines.encode()).hexdigest(),
        "total_rows": lines.count("\n"),
        "additional_details": {"text": "no text of the data: rows are told by their position in the source split"},
    }
