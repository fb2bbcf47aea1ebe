"""Rows that nearly repeat another: within a split, and across splits, where they flatter a score.

MinHash proposes and the true Jaccard index of the shingles decides (Broder 1997, doi:10.1109/SEQUEN.1997.666900; bands
as in Leskovec et al., Mining of Massive Datasets, section 3.4). A row is compared with a bounded number of others, so
that the work grows with the rows and never with their pairs, whatever templates the data was written from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tunecard.counted import each
from tunecard.data.quality.repeated_rows import PAIRS, row_keys
from tunecard.data.splits import places_to_look_at
from tunecard.rows.dataset import Split

SHINGLE = 5  # characters: what a word is differs between languages, and one changed word must not undo a short text
THRESHOLD = 0.8
BANDS, BAND_ROWS = 16, 5  # proposes 99.8 % of the pairs at the threshold, more above it
SEED = 1
MOST_CHARACTERS = 6_000_000  # of a split: about 6 s
MOST_IN_BUCKET = 20
MOST_COMPARED = 16


@dataclass(frozen=True)
class NearDuplicates:
    """Which rows are near another, by Jaccard of at least 0.8; rows of equal text are not among them.

    Attributes:
        looked_at: split to the places (indices into the split) that were looked at: all, or a seeded sample.
        within: split to the places of rows that are near an earlier row of it.
        across: (A, B) to the places of rows of B that have no equal in A and are near one of its rows.
    """

    looked_at: dict[str, list[int]]
    within: dict[str, list[int]]
    across: dict[tuple[str, str], list[int]]


def find_near_duplicates(splits: Mapping[str, Split]) -> NearDuplicates:
    """Looks at every split on its own, then at validation and test against train, and at test against validation.

    A split of more than 6,000,000 characters is looked at in a seeded sample of that size.
    """
    keys = {name: row_keys(split) for name, split in splits.items()}
    looked_at = {name: places_to_look_at(several, MOST_CHARACTERS, "near-duplicates") for name, several in keys.items()}
    sketches = {name: dict(_sketch(keys[name], looked_at[name])) for name in splits}
    indexes, within = {}, {}
    for name in splits:
        indexes[name], repeats = _index(sketches[name])
        firsts = _first_places(keys[name], looked_at[name])
        within[name] = sorted(firsts[key] for key in repeats)
    across = {}
    for a, b in PAIRS:
        if a in splits and b in splits:
            known = set(keys[a])
            asked = each(sketches[b].items(), f"Looking for rows of {b} near those of {a}", "texts")
            near = {key for key, bands in asked if key not in known and indexes[a].has_near(key, bands)}
            across[(a, b)] = [place for place in looked_at[b] if keys[b][place] in near]
    return NearDuplicates(looked_at, within, across)


@dataclass
class _Index:
    """Texts by the bands of their signatures; a bucket that is full takes no more, as its texts are much alike."""

    buckets: dict[tuple[int, bytes], list[str]] = field(default_factory=dict)

    def add(self, key: str, bands: list[bytes]) -> None:
        for band in enumerate(bands):
            bucket = self.buckets.setdefault(band, [])
            if len(bucket) < MOST_IN_BUCKET:
                bucket.append(key)

    def has_near(self, key: str, bands: list[bytes]) -> bool:
        """Whether one of the texts that share most bands with this one is near it."""
        shared = Counter(other for band in enumerate(bands) for other in self.buckets.get(band, ()))
        if not shared:
            return False
        own = _shingles(key)
        return any(_jaccard(own, _shingles(other)) >= THRESHOLD for other, _ in shared.most_common(MOST_COMPARED))


def _index(sketches: Mapping[str, list[bytes]]) -> tuple[_Index, list[str]]:
    """All texts of a split, and those that were near an earlier one when they came."""
    index, near = _Index(), []
    for key, bands in each(sketches.items(), "Looking for near-duplicates", "texts"):
        if index.has_near(key, bands):
            near.append(key)
        index.add(key, bands)
    return index, near


def _sketch(keys: list[str], places: list[int]) -> Iterator[tuple[str, list[bytes]]]:
    """(text, its signature in bands) of each different text."""
    from datasketch import MinHash

    texts = list(dict.fromkeys(keys[place] for place in places))
    shingles = ([shingle.encode() for shingle in _shingles(text)] for text in texts)
    found = MinHash.generator(shingles, num_perm=BANDS * BAND_ROWS, seed=SEED)
    pairs = zip(texts, found, strict=True)
    for text, minhash in each(pairs, "Reading texts for near-duplicates", "texts", len(texts)):
        values = minhash.hashvalues.reshape(BANDS, BAND_ROWS)
        yield text, [band.tobytes() for band in values]


def _shingles(text: str) -> set[str]:
    return {text[begin : begin + SHINGLE] for begin in range(max(1, len(text) - SHINGLE + 1))}


def _jaccard(a: set[str], b: set[str]) -> float:
    shared = len(a & b)
    return shared / (len(a) + len(b) - shared)


def _first_places(keys: list[str], places: list[int]) -> dict[str, int]:
    firsts: dict[str, int] = {}
    for place in places:
        firsts.setdefault(keys[place], place)
    return firsts
