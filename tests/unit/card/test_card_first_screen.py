"""The first screen: every number is its finding, failures are said, nothing is claimed that was not checked."""

from __future__ import annotations

from typing import Any

import pytest
from example_findings import text_run, token_run
from read_markdown import uncited

from tunecard.card import render_card
from tunecard.evidence import Finding, Findings, measured, not_measured


def screen(findings: Findings) -> str:
    """The first screen, from the answers alone: what stands between the title and the first section."""
    return uncited(render_card(findings)).split("## Model Details")[0].split("\n---\n", 1)[1]


def changed(findings: Findings, id: str, **update: Any) -> Findings:
    assert id in findings
    return Findings(f.model_copy(update=update) if f.id == id else f for f in findings)


def without(findings: Findings, *prefixes: str) -> Findings:
    return Findings(f for f in findings if not f.id.startswith(prefixes))


def row_of(text: str, start: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.startswith(f"| {start}"))
    return [cell.strip().strip("*") for cell in line.strip("|").split("|")]


@pytest.mark.parametrize(
    ("start", "id", "difference"),
    [
        ("**This adapter", "results.test.f1", None),
        ("Full fine-tuning", "control.full.test.f1", "difference.full.test.f1"),
        ("Frozen encoder", "control.head.test.f1", "difference.head.test.f1"),
        ("Frequent-tag", "baseline.majority.test.f1", "difference.majority.test.f1"),
        ("Worst type: cell_line", "results.test.type.cell_line.f1", None),
        ("Entities never seen", "results.test.unseen.recall", None),
    ],
)
def test_every_number_of_the_table_is_its_finding(start: str, id: str, difference: str | None) -> None:
    findings = token_run()
    _, value, interval, against, _ = row_of(screen(findings), start)
    finding = findings[id]
    # the worst was picked: its interval allows for that
    low, high = (findings["results.worst"] if start.startswith("Worst") else finding).interval or (0.0, 0.0)
    assert value == f"{finding.value:.3f}"
    assert interval.removesuffix(", widened as it was picked") == f"{low:.3f}-{high:.3f}"
    assert interval.endswith("picked") == start.startswith("Worst")
    if difference is None:
        assert against == ""
    else:
        gap = findings[difference]
        low, high = gap.interval or (0.0, 0.0)
        assert against == f"{gap.value:+.3f} ({low:+.3f} to {high:+.3f})"


def test_n_says_what_it_counts() -> None:
    assert row_of(screen(token_run()), "**This adapter")[-1] == "8,662 entities"
    assert row_of(screen(text_run()), "**This adapter")[-1] == "3,080 texts"
    told = changed(without(token_run(), "data.test.entities"), "results.test.f1", method="x; n = gold entities")
    assert row_of(screen(told), "**This adapter")[-1] == "8,662 gold entities"


def test_failed_checks_carry_their_figures() -> None:
    text = screen(token_run())
    assert "**Failed 4 of 11 checks:**" in text
    assert "7 test rows (0.2 % of 3,856) are also training rows" in text
    assert "4 of 3,856 test rows are longer than the limit and were cut" in text
    assert "full fine-tuning is better (difference -0.013 to -0.001)" in text
    assert "length=33+ words 0.700" in text


def test_overlap_counts_whichever_way_the_pair_was_recorded() -> None:
    every = without(token_run(), "data.overlap")
    about = {"section": "testing_data", "name": "overlap", "status": "measured"}
    other = Finding(id="data.overlap.test.train", value=7, n=3856, **about)  # as an older tunecard wrote it
    assert "7 test rows (0.2 % of 3,856)" in screen(Findings([*every, other]))


def test_nothing_fails_when_nothing_is_wrong() -> None:
    sound = changed(changed(text_run(), "data.overlap.train.test", value=0), "data.test.truncated_rows", value=0)
    assert "**Passed all 10 checks:**" in screen(sound)
    assert "Failed" not in screen(sound)


@pytest.mark.parametrize(
    ("id", "update", "said"),
    [
        ("reload.max_logit_difference", {"value": 0.25}, "logits differ by up to 0.25 after reloading"),
        ("reload.label_agreement", {"value": 0.97}, "97 % of labels agree"),
        ("difference.majority.test.accuracy", {"value": 0.0, "interval": (-0.01, 0.01)}, "not clearly better than"),
        ("training.rescored_validation", {"value": 0.51}, "validation 0.739 in training, 0.510 reloaded"),
        ("results.protocol", {"value": "best-epoch-dev"}, "the scored split also chose the epoch"),
        (
            "results.test.ece",
            {"value": 0.12, "interval": (0.08, 0.15)},
            "its confidence is off by 0.120 (0.080-0.150) on average",
        ),
        (
            "results.test.class.intent_07_card_payment.f1",
            {"value": 0.0},
            "a class never predicted correctly: intent_07",
        ),
    ],
)
def test_each_check_can_fail(id: str, update: dict[str, Any], said: str) -> None:
    sound = changed(changed(text_run(), "data.overlap.train.test", value=0), "data.test.truncated_rows", value=0)
    text = screen(changed(sound, id, **update))
    assert "**Failed 1 of 10 checks:**" in text
    assert said in text


def test_uses_are_quoted_with_who_declared_them() -> None:
    text = screen(token_run())
    assert "**For:** Reviewed literature triage of English biomedical abstracts." in text
    assert "**Not for:** Unreviewed clinical use." in text
    assert "Declared by A. Author in recipe.yaml on 2026-11-20" in text
    assert "**For:** not declared (set `card.direct_use`)." in screen(text_run())


def test_seeds() -> None:
    assert "3 seeds: 0.736-0.743, mean 0.740; the shipped seed 42 was chosen on validation." in screen(token_run())
    older = Findings(finding for finding in token_run() if finding.id != "training.seeds_summary")
    assert "3 seeds; the shipped seed 42 was chosen on validation." in screen(older)  # the card computes no mean
    assert "One seed (42): how much another would differ is not measured." in screen(text_run())


def test_only_what_was_checked_is_said_to_be() -> None:
    said = "scores computed, the saved adapter reloaded with stock PEFT and the code below run on the machine that made this card"
    assert said in screen(token_run())
    text = screen(without(token_run(), "reload.", "start."))
    assert (
        "**Checked:** scores computed on the machine that made this card. This card records no reproduction by others."
        in text
    )


def test_a_split_without_labels_says_so() -> None:
    every = without(text_run(), "results.", "baseline.", "difference.")
    hole = not_measured("results.test.accuracy", section="results", name="Accuracy", reason="the rows have no labels")
    assert "**No score:** the rows have no labels." in screen(Findings([*every, hole]))


def test_support_zero_is_undefined() -> None:
    label = "results.test.class.intent_52_card_payment"
    every: list[Finding] = [f for f in text_run() if not f.id.startswith(label) and "class" not in f.id]
    holes = [
        not_measured(f"{label}.{metric}", section="results", name=metric, reason="undefined: no row of this class", n=0)
        for metric in ("precision", "recall", "f1")
    ]
    card = uncited(render_card(Findings([*every, *holes])))
    assert "| intent_52_card_payment | undefined | undefined | undefined | - | 0 |" in card


def test_costs_and_licences() -> None:
    text = screen(token_run())
    assert "**Cost:** 41 min on 2 threads of AMD EPYC · 2.1-27 Wh (derived) · 3.5 MB · 13 ms a sentence" in text
    assert "**Licences:** adapter apache-2.0 · base apache-2.0 · data CC BY 3.0" in text


@pytest.mark.parametrize(
    ("equal", "near", "said"),
    [
        (0, 6, "test rows nearly the same as training rows: 6"),
        (7, 6, "also training rows; test rows nearly the same as training rows: 6"),
        (7, 0, "also training rows"),
    ],
)
def test_rows_nearly_in_training_fail_the_check_too(equal: int, near: int, said: str) -> None:
    kept = [f for f in token_run() if not f.id.startswith(("data.overlap.", "data.near_overlap."))]
    shared: dict[str, Any] = {"section": "testing_data", "name": "rows", "n": 3856}
    found = [
        measured("data.overlap.train.test", equal, **shared),
        measured("data.near_overlap.train.test", near, **shared),
    ]
    assert said in screen(Findings([*kept, *found]))


def test_rows_that_are_nowhere_in_training_pass() -> None:
    kept = [f for f in token_run() if not f.id.startswith(("data.overlap.", "data.near_overlap."))]
    shared: dict[str, Any] = {"section": "testing_data", "name": "rows", "n": 3856}
    none = [measured(f"data.{kind}.train.test", 0, **shared) for kind in ("overlap", "near_overlap")]
    text = screen(Findings([*kept, *none]))
    assert "training rows" not in text


def test_a_worst_part_beside_smaller_and_lower_ones_is_no_worst_of_all() -> None:
    """Of few rows a score of 0 says little: such a type is passed over, and the table of types shows it."""
    findings = token_run()
    worst = findings[findings["results.worst"].value]
    other = next(one for one in findings.under("results.test.type") if one.id.endswith(".f1") and one.id != worst.id)
    text = screen(changed(findings, other.id, value=0.0, interval=None, n=6))
    assert f"| Worst type large enough to tell: {worst.slice} |" in text and "large enough" not in screen(findings)


def test_a_task_is_called_as_the_field_calls_it() -> None:
    findings = changed(text_run(), "task.name", value="multi-label")
    assert "**Model type:** Multi-label classification: transformer encoder" in render_card(findings)
