"""What merging the adapter into its base would change: in fp32, and with the merged weights then rounded to int8."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
from torch import nn

from tunecard.adapters.int8_rounding import round_linear_weights
from tunecard.adapters.merging import merge_adapter, why_not_merged
from tunecard.counted import counted
from tunecard.evaluation.together import ALPHA, holm
from tunecard.evidence import Finding, Predictions, measured, not_measured
from tunecard.examination.before_after import Record, drop_of, flips_of
from tunecard.examination.changed_rows import Changed
from tunecard.examination.subject import Subject
from tunecard.inference import predict_logits
from tunecard.inference.fast_path import leave_fast_path
from tunecard.rows.dataset import Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks.whole_splits import decode_split

ID = "examination.merging"
WEIGHTS = ("fp32", "int8")
LEAST = 20  # rows
Logits = list[np.ndarray]


class Merging:
    """Flips of answers, the drop of the headline score and the largest difference of a logit, after merging.

    Source: rounding with a scale for each output as in Dettmers et al. 2022, arXiv:2208.07339, section 2.1.
    """

    name = "merging"

    def price(self, subject: Subject) -> int:
        """A pass for each row beside its base, one merged, one rounded."""
        return 0 if why_not_merged(subject.model) else len(subject.rows) * (1 + len(WEIGHTS))

    def run(self, subject: Subject, budget: int) -> list[Finding]:
        """`examination.merging`, a record for each way the merged weights are held."""
        if why := why_not_merged(subject.model):
            return [not_measured(ID, reason=f"its update is not merged into weights: {why}")]
        rows = subject.sample(subject.rows, budget // (1 + len(WEIGHTS)))
        if len(rows) < LEAST:
            return [not_measured(ID, reason=f"{len(rows)} rows could be asked about, under {LEAST}")]
        beside, encoded = subject.logits(rows, "Asking before merging")
        with counted("Merging a copy of the adapter"):
            merged = merge_adapter(_plain_copy(subject.model)).model
        records = [_record(subject, rows, encoded, beside, _asked(subject, merged, encoded, WEIGHTS[0]), WEIGHTS[0])]
        layers = round_linear_weights(merged)
        records += [_record(subject, rows, encoded, beside, _asked(subject, merged, encoded, WEIGHTS[1]), WEIGHTS[1])]
        value: list[Any] = _judged(records)
        return [measured(ID, value, n=len(rows), split=rows.name, method=_method(subject, rows, layers))]


def _plain_copy(model: nn.Module) -> nn.Module:
    """A copy with stock forwards: a fused layer of the copy would compute with the weights of the original."""
    copy = deepcopy(model)
    leave_fast_path(copy)
    return copy


def _asked(subject: Subject, model: nn.Module, encoded: EncodedSplit, weights: str) -> Logits:
    subject.passes.count(len(encoded))
    return predict_logits(model, encoded, subject.pad_token_id, title=f"Asking merged, in {weights}")


def _record(
    subject: Subject, rows: Split, encoded: EncodedSplit, before: Logits, after: Logits, weights: str
) -> Record:
    said, now = (_decoded(subject, rows, encoded, logits) for logits in (before, after))
    apart = [np.abs(old - new).max() for old, new in zip(before, after, strict=True) if old.size]
    return {
        "weights": weights,
        "rows": len(rows),
        **flips_of(said.predictions, now, Changed(rows, rows, [()] * len(rows))),
        "largest_logit_difference": float(max(apart, default=0.0)),
        **drop_of(subject.task, rows, said.predictions, now),
    }


def _decoded(subject: Subject, rows: Split, encoded: EncodedSplit, logits: Logits) -> Predictions:
    said = [answer for answer, _ in decode_split(subject.task, logits, encoded, rows.labels)]
    return Predictions(list(rows.rows), list(rows.labels), said)


def _judged(records: list[Record]) -> list[Record]:
    tested = [record for record in records if record.get("p") is not None]
    for record, p in zip(tested, holm([one["p"] for one in tested]) if tested else [], strict=True):
        record |= {"p": p, "distinguishable": p <= ALPHA}
    return records


def _method(subject: Subject, rows: Split, layers: int) -> str:
    return (
        "the same rows answered by the adapter beside its base and by a copy merged into the base's weights in fp32, "
        f"then with the weights of all {layers} linear layers of that copy rounded to int8 and back (a scale for each "
        "output, absolute largest value to 127; activations, biases, embeddings and norms stay in fp32); flip rate "
        f"with Wilson's interval; paired difference of {subject.task.scoring.headline.phrase}, jackknife; p two-sided, "
        f"adjusted by Holm for the {len(WEIGHTS)} comparisons; distinguishable where p <= {ALPHA:.2f}; n = rows, "
        f"{len(rows):,} of {len(subject.rows):,}, drawn by the seed"
    )
