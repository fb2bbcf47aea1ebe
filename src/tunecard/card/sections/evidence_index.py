"""How a reader follows a figure to its record, and what asking again can and cannot show."""

from __future__ import annotations

from tunecard.card.answer import Answer
from tunecard.card.markdown import bullets
from tunecard.evidence import Findings

ITEMS = (
    "Every figure above is a link to its record in [evidence.json](evidence.json): value, interval, n, how it is "
    "known, and the file it came from with that file's sha256. Hovering shows the record's name; in plain text the "
    "list at the end of this file names it.",
    "`tunecard verify DIR` compares hashes, renders this card again byte for byte and recomputes every score from "
    "`predictions/`; `--deep` predicts the rows again and runs the code above.",
    "What no check can show: an author who made up the data, or trained and tested on rows made to agree, would pass "
    "them all. Consistent is not the same as reproduced by somebody else.",
)


def answers(findings: Findings) -> dict[str, Answer]:
    """`more_information`."""
    return {"more_information": Answer(bullets(ITEMS), "derived")}
