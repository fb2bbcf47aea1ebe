"""What the length limit cost: rows cut, words lost. Told, never silent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tunecard.errors import DataError
from tunecard.evidence import Finding, measured
from tunecard.rows.dataset import Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks import Task

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def truncation_findings(encoded: Mapping[str, EncodedSplit], max_length: int) -> list[Finding]:
    """`data.{split}.truncated_rows`; for token tasks `data.{split}.truncated_words`, of windows and of texts that are
    read apart how many there are."""
    findings = []
    for split, rows in encoded.items():
        about: dict[str, Any] = {
            "method": f"rows longer than {max_length} tokens, special tokens included",
            "split": split,
        }
        findings.append(measured(f"data.{split}.truncated_rows", sum(rows.is_truncated), n=len(rows), **about))
        if rows.spans is not None:
            findings.append(_windows(f"data.{split}.windows", rows, split, max_length))
        elif rows.pieces is not None:
            findings.append(_texts_apart(f"data.{split}.texts_apart", rows, split))
        if rows.word_starts is not None:
            words = sum(len(starts) for starts in rows.word_starts)
            findings.append(measured(f"data.{split}.truncated_words", sum(rows.lost_words), n=words, **about))
    return findings


def _windows(id: str, rows: EncodedSplit, split: str, max_length: int) -> Finding:
    """How many windows the rows are read in, the question in front of each."""
    pieces = [[length] for length in rows.lengths] if rows.pieces is None else rows.pieces
    value = {
        "rows_in_several": sum(len(one) > 1 for one in pieces),
        "windows": sum(map(len, pieces)),
        "tokens": sum(map(sum, pieces)),
    }
    how = (
        f"overlapping windows of at most {max_length} tokens, special tokens included; tokens are those of all windows"
    )
    return measured(id, value, n=len(rows), method=how, split=split)


def _texts_apart(id: str, rows: EncodedSplit, split: str) -> Finding:
    """How many texts the rows have that are read by themselves; `data.{split}.tokens` is of the longest of each row."""
    value = {"texts": sum(map(len, rows.pieces or [])), "tokens": sum(rows.lengths)}
    how = "sequences of which a row has several, special tokens included, as they are read"
    return measured(id, value, n=len(rows), method=how, split=split)


def as_asked(encoded: Mapping[str, EncodedSplit], task: Task, on_long: object) -> dict[str, EncodedSplit]:
    """The rows of a task that reads windows as they are, or cut behind the first where `data.on_long` is not stride."""
    keeps = on_long in ("stride", "auto", None) or "stride" not in task.long_rows
    return dict(encoded) if keeps else {name: rows.first_sequences() for name, rows in encoded.items()}


def encode_as_asked(
    task: Task, tokenizer: PreTrainedTokenizerBase, rows: Split, max_length: int, on_long: object
) -> EncodedSplit:
    """Any rows, without their labels, as `as_asked` reads those of a data set."""
    return as_asked({rows.name: task.encode(tokenizer, rows.inputs, None, max_length)}, task, on_long)[rows.name]


def refuse_long_rows(encoded: Mapping[str, EncodedSplit], positions: Mapping[str, list[int]], max_length: int) -> None:
    """For `data.on_long: error`. Raises: DataError: naming every row that is too long."""
    faults = [
        f"{split} row {positions[split][row] + 1} is longer than {max_length} tokens. "
        "Shorten it, raise data.max_length, or set data.on_long: truncate."
        for split, rows in encoded.items()
        for row, is_truncated in enumerate(rows.is_truncated)
        if is_truncated
    ]
    if faults:
        raise DataError(faults, place="data")
