"""Whether text that is none of its business is told from the rows: made meaningless, or named as out of scope."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import logsumexp

from tunecard.evidence import Finding, measured, not_measured
from tunecard.examination.budget import share_out
from tunecard.examination.outside import in_scope
from tunecard.examination.subject import Subject
from tunecard.metrics.auc import auc, auc_interval, false_positives_at_recall
from tunecard.metrics.counts import Floats
from tunecard.metrics.distance import nearest_distances
from tunecard.rows.dataset import Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks.free_inputs import free_inputs
from tunecard.tasks.whole_splits import decode_split

ID, NAMED = "examination.out_of_scope", "examination.other_data"
LEAST = 20  # rows
MOST_LEARNED = 1_000  # training rows
RECALL = 0.95
PROBABILITY, ENERGY, DISTANCE = "probability", "energy", "distance"
NO_SCORE = "its answers carry no probabilities that could be lower, and no rows of train are at hand"
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
    """How well three numbers tell the rows from the same rows made meaningless, and from rows that somebody names.

    Source: Hendrycks and Gimpel 2017 (highest softmax probability); Liu et al. 2020 (energy); Sun et al. 2022
    (distance to the nearest training vector).
    """

    name = "out-of-scope"

    def price(self, subject: Subject) -> int:
        """A pass for each row, one for each text made of it, one for each named row and each training row beside."""
        return sum(_parts(subject)) if _scores(subject) else 0

    def run(self, subject: Subject, budget: int) -> list[Finding]:
        """`examination.out_of_scope`, a record for each kind, and `.other_data`, one for each set that is named."""
        if not _scores(subject):
            return [not_measured(id, reason=NO_SCORE) for id in (ID, NAMED)]
        most = share_out(_parts(subject), budget)
        usual_rows = subject.sample(in_scope(subject.rows, subject.outside), min(most[: 1 + len(KINDS)]))
        if len(usual_rows) < LEAST:
            few = f"{len(usual_rows)} rows in scope that may be asked about, under {LEAST}"
            return [not_measured(id, reason=few) for id in (ID, NAMED)]
        scale = _scale(subject, most[-1])
        usual = scale.of(usual_rows, "Rows as they are")
        findings = [_finding(ID, "text", _made(subject, usual_rows, usual, scale), usual_rows, scale)]
        if not subject.outside:
            return [*findings, not_measured(NAMED, reason="the recipe names none (evaluation.out_of_scope)")]
        found = []
        for one, allowed in zip(subject.outside, most[1 + len(KINDS) : -1], strict=True):
            rows = subject.sample(one.rows, allowed)
            strange = scale.of(rows, f"Out of scope: {one.name}") if len(rows) >= LEAST else None
            found.append({"data": one.name, "rows": len(rows)} | ({} if strange is None else _apart(usual, strange)))
        return [*findings, _finding(NAMED, "data", found, usual_rows, scale)]


def _parts(subject: Subject) -> list[int]:
    """Passes by what they are made of: rows as they are, each kind, each named set, training rows."""
    rows = len(in_scope(subject.rows, subject.outside))
    named = [min(len(one.rows), rows) for one in subject.outside]
    return [rows] * (1 + len(KINDS)) + named + [0 if subject.train is None else min(len(subject.train), MOST_LEARNED)]


def _scores(subject: Subject) -> bool:
    return bool(subject.task.scoring.calibration) or subject.train is not None


@dataclass(frozen=True)
class Scale:
    """What says how usual a row is, the higher the more usual.

    Attributes:
        learned: (M, H) vectors of training rows; None where distances to them cannot be told, `why` says why.
    """

    subject: Subject
    learned: Floats | None
    why: str

    def of(self, rows: Split, title: str) -> dict[str, Floats]:
        """Name of each number to (N,) of the rows."""
        logits, encoded, vectors = self.subject.logits_and_vectors(rows, title)
        found = _sureness(self.subject, rows, logits, encoded) if self.subject.task.scoring.calibration else {}
        if self.learned is not None and vectors is not None:
            found[DISTANCE] = -nearest_distances(self.learned, vectors)
        return found


def _scale(subject: Subject, most: int) -> Scale:
    if subject.train is None:
        return Scale(subject, None, "no distance: no rows of train are at hand")
    learned = subject.sample(subject.train, most)
    if len(learned) < LEAST:
        return Scale(subject, None, f"no distance: {len(learned)} rows of train may be read, under {LEAST}")
    _, _, vectors = subject.logits_and_vectors(learned, "Vectors of training rows")
    if vectors is None:
        return Scale(subject, None, "no distance: the head has no linear layer that gives its logits")
    given = "" if subject.has_learned_train else " given (whether it learned from them nobody knows)"
    how = f"distance to the nearest of {len(learned)} of {len(subject.train)} rows of train{given}, of what the head's "
    return Scale(subject, vectors, how + "last layer reads, brought to length 1 (of tokens the mean)")


def _made(subject: Subject, rows: Split, usual: dict[str, Floats], scale: Scale) -> list[Any]:
    """A record of each kind of text that is made of the rows."""
    free = free_inputs(subject.task, rows.inputs)
    found: list[Any] = []
    for kind, change in KINDS.items():
        draws = np.random.default_rng(subject.seed)
        strange = scale.of(made_strange(rows, free, change, draws), f"Out of scope: {kind}")
        found.append({"text": kind} | _apart(usual, strange))
    return found


def _finding(id: str, what: str, found: list[Any], rows: Split, scale: Scale) -> Finding:
    others = "the same rows changed" if what == "text" else f"those of each set (at least {LEAST} of it)"
    return measured(
        id,
        found,
        n=len(rows),
        method="area under the ROC curve by which the highest stated probability (of tags the mean over words), the "
        f"energy (log of the summed exponentials of the logits) and the distance tell rows as they are from {others}; "
        f"{scale.why}; DeLong's 95 % interval on the logit scale; `false_positives` is the share of these rows that "
        f"pass a threshold which {RECALL:.0%} of the rows pass; nothing is tested, so that nothing is corrected for; "
        "n = rows as they are",
        split=rows.name,
    )


def made_strange(rows: Split, free: Sequence[str], change: Words, draws: np.random.Generator) -> Split:
    """Every text of every row, or its words, changed; without the labels.

    Args:
        free: the inputs that may be changed.
    """

    def changed(value: Any) -> Any:
        return " ".join(change(value.split(), draws)) if isinstance(value, str) else change(value, draws)

    inputs = {role: [changed(value) for value in rows.inputs[role]] for role in free}
    return replace(rows, inputs={**rows.inputs, **inputs}, labels=[None] * len(rows))


def _sureness(subject: Subject, rows: Split, logits: list[np.ndarray], encoded: EncodedSplit) -> dict[str, Floats]:
    """(N,) the highest stated probability of each row, and (N,) its energy; a mean over words, 0 of no word."""
    stated = [stated for _, stated in decode_split(subject.task, logits, encoded, rows.labels)]
    highest = [_mean([float(np.max(one)) for one in _lists(likely)]) for likely in stated]
    energy = [_mean(np.atleast_1d(logsumexp(one, axis=-1)).tolist()) for one in logits]
    return {PROBABILITY: np.array(highest), ENERGY: np.array(energy)}


def _lists(stated: Any) -> list[Any]:
    """Lists of probabilities: one of a text, one a word that was read of words."""
    if stated is None or len(stated) == 0:
        return []
    is_of_words = stated[0] is None or not np.isscalar(stated[0])
    return [one for one in stated if one is not None] if is_of_words else [stated]


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else 0.0


def _apart(usual: dict[str, Floats], strange: dict[str, Floats]) -> dict[str, Any]:
    """How well each number tells both kinds of rows apart."""
    found: dict[str, Any] = {}
    for name in (name for name in usual if name in strange):
        interval = auc_interval(usual[name], strange[name])
        found |= {
            f"{name}_auroc": auc(usual[name], strange[name]),
            f"{name}_interval": None if interval is None else list(interval),
            f"{name}_false_positives": false_positives_at_recall(usual[name], strange[name], RECALL),
        }
    return found
