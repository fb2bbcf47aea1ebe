"""What a probe found in the adapter: `examination.*`, a block for each probe."""

from tunecard.evidence.conditions import asked_by
from tunecard.evidence.record import DERIVED_OR_GAP, MEASURED, MEASURED_OR_GAP, Record, optional

_PART = "model_examination"

_SIZES = asked_by("update-sizes")
UPDATE_SIZES = (
    Record(
        "examination.update_norms",
        "Size of the update of each adapted module",
        _PART,
        None,
        "modules",
        MEASURED_OR_GAP,
        when=_SIZES,
    ),
    Record(
        "examination.singular_values",
        "Singular values of the update of each adapted module",
        _PART,
        None,
        "modules",
        MEASURED_OR_GAP,
        when=_SIZES,
    ),
    Record("examination.most_changed", "Most changed modules", _PART, None, "modules", DERIVED_OR_GAP, when=_SIZES),
    Record(
        "examination.layers", "Mean size of the update by layer", _PART, None, "layers", DERIVED_OR_GAP, when=_SIZES
    ),
)

SPENDING = (
    Record(
        "examination.passes",
        "Forward passes that probes made",
        _PART,
        None,
        "passes that probes were allowed",
        MEASURED,
    ),
)

OUT_OF_SCOPE = (
    Record(
        "examination.out_of_scope",
        "Answers to text that is out of scope",
        _PART,
        None,
        "rows of each kind",
        MEASURED_OR_GAP,
        when=asked_by("out-of-scope"),
    ),
)

MEMBERSHIP = (
    Record(
        "examination.membership",
        "Learned rows told from others by their loss (area under the ROC curve)",
        _PART,
        None,
        "rows",
        MEASURED_OR_GAP,
        when=asked_by("membership"),
    ),
)

SHIFT = (
    Record(
        "examination.shift",
        "Scored rows told from training rows by their words",
        _PART,
        None,
        "rows",
        MEASURED_OR_GAP,
        when=asked_by("shift"),
    ),
)

OWN = (Record("examination.own.{variable}", None, _PART, None, "rows", MEASURED_OR_GAP, when=optional),)

ROBUSTNESS = (
    Record(
        "examination.robustness",
        "Answers and scores when rows are written otherwise",
        _PART,
        None,
        "rows asked about",
        MEASURED_OR_GAP,
        when=asked_by("robustness"),
        is_exact=True,
        tests="typing errors",
    ),
)

SUITES = (
    Record(
        "examination.suites",
        "Failures of behavioural tests by capability",
        _PART,
        None,
        "cases",
        MEASURED_OR_GAP,
        when=asked_by("suites"),
        is_exact=True,
    ),
    Record(
        "examination.suite_tests",
        "Failures of behavioural tests, each test",
        _PART,
        None,
        "cases",
        MEASURED_OR_GAP,
        when=asked_by("suites"),
        is_exact=True,
    ),
    Record(
        "examination.suite_groups",
        "Failures of behavioural tests by group of people",
        _PART,
        None,
        "cases",
        when=optional,
    ),
)

GROUP_SWAPS = (
    Record(
        "examination.group_swaps",
        "Answers when rows speak of other groups of people",
        _PART,
        None,
        "rows asked about",
        MEASURED_OR_GAP,
        when=asked_by("group-swaps"),
        is_exact=True,
        tests="differences between groups of people",
    ),
    Record(
        "examination.group_scores",
        "Score of the same rows by the group they speak of",
        _PART,
        None,
        "rows asked about",
        MEASURED_OR_GAP,
        when=asked_by("group-swaps"),
        is_exact=True,
    ),
)

EXAMINATION = (*SPENDING, *UPDATE_SIZES, *ROBUSTNESS, *SUITES, *OUT_OF_SCOPE, *MEMBERSHIP, *GROUP_SWAPS, *SHIFT, *OWN)
