"""A loaded adapter that predicts: texts, pairs of texts or words in; labels, entities or tags out, order kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeGuard

from tunecard import notebook
from tunecard.errors import DataError
from tunecard.inference.engine import Engine
from tunecard.inference.raw_text.kinds import kind_of_rows
from tunecard.inference.raw_text.steps import Steps, finish

Inputs: TypeAlias = Sequence[str] | Sequence[tuple[str, str]] | Sequence[Sequence[str]] | Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Predictor:
    """An adapter on its base, ready for rows.

    Attributes:
        engine: model, tokenizer, task and length limit.
        base_id: the base in use.
        is_pair: whether a row is two texts; None when the folder does not say.
        columns: role to column of the rows that it was made with; where rows have these, they are read again.
        unchecked: what nothing in the folder vouches for, a sentence each; empty for a whole run folder.
        merged_difference: largest absolute difference in a logit that merging the adapter into the base made on a
            probe batch; None where the adapter stays beside the base.
        method: the PEFT method, as its authors write it or as PEFT calls it.
        score: the headline score of its evidence, in words; "" where there is none.
        precision: in what its linear layers are multiplied, "fp32" or "int8".
        changed: a sentence on how many answers that makes others; "" in fp32.
    """

    engine: Engine
    base_id: str = ""
    is_pair: bool | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    unchecked: tuple[str, ...] = ()
    merged_difference: float | None = None
    method: str = ""
    score: str = ""
    precision: str = "fp32"
    changed: str = ""

    def __repr__(self) -> str:
        return f"Predictor({', '.join(self._told().values())})"

    def _repr_html_(self) -> str:
        """What a notebook shows: labels, base, method, score, and what was taken on trust."""
        trusted = notebook.folded("Not checked", notebook.table((), [[said] for said in self.unchecked]), is_open=True)
        facts = self._told() | {"labels": ", ".join(self.labels)}
        return notebook.box("Predictor", notebook.pairs(facts.items()), trusted)

    def _told(self) -> dict[str, str]:
        labels = f"{len(self.labels)} labels" if self.labels else ""
        told = {"task": self.task, "base": self.base_id, "method": self.method, "labels": labels, "score": self.score}
        return {name: said for name, said in told.items() if said}

    @property
    def labels(self) -> tuple[str, ...]:
        """Label names in id order."""
        return self.engine.task.labels

    @property
    def task(self) -> str:
        """Name of the task."""
        return self.engine.task.name

    @property
    def max_length(self) -> int:
        """Tokens a row or window may have, special tokens included."""
        return self.engine.max_length

    def predict(
        self, inputs: Inputs, *, columns: Mapping[str, str] | None = None, only_predictions: bool = False
    ) -> list[dict[str, Any]]:
        """Predicts rows in the order given.

        Args:
            inputs: texts; pairs of texts (text classification); lists of words (token classification); or rows with
                columns: mappings, a `datasets.Dataset`, a pandas DataFrame.
            columns: of rows with columns: role (text, text_pair, tokens) to column; guessed where names are usual.
            only_predictions: of rows with columns: leaves these out of the answers.
        Returns: one dict a row; of a row with columns these, too. One that has the name of an answer is `input.NAME`.
            Text classification: `{"label", "probability", "probabilities": {name: p}, "truncated"}`; a text beyond
            `max_length` tokens is cut.
            Token classification on a text: `{"entities": [{"label", "start", "end", "text", "probability"}]}` with
            character offsets, `text[start:end]` being the entity; its probability is that of all of its tags and of
            ending there.
            Token classification on words: `{"tags", "probabilities"}`, one of each a word, the probability being that
            of the tag; None (and tag O) for a word of which the tokenizer leaves nothing.
            Texts and lists of words beyond `max_length` are read in overlapping windows; no word is lost.
        Raises: DataError: rows that are empty or of another kind, each named by its position.
        """
        if isinstance(inputs, str):
            raise DataError("inputs must be a list of rows. Got one text: put it in a list.")
        rows: list[Any] = inputs.to_dict("records") if _is_frame(inputs) else list(inputs)
        if rows and isinstance(rows[0], Mapping):
            from tunecard.inference.bulk.mappings import predict_mappings

            return predict_mappings(self, rows, columns, only_predictions=only_predictions)
        faults = [f"row {i}: {fault}" for i, row in enumerate(rows) if (fault := self.fault_of(row))]
        if not faults and (fault := kind_of_rows(self.engine.task).fault_together(rows)):
            faults = [fault]
        if faults:
            raise DataError(faults, place="inputs")
        return self.predict_checked(rows)

    def predict_checked(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """What `predict` gives, for rows in which `fault_of` finds nothing and which are all of one kind."""
        return finish(self.engine, self.steps(rows)) if rows else []

    def steps(self, rows: Sequence[Any]) -> Steps[list[dict[str, Any]]]:
        """The same in steps, for whoever has passes of its own."""
        return kind_of_rows(self.engine.task).predict(self.engine, rows)

    @property
    def parts(self) -> tuple[str, ...]:
        """What a person who types a row fills in: ("text",), ("text", "text_pair"), ("question", "context") or
        ("text", "choices"), of which the last are several."""
        return kind_of_rows(self.engine.task).parts(self.is_pair)

    def row_of(self, *texts: str) -> Any:
        """The row that typed texts make, in the order of `parts`, as `predict` takes it."""
        return kind_of_rows(self.engine.task).row_of(texts)

    def fault_of(self, row: Any) -> str | None:
        """What keeps a row from being predicted, in one sentence; None when nothing does."""
        return kind_of_rows(self.engine.task).fault_of(row, self.is_pair)


def _is_frame(inputs: Any) -> TypeGuard[Any]:
    """Whether it is a pandas DataFrame, which goes through its columns where others go through rows."""
    return hasattr(inputs, "iterrows")
