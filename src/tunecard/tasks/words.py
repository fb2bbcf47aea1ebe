"""What a task's rows, groups and answers are called: the words that the card and messages put into sentences."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

SINGLE, ALWAYS, NEVER = "unless rows are pairs", "always", "never"


@dataclass(frozen=True)
class Words:
    """Nouns are in the plural unless said otherwise.

    Attributes:
        row: a row that is no pair of texts, "sentences".
        groups: what scores are told apart by, "types"; their singular is `Groups.word`.
        group_unit: what the n of a group's score counts, "entities".
        groups_record: the record that names the groups.
        by_group: heading of the counts in the data, "Entities by type".
        label_kinds: what the labels of the data are, "entity types".
        outputs: what the last layer tells apart, "tags", where a label kind has several of them; else "".
        item: what a label belongs to, singular: "word" or "row".
        answer: what a stated probability belongs to, "predicted entities".
        head: what its last layer is, "a classification head".
        output: what it gives, "a tag for every word".
        objective: what training makes small, "cross-entropy over the classes".
        does: what it does, "finds {labels} in text"; `{input}` is a text or a pair of them, `{count}` the labels.
        does_unnamed: the same where no labels are known.
        limit: what its labels cannot say, a sentence; "" where nothing follows from them.
        summary: the leading scores as a sentence; `{precision}` stands for a score, `{precision%}` for it as a share
            of a hundred, `{rows}` for what rows are called.
        takes: what a row is given as, where it is no text or pair of texts: "question and context".
        near: why rows may be nearly the same though each is its own, in brackets behind their number.
        by_itself: what the routes of transformers and PEFT that need no code make of its folder, a sentence.
        lines: whether a line of plain text can be a row, one of SINGLE (unless rows are pairs), ALWAYS and NEVER.
        kind: what the task is called, singular, where its name with spaces between would not do.
    """

    row: str
    groups: str
    group_unit: str
    groups_record: str
    by_group: str
    label_kinds: str
    outputs: str
    item: str
    answer: str
    head: str
    output: str
    objective: str
    does: str
    does_unnamed: str
    limit: str
    summary: str
    kind: str = ""
    takes: str = "text"
    near: str = ""
    by_itself: str = "`pipeline(model=...)` and `AutoPeftModel` do not know its labels."
    lines: str = SINGLE

    def taken(self, is_pair: bool | None) -> str:
        """What a row is given as, `is_pair` being whether it was trained on pairs of texts."""
        return "two texts" if is_pair and self.takes == "text" else self.takes

    def reads_lines(self, is_pair: bool | None) -> bool:
        """Whether a line of plain text is all that it needs to answer."""
        return self.lines == ALWAYS or (self.lines == SINGLE and not is_pair)


def fill(sentence: str, value: Callable[[str], str | None]) -> str:
    """A sentence with its `{names}` filled; "" where one of them has no value.

    >>> fill("It finds {recall%} of 100 {rows}.", {"recall%": "81", "rows": "texts"}.get)
    'It finds 81 of 100 texts.'
    """
    values = {name: value(name) for name in re.findall(r"\{([\w%]+)\}", sentence)}
    if any(found is None for found in values.values()):
        return ""
    return re.sub(r"\{([\w%]+)\}", lambda match: str(values[match[1]]), sentence)
