"""Names that are one to a reader's eye: they differ only in case, in blanks, or in their Unicode form."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tunecard.rows.text import is_unseen

MERGE, REFUSE = "merge", "refuse"
SHOWN_GROUPS = 5


@dataclass(frozen=True)
class AlikeNames:
    """Names that are alike, the most frequent first, with how often each occurs; and the form that all become."""

    counts: dict[str, int]
    kept: str

    def __str__(self) -> str:
        return ", ".join(f"{name!r} ({count:,})" for name, count in self.counts.items() if count)


def likeness(name: str) -> str:
    """What names that look alike have in common: compatible Unicode form, lower case, no blanks around, one inside.

    Lower case and not case-folded, as that takes the German Masse and Maße for one word.

    >>> {likeness(name) for name in ("Pro", " pro", "PRO\\u00a0", "pr\\u200bo", "\\uff50ro")}
    {'pro'}
    """
    # A no-break space and the like become a plain one; what cannot be seen and is no blank is left out.
    plain = unicodedata.normalize("NFKC", name)
    seen = "".join(char for char in plain if char.isspace() or not is_unseen(char))
    return " ".join(unicodedata.normalize("NFKC", seen.lower()).split())


def tidy(name: str) -> str:
    """A name in composed form, without blanks around it and with single ones inside."""
    seen = "".join(char for char in unicodedata.normalize("NFC", name) if char.isspace() or not is_unseen(char))
    return " ".join(seen.split())


def find_alike(counts: Mapping[str, int], declared: Collection[str] = ()) -> list[AlikeNames]:
    """Names that are alike, with the form to keep.

    That is the declared one, else the most frequent once blanks around names, doubled ones and what cannot be seen
    are left out; of equally frequent ones that in lower case (the last in the order of characters). Names that are
    declared apart stay apart.

    Args:
        counts: each name that the data holds, with how often.
        declared: names that somebody wrote down: two of them are two classes, however alike.
    """
    groups: dict[str, list[str]] = {}
    for name in dict.fromkeys([*declared, *counts]):
        groups.setdefault(likeness(name), []).append(name)
    found = []
    for names in groups.values():
        if len(names) > 1 and not all(name in declared for name in names):
            ordered = sorted(names, key=lambda name: (-counts.get(name, 0), name))
            written = next((name for name in ordered if name in declared), None)
            found.append(
                AlikeNames({name: counts.get(name, 0) for name in ordered}, written or _tidiest(names, counts))
            )
    return found


def _tidiest(names: Sequence[str], counts: Mapping[str, int]) -> str:
    forms: Counter[str] = Counter()
    for name in names:
        forms[tidy(name)] += counts.get(name, 0)
    return max(forms, key=lambda form: (forms[form], form))


def renamed(groups: Sequence[AlikeNames], declared: Collection[str] = ()) -> dict[str, str]:
    """Each name that gives way to another; of a group with two declared forms none does, as nobody knows to which."""
    return {
        name: group.kept
        for group in groups
        if sum(name in declared for name in group.counts) <= 1
        for name in group.counts
        if name != group.kept
    }


def alike_fault(groups: Sequence[AlikeNames], what: str) -> str:
    """One sentence on all groups, with what to type.

    Args:
        what: what the names are, "labels" or "entity types".
    """
    shown = "; ".join(map(str, groups[:SHOWN_GROUPS])) + _more(groups)
    return (
        f"{what} differ only in case, blanks or Unicode form: {shown}. Set `data.labels_alike: merge` to make each "
        f"group one ({_kept(groups)}), mend the data, or list in `data.labels` every name that is meant."
    )


def merge_note(groups: Sequence[AlikeNames], what: str) -> str:
    """What was merged, in a sentence."""
    merged = [f"{_others(group)} became {group.kept!r}" for group in groups[:SHOWN_GROUPS]]
    return f"{what} that differ only in case, blanks or Unicode form were merged: {'; '.join(merged)}{_more(groups)}"


def _kept(groups: Sequence[AlikeNames]) -> str:
    return ", ".join(repr(group.kept) for group in groups[:SHOWN_GROUPS]) + _more(groups)


def _others(group: AlikeNames) -> str:
    return ", ".join(f"{name!r} ({count:,})" for name, count in group.counts.items() if count and name != group.kept)


def _more(groups: Sequence[AlikeNames]) -> str:
    return f" and {len(groups) - SHOWN_GROUPS} more groups" if len(groups) > SHOWN_GROUPS else ""


def count_names(names: Sequence[str | None]) -> Counter[str]:
    """How often each name occurs; None is none."""
    return Counter(name for name in names if name is not None)
