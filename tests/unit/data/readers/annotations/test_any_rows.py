"""Rows of any shape are read or told: nothing that stands in a file makes the reading of exports fail."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunecard.data.readers.formats import TRAINING, open_file
from tunecard.data.readers.records import Fault
from tunecard.errors import DataError
from tunecard.rows.table import table_of
from tunecard.tasks.inputs import read_words

NAMES = st.sampled_from([
    "text", "data", "label", "labels", "entities", "spans", "annotations", "answer", "accept", "options", "cats", "tokens",
    "paragraphs", "result", "value", "from_name", "type", "start", "end", "start_offset", "was_cancelled", "source",
    "job", "job-metadata", "tokenized_text", "ner", "id", "annotator", "annotation_id", "created_at", "lead_time", "choices", "_view_id",
])  # fmt: skip
PLAIN = st.sampled_from(
    [None, True, 0, 1, 3, -1, 1.5, "", "Ana ran", "accept", "reject", "labels", "choices", "PER", "\U0001f600 x"]
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=12,
)
LIKELY: list[Any] = [
    {"text": "Ana", "answer": "accept"},
    {"id": 1, "data": {"text": "Ana"}, "annotations": []},
    {"text": "Ana", "annotator": 1, "annotation_id": 1, "created_at": "", "lead_time": 1},
    {"source": "Ana", "job": 1, "job-metadata": {}},
    {"text": "Ana", "entities": [[0, 1, "PER"]]},
    {"text": "\U0001f600 Ana", "spans": [{"start": 2, "end": 3, "label": "PER", "text": "A"}], "answer": "accept"},
    {"paragraphs": []},
    {"tokenized_text": ["a", "b"], "ner": [[0, 1, "PER"]]},
]


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(
    first=st.sampled_from(LIKELY),
    rows=st.lists(st.dictionaries(NAMES, VALUES, max_size=6) | VALUES, min_size=1, max_size=4),
    mixes=st.booleans(),
)
def test_nothing_but_a_told_fault_comes_of_it(tmp_path: Any, first: Any, rows: list[Any], mixes: bool) -> None:
    if mixes:
        rows = [{**first, **row} if isinstance(row, dict) else row for row in rows]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in [first, *rows]))
    try:
        with ExitStack() as stack:
            read = list(open_file(path, TRAINING, stack).rows)
    except DataError:
        return
    found = [row.values for row in read if not isinstance(row, Fault)]
    if found and all({"text", "spans"} <= set(row) for row in found):
        columns = {name: [row[name] for row in found] for name in ("text", "spans")}
        read_words(table_of("a.jsonl", columns), {"text": "text", "spans": "spans"})
