"""What several runs of one process need not do anew: rows that were read, and what the frozen base makes of them.

Each thing is kept under all that decides it, so that a run with what is kept is the run without it, to the bit. What
decides it is said here alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from tunecard.inference.token_cache import TokenCache

if TYPE_CHECKING:
    from tunecard.data import DataPlan
    from tunecard.pipeline.preparing import PreparedRun
    from tunecard.rows.encoded import EncodedSplit

Made = TypeVar("Made")
MOST = 4  # of each kind: settings that touch the rows come in turns, and memory has an end


class Kept:
    """A memory of what was made, the latest few of each kind. One is for runs that follow each other."""

    def __init__(self) -> None:
        self._made: dict[str, dict[str, Any]] = {}

    def get(self, kind: str, key: str | None, make: Callable[[], Made]) -> Made:
        """What was made under this key, or is made now; nobody may change it.

        Args:
            key: of all that decides it; None where that cannot be told, and it is always made.
        """
        made = self._made.setdefault(kind, {})
        if key is None:
            return make()
        found = made.pop(key) if key in made else make()
        made[key] = found  # the latest stands last
        while len(made) > MOST:
            del made[next(iter(made))]
        return found


class Nothing(Kept):
    """Keeps nothing."""

    def get(self, kind: str, key: str | None, make: Callable[[], Made]) -> Made:
        """What is made now."""
        return make()


NOTHING = Nothing()


def key_of_rows(plan: DataPlan, data: Mapping[str, Any] | None) -> str | None:
    """Of what is read: the whole plan of reading. Rows in memory are always read, as nothing tells them apart."""
    return None if data is not None else _sha256(repr(plan))


def key_of_vectors(prepared: PreparedRun) -> str | None:
    """Of what the frozen base makes of the rows, and of what simple things then answer: base, device, task, rows with
    their labels, and the ids that are read; None where the code that encodes cannot be read."""
    plans, task = prepared.plans, prepared.task
    cache = TokenCache(task, prepared.encoder.tokenizer)
    rows = {name: cache.key(split, plans.max_length) for name, split in prepared.dataset.splits.items()}
    if None in rows.values():
        return None
    ids = {name: _ids(split) for name, split in prepared.encoded.items()}
    base = repr((prepared.base, plans.device))
    reading = repr(plans.data())  # what else a row has, such as what it belongs with
    return _sha256(json.dumps([base, reading, repr(task), plans.max_length, plans.on_long, rows, ids]))


def _ids(split: EncodedSplit) -> str:
    return _sha256(json.dumps([split.input_ids, split.type_ids, split.word_starts, split.pieces, split.label_ids]))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
