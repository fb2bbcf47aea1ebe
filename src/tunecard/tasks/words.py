"""What a task's rows, groups and answers are called: the words that the card and messages put into sentences."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Nouns are in the plural unless said otherwise.

    Attributes:
        row: a row, "sentences".
        group: what scores are told apart by, singular, as in ids `results.<split>.<group>.<name>`; "" without groups.
        groups: the same in the plural.
        group_unit: what the n of a group's score counts, "entities".
        groups_record: the record that names the groups.
        by_group: heading of the counts in the data, "Entities by type".
        item: what a label belongs to, singular: "word" or "row".
        answer: what a stated probability belongs to, "predicted entities".
        output: what it gives, "a tag for every word".
        loss: what the loss is taken over, "the tags, one a word".
        outside: what it cannot name, "entities of any other type".
        always_answers: whether it gives one of its labels to whatever it reads.
        summary: the headline scores as a sentence; `{precision}` stands for that score, as a share of a hundred.
    """

    row: str
    group: str
    groups: str
    group_unit: str
    groups_record: str
    by_group: str
    item: str
    answer: str
    output: str
    loss: str
    outside: str
    always_answers: bool
    summary: str
