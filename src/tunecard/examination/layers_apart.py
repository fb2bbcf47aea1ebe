"""Which layers' updates the answers hang on: the same rows answered with one layer's update taken away at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import nn

from tunecard.adapters.without_updates import Updated, updated_by_layer, why_no_layer, without_updates
from tunecard.evaluation.together import ADJUSTED, ALPHA, adjusted_in
from tunecard.evidence import Finding, Predictions, measured, not_measured
from tunecard.examination.before_after import Record, drop_of, flips_of
from tunecard.examination.changed_rows import Changed
from tunecard.examination.subject import Subject
from tunecard.rows.dataset import Split
from tunecard.tasks.whole_splits import AnswersTogether

ID = "examination.without_layer"
ALL, ELSEWHERE = "all", "outside the layers"
FEWEST_ROWS, LEAST_ROWS = 20, 50  # of each band; layers are asked about together before there are fewer than the second
FEWEST_BANDS = 2


@dataclass(frozen=True)
class Band:
    """Neighbouring layers whose updates are taken away together."""

    name: str
    modules: list[nn.Module]


class LayersApart:
    """Flips of answers and the drop of the headline score without the update of each layer, and without all of them.

    Source: ablation, layer by layer, as Meyes et al. 2019 (arXiv:1901.08644) describe it for neurons and layers.
    """

    name = "layers"

    def price(self, subject: Subject) -> int:
        """A pass a row for each layer, and one without any update; one more where answers hang on the other rows."""
        layers = updated_by_layer(subject.model)
        return 0 if why_no_layer(subject.model) else len(subject.rows) * (len(layers) + _beside(subject))

    def run(self, subject: Subject, budget: int) -> list[Finding]:
        """`examination.without_layer`: a record a layer, or a band of them, and one of all together."""
        if why := why_no_layer(subject.model):
            return [not_measured(ID, reason=why)]
        layers, beside = updated_by_layer(subject.model), _beside(subject)
        several = bands(layers, len(subject.rows), budget, beside)
        rows = subject.sample(subject.rows, budget // (len(several) + beside))
        if len(rows) < FEWEST_ROWS:
            return [not_measured(ID, reason=_too_few(subject, len(rows), budget))]
        before = _answers(subject, rows)
        asked = [*several, Band(ALL, [module for modules in layers.values() for module in modules])]
        value: list[Any] = _judged([_record(subject, rows, before, band) for band in asked])
        return [
            measured(ID, value, n=len(rows), split=rows.name, method=_method(subject, layers, several, rows, value))
        ]


def bands(layers: Updated, rows: int, budget: int, beside: int) -> list[Band]:
    """Each layer alone where the passes are enough for it, else as few neighbours together as they allow.

    Args:
        beside: how often the rows are answered besides.
    """
    numbered = [layer for layer in layers if layer is not None]
    others = [Band(ELSEWHERE, layers[None])] if None in layers else []
    most = budget // max(min(rows, LEAST_ROWS), 1) - beside - len(others)
    number = min(len(numbered), max(most, FEWEST_BANDS))
    parts = [part.tolist() for part in np.array_split(np.array(numbered), number)]
    return [Band(_named(part), [module for layer in part for module in layers[layer]]) for part in parts] + others


def _named(layers: Sequence[int]) -> str:
    return str(layers[0]) if len(layers) == 1 else f"{layers[0]} to {layers[-1]}"


def _beside(subject: Subject) -> int:
    """How often rows are answered beside the layers: without any update, and where answers hang on the rows as is."""
    return 2 if isinstance(subject.task, AnswersTogether) else 1


def _answers(subject: Subject, rows: Split) -> list[Any]:
    """With all updates: as stored, or anew where an answer hangs on which rows it stands beside."""
    if isinstance(subject.task, AnswersTogether):
        return subject.predict(rows, "Asking with all layers").predictions
    stored = subject.folder.read_predictions(subject.rows.name, None, with_probabilities=False)
    said = dict(zip(stored.rows, stored.predictions, strict=True))
    return [said[row] for row in rows.rows]


def _record(subject: Subject, rows: Split, before: list[Any], band: Band) -> Record:
    with without_updates(band.modules):
        after: Predictions = subject.predict(rows, f"Asking without the update of {band.name}")
    changed = Changed(rows, rows, [()] * len(rows))
    return {
        "layers": band.name,
        "modules": len(band.modules),
        "rows": len(rows),
        **flips_of(before, after, changed),
        **drop_of(subject.task, rows, before, after),
    }


def _judged(records: list[Record]) -> list[Record]:
    """The records with p values of layers corrected for one another, and what follows from them.

    That of all together stands alone: it was to be asked whatever the layers say; it tells how many stand beside it.
    """
    for record in records:
        if record["layers"] == ALL:
            record["beside"] = len(records) - 1
    tested = [record for record in records if record.get("p") is not None and record["layers"] != ALL]
    for record, p in zip(tested, adjusted_in("layers", [one["p"] for one in tested]), strict=True):
        record["p"] = p
    for record in records:
        if "drop" in record:
            record["distinguishable"] = record["p"] is not None and record["p"] <= ALPHA
    return records


def _method(subject: Subject, layers: Updated, several: list[Band], rows: Split, records: list[Record]) -> str:
    tested = sum(record.get("p") is not None and record["layers"] != ALL for record in records)
    said = [
        "the same rows answered while the modules of a layer compute what the frozen base computes (PEFT's way past an "
        f"update), the head as trained; `{ALL}`: without any of them; flip rate with Wilson's interval; paired "
        "difference of the score with and without, jackknife over "
        f"{'groups of rows' if rows.clusters else 'rows'}; score is {subject.task.scoring.headline.phrase}; p "
        "two-sided, of the paired randomisation test where the score is a function of sums, adjusted by Holm for "
        f"{tested} comparisons {ADJUSTED}, that of `{ALL}` for none; distinguishable where p <= {ALPHA:.2f}; n = "
        f"rows, {len(rows):,} of {len(subject.rows):,}, drawn by the seed"
    ]
    numbered = [layer for layer in layers if layer is not None]
    if len([band for band in several if band.name != ELSEWHERE]) < len(numbered):
        said.append(f"the {len(numbered)} layers were taken in bands of neighbours, for want of passes")
    return "; ".join(said)


def _too_few(subject: Subject, rows: int, budget: int) -> str:
    if len(subject.rows) < FEWEST_ROWS:
        return f"{len(subject.rows)} rows, under {FEWEST_ROWS}"
    return (
        f"{budget} forward passes are enough for {rows} rows of each band of layers, under {FEWEST_ROWS}; raise "
        "`evaluation.budget`"
    )
