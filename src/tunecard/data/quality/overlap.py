"""Rows that occur more than once, equal or nearly so: as findings, and as a factor of the scores."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tunecard.data.quality.near_duplicates import (
    BAND_ROWS,
    BANDS,
    MOST_COMPARED,
    SEED,
    SHINGLE,
    THRESHOLD,
    NearDuplicates,
)
from tunecard.data.quality.repeated_rows import count_overlaps, count_repeated, row_keys
from tunecard.data.splits import looked_at_in_words
from tunecard.evidence import Finding, measured, not_measured
from tunecard.rows.dataset import Dataset, Split
from tunecard.rows.overlap import FACTOR, FOUND, NOT_FOUND, UNKNOWN

NAME_RULE = "NFKC, lower case, white space collapsed"
EQUAL = f"equal text: {NAME_RULE}"
NEAR = (
    f"Jaccard index of at least {THRESHOLD:g} between the sets of {SHINGLE} consecutive characters of two texts "
    f"({NAME_RULE}); MinHash of datasketch ({BANDS * BAND_ROWS} permutations in {BANDS} bands, seed {SEED}) proposes "
    f"at most {MOST_COMPARED} texts a row, the index itself decides; rows of equal text are counted elsewhere"
)
_NO_SEARCH = "no search for near-duplicates was made"


def repetition_findings(dataset: Dataset, near: NearDuplicates | None) -> list[Finding]:
    """`data.duplicates.*`, `data.overlap.*`, and of near ones `data.near_duplicates.*` and `data.near_overlap.*`."""
    splits = dataset.splits
    findings = [_repeated(split) for split in splits.values()]
    findings += [_near_repeated(split, near) for split in splits.values()]
    for (a, b), count in count_overlaps(splits).items():
        findings.append(measured(f"data.overlap.{a}.{b}", count, method=EQUAL, **_about(splits[b])))
        findings.append(_near_overlap(splits[a], splits[b], near))
    return findings


def mark_overlap(dataset: Dataset, near: NearDuplicates) -> Dataset:
    """The data set with the factor `overlap` in each scored split that shares rows with training, equal or near.

    A split that shares none has no such factor, and a column of the data that is called so keeps its place.
    """
    splits = dict(dataset.splits)
    if "train" in splits:
        known = set(row_keys(splits["train"]))
        for name in splits.keys() - {"train"}:
            splits[name] = _mark(splits[name], known, near)
    return replace(dataset, splits=splits)


def _repeated(split: Split) -> Finding:
    return measured(f"data.duplicates.{split.name}", count_repeated(split), method=EQUAL, **_about(split))


def _near_repeated(split: Split, near: NearDuplicates | None) -> Finding:
    id, about = f"data.near_duplicates.{split.name}", _about(split)
    if near is None:
        return not_measured(id, reason=_NO_SEARCH, **about)
    about["n"] = len(near.looked_at[split.name])
    return measured(id, len(near.within[split.name]), method=_method([split], near), **about)


def _near_overlap(seen: Split, split: Split, near: NearDuplicates | None) -> Finding:
    id, about = f"data.near_overlap.{seen.name}.{split.name}", _about(split)
    if near is None:
        return not_measured(id, reason=_NO_SEARCH, **about)
    about["n"] = len(near.looked_at[split.name])
    count = len(near.across[(seen.name, split.name)])
    return measured(id, count, method=_method([seen, split], near), **about)


def _method(splits: list[Split], near: NearDuplicates) -> str:
    """The method, and of a split too large to look at whole what was looked at."""
    samples = [looked_at_in_words(split.name, len(near.looked_at[split.name]), len(split)) for split in splits]
    return "; ".join([NEAR, *(words for several in samples for words in several)])


def _mark(split: Split, known: set[str], near: NearDuplicates) -> Split:
    found = {place for place, key in enumerate(row_keys(split)) if key in known} | set(
        near.across[("train", split.name)]
    )
    if not found or FACTOR in split.factors:
        return split
    looked_at = set(near.looked_at[split.name])
    values = [FOUND if place in found else NOT_FOUND if place in looked_at else UNKNOWN for place in range(len(split))]
    return replace(split, factors={**split.factors, FACTOR: values})


def _about(split: Split) -> dict[str, Any]:
    return {"n": len(split), "split": split.name}
