"""Whether text that is none of its business gets less sure answers: shuffled, in another script, cut short, empty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import logsumexp

from tunecard.evidence import Finding, measured, not_measured
from tunecard.examination.subject import Subject
from tunecard.metrics.auc import auc, auc_interval, false_positives_at_recall
from tunecard.metrics.counts import Floats
from tunecard.rows.dataset import Split
from tunecard.tasks.free_inputs import free_inputs
from tunecard.tasks.whole_splits import decode_split

ID = "examination.out_of_scope"
LEAST = 20  # rows
RECALL = 0.95
NAMES = ("probability", "energy")
Words = Callable[[Sequence[str], np.random.Generator], list[str]]

CYRILLIC = dict(zip("abcdefghijklmnopqrstuvwxyz", "абцдефгхийклмнопкрстуввхйз", strict=True))
OTHER_SCRIPT = str.maketrans(CYRILLIC | {latin.upper(): other.upper() for latin, other in CYRILLIC.items()})


def _shuffled(words: Sequence[str], draws: np.random.Generator) -> list[str]:
    return [words[place] for place in draws.permutation(len(words))]


def _other_script(words: Sequence[str], draws: np.random.Generator) -> list[str]:
    return [word.translate(OTHER_SCRIPT) for word in words]


def _cut(words: Sequence[str], draws: np.random.Generator) -> list[str]:
    return list(words[:1])


def _empty(words: Sequence[str], draws: np.random.Generator) -> list[str]:
    return [""] if words else []


KINDS: dict[str, Words] = {
    "words shuffled": _shuffled,
    "another script": _other_script,
    "first word only": _cut,
    "empty": _empty,
}


class OutOfScope:
    """How well the highest probability and the energy tell the rows from the same rows made meaningless.

    Source: Hendrycks and Gimpel 2017 (highest softmax probability); Liu et al. 2020 (energy).
    """

    name = "out-of-scope"

    def price(self, subject: Subject) -> int:
        """A pass for each row, and one for each kind of text made of it."""
        return len(subject.rows) * (1 + len(KINDS)) if subject.task.scoring.calibration else 0

    def run(self, subject: Subject, budget: int) -> list[Finding]:
        """`examination.out_of_scope`, a record for each kind."""
        if not subject.task.scoring.calibration:
            return [not_measured(ID, reason="its answers carry no probabilities that could be lower")]
        rows = subject.sample(subject.rows, budget // (1 + len(KINDS)))
        if len(rows) < LEAST:
            return [not_measured(ID, reason=f"{len(rows)} rows, under {LEAST}")]
        free = free_inputs(subject.task, rows.inputs)
        usual = _sureness(subject, rows, "Rows as they are")
        found: list[Any] = []
        for kind, change in KINDS.items():
            draws = np.random.default_rng(subject.seed)
            strange = _sureness(subject, made_strange(rows, free, change, draws), f"Out of scope: {kind}")
            pairs = zip(NAMES, usual, strange, strict=True)
            found.append({"text": kind} | {key: value for pair in pairs for key, value in _apart(*pair).items()})
        return [
            measured(
                ID,
                found,
                n=len(rows),
                method="area under the ROC curve by which the highest stated probability (of tags the mean over "
                "words), and the energy (log of the summed exponentials of the logits), tell rows as they are from "
                "the same rows changed; DeLong's 95 % interval on the logit scale; `false_positives` is the share of "
                f"changed rows that pass a threshold which {RECALL:.0%} of the rows pass; n = rows of each kind",
                split=rows.name,
            )
        ]


def made_strange(rows: Split, free: Sequence[str], change: Words, draws: np.random.Generator) -> Split:
    """Every text of every row, or its words, changed; without the labels.

    Args:
        free: the inputs that may be changed.
    """

    def changed(value: Any) -> Any:
        return " ".join(change(value.split(), draws)) if isinstance(value, str) else change(value, draws)

    inputs = {role: [changed(value) for value in rows.inputs[role]] for role in free}
    return replace(rows, inputs={**rows.inputs, **inputs}, labels=[None] * len(rows))


def _sureness(subject: Subject, rows: Split, title: str) -> tuple[Floats, Floats]:
    """(N,) the highest stated probability of each row, and (N,) its energy; a mean over words, 0 of no word."""
    logits, encoded = subject.logits(rows, title)
    stated = [stated for _, stated in decode_split(subject.task, logits, encoded, rows.labels)]
    highest = [_mean([float(np.max(one)) for one in _lists(likely)]) for likely in stated]
    energy = [_mean(np.atleast_1d(logsumexp(one, axis=-1)).tolist()) for one in logits]
    return np.array(highest), np.array(energy)


def _lists(stated: Any) -> list[Any]:
    """Lists of probabilities: one of a text, one a word that was read of words."""
    if stated is None or len(stated) == 0:
        return []
    is_of_words = stated[0] is None or not np.isscalar(stated[0])
    return [one for one in stated if one is not None] if is_of_words else [stated]


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else 0.0


def _apart(name: str, usual: Floats, strange: Floats) -> dict[str, Any]:
    interval = auc_interval(usual, strange)
    return {
        f"{name}_auroc": auc(usual, strange),
        f"{name}_interval": None if interval is None else list(interval),
        f"{name}_false_positives": false_positives_at_recall(usual, strange, RECALL),
    }
