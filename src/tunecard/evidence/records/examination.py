"""What a probe found in the adapter: `examination.*`, a block for each probe."""

from tunecard.evidence.conditions import asked_by
from tunecard.evidence.record import DERIVED_OR_GAP, MEASURED, MEASURED_OR_GAP, Record, optional

_PART = "model_examination"
# Nobody gave the probe anything to ask: it was not asked, which is another thing than that it does not apply.
NO_SUITE = "the recipe names no suite of tests; name files in CheckList's form in `evaluation.suites`"

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
        "rows as they are",
        MEASURED_OR_GAP,
        when=asked_by("out-of-scope"),
    ),
    Record(
        "examination.other_data",
        "Answers to other data that is named as out of scope",
        _PART,
        None,
        "rows as they are",
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

WITHOUT_LAYER = (
    Record(
        "examination.without_layer",
        "Answers and score without the update of a layer",
        _PART,
        None,
        "rows",
        MEASURED_OR_GAP,
        when=asked_by("layers"),
        is_exact=True,
    ),
)

MERGING = (
    Record(
        "examination.merging",
        "Answers and score after merging into the base's weights",
        _PART,
        None,
        "rows",
        MEASURED_OR_GAP,
        when=asked_by("merging"),
        is_exact=True,
    ),
)

AS_USED = (
    Record(
        "examination.as_used",
        "Score on raw text beside that on the annotated words",
        _PART,
        None,
        "rows asked about",
        MEASURED_OR_GAP,
        when=asked_by("as-used"),
        is_exact=True,
    ),
    Record(
        "examination.windows",
        "Score of long rows read in windows beside that of the same rows cut",
        _PART,
        None,
        "rows asked about",
        MEASURED_OR_GAP,
        when=asked_by("windows"),
        is_exact=True,
    ),
)

MISTAKEN_TEXTS = (
    Record(
        "examination.mistaken_texts",
        "Texts of the gravest mistakes",
        _PART,
        None,
        "rows",
        MEASURED_OR_GAP,
        when=asked_by("mistakes"),
        is_exact=True,
    ),
)

ATTRIBUTIONS = (
    Record(
        "examination.attributions",
        "Attributions of answers to words",
        _PART,
        None,
        "rows asked about",
        MEASURED_OR_GAP,
        when=asked_by("attributions"),
        is_exact=True,
    ),
    Record(
        "examination.faithfulness",
        "Drop of an answer's score when the words are masked that attributions name",
        _PART,
        None,
        "rows asked about",
        MEASURED_OR_GAP,
        when=asked_by("attributions"),
        is_exact=True,
    ),
    Record(
        "examination.telling_words",
        "Words that tell most for each label, by attribution",
        _PART,
        None,
        "rows asked about",
        MEASURED_OR_GAP,
        when=asked_by("attributions"),
        is_exact=True,
    ),
)

GIVE_AWAYS = (
    Record(
        "examination.give_aways",
        "Words that give a label away",
        _PART,
        None,
        "pairs of a word and a label",
        MEASURED_OR_GAP,
        when=asked_by("give-aways"),
        is_exact=True,
    ),
    Record(
        "examination.give_away_words",
        "Answers without a word that all but tells a label, and with it",
        _PART,
        None,
        "rows asked about",
        when=optional,
    ),
)

IDENTITY_TERMS = (
    Record(
        "examination.identity_terms",
        "Ranking of harmful above harmless sentences by identity term",
        _PART,
        None,
        "sentences",
        MEASURED_OR_GAP,
        when=asked_by("identity-terms"),
        is_exact=True,
        tests="differences between groups of people",
    ),
)

SHIFT = (
    Record(
        "examination.shift",
        "Scored rows told from rows of train by their words",
        _PART,
        None,
        "rows",
        MEASURED_OR_GAP,
        when=asked_by("shift"),
    ),
)

EXAMINATION = (
    *SPENDING,
    *UPDATE_SIZES,
    *ROBUSTNESS,
    *SUITES,
    *OUT_OF_SCOPE,
    *MEMBERSHIP,
    *GROUP_SWAPS,
    *WITHOUT_LAYER,
    *MERGING,
    *AS_USED,
    *MISTAKEN_TEXTS,
    *ATTRIBUTIONS,
    *GIVE_AWAYS,
    *IDENTITY_TERMS,
    *SHIFT,
    *OWN,
)
