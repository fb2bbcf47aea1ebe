"""What the card says of layers, of merging, of mistakes, of doubted labels and of how far answers moved."""

from __future__ import annotations

import re
from typing import Any

from example_findings import text_run

from tunecard.card.moved_from_base import moved_told
from tunecard.card.sections import examination, limitations
from tunecard.card.surest_mistakes import mistakes_told
from tunecard.card.thresholds import LEAST_FLIP_RATE, SURE_WHEN_WRONG
from tunecard.card.undoubted import without_doubted
from tunecard.evidence import Finding, Findings, measured


def told(*found: Finding) -> Findings:
    return Findings([*text_run(), *found])


def plain(text: str) -> str:
    """Without where links lead."""
    return re.sub(r"\]\[\d+\]", "]", text)


def layer(name: str, drop: float, *, is_distinguishable: bool = False) -> dict[str, Any]:
    return {
        "layers": name, "modules": 6, "rows": 200, "flips": 10, "flip_rate": 0.05, "flip_interval": [0.03, 0.09],
        "score_before": 0.9, "score_after": 0.9 - drop, "drop": drop, "drop_interval": [drop - 0.1, drop + 0.1],
        "p": 0.01, "distinguishable": is_distinguishable,
    }  # fmt: skip


def of_layers(*records: dict[str, Any]) -> Findings:
    return told(measured("examination.without_layer", list(records), n=200))


def limits(findings: Findings) -> str:
    return plain(limitations.answers(findings)["bias_risks_limitations"].text)


def examined(findings: Findings) -> str:
    return plain(examination.answers(findings)["model_examination"].text)


def test_layers_that_matter_are_named_and_an_adapter_that_does_something_has_no_limit() -> None:
    findings = of_layers(
        layer("0", 0.0), layer("1", 0.2, is_distinguishable=True), layer("all", 0.4, is_distinguishable=True)
    )
    said = examined(findings)
    assert "of [2] taken away in turn, corrected for all, accuracy hangs most on layer 1 ([+0.200" in said
    assert "| all layers | [0.050 (0.030-0.090)] | [0.500] | [+0.400 (+0.300 to +0.500)] | 0.010 |" in said
    assert "Not distinguishable from the base" not in limits(findings)


def test_an_adapter_whose_updates_do_nothing_is_said_to_be_the_base() -> None:
    findings = of_layers(layer("0", 0.0), layer("1", 0.01), layer("all", 0.0))
    assert "none is shown to matter to the accuracy by itself" in examined(findings)
    assert (
        "**Not distinguishable from the base under the same head:** without any of its updates the accuracy of [200] "
        "rows goes from [0.900] to [0.900] and [5 %] of the answers change" in limits(findings)
    )


def test_updates_that_move_answers_and_not_the_score_are_not_called_nothing() -> None:
    restless = {**layer("all", 0.0), "flip_interval": [LEAST_FLIP_RATE, 0.9]}
    assert "**Updates that move answers, not the score under the same head:**" in limits(
        of_layers(layer("0", 0.0), restless)
    )


def test_many_layers_are_told_by_those_that_change_most() -> None:
    said = examined(of_layers(*(layer(str(place), place / 100) for place in range(24)), layer("all", 0.5)))
    assert "Those that change most:" in said and "| layer 23 |" in said and "| layer 11 |" not in said


def test_merging_that_changes_answers_is_a_limit_and_one_that_does_not_is_none() -> None:
    def merged(low: float) -> Findings:
        record = {**layer("", 0.0), "weights": "int8", "largest_logit_difference": 0.25, "flip_interval": [low, 0.5]}
        return told(measured("examination.merging", [{**record, "flip_interval": [0.0, 0.02], "weights": "fp32"}, record], n=200))  # fmt: skip

    assert "**Merging changes answers:** shares of the answers with the merged weights held in int8" in limits(
        merged(LEAST_FLIP_RATE)
    )
    assert "Merging changes" not in limits(merged(LEAST_FLIP_RATE - 0.001))
    assert "| int8 | [0.050 (0.001-0.500)] | [0.25] | [0.900] |" in examined(merged(0.001))


def mistakes(low: float) -> list[Finding]:
    surest = [{"row": 3956, "right": "a|b", "given": "c", "probability": 0.961}]
    return [
        measured("results.test.surest_mistakes", surest, n=40),
        measured("results.test.sure_mistakes", 0.7, n=40, interval=(low, 0.9), level=0.95),
    ]


def test_the_surest_mistakes_are_a_table_and_many_sure_ones_a_limit() -> None:
    said = plain(mistakes_told(told(*mistakes(SURE_WHEN_WRONG))))
    assert said.startswith("**Surest mistakes**, [1 of 40] wrong answers; [70 % (50 % to 90 %) of its 40] mistakes")
    assert "| [3956] |" in said and "[0.961]" in said and "text" not in said.splitlines()[2]
    assert "**Sure when wrong:**" in limits(told(*mistakes(SURE_WHEN_WRONG)))
    assert "**Sure when wrong:**" not in limits(told(*mistakes(SURE_WHEN_WRONG - 0.01)))


def test_texts_of_mistakes_stand_there_only_where_they_were_recorded() -> None:
    shown = measured("examination.mistaken_texts", [{"row": 3956, "text": "a *text*", "same_answer": True}], n=1)
    said = mistakes_told(told(*mistakes(0.2), shown))
    assert r"a \*text\* |" in said


def test_of_numbers_the_largest_errors_are_told() -> None:
    errors = [{"row": 7, "right": 1.0, "given": 4.5, "error": 3.5}]
    said = plain(mistakes_told(told(measured("results.test.largest_errors", errors, n=300))))
    assert said.startswith("**Largest errors**, the [1 furthest off of 300] rows:")
    assert "| [7] | [1] | [4.50] | [3.50] |" in said


def test_how_far_answers_moved_is_a_sentence_of_shares_or_of_distances() -> None:
    to = measured("difference.probe.test.moved_to", {"became right": 19, "became wrong": 8}, n=27)
    share = measured("difference.probe.test.moved", 0.09, n=300, interval=(0.06, 0.12), level=0.95)
    assert plain(moved_told(told(share, to))).endswith(
        "probe of the frozen base: [9 % (6 % to 12 %)] of [300 texts]: [19] became right, [8] became wrong."
    )
    numbers = measured("difference.probe.test.moved_to", {"correlation": 0.81, "nearer": 170}, n=300)
    assert "[0.0900 (0.0600 to 0.120)] away" in plain(moved_told(told(share, numbers)))
    assert moved_told(text_run()) == ""


def test_the_score_without_doubted_labels_says_what_it_is_worth() -> None:
    doubts = {"count": 12, "share": 0.04, "rows": 12, "probe_accuracy": 0.9, "most_suspect": [], "pairs": []}
    findings = told(
        measured("data.suspect_labels.test", doubts, n=300, unit="rows"),
        measured("results.test.undoubted.accuracy", 0.95, name="Accuracy", n=288),
        measured("results.test.undoubted.difference", 0.02, n=288, interval=(0.01, 0.03), level=0.95),
    )
    said = plain(without_doubted(findings, "test"))
    assert "Without the [12 texts] that hold one, the accuracy is [0.950], [+0.020 (+0.010 to +0.030)]" in said
    assert "raises any score that agrees with the judge" in said and without_doubted(text_run(), "test") == ""
