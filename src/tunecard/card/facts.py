"""What several sections ask of the findings: which split is the test, which score is the headline, what n counts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tunecard.card.markdown import is_repository_id
from tunecard.card.numbers import count
from tunecard.card.record_links import cite
from tunecard.evidence import Finding, Findings
from tunecard.metrics.measure import Score
from tunecard.tasks import Task, default_task
from tunecard.tasks import task_of as recorded_task
from tunecard.tasks.baselines import CONTROLS

MADE_ELSEWHERE = "made elsewhere"  # the value of `adapter.origin` where an adapter was only completed
SPLITS = ("train", "validation", "test")
FEW_ROWS = 20
_COUNTED = re.compile(r"\bn = ([a-z ]{2,30})$")


def is_from_elsewhere(findings: Findings) -> bool:
    """Whether the adapter was only completed here: who trained it, on which rows and how, is not known."""
    return bool(findings.value("adapter.origin") == MADE_ELSEWHERE)


def is_hub_id(source: object) -> bool:
    """Whether a data source is an `owner/name` of the Hub."""
    return isinstance(source, str) and source.count("/") == 1 and is_repository_id(source)


def task_of(findings: Findings) -> Task:
    """The task that the records name; the default one where they name none."""
    return recorded_task(findings) or default_task()


def method_title(findings: Findings) -> str:
    """The PEFT method as its authors write it."""
    return str(findings.value("adapter.title") or findings.value("adapter.method", "PEFT"))


def adapter_noun(findings: Findings) -> str:
    """What was made: "a LoRA adapter", "an IA3 adapter"."""
    title = method_title(findings)
    return f"{'an' if title[:1] in 'AEIO' else 'a'} {title} adapter"


def score_named(findings: Findings, metric: str) -> Score | None:
    """The task's score of this key."""
    return next((score for score in task_of(findings).scoring.scores if score.key == metric), None)


def used_scores(findings: Findings) -> list[Score]:
    """The task's scores that the scored split has."""
    split = scored_split(findings)
    return [score for score in task_of(findings).scoring.scores if f"results.{split}.{score.key}" in findings]


def scored_split(findings: Findings) -> str:
    """The split of the headline: that of `results.headline`, else test, else validation."""
    headline = findings.value("results.headline")
    if isinstance(headline, str) and headline.count(".") >= 2:
        return headline.split(".")[1]
    return "test" if findings.under("results.test") or not findings.under("results.validation") else "validation"


def headline_metric(findings: Findings) -> str:
    """The metric of the headline, e.g. `f1`."""
    headline = findings.value("results.headline")
    if isinstance(headline, str) and headline.count(".") >= 2:
        return headline.split(".")[2]
    return task_of(findings).scoring.headline.key


def headline(findings: Findings) -> Finding | None:
    """The finding of the headline score, or None when it was never recorded."""
    return findings.get(f"results.{scored_split(findings)}.{headline_metric(findings)}")


def number_of(finding: Finding | None) -> float | None:
    """The numeric value of a finding, or None."""
    if finding is None or isinstance(finding.value, bool) or not isinstance(finding.value, int | float):
        return None
    return float(finding.value)


def value_of(findings: Findings, id: str) -> float | None:
    """The numeric value of this id, or None."""
    return number_of(findings.get(id))


def quoted(findings: Findings, id: str, form: Callable[[float], str] = count) -> str | None:
    """The numeric value of this id, shown by `form` and leading to its record; None when there is no number."""
    value = value_of(findings, id)
    return None if value is None else cite(findings, id, form(value))


def mapping_of(findings: Findings, id: str) -> dict[str, Any]:
    """The value of this id as a dictionary; empty when it is none."""
    value = findings.value(id)
    return value if isinstance(value, dict) else {}


def sequence_of(findings: Findings, id: str) -> list[Any]:
    """The value of this id as a list; empty when it is none."""
    value = findings.value(id)
    return value if isinstance(value, list) else []


def records_of(findings: Findings, id: str) -> list[dict[str, Any]]:
    """The value of this id as a list of dictionaries; anything else in it is left out."""
    return [record for record in sequence_of(findings, id) if isinstance(record, dict)]


def training_rows(findings: Findings) -> str:
    """What the data's train split is to the adapter: what it learned from, or only said to be for that."""
    return "rows of the data's own train split" if is_from_elsewhere(findings) else "training rows"


def row_word(findings: Findings) -> str:
    """What a row is called in the plural."""
    return "pairs" if findings.value("task.is_pair") else task_of(findings).words.row


def item_word(findings: Findings) -> str:
    """What labels belong to, in the plural: words, or rows as they are called."""
    item = task_of(findings).words.item
    return row_word(findings) if item == "row" else f"{item}s"


def answer_word(findings: Findings) -> str:
    """What stated probabilities belong to, in the plural."""
    answer = task_of(findings).words.answer
    return row_word(findings) if answer == "rows" else answer


def counted(findings: Findings, finding: Finding | None) -> str:
    """`size_of` leading to its record."""
    said = size_of(findings, finding)
    return said if finding is None else cite(findings, finding.id, said)


def size_of(findings: Findings, finding: Finding | None) -> str:
    """n with what it counts, told from the totals of the split or from the method: "8,662 entities"."""
    if finding is None or finding.n is None:
        return "not recorded"
    n = finding.n
    split = finding.split or scored_split(findings)
    totals = {
        f"data.{split}.entities": "entities",
        f"data.{split}.rows": row_word(findings),
        f"data.{split}.words": "words",
    }
    for id, word in totals.items():
        if value_of(findings, id) == n:
            return f"{count(n)} {word}"
    told = _COUNTED.search(finding.method or "")
    return count(n) + (f" {told.group(1)}" if told else "")


def metric_name(findings: Findings, metric: str) -> str:
    """What a reader calls a metric."""
    known = score_named(findings, metric)
    return known.name if known else metric.replace("_", " ")


def metric_phrase(findings: Findings, metric: str) -> str:
    """The same inside a sentence: "strict F1", "accuracy", "F1 by conlleval's rule"."""
    known = score_named(findings, metric)
    return known.phrase if known else metric.replace("_", " ")


def predictors(findings: Findings) -> list[tuple[str, str]]:
    """(kind, name) of every control and baseline that has a score, controls first."""
    found: dict[tuple[str, str], None] = {}
    for kind in ("control", "baseline"):
        for finding in findings.under(kind):
            found[(kind, finding.id.split(".")[1])] = None
    return list(found)


def predictor_name(findings: Findings, name: str) -> str:
    """What a reader calls a control or baseline."""
    titled = _predictor_title(findings, name)
    return titled[:1].upper() + titled[1:]


def predictor_phrase(findings: Findings, name: str) -> str:
    """The same inside a sentence: "the frequent-tag baseline", "full fine-tuning", "TF-IDF with ridge regression"."""
    articles = {"full": ""} | {baseline.name: baseline.article for baseline in task_of(findings).baselines}
    return articles.get(name, "the ") + _predictor_title(findings, name)


def _predictor_title(findings: Findings, name: str) -> str:
    titles = CONTROLS | {baseline.name: baseline.title for baseline in task_of(findings).baselines}
    return titles.get(name, name.replace("_", " "))


def compared_score(findings: Findings, kind: str, name: str) -> Score:
    """The score by which a control or baseline is seen beside the adapter: the headline, where it has one."""
    scoring, split = task_of(findings).scoring, scored_split(findings)
    known = [one for one in scoring.measures if value_of(findings, f"{kind}.{name}.{split}.{one.key}") is not None]
    headline = score_named(findings, headline_metric(findings)) or scoring.headline
    return headline if headline in known or not known else known[-1]


def compared_name(findings: Findings, kind: str, name: str) -> str:
    """What a reader calls a control or baseline, and the score where it is not the headline."""
    score = compared_score(findings, kind, name)
    other = "" if score.key == headline_metric(findings) else f" ({score.phrase})"
    return predictor_name(findings, name) + other


def groups(findings: Findings, split: str) -> dict[str, dict[str, Finding]]:
    """Entity types or classes: label -> metric -> finding, in recorded order."""
    known = task_of(findings).scoring.groups
    prefix = f"results.{split}.{known.word if known else ''}"
    found: dict[str, dict[str, Finding]] = {}
    for finding in findings.under(prefix) if known else []:
        label, _, metric = finding.id[len(prefix) + 1 :].rpartition(".")
        found.setdefault(finding.slice or label, {})[metric] = finding
    return found


def slices(findings: Findings, split: str) -> list[Finding]:
    """The findings of every slice of the split, in recorded order."""
    return findings.under(f"results.{split}.slice")


def factor_values(findings: Findings, split: str) -> dict[str, dict[str, Finding]]:
    """factor -> value -> headline finding of that slice."""
    metric = headline_metric(findings)
    found: dict[str, dict[str, Finding]] = {}
    for finding in slices(findings, split):
        if finding.id.endswith("." + metric):
            factor, _, value = (finding.slice or finding.name).partition("=")
            found.setdefault(factor, {})[value] = finding
    return found


def weak_slices(findings: Findings) -> list[Finding]:
    """Slices whose interval ends below the headline, weakest first."""
    overall, metric = headline(findings), headline_metric(findings)
    found = [f for f in slices(findings, scored_split(findings)) if f.id.endswith("." + metric)]
    return sorted((f for f in found if is_clearly_below(f, overall)), key=lambda f: number_of(f) or 0.0)


def group_count(findings: Findings) -> str:
    """How many types or classes the task has, leading to the record that names them."""
    id = task_of(findings).words.groups_record
    return cite(findings, id, count(len(sequence_of(findings, id))))


def group_word(findings: Findings) -> str:
    """What the groups of the task are called, singular; empty where it has none."""
    known = task_of(findings).scoring.groups
    return known.word if known else ""


def is_clearly_below(finding: Finding, overall: Finding | None) -> bool:
    """Whether the finding's interval ends below the overall value and enough rows stand behind it."""
    reference = number_of(overall)
    if reference is None or finding.interval is None or number_of(finding) is None:
        return False
    return (finding.n or 0) >= FEW_ROWS and finding.interval[1] < reference
