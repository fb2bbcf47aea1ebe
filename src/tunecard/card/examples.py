"""Texts to try an adapter with: the one that the card's code runs on, and mistakes where text may be shown."""

from __future__ import annotations

from dataclasses import dataclass

from tunecard.evidence import Findings
from tunecard.tasks import task_of
from tunecard.tasks.snippet import Snippet, example_in, for_new_tokens

MOST_MISTAKES = 5
CUT = 500  # characters that the record of a mistake holds at most: one of that length is no whole text


@dataclass(frozen=True)
class Example:
    """Texts of one row.

    Attributes:
        texts: a text, a pair, or a question and what belongs to it.
        what: where the card has it from, in a few words.
    """

    texts: tuple[str, ...]
    what: str


def examples(findings: Findings) -> list[Example]:
    """What a card shows of texts: never a row of the data, unless the recipe let the probe of mistakes show some."""
    texts = start_example(findings)
    if texts is None:
        return []
    mistakes = _mistakes(findings) if len(texts) == 1 else []  # the record joins the texts of a row
    return [Example(texts, "the card's own example"), *mistakes]


def start_example(findings: Findings) -> tuple[str, ...] | None:
    """The texts that the get-started code runs on; None where `start.code` is not what we write for task and base."""
    code, found = findings.value("start.code"), _snippet(findings)
    if not isinstance(code, str) or found is None:
        return None
    snippet, base, revision = found
    return example_in(code, snippet, base, revision)


def start_code(findings: Findings) -> str | None:
    """The get-started code rendered anew from findings; None as of `start_example`."""
    texts, found = start_example(findings), _snippet(findings)
    if texts is None or found is None:
        return None
    snippet, base, revision = found
    return snippet(base, revision, texts)


def _snippet(findings: Findings) -> tuple[Snippet, str, str | None] | None:
    """What writes the code of the task that the records name, with their base and its revision."""
    base, task = findings.value("base_model.id"), task_of(findings)
    if not isinstance(base, str) or task is None:
        return None
    snippet = for_new_tokens(task.snippet) if findings.value("adapter.new_tokens") else task.snippet
    return snippet, base, findings.value("base_model.revision")


def _mistakes(findings: Findings) -> list[Example]:
    records = findings.value("examination.mistaken_texts")
    texts = [one.get("text") for one in records if isinstance(one, dict)] if isinstance(records, list) else []
    whole = [text for text in texts if isinstance(text, str) and 0 < len(text) < CUT]
    return [Example((text,), "answered wrongly in the card's test") for text in whole[:MOST_MISTAKES]]
