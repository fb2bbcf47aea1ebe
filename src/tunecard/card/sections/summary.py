"""The results in a few sentences, the unwelcome ones included."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.answer import Answer, gap
from tunecard.card.markdown import escape
from tunecard.card.numbers import difference_range, score, score_range
from tunecard.evidence import Findings


def answers(findings: Findings) -> dict[str, Answer]:
    """`results_summary`."""
    head = facts.headline(findings)
    value = facts.number_of(head)
    if head is None or value is None:
        return {"results_summary": Answer(gap(head), "not measured")}
    name = facts.metric_name(facts.headline_metric(findings))
    interval = f" (95 % interval {score_range(head.interval)})" if head.interval else ""
    first = f"{name} is {score(value)}{interval} on {facts.counted(findings, head)}."
    sentences = [first, in_words(findings), *_comparisons(findings)]
    return {"results_summary": Answer(" ".join(sentence for sentence in sentences if sentence), "derived")}


def in_words(findings: Findings) -> str:
    """The scores as shares of a hundred: what a reader can picture."""
    split = facts.scored_split(findings)
    if facts.is_token_task(findings):
        precision = facts.value_of(findings, f"results.{split}.precision")
        recall = facts.value_of(findings, f"results.{split}.recall")
        if precision is None or recall is None:
            return ""
        right, found = f"{precision * 100:.0f}", f"{recall * 100:.0f}"
        return f"Of 100 entities it reports, {right} are right; of 100 in the text, it finds {found}."
    accuracy = facts.value_of(findings, f"results.{split}.accuracy")
    return "" if accuracy is None else f"Of 100 {facts.row_word(findings)}, {accuracy * 100:.0f} get the right class."


def _comparisons(findings: Findings) -> list[str]:
    split, metric = facts.scored_split(findings), facts.headline_metric(findings)
    sentences = []
    for _, name in facts.predictors(findings):
        difference = findings.get(f"difference.{name}.{split}.{metric}")
        if difference is None or difference.interval is None:
            continue
        low, high = difference.interval
        verdict = "better than" if low > 0 else "worse than" if high < 0 else "not distinguishable from"
        who = escape(facts.predictor_phrase(findings, name), 60)
        sentences.append(f"It is {verdict} {who} (difference {difference_range(difference.interval)}).")
    return sentences
