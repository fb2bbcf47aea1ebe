"""Do the intervals of a card hold the level that they state? Every kind of them, on made-up rows whose truth is known.

    python benchmarks/coverage.py [--draws 1000] [--only NAME...]

Each line is a kind of score on a kind of rows: how often the 95 % interval held the truth, among how many draws that
had an interval, and how many had none. Then how often a part is told to be clearly below the whole where none is.
Single-threaded; a few minutes at 1,000 draws.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from tunecard.evaluation.calibration import MEAN_BRIER, SURPLUS
from tunecard.evaluation.together import ALPHA, holm
from tunecard.metrics.answer_measures import ANSWER_F1
from tunecard.metrics.calibration_interval import calibration_error_interval
from tunecard.metrics.class_measures import ACCURACY, CLASS_MEASURES, MACRO_F1, MCC
from tunecard.metrics.classification import only_class
from tunecard.metrics.counts import RowCounts
from tunecard.metrics.entity_measures import F1, PRECISION, RECALL
from tunecard.metrics.independent import independent_interval
from tunecard.metrics.label_set_measures import LABEL_SET_MEASURES, MACRO_AP
from tunecard.metrics.label_sets import label_set_counts
from tunecard.metrics.measure import Measure, Rows, Sample, sample_of
from tunecard.metrics.number_measures import MAE, MSE, PEARSON, SPEARMAN
from tunecard.metrics.numbers import number_counts
from tunecard.metrics.ranking import ranked_rows
from tunecard.metrics.reliability import calibration_error, gaps_by_bin
from tunecard.metrics.retrieval import rank_counts
from tunecard.metrics.retrieval_measures import MRR, RECALL_AT_1, RECALL_AT_10

Random = np.random.Generator
MANY = 1_000_000


@dataclass(frozen=True)
class Case:
    """One line of the table: `draw` gives an interval, or None, and the truth it should hold."""

    kind: str
    rows: str
    draw: Callable[[Random], tuple[tuple[float, float] | None, float]]


def classes(random: Random, k: int, skew: float) -> np.ndarray:
    """(K, K) probability of each gold and predicted class, about 0.8 right."""
    share = np.arange(1.0, k + 1) ** -skew
    right = np.clip(0.8 + 0.1 * random.standard_normal(k), 0.05, 0.98)
    wrong = random.dirichlet(np.full(k, 0.3), size=k) if k > 1 else np.zeros((1, 1))
    np.fill_diagonal(wrong, 0)
    wrong /= np.maximum(wrong.sum(axis=1, keepdims=True), 1e-12)
    return (share / share.sum())[:, None] * (wrong * (1 - right)[:, None] + np.diag(right))


def class_counts(joint: np.ndarray, rows: int, random: Random) -> RowCounts:
    """Counts of rows drawn from `joint`."""
    k = len(joint)
    used, group = np.unique(random.choice(k * k, size=rows, p=joint.ravel() / joint.sum()), return_inverse=True)
    gold, said = np.divmod(used, k)
    values = np.zeros((len(used), 3 * k))
    at = np.arange(len(used))
    values[at, gold], values[at, k + said], values[at, 2 * k + gold] = gold == said, 1, 1
    return RowCounts(values, group)


def of_classes(measure: Measure, k: int, rows: int, skew: float) -> Case:
    """A score over all classes."""

    def draw(random: Random) -> tuple[tuple[float, float] | None, float]:
        joint = classes(random, k, skew)
        truth = np.concatenate([np.diag(joint), joint.sum(axis=0), joint.sum(axis=1)])
        sample = sample_of(class_counts(joint, rows, random))
        found = measure.interval(sample)[0] if measure.value(sample) is not None else None
        return found, float(measure.statistic(truth[None, :])[0])

    return Case(measure.name, f"{rows} rows, {k} classes{', skewed' if skew else ''}", draw)


def of_one_class(measure: Measure, rows: int, share: float) -> Case:
    """A score of the first of two classes."""

    def draw(random: Random) -> tuple[tuple[float, float] | None, float]:
        joint = np.array([[share * 0.8, share * 0.2], [(1 - share) * 0.05, (1 - share) * 0.95]])
        truth = only_class(np.concatenate([np.diag(joint), joint.sum(axis=0), joint.sum(axis=1)]), 0)
        sample = Sample(Rows(class_counts(joint, rows, random)), narrow=lambda counts: only_class(counts, 0))
        found = measure.interval(sample)[0] if measure.value(sample) is not None else None
        return found, float(measure.statistic(truth[None, :])[0])

    return Case(f"{measure.name} of a class", f"{rows * share:g} of {rows} rows", draw)


def entity_rows(rows: int, a_row: float, alike: float, recall: float, precision: float, random: Random) -> np.ndarray:
    """(N, 8) counts of one type: rows share what is easy in them, by an intraclass correlation of `alike`."""
    gold = random.poisson(a_row, size=rows)
    ease = random.beta(recall * (1 - alike) / alike, (1 - recall) * (1 - alike) / alike, size=rows) if alike else recall
    matched = random.binomial(gold, ease)
    spurious = random.poisson(a_row * recall * (1 / precision - 1), size=rows)
    counts = np.zeros((rows, 8))
    counts[:, 0], counts[:, 1], counts[:, 2] = matched, matched + spurious, gold
    return counts


def of_entities(measure: Measure, rows: int, a_row: float, alike: float) -> Case:
    """A score of entities, several in a row."""
    truth_rows = np.array([[0.8, 1.0, 1.0, 0, 0, 0, 0, 0]])  # recall and precision 0.8

    def draw(random: Random) -> tuple[tuple[float, float] | None, float]:
        sample = sample_of(RowCounts.from_rows(entity_rows(rows, a_row, alike, 0.8, 0.8, random)))
        found = measure.interval(sample)[0] if measure.value(sample) is not None else None
        return found, float(measure.statistic(truth_rows)[0])

    return Case(measure.name, f"{rows} rows, {a_row:g} entities a row, correlation {alike:g}", draw)


def of_difference(measure: Measure, rows: int, a_row: float, gap: float) -> Case:
    """A difference of two predictors that agree on most entities."""

    def draw(random: Random) -> tuple[tuple[float, float] | None, float]:
        one = entity_rows(rows, a_row, 0.1, 0.8, 0.8, random)
        lost = random.binomial(one[:, 0].astype(int), gap)
        won = random.binomial((one[:, 2] - one[:, 0]).astype(int), 0.1)
        other = one.copy()
        other[:, 0] += won - lost
        other[:, 1] += won - lost
        counts = Rows(RowCounts.from_rows(one).beside(RowCounts.from_rows(other)))
        interval, _ = measure.difference(Sample(counts, (0, 8)), Sample(counts, (8, None)))
        matched = 0.8 - 0.8 * gap + 0.2 * 0.1
        truth = [0.8, float(measure.statistic(np.array([[matched, matched + 0.2, 1.0, 0, 0, 0, 0, 0]]))[0])]
        return interval, truth[0] - truth[1]

    return Case(f"Difference of {measure.phrase}", f"{rows} rows, {a_row:g} entities a row, gap {gap:g}", draw)


def of_accuracies(rows: int, ours: float, theirs: float) -> Case:
    """A difference of accuracies; `ours` of the rows only one predictor has right, `theirs` only the other."""

    def draw(random: Random) -> tuple[tuple[float, float] | None, float]:
        kind = random.choice(3, size=rows, p=[ours, theirs, 1 - ours - theirs])
        both = kind == 2
        sides = [np.column_stack([(kind == own) | both, np.ones(rows), np.ones(rows)]) for own in (0, 1)]
        counts = Rows(RowCounts.from_rows(sides[0]).beside(RowCounts.from_rows(sides[1])))
        return ACCURACY.difference(Sample(counts, (0, 3)), Sample(counts, (3, None)))[0], ours - theirs

    return Case("Difference of accuracy", f"{rows} rows, {ours:g} won, {theirs:g} lost", draw)


def apart(measure: Measure, samples: list[Sample]) -> tuple[float, float] | None:
    """The interval of the first score minus the second, whose rows have nothing to do with each other."""
    values, intervals = [measure.value(one) for one in samples], [measure.interval(one)[0] for one in samples]
    if values[0] is None or values[1] is None or intervals[0] is None or intervals[1] is None:
        return None
    return independent_interval(values[0], intervals[0], values[1], intervals[1])


def of_other_rows(own: tuple[int, float], other: tuple[int, float]) -> Case:
    """A difference of accuracies on different rows: how many, and which share is right."""

    def draw(random: Random) -> tuple[tuple[float, float] | None, float]:
        right = [random.random(rows) < share for rows, share in (own, other)]
        counts = [RowCounts.from_rows(np.column_stack([one, np.ones(len(one)), np.ones(len(one))])) for one in right]
        return apart(ACCURACY, [sample_of(one) for one in counts]), own[1] - other[1]

    return Case("Difference of accuracy, other rows", f"{own[0]} rows, {own[1]:g}; {other[0]}, {other[1]:g}", draw)


def of_other_texts(own: int, other: int, alike: float) -> Case:
    """A difference of F1 on different sentences, recall 0.6 and 0.8."""
    recalls, precision = (0.6, 0.8), 0.8
    sums = [[recall, recall / precision, 1.0, 0, 0, 0, 0, 0] for recall in recalls]
    truth = [float(F1.statistic(np.array([one]))[0]) for one in sums]

    def draw(random: Random) -> tuple[tuple[float, float] | None, float]:
        sides = zip((own, other), recalls, strict=True)
        drawn = [entity_rows(rows, 3, alike, recall, precision, random) for rows, recall in sides]
        return apart(F1, [sample_of(RowCounts.from_rows(one)) for one in drawn]), truth[0] - truth[1]

    return Case("Difference of strict F1, other rows", f"{own} and {other} rows, correlation {alike:g}", draw)


def of_groups(groups: int, alike: float, right: float) -> Case:
    """Accuracy where five rows belong together."""

    def draw(random: Random) -> tuple[tuple[float, float] | None, float]:
        ease = random.beta(right * (1 - alike) / alike, (1 - right) * (1 - alike) / alike, size=groups)
        is_right = random.random((groups, 5)) < ease[:, None]
        rows = np.column_stack([is_right.ravel(), np.ones(5 * groups), np.ones(5 * groups)])
        counts = RowCounts.from_rows(rows).in_units(np.repeat(np.arange(groups), 5))
        return ACCURACY.interval(sample_of(counts))[0], right

    return Case("Accuracy, groups of 5", f"{groups} groups, correlation {alike:g}, {right:g} right", draw)


def numbers(rows: int, tails: str, random: Random) -> tuple[np.ndarray, np.ndarray]:
    """Gold and predicted numbers, correlation about 0.85; heavy tails are Student's t with 5 degrees of freedom."""
    gold = random.standard_normal(rows)
    noise = random.standard_t(5, rows) if tails == "heavy" else random.standard_normal(rows)
    said = 0.8 * gold + 0.5 * noise
    if tails == "ratings":
        gold, said = np.round(np.clip(gold * 1.2 + 2.5, 0, 5) * 5) / 5, np.clip(said * 1.2 + 2.5, 0, 5)
    return gold, said


def of_numbers(measure: Measure, rows: int, tails: str) -> Case:
    """A score of numbers."""
    truth: list[float] = []

    def draw(random: Random) -> tuple[tuple[float, float] | None, float]:
        if not truth:
            gold, said = numbers(MANY, tails, np.random.default_rng(1))
            ranked = measure is SPEARMAN
            pair = [np.argsort(np.argsort(side)).astype(float) for side in (gold, said)] if ranked else [gold, said]
            gaps = pair[1] - pair[0]
            known = {"mse": (gaps**2).mean(), "mae": np.abs(gaps).mean()}
            truth.append(float(known.get(measure.key, np.corrcoef(*pair)[0, 1])))
        return measure.interval(sample_of(number_counts(*numbers(rows, tails, random))))[0], truth[0]

    return Case(measure.name, f"{rows} rows, {tails} errors", draw)


def of_answers(rows: int, right: float, wrong: float) -> Case:
    """F1 of answers: `right` of the questions have all words, `wrong` none, the rest some."""
    some = np.array([0.25, 0.4, 0.5, 2 / 3, 0.8])
    truth = right + (1 - right - wrong) * float(some.mean())

    def draw(random: Random) -> tuple[tuple[float, float] | None, float]:
        kind = random.choice(3, size=rows, p=[right, wrong, 1 - right - wrong])
        overlap = np.where(kind == 2, random.choice(some, size=rows), kind == 0)
        ones, exact = np.ones(rows), kind == 0
        counts = RowCounts.from_rows(np.column_stack([ones, exact, overlap, ones, exact, overlap]))
        return ANSWER_F1.interval(sample_of(counts))[0], truth

    return Case(ANSWER_F1.name, f"{rows} questions, {right:g} all words, {wrong:g} none", draw)


def of_ranks(measure: Measure, rows: int, right: float) -> Case:
    """A score of ranks; `right` of the partners are the nearest, the others stand anywhere before the fiftieth."""

    def ranks(n: int, random: Random) -> np.ndarray:
        return np.where(random.random(n) < right, 1, random.integers(2, 50, n))

    truth: list[float] = []

    def draw(random: Random) -> tuple[tuple[float, float] | None, float]:
        if not truth:
            many = ranks(MANY, np.random.default_rng(1)).tolist()
            truth.append(float(measure.statistic(rank_counts(many, many).totals()[None, :])[0]))
        drawn = ranks(rows, random).tolist()
        return measure.interval(sample_of(rank_counts(drawn, drawn)))[0], truth[0]

    return Case(measure.name, f"{rows} rows, {right:g} nearest", draw)


def stated(rows: int, kind: str, random: Random) -> tuple[np.ndarray, np.ndarray]:
    """What a model states of its answers, and how often such answers are right."""
    z = random.normal(1.5, 1.5, size=rows)
    true = 1 / (1 + np.exp(-z))
    said = {"calibrated": true, "overconfident": 1 / (1 + np.exp(-1.6 * z - 0.3)), "0.08 too high": true + 0.08}[kind]
    return np.clip(said, 0.2, 0.999), true if kind != "calibrated" else np.clip(true, 0.2, 0.999)


def of_calibration(rows: int, kind: str) -> Case:
    """The expected calibration error."""
    truth: list[float] = []

    def draw(random: Random) -> tuple[tuple[float, float] | None, float]:
        if not truth:
            said, true = stated(MANY, kind, np.random.default_rng(1))
            truth.append(float(calibration_error(gaps_by_bin(said, true).sum(axis=0), np.array(float(MANY)))))
        said, true = stated(rows, kind, random)
        is_right = random.random(rows) < true
        return calibration_error_interval(said, is_right, np.arange(rows)), truth[0]

    return Case("Expected calibration error", f"{rows} rows, {kind}", draw)


def of_means(measure: Measure, rows: int, kind: str) -> Case:
    """The mean surplus of confidence, and Brier's score of two classes."""

    def item(said: np.ndarray, right: np.ndarray) -> np.ndarray:
        return said - right if measure is SURPLUS else 2 * (said - right) ** 2

    truth: list[float] = []

    def draw(random: Random) -> tuple[tuple[float, float] | None, float]:
        if not truth:
            said, true = stated(MANY, kind, np.random.default_rng(1))
            truth.append(float((true * item(said, np.ones(MANY)) + (1 - true) * item(said, np.zeros(MANY))).mean()))
        said, true = stated(rows, kind, random)
        added = item(said, (random.random(rows) < true).astype(float))
        return measure.interval(sample_of(RowCounts.from_rows(np.column_stack([np.ones(rows), added]))))[0], truth[0]

    return Case(measure.name, f"{rows} rows, {kind}", draw)


def label_rows(labels: int) -> tuple[np.ndarray, np.ndarray]:
    """(P, K) probabilities of labels, the later the rarer, and which rows have them: the truth is that of all rows."""
    random, rows = np.random.default_rng(3), 20_000
    ease = random.normal(size=(rows, 1))  # what is easy in a row is easy for all of its labels
    logits = random.normal(size=(rows, labels)) * 1.5 + 0.5 * ease - np.linspace(0.5, 2.5, labels)
    has = random.random(logits.shape) < 1 / (1 + np.exp(-1.3 * logits))
    return 1 / (1 + np.exp(-logits)), has


def of_label_sets(measure: Measure, labels: int, rows: int) -> Case:
    """A score of several labels a row."""
    stated, has = label_rows(labels)
    names = [str(label) for label in range(labels)]
    sets = [[[names[label] for label in np.flatnonzero(row)] for row in side] for side in (has, stated >= 0.4)]
    everything = ranked_rows(stated, has) if measure.of_rows else label_set_counts(*sets, names)
    truth = sample_of(everything).score(measure)

    def draw(random: Random) -> tuple[tuple[float, float] | None, float]:
        sample = sample_of(everything.take(random.integers(0, len(has), rows)))
        return (measure.interval(sample)[0] if measure.value(sample) is not None else None), truth

    return Case(measure.name, f"{rows} rows, {labels} labels", draw)


def worst_of(parts: int, rows: int) -> Case:
    """The lowest of equal parts, with the level of all of them at once."""

    def draw(random: Random) -> tuple[tuple[float, float] | None, float]:
        right = random.binomial(rows, 0.8, size=parts).min()
        counts = np.column_stack([np.arange(rows) < right, np.ones(rows), np.ones(rows)])
        return ACCURACY.estimate(sample_of(RowCounts.from_rows(counts))).interval(1 - ALPHA / parts), 0.8

    return Case("Worst of equal parts", f"{parts} parts of {rows} rows", draw)


def cases() -> Iterator[Case]:
    """Every kind of interval."""
    yield from (of_classes(ACCURACY, 3, rows, 0) for rows in (10, 30, 100, 1000))
    sizes = ((2, 20), (2, 200), (6, 50), (6, 500), (20, 200), (20, 1000), (77, 200), (77, 1000), (77, 3000))
    yield from (of_classes(measure, *size, skew) for size in sizes for skew in (0, 1) for measure in (MACRO_F1, MCC))
    parts = ((20, 0.2), (100, 0.1), (400, 0.1))
    yield from (of_one_class(measure, *part) for measure in CLASS_MEASURES for part in parts)
    texts = ((5, 3), (20, 3), (10, 0.3), (100, 0.1), (100, 1), (1000, 3))
    yield from (
        of_entities(one, *text, alike) for one in (F1, PRECISION, RECALL) for text in texts for alike in (0, 0.3)
    )
    yield from (of_difference(F1, rows, 3, gap) for rows in (50, 200, 1000) for gap in (0.02, 0.1))
    ends = ((0.05, 0.02), (0.1, 0.1), (0.2, 0.05))
    yield from (of_accuracies(rows, *won_and_lost) for rows in (50, 100, 400) for won_and_lost in ends)
    shares = (((20, 0.9), (200, 0.95)), ((50, 0.8), (500, 0.9)), ((200, 0.97), (200, 0.97)))
    yield from (of_other_rows(*both) for both in shares)
    yield from (of_other_texts(*size) for size in ((20, 200, 0.3), (50, 500, 0.1), (300, 300, 0.3)))
    yield from (of_groups(n, alike, right) for n in (10, 20, 100) for alike in (0.1, 0.5) for right in (0.8, 0.95))
    kinds = ("normal", "heavy", "ratings")
    yield from (
        of_numbers(one, n, kind) for one in (PEARSON, SPEARMAN, MSE, MAE) for n in (30, 100, 1000) for kind in kinds
    )
    kinds_of_answers = ((0.5, 0.3), (0.8, 0.05), (0.05, 0.9))
    yield from (of_answers(rows, *share) for rows in (10, 20, 30, 100, 1000) for share in kinds_of_answers)
    yield from (
        of_ranks(one, n, right)
        for one in (MRR, RECALL_AT_1, RECALL_AT_10)
        for n in (30, 100, 1000)
        for right in (0.3, 0.8)
    )
    of_sets = (*LABEL_SET_MEASURES, MACRO_AP)
    yield from (of_label_sets(one, *size) for one in of_sets for size in ((3, 60), (3, 400), (10, 400)))
    models = ("calibrated", "overconfident", "0.08 too high")
    yield from (of_calibration(rows, model) for model in models for rows in (30, 90, 300, 2000))
    yield from (of_means(one, n, model) for one in (SURPLUS, MEAN_BRIER) for model in models for n in (30, 90, 1000))
    yield from (worst_of(*size) for size in ((5, 50), (20, 50), (77, 40)))


def false_alarms(parts: int, rows: int, draws: int, random: Random) -> float:
    """How often some part is told to be clearly below the whole, where all have the same accuracy."""
    alarms = 0
    for _ in range(draws):
        right = random.random((parts, rows)) < 0.8
        whole = float(right.mean())
        chances = []
        for part in right:
            counts = RowCounts.from_rows(np.column_stack([part, np.ones(rows), np.ones(rows)]))
            chances.append(ACCURACY.estimate(sample_of(counts)).chance_below(whole) or 0.0)
        alarms += min(holm(chances)) <= ALPHA
    return alarms / draws


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=1000, help="made-up sets a line")
    parser.add_argument("--only", nargs="*", help="kinds whose names hold one of these words")
    arguments = parser.parse_args()
    print("| score | rows | held | none |\n|---|---|---|---|")
    for case in cases():
        if arguments.only and not any(word.lower() in case.kind.lower() for word in arguments.only):
            continue
        random = np.random.default_rng(0)
        found = [case.draw(random) for _ in range(arguments.draws)]
        known = [(interval, truth) for interval, truth in found if interval is not None]
        held = sum(interval[0] - 1e-9 <= truth <= interval[1] + 1e-9 for interval, truth in known)
        share = f"{held / len(known):.3f}" if known else "-"
        print(f"| {case.kind} | {case.rows} | {share} | {1 - len(known) / len(found):.2f} |", flush=True)
    if not arguments.only:
        for parts, rows in ((20, 50), (77, 40)):
            share = false_alarms(parts, rows, arguments.draws, np.random.default_rng(0))
            print(f"| Told to be below | {parts} equal parts of {rows} rows | {share:.3f} of the draws | |", flush=True)


if __name__ == "__main__":
    main()
