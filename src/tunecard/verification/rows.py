"""Do the figures about the data fit the predicted rows? Counts, labels and lengths of the splits that were scored."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tunecard.data.counting import histogram, summarise_lengths
from tunecard.errors import RunFolderError
from tunecard.evidence import Findings, Predictions, RunFolder
from tunecard.metrics.entities import OUTSIDE, entity_types
from tunecard.verification.comparing import disagreements, known
from tunecard.verification.identity import is_names
from tunecard.verification.report import Check, judged

NAME = "rows"
TOKEN_TASK = "token-classification"
MAJORITY = "majority"


def check_rows(folder: RunFolder, findings: Findings) -> Check:
    """`data.<split>.*` of every predicted split, counted again; and the majority baseline is the majority's."""
    labels = findings.value("task.labels")
    files = [(split, path) for split, predictor, path in folder.prediction_files() if predictor is None]
    if not files:
        return Check(NAME, None, "no predictions in the folder: withheld")
    if not is_names(labels):
        return Check(NAME, False, "the evidence names no labels (`task.labels`)")
    problems: list[str] = []
    covered: set[str] = set()
    is_token_task = findings.value("task.name") == TOKEN_TASK
    for split, path in files:
        try:
            predictions = folder.read_predictions(split, with_probabilities=False)
            expected = counted(predictions, split, labels, is_token_task)
        except (RunFolderError, TypeError, ValueError, AttributeError):
            return Check(NAME, None, f"predictions/{path.name} cannot be counted: see predictions")
        problems += disagreements(findings, expected, f"predictions/{path.name}")
        problems += _factor_problems(predictions, path.name, findings)
        covered |= known(findings, expected).keys()
    if not is_token_task:
        problems += _majority_problems(folder, findings)
    return judged(NAME, problems, f"{len(covered)} figures about the data follow from the predicted rows", covered)


def counted(predictions: Predictions, split: str, labels: list[str], is_token_task: bool) -> dict[str, Any]:
    """Finding id to value, for what the gold labels of a split tell about its rows."""
    gold = [label for label in predictions.labels if label is not None]
    expected: dict[str, Any] = {f"data.{split}.rows": len(predictions)}
    if is_token_task:
        lengths = [len(tags) for tags in predictions.predictions]
        expected |= {
            f"data.{split}.words": sum(lengths),
            f"data.{split}.length": summarise_lengths(lengths),
            f"data.{split}.length_histogram": histogram(lengths),
        }
        found = Counter(tag[2:] for tags in gold for tag in tags if tag.startswith("B-"))
        counts = {name: found[name] for name in entity_types([label for label in labels if label != OUTSIDE])}
    else:
        found = Counter(gold)
        counts = {name: found[name] for name in labels}
    if len(gold) == len(predictions):
        expected[f"data.{split}.labels"] = counts
        expected |= {f"data.{split}.entities": sum(counts.values())} if is_token_task else {}
    return expected | ({"task.types": entity_types(labels)} if is_token_task else {})


def _factor_problems(predictions: Predictions, name: str, findings: Findings) -> list[str]:
    told = findings.value("data.factors")
    strange = set(predictions.factors) - set(told) if isinstance(told, list) else set()
    return [f"predictions/{name} has the factor {factor}, `data.factors` has not" for factor in sorted(strange)]


def _majority_problems(folder: RunFolder, findings: Findings) -> list[str]:
    """The baseline that a useful adapter must beat answers with the class that training has most of."""
    counts = findings.value("data.train.labels")
    if not isinstance(counts, dict) or not all(isinstance(count, int) for count in counts.values()):
        return []
    most = {label for label, count in counts.items() if count == max(counts.values())}
    problems = []
    for split, predictor, path in folder.prediction_files():
        if predictor == MAJORITY:
            said = set(folder.read_predictions(split, predictor, with_probabilities=False).predictions)
            if len(said) != 1 or not said <= most:
                problems.append(f"predictions/{path.name} does not answer with the most frequent class of training")
    return problems
