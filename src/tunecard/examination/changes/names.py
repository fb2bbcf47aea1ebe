"""A name becomes another of its type, of those that training rows have; where it is longer or shorter, tags follow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tunecard.examination.changes.change import About, Name, Row, Swap
from tunecard.examination.changes.draw import Draw
from tunecard.tasks.named_spans import NamesSpans

WORDS = "tokens"


class OtherNames:
    """See `Change`."""

    name = "other names"
    strengths = (1.0,)

    def why_not(self, about: About) -> str:
        """Names are known where labels mark them, and others where training rows have them."""
        if about.naming is None:
            return "no label says which words are a name"
        return "" if about.names else "there are no rows of train to take names from"

    def changed(self, row: Row, strength: float, draw: Draw, about: About) -> Row:
        """Every name of the row."""
        if about.naming is None or row.label is None:
            return row
        words, tags, swaps = list(row.inputs[WORDS]), list(row.label), []
        for kind, start, end in reversed(about.naming.spans_of(tags)):
            new = _other(tuple(words[start:end]), about.names.get(kind, []), draw)
            words[start:end] = new
            tags[start:end] = about.naming.tags_of(kind, len(new))
            swaps.append(Swap(start, end - start, len(new)))
        return replace(row, inputs={**row.inputs, WORDS: words}, label=tags, swaps=tuple(reversed(swaps)))


def _other(name: Name, known: Sequence[Name], draw: Draw) -> Name:
    others = [other for other in known if other != name]
    return draw.apart(*name).one_of(others) if others else name


def names_by_type(
    task: NamesSpans, tokens: Iterable[Sequence[str]], tags: Iterable[Sequence[str] | None]
) -> dict[str, list[Name]]:
    """Type to every different name that rows have of it, sorted."""
    found: dict[str, set[Name]] = {}
    for words, row in zip(tokens, tags, strict=True):
        for kind, start, end in task.spans_of(row or []):
            found.setdefault(kind, set()).add(tuple(words[start:end]))
    return {kind: sorted(names) for kind, names in found.items()}
