"""What a probe found in the adapter: `examination.*`, a block for each probe."""

from tunecard.evidence.record import DERIVED_OR_GAP, MEASURED, MEASURED_OR_GAP, Record

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

EXAMINATION = (*SPENDING, *UPDATE_SIZES)
