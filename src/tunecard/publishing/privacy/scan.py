"""Every file against every pattern; all finds at once, each shown by its first characters only."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tunecard.counted import each
from tunecard.publishing.privacy.forbidden_files import holdings
from tunecard.publishing.privacy.passage import Passage
from tunecard.publishing.privacy.passages import passages
from tunecard.publishing.privacy.patterns import ADDRESSES, ADVICE, MAY_BE_DECLARED, PATHS, SECRET, SECRETS, Pattern

SHOWN_PLACES = 5
SHOWN_CHARACTERS = 4


@dataclass(frozen=True)
class Find:
    """Something private: in which file, where, of which kind, and how it begins."""

    file: str
    place: str
    kind: str
    shown: str


def scan(
    files: Mapping[str, Path | bytes],
    *,
    machine: Sequence[Pattern] = (),
    declared: Sequence[str] = (),
    allowed: Collection[str] = (),
    allows_text: bool = False,
) -> list[Find]:
    """Everything private in the files that are about to go up, in their order.

    Args:
        files: path in the repository to a file here or to bytes.
        machine: patterns for this machine, of `machine_patterns`.
        declared: what a person declared to be public: names and addresses that stand in it pass.
        allowed: texts that pass wherever they are found, keys and tokens excepted.
        allows_text: whether rows of the data may go up.
    """
    patterns = (*SECRETS, *PATHS, *machine, *ADDRESSES)
    finds: list[Find] = []
    for name, content in each(files.items(), "Looking for what is private", "files"):
        path = PurePosixPath(name)
        finds += _finds(name, Passage(name, place="its name"), patterns, declared, allowed)
        if isinstance(content, Path):
            held = holdings(name, content, allows_text=allows_text)
            finds += [Find(name, place, kind, what) for place, kind, what in held if path.name not in allowed]
        made = content if isinstance(content, bytes) else None
        for passage in passages(content if isinstance(content, Path) else Path(name), made):
            looked_for = SECRETS if passage.is_vocabulary else patterns
            finds += _finds(name, passage, looked_for, declared, allowed)
    return finds


def report(finds: Sequence[Find]) -> list[str]:
    """One sentence for each file, kind and text: where it stands, how it begins, what to do."""
    places: dict[tuple[str, str, str], list[str]] = {}
    for find in finds:
        places.setdefault((find.file, find.kind, find.shown), []).append(find.place)
    return [
        f"{file} {_listed(list(dict.fromkeys(where)))}: {kind} ({shown}). {ADVICE[kind]}"
        for (file, kind, shown), where in places.items()
    ]


def masked(text: str) -> str:
    """The first characters of a find, never more than a third of it.

    >>> masked("hf_abcdefghijklmnopqrstuvwxyz")
    'hf_a..., 29 characters'
    """
    return f"{text[: min(SHOWN_CHARACTERS, max(1, len(text) // 3))]}..., {len(text)} characters"


def _finds(
    name: str, passage: Passage, patterns: Sequence[Pattern], declared: Sequence[str], allowed: Collection[str]
) -> Iterator[Find]:
    taken: set[int] = set()
    for pattern in patterns:
        for match in pattern.expression.finditer(passage.text):
            group = "value" if "value" in pattern.expression.groupindex else 0
            start, end = match.span(group)
            if not pattern.is_private(match) or not taken.isdisjoint(range(start, end)):
                continue
            text = match.group(group)
            if not _passes(text, pattern.kind, declared, allowed):
                taken.update(range(start, end))
                yield Find(name, passage.place_of(start), pattern.kind, masked(text))


def _passes(text: str, kind: str, declared: Sequence[str], allowed: Collection[str]) -> bool:
    if kind == SECRET:
        return False
    return text in allowed or (kind in MAY_BE_DECLARED and any(text in value for value in declared))


def _listed(places: list[str]) -> str:
    shown = places[:SHOWN_PLACES]
    if all(place.startswith("line ") for place in places) and len(places) > 1:
        shown = ["lines " + ", ".join(place.removeprefix("line ") for place in shown)]
    more = f" and {len(places) - SHOWN_PLACES} more" if len(places) > SHOWN_PLACES else ""
    return ", ".join(shown) + more
