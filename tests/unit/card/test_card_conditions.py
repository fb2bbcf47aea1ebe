"""Times with their conditions, what training is known to have seen, and how long and in which letters texts were."""

from __future__ import annotations

import pytest
from example_findings import text_run, token_run
from read_markdown import uncited

from tunecard.card import render_card
from tunecard.evidence import Finding, Findings, declared, derived, measured

UNKNOWN = ("Held-out test", "One seed", "never seen in training", "trained to do", "training rows", "Passed all 0")


def screen(findings: Findings) -> str:
    """The first screen with its links to records written out as their text."""
    return uncited(render_card(findings).partition("## Model Details")[0])


def of(findings: Findings, *more: Finding) -> Findings:
    ids = {finding.id for finding in more}
    return Findings([*(finding for finding in findings if finding.id not in ids), *more])


def without(findings: Findings, *ids: str) -> Findings:
    return Findings([finding for finding in findings if finding.id not in ids])


def busy(share: float) -> Finding:
    return measured("prediction.others_share", share, method="counted")


def test_a_time_on_a_busy_machine_is_told_as_such_and_stays_off_the_first_screen() -> None:
    run = of(token_run(), busy(0.43))
    assert "ms a sentence" not in screen(run)
    card = render_card(run)
    assert "One row at a time: [13 ms" in card
    assert "of the processor while it was timed: a busy machine, which slows it down" in card
    calm = of(token_run(), busy(0.04))
    assert "ms a sentence" in screen(calm)
    assert "busy machine" not in render_card(calm)


def test_a_time_of_few_calls_stays_off_the_first_screen() -> None:
    run = token_run()
    assert "ms a sentence" in screen(run)
    assert "ms a sentence" not in screen(of(run, run["prediction.latency_ms"].model_copy(update={"n": 1})))


def test_a_run_on_a_busy_machine_says_so_beside_its_time() -> None:
    others = measured("environment.others_share", {"training": 0.31, "evaluation": 0.02}, method="counted")
    run = of(token_run(), others)
    assert "of the processor meanwhile)" in screen(run)
    assert "(other processes used up to 31 % of the processor meanwhile)" in screen(run)


def elsewhere(run: Findings) -> Findings:
    gone = ("training.seed", "training.seeds", "training.seeds_summary", "results.protocol")
    return of(without(run, *gone), declared("adapter.origin", "made elsewhere", method="completed"))


def test_what_a_training_elsewhere_saw_is_not_claimed() -> None:
    shown = screen(elsewhere(token_run()))
    assert [claim for claim in UNKNOWN if claim in shown] == []
    assert "given rows, and whether training saw them is not known" in shown
    assert "| Given test rows: strict F1 |" in shown
    assert "Entities not in the train split given (recall)" in shown
    assert "Frequent-tag baseline, learned from the train split given" in shown
    assert "From how many seeds it was trained or chosen is not known." in shown


def test_a_record_of_what_it_learned_from_brings_the_claims_back() -> None:
    told = declared("training.data", "the train split of bionlp2004", method="declared by its author")
    shown = screen(of(elsewhere(token_run()), told))
    assert "Held-out test" in shown
    assert "whether training saw them" not in shown


def test_a_seed_that_traces_tell_is_told_with_its_source() -> None:
    seed = declared("training.seed", 7, method="declared by trainer_state.json")
    assert "Seed 7, declared by" in screen(of(elsewhere(token_run()), seed))
    assert "declared by trainer" in screen(of(elsewhere(token_run()), seed))


def limits(findings: Findings) -> str:
    return render_card(findings).partition("### Out-of-Scope Use")[2].partition("## Bias")[0]


@pytest.mark.parametrize(("longest", "expected"), [(88, "[88]"), (600, "(cut)")])
def test_the_longest_text_that_was_read_is_told_not_the_limit(longest: int, expected: str) -> None:
    split = measured("data.test.tokens", {"median": 30, "max": longest}, split="test", n=3)
    train = measured("data.train.tokens", {"median": 30, "max": 77}, split="train", n=3)
    said = limits(of(token_run(), split, train))
    assert "the longest text that it has read had [77]" in said
    assert expected in said.partition("in train and ")[2]
    assert "trained and tested so" not in said


def test_long_contexts_are_read_in_windows_and_not_cut() -> None:
    task = [measured("task.name", "question-answering"), measured("task.labels", ["start", "end"])]
    lengths = [measured(f"data.{split}.tokens", {"max": 600}, split=split, n=3) for split in ("train", "test")]
    windows = measured("data.train.windows", {"rows_in_several": 1, "windows": 4, "tokens": 900}, split="train", n=3)
    near = measured("data.near_duplicates.train", 2, split="train", n=3)
    card = render_card(of(text_run(), *task, *lengths, windows, near))
    assert "has read had [600](evidence.json#L" in card or "has read had [600][" in card
    assert "tokens (in windows) in train" in card
    assert "tokens a window; what is longer is read in several, which overlap." in card
    assert "nearly (questions about one context are, for most of their text is the same)." in card
    assert "question and context in, " in card
    assert "today's transformers has no pipeline for questions with contexts." in card


def test_letters_it_has_seen_are_those_of_train_alone() -> None:
    train = derived("data.train.scripts", {"Latin": 1.0}, split="train", n=3, method="counted")
    test = derived("data.test.scripts", {"Latin": 0.5, "Greek": 0.5}, split="test", n=3, method="counted")
    said = limits(of(text_run(), train, test))
    assert "Greek" not in said.partition("Letters it has seen in training:")[2].partition(". Letters of")[0]
    assert "Letters of the test rows: [Greek 50 % and Latin 50 %]" in said or "Letters of the test rows: [Latin" in said
    foreign = limits(of(elsewhere(text_run()), train, test))
    assert "has seen" not in foreign
    assert "Letters of the test rows" in foreign
