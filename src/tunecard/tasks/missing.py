"""Which values of a label column say that there is no label.

An empty field, blanks, a missing value and NaN are what programs write where they have nothing (pandas' NaN and <NA>,
Excel's #N/A): no label, unless that very text is a declared name. "None", "NA", "N/A", "null" and "-" (SNLI's mark
where annotators did not agree) stay what they are: people write them as a class ("none of these"), so that leaving them
out would lose a class without a word; they are pointed out instead.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tunecard.rows.text import is_invisible

_MISSING = {"nan", "<na>", "#n/a"}
_DOUBTFUL = {"none", "na", "n/a", "null", "nil", "-"}


def is_missing(value: Any) -> bool:
    """Whether a raw value is no label."""
    if isinstance(value, str):
        return is_invisible(value) or value.strip().lower() in _MISSING
    return value is None or (isinstance(value, float) and math.isnan(value))


def doubtful_classes(labels: Iterable[str | None]) -> str:
    """A sentence on classes whose name may as well mean that there is no label; "" without any."""
    counts = Counter(label for label in labels if label is not None and label.strip().lower() in _DOUBTFUL)
    if not counts:
        return ""
    named = " and ".join(f"{name!r} ({count:,} rows)" for name, count in sorted(counts.items()))
    return f"{named} is read as a class: where it means that there is no label, empty those fields or remove the rows"
