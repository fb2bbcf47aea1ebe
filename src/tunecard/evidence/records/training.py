"""How it was trained: `training.*`, measured by a run, told or explained of an adapter made elsewhere."""

from tunecard.evidence.conditions import (
    at_best_quality,
    completed,
    head_from_probe,
    is_known,
    several_seeds,
    several_test_scores,
    with_int8_products,
    with_small_base,
    with_warm_start,
)
from tunecard.evidence.record import (
    DECLARED_OR_GAP,
    DERIVED,
    MEASURED_OR_GAP,
    SEEN_OR_TOLD,
    Condition,
    Record,
    always,
    optional,
)

_REGIME, _COURSE = "training_regime", "speeds_sizes_times"
DECISIONS = "decisions of validation: rows or words, as its method says"


def _told(key: str, name: str, section: str, unit: str | None = None, counts: str | None = None) -> Record:
    return Record(f"training.{key}", name, section, unit, counts, SEEN_OR_TOLD, gap=completed)


def _elsewhere(id: str, name: str, section: str, when: Condition = always) -> Record:
    return Record(id, name, section, statuses=DECLARED_OR_GAP, writer="complete", when=when)


def _if_counted(id: str, name: str) -> Record:
    return Record(id, name, _COURSE, "steps", "steps", writer="run", when=optional)


def _of_best(id: str, name: str, counts: str) -> Record:
    return Record(id, name, _REGIME, counts=counts, writer="run", when=at_best_quality, is_exact=True)


# Every figure that a run measures of its own training, and two of its machine: what traces of another may tell.
FIGURES = (
    _told("hyperparameters", "Hyperparameters", _REGIME),
    _told("precision", "Precision regime", _REGIME),
    _told("observed_dtypes", "Number types seen", _REGIME),
    _told("optimizer", "Optimizer", _REGIME),
    _told("seed", "Seed", _REGIME),
    _told("class_weights", "Class weights", _REGIME),
    _told("best_metric", "Metric that chose the epoch", _REGIME),
    _told("steps", "Optimizer steps", _COURSE),
    _told("epochs_run", "Epochs run", _COURSE),
    _told("best_epoch", "Epoch that was kept", _COURSE),
    _told("stopped", "Why training ended", _COURSE),
    _told("curve", "Learning curve", _COURSE),
    _told("best_validation", "Validation score of the epoch that was kept", _COURSE),
    _told("seconds", "Training time", _COURSE, "seconds", "steps"),
    _told("rows_per_second", "Training speed", _COURSE, "rows per second", "rows"),
    _told("tokens_per_second", "Training speed", _COURSE, "real tokens per second", "tokens"),
    _told("peak_memory_bytes", "Peak memory of training", _COURSE, "bytes"),
    Record("training.hardware", "Machine that trained it", "hardware_type", statuses=SEEN_OR_TOLD, writer="complete"),
    Record("training.software", "Software that trained it", "software", statuses=SEEN_OR_TOLD, writer="complete"),
)

TRAINING = (
    *FIGURES,
    Record("training.rule", "Rules that chose an auto", _REGIME, writer="run"),
    Record("training.path", "Forward path", _REGIME, writer="run"),
    Record("training.base_weights", "How frozen layers were stored", _REGIME, writer="run", when=with_small_base),
    Record(
        "training.frozen_products",
        "How far products of frozen layers in int8 are from those of the regime",
        _REGIME,
        counts="validation rows",
        writer="run",
        when=with_int8_products,
        is_exact=True,
    ),
    _if_counted("training.skipped_steps", "Steps that were not taken"),
    _if_counted("training.failed_steps", "Steps whose loss or gradient was not finite"),
    Record("training.ranks", "Processes that trained it together", _COURSE, writer="run", when=optional),
    Record(
        "training.rank_shares",
        "What each process learned from, and on what",
        "compute_infrastructure",
        counts="tokens",
        writer="run",
        when=is_known("training.ranks"),
        is_exact=True,
    ),
    Record("training.rescored_validation", "The same, checkpoint read back", _COURSE, writer="run"),
    Record(
        "training.head_probe",
        None,
        _REGIME,
        counts="decisions learned from",
        writer="run",
        when=head_from_probe,
        is_exact=True,
    ),
    Record("training.temperature", "Temperature of the logits", "results", None, DECISIONS, MEASURED_OR_GAP, "run"),
    *(
        Record(
            f"calibration.validation.{key}_{when}",
            f"{name} of validation, {told}",
            "results",
            unit,
            DECISIONS,
            writer="run",
            when=is_known("training.temperature"),
            is_exact=True,
        )
        for key, name, unit in (
            ("nll", "Mean negative log-likelihood", "nats"),
            ("ece", "Expected calibration error", None),
        )
        for when, told in (("before", "before the temperature"), ("after", "after it"))
    ),
    Record(
        "calibration.expected",
        "Share of right answers that the temperature aims at",
        "results",
        None,
        "decisions of train, rows or words, that folds were judged by",
        writer="run",
        when=optional,
    ),
    Record(
        "training.warm_start",
        "Phase without labels",
        _REGIME,
        counts="rows learned from",
        statuses=MEASURED_OR_GAP,
        writer="run",
        when=with_warm_start,
        is_exact=True,
    ),
    _of_best("training.search", "Rates that were tried", "rates"),
    _of_best("training.soup", "Seeds in the average", "seeds in it"),
    Record("training.seeds", None, "results", counts="seeds", writer="run", when=several_seeds, is_exact=True),
    Record(
        "training.seeds_summary", None, "results", None, "seeds", DERIVED, "run", several_test_scores, is_exact=True
    ),
    _elsewhere("training.data", "Rows that it learned from", "training_data"),
    _elsewhere("training.sources", "What tells of the training", _REGIME),
    _elsewhere("training.unread", "What was there and was not read", _REGIME, optional),
    Record("results.protocol", "Protocol", "testing_metrics", statuses=MEASURED_OR_GAP, gap=completed),
)
