"""Labels of the training rows that a probe doubts, as a finding: how many, where, and which are taken for which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from tunecard.evidence import Finding, measured, not_measured
from tunecard.rows.dataset import Dataset
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks import task_for
from tunecard.training import FrozenFeatures, LabelDoubts
from tunecard.training.label_doubts import FILTER, FOLDS, INVERSE_REGULARISATION
from tunecard.training.result import Trained

SHOWN_ROWS, SHOWN_PAIRS = 20, 10
_ID = "data.suspect_labels.train"


def suspect_label_findings(
    trained: Trained, dataset: Dataset, encoded: EncodedSplit, note: Callable[[str], None]
) -> list[Finding]:
    """`data.suspect_labels.train`, from the frozen features that the head started from. No text is in it.

    Args:
        encoded: the training rows of `dataset` as token ids.
        note: hears what is looked at.
    """
    probe = trained.probe
    if probe is None or probe.features is None:
        why = "no linear probe of the frozen encoder was fitted: `adapter.train_head: from-probe` fits one where it can"
        return no_suspect_labels(why)
    features = probe.features
    note(f"looking for suspect labels among {len(features):,} that the probe learned from")
    doubts = probe.objective.doubt_labels(features, trained.seed, of_tokens=encoded.word_starts is not None)
    if isinstance(doubts, str):
        return no_suspect_labels(doubts)
    return [_finding(dataset, encoded, features, doubts, trained.seed)]


def no_suspect_labels(why: str) -> list[Finding]:
    """`data.suspect_labels.train` where nobody looked."""
    return [not_measured(_ID, reason=why, split="train")]


def _finding(
    dataset: Dataset, encoded: EncodedSplit, features: FrozenFeatures, doubts: LabelDoubts, seed: int
) -> Finding:
    names = dataset.labels
    pairs = [
        (names[features.labels[suspect]], names[likely])
        for suspect, likely in zip(doubts.suspects, doubts.likely, strict=True)
    ]
    judged, count = len(doubts.judged), len(doubts.suspects)
    value: dict[str, Any] = {
        "count": count,
        "share": count / judged,
        "probe_accuracy": doubts.accuracy,
        "most_suspect": [
            {**_place(dataset, encoded, features, int(suspect)), "given": given, "likely": likely}
            for suspect, (given, likely) in list(zip(doubts.suspects, pairs, strict=True))[:SHOWN_ROWS]
        ],
        "pairs": [
            {"given": given, "likely": likely, "count": number}
            for (given, likely), number in sorted(Counter(pairs).items(), key=lambda pair: (-pair[1], pair[0]))
        ][:SHOWN_PAIRS],
    }
    unit = f"{task_for(dataset).words.item}s"
    method = (
        f"logistic regression (C={INVERSE_REGULARISATION:g}) on frozen features, {FOLDS}-fold cross-validated by rows; "
        f"cleanlab's find_label_issues, filter {FILTER}; {_looked_at(dataset, features, judged, unit)}"
    )
    return measured(_ID, value, n=judged, unit=unit, seed=seed, method=method, split="train")


def _place(dataset: Dataset, encoded: EncodedSplit, features: FrozenFeatures, suspect: int) -> dict[str, int]:
    """The row's position in the source split and, for tokens, the word's position in it."""
    row, place = int(features.rows[suspect]), int(features.places[suspect])
    position = {"row": dataset.splits["train"].rows[row]}
    starts = encoded.word_starts
    return position if starts is None else position | {"word": starts[row].index(place)}


def _looked_at(dataset: Dataset, features: FrozenFeatures, judged: int, unit: str) -> str:
    rows, used = len(dataset.splits["train"]), len(set(features.rows.tolist()))
    which = "all rows of train" if used == rows else f"a seeded sample of {used:,} of the {rows:,} rows of train"
    rare = len(features) - judged
    left = f"; {rare:,} {unit} whose label stands in fewer than {FOLDS} rows were not judged" if rare else ""
    return f"{which}, {judged:,} {unit}{left}"
