"""The results in a few sentences, the unwelcome ones included."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.answer import Answer, gap
from tunecard.card.markdown import escape
from tunecard.card.numbers import difference_range, score, score_range
from tunecard.card.record_links import cite
from tunecard.evidence import Findings
from tunecard.tasks.words import fill


def answers(findings: Findings) -> dict[str, Answer]:
    """`results_summary`."""
    head = facts.headline(findings)
    value = facts.number_of(head)
    if head is None or value is None:
        return {"results_summary": Answer(gap(head), "not measured")}
    name = facts.metric_name(findings, facts.headline_metric(findings))
    interval = f" (95 % interval {score_range(head.interval)})" if head.interval else ""
    first = f"{name} is {cite(findings, head.id, score(value) + interval)} on {facts.counted(findings, head)}."
    sentences = [first, *_comparisons(findings)]
    return {"results_summary": Answer(" ".join(sentence for sentence in sentences if sentence), "derived")}


def in_words(findings: Findings) -> str:
    """The scores in a sentence that a reader can picture."""
    split = facts.scored_split(findings)

    def value(name: str) -> str | None:
        if name == "rows":
            return facts.row_word(findings)
        form = _of_hundred if name.endswith("%") else score
        return facts.quoted(findings, f"results.{split}.{name.removesuffix('%')}", form)

    return fill(facts.task_of(findings).words.summary, value)


def _of_hundred(share: float) -> str:
    return f"{share * 100:.0f}"


def _comparisons(findings: Findings) -> list[str]:
    split = facts.scored_split(findings)
    sentences = []
    for kind, name in facts.predictors(findings):
        score = facts.compared_score(findings, kind, name)
        difference = findings.get(f"difference.{name}.{split}.{score.key}")
        if difference is None or difference.interval is None:
            continue
        is_gain = ((facts.number_of(difference) or 0.0) > 0) is not score.is_error
        is_apart = facts.is_told_apart(findings, difference)
        verdict = "not distinguishable from" if not is_apart else "better than" if is_gain else "worse than"
        who = escape(facts.predictor_phrase(findings, name), 120)
        shown = cite(findings, difference.id, f"difference {difference_range(difference.interval)}")
        lower = f" of the {score.phrase}, where lower is better" if score.is_error else ""
        counted = facts.all_counted(findings, difference)
        sentences.append(f"It is {verdict} {who} ({shown}{lower}){counted}.")
    return sentences
