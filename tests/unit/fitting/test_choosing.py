"""The pair of view and penalty that is best on rows it did not see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from tunecard.fitting import choosing
from tunecard.fitting.choosing import Examples, choose, seeded_rows
from tunecard.fitting.linear_models import classes, numbers
from tunecard.fitting.views import Scaling

RANDOM = np.random.default_rng(7)


def examples(rows: int, seed: int) -> Examples:
    """Three classes that the view `telling` tells apart and the view `noise` does not."""
    random = np.random.default_rng(seed)
    targets = random.integers(0, 3, rows)
    telling = np.eye(3)[targets] + random.normal(0, 0.6, (rows, 3))
    return Examples({"noise": random.normal(size=(rows, 3)), "telling": telling}, targets, np.arange(rows))


def test_the_view_that_tells_and_the_best_penalty_are_chosen():
    learned, held = examples(150, 0), examples(100, 1)
    chosen = choose(classes((1e-4, 1.0, 10.0)), learned, held)
    scores = {
        c: LogisticRegression(C=c, max_iter=300)
        .fit(learned.views["telling"], learned.targets)
        .score(held.views["telling"], held.targets)
        for c in (1e-4, 1.0, 10.0)
    }
    assert (chosen.view, chosen.penalty) == ("telling", max(scores, key=scores.__getitem__))
    assert chosen.score == pytest.approx(max(scores.values())) and chosen.chosen_on == "validation"


def test_numbers_are_chosen_by_squared_error():
    learned, held = examples(150, 0), examples(100, 1)
    targets = {side: one.views["telling"] @ [1.0, 2.0, -1.0] for side, one in (("in", learned), ("out", held))}
    chosen = choose(numbers((0.1, 1e6)), replace(learned, targets=targets["in"]), replace(held, targets=targets["out"]))
    ridge = Ridge(alpha=0.1).fit(learned.views["telling"], targets["in"])
    assert (chosen.view, chosen.penalty) == ("telling", 0.1)
    np.testing.assert_allclose(chosen.predict(held.views), ridge.predict(held.views["telling"]), rtol=1e-6)
    assert chosen.score == pytest.approx(((ridge.predict(held.views["telling"]) - targets["out"]) ** 2).mean())


def test_few_held_labels_leave_the_choice_to_folds():
    learned, held = examples(150, 0), examples(100, 1)
    kind = classes((1e-4, 1.0, 10.0))
    few, none = choose(kind, learned, held.take(np.arange(49))), choose(kind, learned, None)
    assert (few.view, few.penalty, few.score, few.chosen_on) == (none.view, none.penalty, none.score, none.chosen_on)
    assert choose(kind, learned, held.take(np.arange(50))).chosen_on == "validation"


def test_without_validation_folds_judge_one_another_with_rows_whole():
    """Two copies of a row, one in each fold, would let noise tell the class of its copy."""
    once = examples(60, 3)
    places = np.repeat(np.arange(60), 2)
    twice = Examples(
        {"telling": once.views["telling"][places], "name": np.eye(60)[places]}, once.targets[places], places
    )
    chosen = choose(classes((10.0,)), twice, None)
    assert chosen.view == "telling" and chosen.chosen_on == "3 folds of train" and 0.5 < chosen.score < 1


def test_pairs_are_compared_on_some_and_the_chosen_one_learns_from_all(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(choosing, "CHOOSING", 30)
    learned, held = examples(150, 0), examples(100, 1)
    sizes: list[int] = []
    kind = classes((1.0, 10.0))

    def fit(features, targets, c):
        sizes.append(len(targets))
        return kind.fit(features, targets, c)

    choose(replace(kind, fit=fit), learned, held)
    assert max(sizes[:-1]) < 40 and len(sizes) == 5 and sizes[-1] == 150
    monkeypatch.setattr(choosing, "CHOOSING", 150)
    sizes.clear()
    choose(replace(kind, fit=fit), learned, held)
    assert sizes == [150] * 4  # the best of the four has learned from all already


def test_one_class_is_what_is_said():
    one = Examples({"x": np.ones((4, 2))}, np.full(4, 2), np.arange(4))
    assert choose(classes((1.0, 10.0)), one, None).predict({"x": np.zeros((3, 2))}).tolist() == [2, 2, 2]


def test_rows_that_are_left_out_are_drawn_once_and_for_all():
    assert seeded_rows(5, 5).tolist() == [0, 1, 2, 3, 4]
    drawn = seeded_rows(1000, 10)
    assert drawn.tolist() == seeded_rows(1000, 10).tolist() == sorted(set(drawn.tolist())) and len(drawn) == 10


def test_views_come_to_one_size():
    vectors = RANDOM.normal(3, 5, (50, 8))
    scaled = Scaling({"mean": vectors, "first": vectors}, frozenset({"mean"}))
    found = scaled({"mean": vectors[:4], "first": vectors[:4]})
    np.testing.assert_allclose(np.linalg.norm(found["mean"], axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(found["first"], vectors[:4] / (vectors.std() * np.sqrt(8)), rtol=1e-6)
