"""What the rest of the house knows of data: rows of inputs and labels in named splits.

Nothing here says where the rows came from in bytes; readers, checks and split making all end in these two types.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tunecard.rows.frames import frame_of
from tunecard.rows.written import compared_texts

if TYPE_CHECKING:
    import pandas

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class DataFile:
    """One file that rows were read from, by its own name and never by its path.

    Attributes:
        columns: role (text, label...) to the column's name and the kind of its values, e.g. `("intent", "text")`.
        as_is: whether the columns stand in the file so, by these names, for whoever reads it in the usual way.
    """

    name: str
    split: str
    bytes: int
    sha256: str
    rows: int
    columns: dict[str, tuple[str, str]] = field(default_factory=dict)
    as_is: bool = True


@dataclass(frozen=True)
class Split:
    """Rows of one split, in the order of their source.

    Attributes:
        name: train, validation or test.
        rows: (N,) positions (from 0) in the source split, before any drop or sampling. Rows of a split that was
            made from train keep their position in train.
        inputs: `{"text": [...]}` with `"text_pair"` for pairs, or `{"tokens": [[...], ...]}`, or others that
            a task reads, texts or lists of texts; N entries each.
        labels: (N,) class names, or lists of IOB2 tags as long as the row's tokens; None where a row is unlabelled.
            A split is labelled in every row or in none.
        factors: name to (N,) binned values, e.g. `length` to "1-8 words".
        origin: "given", or how the split was made, e.g. "made: 10 % of train, stratified by label, seed 42".
        dropped: reason to number of rows left out.
        clusters: (N,) numbers, equal where rows belong together, also across splits; None where nothing says so.
        written: (N,) the texts that words were read from; None of a row, or altogether, where the source has words.
    """

    name: str
    rows: list[int]
    inputs: dict[str, list[Any]]
    labels: list[Any]
    factors: dict[str, list[str]]
    origin: str
    dropped: dict[str, int]
    clusters: list[int] | None = None
    written: list[str | None] | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"Split({self.name!r}: {len(self):,} rows{'' if self.is_labelled else ', unlabelled'}, {self.origin})"

    def to_pandas(self) -> pandas.DataFrame:
        """A row a row: its position in the source, its inputs, its label and its factors.

        Raises: MachineError: pandas is not installed.
        """
        columns = {"row": self.rows, **self.inputs, "label": self.labels}
        columns |= {f"factor.{name}": values for name, values in self.factors.items()}
        rows = (dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True))
        return frame_of(rows, list(columns))

    @property
    def is_labelled(self) -> bool:
        """Whether the rows have labels to score against."""
        return bool(self.labels) and self.labels[0] is not None

    def take(self, positions: list[int]) -> Split:
        """The same split with only the rows at `positions` (indices into this split), in the order given."""
        return Split(
            name=self.name,
            rows=[self.rows[i] for i in positions],
            inputs={name: [values[i] for i in positions] for name, values in self.inputs.items()},
            labels=[self.labels[i] for i in positions],
            factors={name: [values[i] for i in positions] for name, values in self.factors.items()},
            origin=self.origin,
            dropped=dict(self.dropped),
            clusters=None if self.clusters is None else [self.clusters[i] for i in positions],
            written=None if self.written is None else [self.written[i] for i in positions],
        )


@dataclass(frozen=True)
class Dataset:
    """A labelled data set as a task uses it.

    Attributes:
        name: Hub id, or base name of the file or folder; never a path.
        kind: name of its task.
        labels: class names or IOB2 tags, in id order.
        splits: train, validation, test (those present), in this order.
        columns: what was read as what, e.g. `{"text": "sentence", "label": "intent"}`.
        revision: commit of a Hub data set; None for local data.
        declared: what the source states about itself (license, citation, description, homepage), with
            `declared_by` naming where it says so; `label_names` says where the order of labels comes from.
        files: the files that rows were read from; empty for what came from the Hub or as objects.
        cluster: the column whose equal values mark rows that belong together.
        people: columns, among the factors, that say who a row is about or by.
        notes: what was found and done in reading that a person must be told: a sentence each, naming its file.
        config: the configuration of it that was read, where it has several.
        origins: what each of several joined sources is; empty of one alone.
    """

    name: str
    kind: str
    labels: tuple[str, ...]
    splits: dict[str, Split]
    columns: dict[str, str]
    revision: str | None
    declared: dict[str, str]
    files: tuple[DataFile, ...] = ()
    cluster: str | None = None
    notes: tuple[str, ...] = ()
    config: str | None = None
    origins: tuple[dict[str, Any], ...] = ()
    people: tuple[str, ...] = ()

    def __repr__(self) -> str:
        rows = ", ".join(f"{name} {len(split):,}" for name, split in self.splits.items())
        labels = f", {len(self.labels)} labels" if self.labels else ""
        return f"Dataset({self.name!r}: {self.kind}, {rows} rows{labels})"

    @property
    def is_pair(self) -> bool:
        """Whether a row holds two texts."""
        return "text_pair" in self.columns

    @property
    def compares_texts(self) -> bool:
        """Whether a row asks for comparisons: of its two texts, or of a text with each of its choices."""
        return any(compared_texts(split.inputs) is not None for split in self.splits.values())
