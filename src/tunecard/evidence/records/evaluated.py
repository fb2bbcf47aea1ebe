"""An evaluation on a reader's own rows: `author.*`, what the run folder says, beside `results.*` of those rows."""

from tunecard.evidence.record import MEASURED_OR_GAP, Record, optional

EVALUATED = (
    Record("author.same_rows", "Whether the rows are those that the author scored", "results", writer="evaluate"),
    Record(
        "author.shared_rows",
        "Rows that are also among those that the author scored",
        "results",
        "rows",
        "rows",
        MEASURED_OR_GAP,
        "evaluate",
        when=optional,
    ),
    Record(
        "author.changed_answers",
        "Rows answered otherwise than the author's predictions say",
        "results",
        "rows",
        "rows",
        MEASURED_OR_GAP,
        "evaluate",
        when=optional,
    ),
    Record("author.{label}", None, "results", None, "as the author's record says", MEASURED_OR_GAP,
           "evaluate", optional),
)  # fmt: skip
