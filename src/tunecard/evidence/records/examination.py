"""What a probe found in the adapter: `examination.*`, a block for each probe."""

from tunecard.evidence.conditions import was_asked
from tunecard.evidence.record import DERIVED_OR_GAP, MEASURED, MEASURED_OR_GAP, Record, optional

_PART = "model_examination"

UPDATE_SIZES = (
    Record(
        "examination.update_norms", "Size of the update of each adapted module", _PART, None, "modules", MEASURED_OR_GAP
    ),
    Record(
        "examination.singular_values",
        "Singular values of the update of each adapted module",
        _PART,
        None,
        "modules",
        MEASURED_OR_GAP,
    ),
    Record("examination.most_changed", "Most changed modules", _PART, None, "modules", DERIVED_OR_GAP),
    Record("examination.layers", "Mean size of the update by layer", _PART, None, "layers", DERIVED_OR_GAP),
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
        when=was_asked("out-of-scope"),
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
        when=was_asked("membership"),
    ),
)

OWN = (Record("examination.own.{variable}", None, _PART, None, "rows", MEASURED_OR_GAP, when=optional),)

EXAMINATION = (*SPENDING, *UPDATE_SIZES, *OUT_OF_SCOPE, *MEMBERSHIP, *OWN)
