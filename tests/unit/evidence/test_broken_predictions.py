"""A predictions file is foreign input: whatever was done to its bytes, it is read or refused, never a crash."""

from __future__ import annotations

from pathlib import Path

from tunecard.errors import RunFolderError
from tunecard.evidence import Predictions, read_predictions, write_predictions
from tunecard.evidence.probabilities import read_probabilities


def test_no_changed_byte_is_more_than_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "test.parquet"
    write_predictions(
        path,
        Predictions([0, 1], ["good", "bad"], ["good", "good"], [[0.9, 0.1], [0.6, 0.4]], {"length": ["1-8", "9-16"]}),
    )
    whole, refused = path.read_bytes(), 0
    for place in range(0, len(whole), 4):
        changed = bytearray(whole)
        changed[place] ^= 0x80  # turns a letter into half a character
        path.write_bytes(changed)
        for read in (read_predictions, read_probabilities):
            try:
                read(path)
            except RunFolderError:
                refused += 1
    assert refused > len(whole) // 8
