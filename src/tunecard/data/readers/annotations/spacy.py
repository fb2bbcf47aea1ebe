"""spaCy's training data: pairs of a text and its annotations, documents with tokens, and what its binary form needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tunecard.data.readers.annotations.export import Found, Rows, Values
from tunecard.data.readers.notes import Notes
from tunecard.data.readers.options import AS_FOUND, ReadingOptions
from tunecard.data.readers.records import Records
from tunecard.errors import DataError

PAIR = 2
_MISSING = "-"


def pair_as_object(value: Any) -> Any:
    """`["text", {"entities": ...}]` as an object with the text in it; anything else as it is."""
    if isinstance(value, list) and len(value) == PAIR and isinstance(value[0], str) and isinstance(value[1], dict):
        return {"text": value[0], **value[1]}
    return value


def read_documents(sample: Sequence[Values], columns: Mapping[str, str], notes: Notes) -> Rows | None:
    """Documents of `paragraphs` of `sentences` of `tokens` with BILUO tags: a row a sentence."""
    if not all(isinstance(values.get("paragraphs"), list) for values in sample):
        return None
    return _sentences


def _sentences(values: Values) -> Iterator[Found]:
    for paragraph in values.get("paragraphs") or []:
        for sentence in paragraph.get("sentences") or [] if isinstance(paragraph, dict) else []:
            tokens = [token for token in sentence.get("tokens") or [] if isinstance(token, dict)]
            tags = [token.get("ner", _MISSING) for token in tokens]
            yield {
                "id": values.get("id"),
                "tokens": [token.get("orth") for token in tokens],
                "tags": None if all(tag == _MISSING for tag in tags) else tags,
            }


def open_docbin(path: Path, stack: ExitStack, options: ReadingOptions = AS_FOUND) -> Records:
    """The binary form, which only spaCy reads. Raises: DataError: always, with the line that converts the file."""
    code = (
        "import spacy,json;from spacy.tokens import DocBin;"
        f"[print(json.dumps({{'text':d.text,'spans':[{{'start':e.start_char,'end':e.end_char,'label':e.label_}} "
        f"for e in d.ents]}})) for d in DocBin().from_disk('{path.name}').get_docs(spacy.blank('xx').vocab)]"
    )
    raise DataError(
        f"{path.name}: is spaCy's binary form, which only spaCy reads. Where it is installed, convert the file: "
        f'python -c "{code}" > {path.stem}.jsonl'
    )
