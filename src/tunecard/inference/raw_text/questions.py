"""Questions with their contexts to answers: the span of the context, its probability, and the next best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from tunecard.inference.engine import Engine
from tunecard.inference.raw_text.steps import Steps
from tunecard.inference.raw_text.texts import fault_in_text, is_pair_of_texts
from tunecard.rows.encoded import SPANNED
from tunecard.tasks.answer_spans import GivesSpans
from tunecard.tasks.question_columns import USUAL_NAMES

SHOWN = 5  # candidates of a row


@dataclass(frozen=True)
class Questions:
    """A question and the context that is searched for its answer; see `RowKind`."""

    roles: tuple[str, ...] = ("question", "context")

    def told_faults(self, told: Mapping[str, str]) -> list[str]:
        missing = [role for role in self.roles if role not in told]
        return [f"`columns` must name `{' and `'.join(self.roles)}`."] if missing else []

    def usual_columns(self, names: Sequence[str], is_pair: bool | None) -> list[dict[str, str]]:
        found = [[name for name in names if name.lower() in USUAL_NAMES[role]] for role in self.roles]
        return [dict(zip(self.roles, (one, other), strict=True)) for one in found[0] for other in found[1]]

    def wanted(self, is_pair: bool | None) -> tuple[str, tuple[str, ...]]:
        return "question and its context", self.roles

    def value_of(self, record: Mapping[str, Any], columns: Mapping[str, str]) -> tuple[Any, str | None]:
        return tuple(record[columns[role]] for role in self.roles), None

    def fault_of(self, row: Any, is_pair: bool | None) -> str | None:
        if not is_pair_of_texts(row):
            return "must be a question and its context. Give both: a pair, or columns question and context."
        return fault_in_text(row[0], "the question") or fault_in_text(row[1], "the context")

    def parts(self, is_pair: bool | None) -> tuple[str, ...]:
        return self.roles

    def row_of(self, texts: Sequence[str]) -> Any:
        return tuple(texts)

    def rows_of(self, inputs: Mapping[str, Sequence[Any]]) -> list[Any]:
        return list(zip(inputs["text"], inputs[SPANNED], strict=True))

    def fault_together(self, rows: Sequence[Any]) -> str | None:
        return None

    def predict(self, engine: Engine, rows: Sequence[Any]) -> Steps[list[dict[str, Any]]]:
        """The answer to each row, "" with 0 and 0 for none; long contexts are read in overlapping windows."""
        answers = cast("GivesSpans", engine.task)
        encoded = engine.encode({"text": [row[0] for row in rows], SPANNED: [row[1] for row in rows]})
        read = yield encoded
        found = [answers.candidates(logits, encoded, row) for row, logits in enumerate(read)]
        told = [
            [
                {
                    "text": context[one.start : one.end],
                    "start": one.start,
                    "end": one.end,
                    "probability": one.probability,
                }
                for one in several[:SHOWN]
            ]
            for several, (_, context) in zip(found, rows, strict=True)
        ]
        return [
            {
                **engine.task.answer(best["text"], [best["probability"]]),
                "start": best["start"],
                "end": best["end"],
                "candidates": [best, *others],
            }
            for best, *others in told
        ]
