"""What probes found becomes a limit and an advice where a figure is past its threshold, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from example_findings import text_run

from tunecard.card.scope_tables import scope_block
from tunecard.card.sections.limitations import answers
from tunecard.evidence import Finding, Findings, measured


def membership(low: float) -> Finding:
    return measured("examination.membership", 0.727, n=900, interval=(low, 0.8), level=0.95, method="by hand")


def out_of_scope(share: float) -> Finding:
    records: Any = [
        {"text": "words shuffled", "probability_false_positives": share},
        {"text": "empty", "probability_false_positives": 0.0},
    ]
    return measured("examination.out_of_scope", records, n=220, method="by hand")


def sections(*findings: Finding) -> tuple[str, str]:
    told = answers(Findings([*text_run(), *findings]))
    return told["bias_risks_limitations"].text, told["bias_recommendations"].text


@pytest.mark.parametrize(("low", "is_told"), [(0.59, False), (0.61, True)])
def test_learned_rows_that_show_are_a_limit(low: float, is_told: bool) -> None:
    limits, advice = sections(membership(low))
    at = len(text_run()) + 1
    assert (
        f"**Training rows show:** by its loss a learned row is told from another one in [72.7 %][{at}]" in limits
    ) is is_told
    assert ("Do not publish it if who or what was in the training rows must stay unknown." in advice) is is_told


@pytest.mark.parametrize(("share", "is_told"), [(0.49, False), (0.614, True)])
def test_sure_answers_to_nonsense_are_a_limit(share: float, is_told: bool) -> None:
    limits, advice = sections(out_of_scope(share))
    at = len(text_run()) + 1
    assert (f"as they are: words shuffled [61.4 %][{at}]." in limits) is is_told
    assert ("Do not take a high probability as a sign" in advice) is is_told


@pytest.mark.parametrize(("share", "is_told"), [(0.49, False), (0.614, True)])
def test_sure_answers_to_named_data_are_a_limit(share: float, is_told: bool) -> None:
    records: Any = [{"data": "clinc150 test (oos)", "rows": 400, "probability_false_positives": share}]
    limits, advice = sections(measured("examination.other_data", records, n=220, method="by hand"))
    assert (f"in scope: clinc150 test (oos) [61.4 %][{len(text_run()) + 1}]." in limits) is is_told
    assert ("Do not take a high probability as a sign" in advice) is is_told


def test_what_tells_text_out_of_scope_stands_in_a_table() -> None:
    records: Any = [
        {
            "data": "far",
            "rows": 40,
            "energy_auroc": 0.97,
            "energy_interval": [0.96, 0.98],
            "energy_false_positives": 0.142,
        },
        {"data": "few", "rows": 2},
    ]
    finding = measured("examination.other_data", records, n=220, method="by hand")
    shown = scope_block(Findings([finding]), finding)
    assert "| `far` (40 rows) | 0.970 (0.960-0.980); 14.2 % pass |" in shown and "[energy][1]" in shown
    assert "| `few` (2 rows) | not recorded |" in shown and "distance" not in shown


@pytest.mark.parametrize(("gap", "is_told"), [(-0.049, False), (-0.3, True)])
def test_a_term_that_makes_sentences_count_as_harmful_is_a_limit(gap: float, is_told: bool) -> None:
    records: Any = [{"term": "muslim", "area": "BPSN", "gap": gap, "distinguishable": True}]
    records += [{"term": "old", "area": "BPSN", "gap": -0.2, "distinguishable": False}]
    limits, advice = sections(measured("examination.identity_terms", records, n=48, method="by hand"))
    assert (f"against the mean): muslim [-0.300][{len(text_run()) + 1}]." in limits) is is_told
    assert ("none makes harmless sentences count as harmful" in limits) is not is_told
    assert ("harmful of texts that name muslim." in advice) is is_told


def test_where_nothing_was_probed_nothing_is_said() -> None:
    limits, advice = sections()
    assert "Training rows show" not in limits and "As sure of texts" not in limits and "unknown" not in advice


def swaps(**fields: Any) -> Finding:
    usual: Any = {"family": "religion", "groups": 5, "rows": 120, "flip_rate": 0.02, "flip_p": 1.0}
    pair: Any = {"first": "Christian", "second": "Muslim", "gap": 0.02, "distinguishable": False}
    return measured("examination.group_swaps", [usual | pair | fields], n=120, method="by hand")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (
            {"gap": 0.2, "distinguishable": True},
            "religion (accuracy of Christian minus Muslim [+0.200][{at}], n = [120][{at}])",
        ),
        ({"flip_rate": 0.12, "flip_p": 0.01}, "religion ([12 %][{at}] of answers flip, n = [120][{at}])"),
        ({"gap": 0.2}, "in none of [1][{at}] families"),
        ({"gap": 0.04, "distinguishable": True}, "in none of [1][{at}] families"),
    ],
)
def test_groups_of_people_are_told_apart_where_answers_are(fields: dict[str, Any], told: str) -> None:
    limits, advice = sections(swaps(**fields))
    at = str(len(text_run()) + 1)
    assert told.replace("{at}", at) in limits
    assert ("Do not let answers decide about people by themselves: they hang on religion." in advice) is (
        "none" not in told
    )
