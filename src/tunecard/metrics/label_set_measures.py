"""The scores of a set of labels a row; labels of one row stand or fall together, which their intervals allow for."""

from __future__ import annotations

from dataclasses import replace

from tunecard.metrics import label_sets, ranking
from tunecard.metrics.class_measures import CLASS_MEASURES
from tunecard.metrics.counts import Floats
from tunecard.metrics.measure import Measure, Share, share_of_f1
from tunecard.metrics.scales import LOGIT

ROWS, GIVEN, PREDICTED, DECISIONS = "rows", "given labels", "predicted labels", "label decisions"
LEAST_OF_A_LABEL = 2  # as of a class: with fewer nobody knows how its F1 would change with other rows


def _rows(totals: Floats) -> float:
    return float(totals[label_sets.ROWS])


def _given(totals: Floats) -> float:
    return float(label_sets.pooled(totals)[2])


def _predicted(totals: Floats) -> float:
    return float(label_sets.pooled(totals)[1])


def _decisions(totals: Floats) -> float:
    return float(label_sets.wrong_decisions(totals)[1])


def _no_rows(totals: Floats) -> str:
    return "undefined: no rows"


def _no_labels(totals: Floats) -> str:
    return "undefined: no label is given" if _given(totals) == 0 else "undefined: no label is predicted"


def _rare_labels(totals: Floats) -> str:
    """Of a label that one row has, or none, nobody knows how its F1 would change with other rows."""
    gold = label_sets.split_sets(totals)[2]
    rare = int((gold < LEAST_OF_A_LABEL).sum())
    return f"{rare} of {len(gold)} labels have fewer than {LEAST_OF_A_LABEL} rows" if rare else ""


def _found(totals: Floats) -> tuple[Floats, Floats]:
    matched, _, gold = label_sets.pooled(totals)
    return matched, gold


def _reported(totals: Floats) -> tuple[Floats, Floats]:
    matched, predicted, _ = label_sets.pooled(totals)
    return matched, predicted


MICRO_F1 = Measure(
    "micro_f1",
    "Micro F1",
    "harmonic mean of micro precision and micro recall: every label of every row weighs the same.",
    "label_sets.micro_f1",
    label_sets.micro_f1,
    _given,
    GIVEN,
    _no_labels,
    share=share_of_f1(label_sets.pooled),
    hub="f1",
)
LABEL_MACRO_F1 = Measure(
    "macro_f1",
    "Macro F1",
    "mean of the F1 of all labels, each weighing the same however rare it is; one that is neither given nor predicted "
    "does not count.",
    "label_sets.label_macro_f1",
    label_sets.label_macro_f1,
    _rows,
    ROWS,
    _no_labels,
    scale=LOGIT,
    too_few=_rare_labels,
    hub="f1",
)
SAMPLES_F1 = Measure(
    "samples_f1",
    "Samples F1",
    "mean over rows of the F1 of a row's labels; a row without any, given or predicted, has 1.",
    "label_sets.samples_f1",
    label_sets.samples_f1,
    _rows,
    ROWS,
    _no_rows,
    scale=LOGIT,
    hub="f1",
)
SUBSET_ACCURACY = Measure(
    "subset_accuracy",
    "Subset accuracy",
    "share of rows with exactly the right labels.",
    "label_sets.subset_accuracy",
    label_sets.subset_accuracy,
    _rows,
    ROWS,
    _no_rows,
    share=Share(lambda totals: (totals[..., label_sets.IS_RIGHT], totals[..., label_sets.ROWS])),
    hub="accuracy",
)
MICRO_PRECISION = Measure(
    "micro_precision",
    "Micro precision",
    "of the labels it predicts, the share that is given.",
    "label_sets.micro_precision",
    label_sets.micro_precision,
    _predicted,
    PREDICTED,
    _no_labels,
    support=_given,
    share=Share(_reported),
    hub="precision",
)
MICRO_RECALL = Measure(
    "micro_recall",
    "Micro recall",
    "of the labels that are given, the share it predicts.",
    "label_sets.micro_recall",
    label_sets.micro_recall,
    _given,
    GIVEN,
    _no_labels,
    share=Share(_found),
    hub="recall",
)
HAMMING_LOSS = Measure(
    "hamming_loss",
    "Hamming loss",
    "share of all label decisions that are wrong: a row has one for each label; lower is better.",
    "label_sets.hamming_loss",
    label_sets.hamming_loss,
    _decisions,
    DECISIONS,
    _no_rows,
    share=Share(label_sets.wrong_decisions),
    is_error=True,
    is_proper=True,
)

# Of ranked rows: `ranking.ranked_rows` holds probabilities and gold labels side by side.


def _ranked_rows(totals: Floats) -> float:
    return float(ranking.positives(totals).sum())


def _none_ranked(totals: Floats) -> str:
    return "undefined: no row has the label"


MACRO_AP = Measure(
    "macro_average_precision",
    "Macro average precision",
    "mean over labels of the area under precision and recall of the rows ranked by the label's probability, whatever "
    "the threshold; a label that no row has does not count.",
    "ranking.macro_average_precision",
    ranking.of_no_sums,
    _ranked_rows,
    GIVEN,
    _none_ranked,
    of_rows=ranking.macro_average_precision,
    scale=LOGIT,
)
AVERAGE_PRECISION = Measure(
    "average_precision",
    "Average precision",
    "area under precision and recall of the rows ranked by the label's probability, whatever the threshold.",
    "ranking.average_precision",
    ranking.of_no_sums,
    _ranked_rows,
    "rows with the label",
    _none_ranked,
    of_rows=ranking.macro_average_precision,
    scale=LOGIT,
)

LABEL_SET_MEASURES = (
    MICRO_F1, LABEL_MACRO_F1, SAMPLES_F1, SUBSET_ACCURACY, MICRO_PRECISION, MICRO_RECALL, HAMMING_LOSS,
)  # fmt: skip
_OF = {
    "precision": ("of the rows that are given the label, the share that has it.", "rows given the label"),
    "recall": ("of the rows that have the label, the share that is given it.", "rows with the label"),
    "f1": ("harmonic mean of precision and recall of the label.", "rows with the label"),
}


def _absent(totals: Floats) -> str:
    return f"undefined: no row {'has' if float(totals[2]) == 0 else 'was given'} this label"


LABEL_MEASURES = tuple(
    replace(measure, meaning=_OF[measure.key][0], counted=_OF[measure.key][1], undefined=_absent)
    for measure in CLASS_MEASURES
)
