"""What the card says of the search for weak slices, and of the score without rows that training has."""

import pytest
from example_findings import score, text_run
from read_markdown import uncited

from tunecard.card.sections.limitations import answers
from tunecard.evidence import Findings, measured

HOW = {"split": "test", "method": "n = rows"}


def limits(*more):
    ids = {one.id for one in more}
    kept = [one for one in text_run() if one.id not in ids]
    return uncited(answers(Findings([*kept, *more]))["bias_risks_limitations"].text)


def test_the_search_tells_how_many_slices_it_looked_at():
    found = [{"slice": "digits=no digit, length=1-8 words", "value": 0.41, "interval": None, "n": 40, "p": 0.01}]
    told = limits(measured("results.test.worst_slices", found, n=31, **HOW))
    assert "of 31 slices by one or two factors, corrected for all, clearly below the whole: " in told
    assert "0.410" in told
    none = limits(measured("results.test.worst_slices", [], n=31, **HOW))
    assert "of 31 slices by one or two factors none is clearly below the whole." in none


@pytest.mark.parametrize(
    ("interval", "told"),
    [((-0.03, -0.01), "they move the score"), ((-0.03, 0.01), "no more than chance explains"), (None, "all rows.")],
)
def test_copies_of_training_rows_are_told_with_what_they_move(interval, told):
    headline = str(Findings(text_run()).value("results.headline")).rpartition(".")[2]
    level = None if interval is None else 0.95
    found = limits(
        measured("data.overlap.train.test", 30, n=3080, split="test", method="equal text"),
        score(f"results.test.clean.{headline}", 0.8, (0.78, 0.82), 3050),
        measured("results.test.clean.difference", -0.02, interval=interval, level=level, n=3050, **HOW),
    )
    assert "Without them the " in found and told in found
