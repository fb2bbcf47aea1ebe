"""What the card says of keeping answers back: the surest half, thresholds with what they hold, and a recommendation."""

import pytest
from example_findings import text_run
from read_markdown import uncited

from tunecard.card.abstaining import abstaining_advice, abstaining_told
from tunecard.card.pictures import PICTURES
from tunecard.evidence import Findings, measured

CHOSEN = "results.test.abstention"


def with_chosen(records):
    kept = [finding for finding in text_run() if finding.id != CHOSEN]
    return Findings([*kept, measured(CHOSEN, records, split="test", n=9, method="n = rows")])


def test_the_surest_half_stands_beside_all():
    told = uncited(abstaining_told(text_run()))
    assert "Of the 50 % of texts that it is surest of, a share of 0.062 is wrong, of all 0.250." in told
    assert "The area under risk against coverage is 0.087" in told
    assert "validation shows none" in told and "0.700" in told


def test_the_advice_names_the_threshold_and_what_it_held():
    (advice,) = map(uncited, abstaining_advice(text_run()))
    assert "from a stated probability of 0.700 on" in advice and "9 %" in advice and "60 %" in advice
    assert abstaining_advice(with_chosen([{"at_most": 0.05, "threshold": None}])) == []


@pytest.mark.parametrize("record", [{"at_most": "x", "threshold": 0.5}, {"at_most": 0.1, "threshold": 0.5}, {}])
def test_records_that_are_not_whole_are_left_out(record):
    findings = with_chosen([record])
    assert abstaining_advice(findings) == [] and "Risk at most" not in abstaining_told(findings)


def test_the_picture_says_the_risk_at_some_coverages():
    words = PICTURES["risk_coverage"].words(text_run())
    assert words.endswith("1.000 0.250.")
    assert PICTURES["risk_coverage"].sources(text_run()) == ["results.test.risk_coverage"]
