"""Scores: `results.*`; of others `baseline.*`, `control.*`, `on_base.*`, `target.*`; `difference.*`; `fit.*`."""

from tunecard.evidence.conditions import (
    each_calibrated,
    each_chosen_for,
    each_compared,
    each_entity_score,
    each_fitted_baseline,
    each_moved,
    each_of_amounts,
    each_rank_score,
    each_score,
    each_scored,
    each_searched,
    each_shared,
    each_split_of_people,
    each_target,
    each_with_doubts,
    of_entities,
)
from tunecard.evidence.record import DECLARED, DERIVED_OR_GAP, MEASURED_OR_GAP, Condition, Record, optional

COUNTED = "what the value divides by: rows, words or entities, as its method says"
RISK_COVERAGE = "Risk against coverage: the share that is wrong among the answers it is surest of"
CLEAN_DIFFERENCE = "Score of the rows not found in train minus that of all"
MOVED = "How far answers are from those of the linear probe of the frozen base"
MOVED_TO = "What became of answers that are not those of the linear probe of the frozen base"
UNDOUBTED_DIFFERENCE = "Score of the rows whose label the probe does not doubt minus that of all"
ABSTENTION = "Thresholds that validation chose, and the risk and coverage they give"


def _score(pattern: str, name: str | None = None, when: Condition = optional) -> Record:
    return Record(pattern, name, "results", None, COUNTED, MEASURED_OR_GAP, when=when)


RESULTS = (
    Record("results.headline", "Headline score", "results", statuses=DERIVED_OR_GAP),
    Record("results.worst", "Worst part", "results", None, COUNTED, DERIVED_OR_GAP),
    Record(
        "results.truncated_misses",
        "Entities lost to truncation",
        "results",
        "entities",
        "gold entities",
        MEASURED_OR_GAP,
        when=of_entities,
    ),
    Record(
        "results.{split}.unlabelled",
        "Rows without a label, predicted and not scored",
        "results",
        "rows",
        when=optional,
    ),
    Record("results.{split}.weak_parts", "Parts clearly below the whole", "results", None, "parts", when=optional),
    Record(
        "results.{split}.worst_slices",
        "Slices by one or two factors that are clearly below the whole",
        "results",
        None,
        "slices looked at",
        when=each_searched,
    ),
    Record(
        "results.{split}.differences",
        "Differences of the leading score that chance does not explain",
        "results",
        None,
        "differences",
        when=each_compared,
    ),
    Record(
        "results.{split}.strays",
        "Stray pieces that strict scoring dropped",
        "results",
        "pieces",
        "runs of tags in the answers",
        when=each_entity_score,
    ),
    Record(
        "results.{split}.candidates",
        "Different candidates that ranks are counted among",
        "results",
        "candidates",
        "rows",
        when=each_rank_score,
    ),
    Record(
        "results.{split}.people",
        "Score by group of people, and its gap to all others",
        "results",
        None,
        "rows that name a group",
        MEASURED_OR_GAP,
        when=each_split_of_people,
        is_exact=True,
        tests="differences between groups of people",
    ),
    _score("results.{split}.brier"),
    _score("results.{split}.ece"),
    _score("results.{split}.ece_before", "Expected calibration error before the temperature", each_calibrated),
    _score("results.{split}.ece_by_chance", "Expected calibration error that a calibrated model shows on as many"),
    _score("results.{split}.stated", "Mean stated probability"),
    _score("results.{split}.answers_right", "Share of the answers that is right"),
    _score("results.{split}.overconfidence", "Mean stated probability minus the share that is right"),
    _score("results.{split}.reliability", "Reliability: confidence and accuracy by bin"),
    _score("results.{split}.risk_coverage", RISK_COVERAGE, each_scored),
    _score("results.{split}.aurc", "Area under risk against coverage", each_scored),
    _score("results.{split}.abstention", ABSTENTION, each_chosen_for),
    _score("results.{split}.surest_mistakes", "Surest mistakes", each_scored),
    _score("results.{split}.sure_mistakes", "Share of the mistakes stated with a probability above 0.9", each_scored),
    _score("results.{split}.largest_errors", "Largest errors", each_of_amounts),
    _score("results.{split}.confusion", "Confusion"),
    _score("results.{split}.{measure}", when=each_score),
    _score("results.{split}.class.{label}.{measure}"),
    _score("results.{split}.type.{label}.{measure}"),
    _score("results.{split}.label.{label}.{measure}"),
    _score("results.{split}.tag.{label}.{measure}"),
    _score("results.{split}.clean.difference", CLEAN_DIFFERENCE, each_shared),
    _score("results.{split}.clean.{measure}"),
    _score("results.{split}.undoubted.difference", UNDOUBTED_DIFFERENCE, each_with_doubts),
    _score("results.{split}.undoubted.{measure}"),
    _score("results.{split}.slice.{group}.{measure}"),
    _score("results.{split}.slice.{factor}"),
    _score("results.{split}.unseen.{measure}"),
    _score("results.{split}.seen.{measure}"),
    _score("results.{split}.has_answer.{measure}"),
    _score("results.{split}.no_answer.{measure}"),
    _score("baseline.{predictor}.{split}.{measure}"),
    _score("control.{predictor}.{split}.{measure}"),
    _score("on_base.{predictor}.{split}.{measure}"),
    _score("difference.{predictor}.{split}.mcnemar"),
    _score("difference.{predictor}.{split}.flips", "Share of the answers that are others with products in int8"),
    _score("difference.{predictor}.{split}.moved", MOVED, each_moved),
    _score("difference.{predictor}.{split}.moved_to", MOVED_TO, each_moved),
    _score("difference.{predictor}.{split}.{measure}"),
    Record(
        "target.{number}",
        "Published score {number}",
        "results",
        None,
        "runs that the published score is of",
        DECLARED,
        "run",
        when=optional,
    ),
    Record(
        "target.{number}.difference",
        "Own score minus published score {number}",
        "results",
        None,
        COUNTED,
        DERIVED_OR_GAP,
        "run",
        when=each_target,
        is_exact=True,
    ),
    Record(
        "fit.{predictor}", None, "results", None, "examples learned from", MEASURED_OR_GAP, when=each_fitted_baseline
    ),
)
