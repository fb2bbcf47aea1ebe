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
from tunecard.tasks.baselines import CONTROLS, STORED_BASES

MADE_ELSEWHERE = "made elsewhere"  # the value of `adapter.origin` where an adapter was only completed
SPLITS = ("train", "validation", "test")
FEW_ROWS = 20
FEW_CALLS = 10
BUSY_SHARE = 0.1  # of the processor: from here on a time says as much of others as of the adapter
_COUNTED = re.compile(r"\bn = ([a-z ]{2,30})$")


def is_from_elsewhere(findings: Findings) -> bool:
    """Whether the adapter was only completed here: who trained it, on which rows and how, is not known."""
    return bool(findings.value("adapter.origin") == MADE_ELSEWHERE)


def was_watched(findings: Findings) -> bool:
    """Whether the training of an adapter that was not ours was seen in its own process."""
    steps = findings.get("training.steps")
    return is_from_elsewhere(findings) and steps is not None and steps.status == "measured"


def knows_its_training(findings: Findings) -> bool:
    """Whether what the adapter learned from is known: it was trained here, or a record tells its rows."""
    return not is_from_elsewhere(findings) or findings.value("training.data") is not None


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


def amount(value: object) -> float:
    """A figure of a record as a number; 0 of what is none."""
    return float(value) if isinstance(value, int | float) else 0.0


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
    """What the data's train split is to the adapter: what it learned from, or only given as such."""
    return "training rows" if knows_its_training(findings) else f"rows of {train_split(findings)}"


def train_split(findings: Findings) -> str:
    """What the train split is called in a sentence: that the adapter learned from one that is given is not known."""
    return "train" if knows_its_training(findings) else "the train split given"


def unseen_name(findings: Findings) -> str:
    """What entities are called that train never names; only where the adapter learned from train it never saw them."""
    return (
        "entities never seen in training" if knows_its_training(findings) else "entities not in the train split given"
    )


def seen_name(findings: Findings) -> str:
    """The others."""
    return "entities that training named" if knows_its_training(findings) else "entities in the train split given"


def baselines_learned_from(findings: Findings) -> str:
    """What baselines learned from, behind their names, where that is not what the adapter learned from; else ""."""
    if knows_its_training(findings):
        return ""
    is_given = value_of(findings, "data.train.rows") is not None
    return ", learned from the train split given" if is_given else ", learned from other rows of the same split"


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
    """n with what it counts: "8,662 entities", "118 gold entities", "97 predicted entities"."""
    if finding is None or finding.n is None:
        return "not recorded"
    return f"{count(finding.n)} {_unit_of(findings, finding)}".rstrip()


def _unit_of(findings: Findings, finding: Finding) -> str:
    """What n counts, as the method tells it. All gold entities of a split are its entities; where the method tells
    nothing, as of too few rows to score, the totals of the split may."""
    told = _COUNTED.search(finding.method or "")
    unit, split = told.group(1) if told else "", finding.split or scored_split(findings)
    if unit not in ("", "rows", "gold entities"):
        return unit
    totals = {"entities": f"data.{split}.entities", "rows": f"data.{split}.rows", "words": f"data.{split}.words"}
    whole = next((word for word, id in totals.items() if value_of(findings, id) == finding.n), None)
    if unit == "gold entities":
        return "entities" if whole == "entities" else unit
    is_rows = unit == "rows" or (not unit and (whole == "rows" or finding.value is None))
    return row_word(findings) if is_rows else whole or ""


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


def stored_bases(findings: Findings) -> list[tuple[str, str]]:
    """(kind, name) of the adapter on its base as that was stored while it learned; none where it was stored whole."""
    return [("on_base", name) for name in dict.fromkeys(one.id.split(".")[1] for one in findings.under("on_base"))]


def predictor_name(findings: Findings, name: str) -> str:
    """What a reader calls a control or baseline."""
    titled = predictor_title(findings, name)
    return titled[:1].upper() + titled[1:]


def predictor_phrase(findings: Findings, name: str) -> str:
    """The same inside a sentence: "the frequent-tag baseline", "full fine-tuning", "TF-IDF with ridge regression"."""
    articles = {"full": ""} | {baseline.name: baseline.article for baseline in task_of(findings).baselines}
    return articles.get(name, "the ") + predictor_title(findings, name) + _behind(findings, name)


def _behind(findings: Findings, name: str) -> str:
    is_baseline = any(baseline.name == name for baseline in task_of(findings).baselines)
    return baselines_learned_from(findings) if is_baseline else ""


def predictor_title(findings: Findings, name: str) -> str:
    """The bare name, without an article: "frequent-tag baseline"."""
    titles = CONTROLS | STORED_BASES | {baseline.name: baseline.title for baseline in task_of(findings).baselines}
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
    return predictor_name(findings, name) + _behind(findings, name) + other


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


def is_calmly_timed(findings: Findings) -> bool:
    """Whether prediction was timed often enough, on a machine that others left alone as far as anybody counted."""
    timed, others = findings.get("prediction.latency_ms"), value_of(findings, "prediction.others_share")
    if timed is None or (timed.n or 0) < FEW_CALLS:
        return False
    return others is None or others <= BUSY_SHARE


def is_told_apart(findings: Findings, difference: Finding) -> bool:
    """Whether a difference of the leading score is more than chance explains, with all that was tested beside it."""
    told = f"results.{difference.split}.differences"
    if told not in findings:  # of another version, or not of the score that leads
        return difference.interval is not None and (difference.interval[0] > 0 or difference.interval[1] < 0)
    return any(record.get("difference") == difference.id for record in records_of(findings, told))


def all_counted(findings: Findings, difference: Finding) -> str:
    """Why a difference whose own interval excludes 0 is not told as one; "" where there is nothing to say."""
    low, high = difference.interval or (0.0, 0.0)
    alone = (low > 0 or high < 0) and not is_told_apart(findings, difference)
    return ", which chance explains once all such differences are counted" if alone else ""


def weak_slices(findings: Findings) -> list[Finding]:
    """Slices clearly below the whole, weakest first."""
    metric, weak = headline_metric(findings), weak_parts(findings)
    found = [f for f in slices(findings, scored_split(findings)) if f.id.endswith("." + metric) and f.id in weak]
    return sorted(found, key=lambda f: number_of(f) or 0.0)


def weak_parts(findings: Findings) -> set[str]:
    """The ids of parts clearly below the whole, many having been looked at; empty, too, where nobody looked."""
    return {str(record.get("part")) for record in records_of(findings, _weak_parts_id(findings))}


def compared_parts(findings: Findings) -> str | None:
    """How many parts were compared with the whole, leading to the record; None where none were."""
    finding = findings.get(_weak_parts_id(findings))
    return None if finding is None or finding.n is None else cite(findings, finding.id, count(finding.n))


def _weak_parts_id(findings: Findings) -> str:
    return f"results.{scored_split(findings)}.weak_parts"


def group_count(findings: Findings) -> str:
    """How many types or classes the task has, leading to the record that names them."""
    id = task_of(findings).words.groups_record
    return cite(findings, id, count(len(sequence_of(findings, id))))


def group_word(findings: Findings) -> str:
    """What the groups of the task are called, singular; empty where it has none."""
    known = task_of(findings).scoring.groups
    return known.word if known else ""
