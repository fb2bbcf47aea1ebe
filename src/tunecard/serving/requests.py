"""The body of a request to rows of an adapter: strict JSON, every bound asked before anything is computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tunecard.serving.limits import Limits, tokens_of
from tunecard.serving.options import NAMES, Options, read_options
from tunecard.serving.refusals import bad_shape, too_much
from tunecard.untrusted.bounded_json import load_json, once_each

NONE = Options()
PAIR = 2
DEEPEST = 2  # lists in a row: its choices are one within it
SHAPES = '"text", ["text", ...], [["text", "text"], ...] or [["word", ...], ...]'


@dataclass(frozen=True)
class Asked:
    """Rows for one adapter.

    Attributes:
        adapter: its name; None where the path, or there being one only, says it.
        rows: (N,) a text, a pair or words each.
        is_single: one text was sent, not in a list.
        tokens: about how many they are.
        options: what is made of the answers.
    """

    adapter: str | None
    rows: list[Any]
    is_single: bool
    tokens: int
    options: Options = NONE


def read_body(body: bytes) -> dict[str, Any]:
    """A JSON object. Raises: Refused: it is none; a key stands there twice; a number is none of JSON's."""
    try:
        content = load_json(body.decode("utf-8"), most_values=200_000, pairs=once_each)
    except ValueError as error:
        raise bad_shape("the body must be a JSON object in UTF-8.") from error
    if not isinstance(content, dict):
        raise bad_shape("the body must be a JSON object.")
    return content


def read_asked(content: Mapping[str, Any], inputs: str, name: str, limits: Limits) -> Asked:
    """Rows and the adapter's name of an object.

    Args:
        inputs: the key of the rows: "inputs", or "input" of `/classify`.
        name: the key of the adapter.
    Raises: Refused: other keys, other shapes, too many rows or too long ones.
    """
    unknown = sorted(content.keys() - {inputs, name} - NAMES)
    if unknown or inputs not in content:
        said = f"Got {unknown[0][:40]!r} besides." if unknown else f"Got no {inputs!r}."
        raise bad_shape(f"the body must hold {inputs!r} and may hold {name!r}. {said}")
    adapter = content.get(name)
    if adapter is not None and not isinstance(adapter, str):
        raise bad_shape(f"{name!r} must be the name of an adapter, as /adapters lists it.")
    given = content[inputs]
    rows = [given] if isinstance(given, str) else given
    if not isinstance(rows, list) or not rows:
        raise bad_shape(f"{inputs!r} must be {SHAPES}.")
    if len(rows) > limits.rows:
        raise too_much(f"a request may have {limits.rows:,} rows. Got {len(rows):,}: send them in several.")
    options = read_options(content)
    sizes = [_characters(row, inputs) for row in rows]
    longest = max(sizes)
    if longest > limits.characters:
        place = sizes.index(longest)
        raise too_much(f"row {place} has {longest:,} characters; {limits.characters:,} are read. Cut it.")
    return Asked(adapter, rows, isinstance(given, str), sum(tokens_of(size) for size in sizes), options)


def as_taken(asked: Asked, takes: Callable[[Any], bool]) -> Asked:
    """The rows as the adapter takes them, where a client of text-embeddings-inference sends them otherwise: batches as
    `[["text"], ...]`, and one pair as `["text", "text"]`.

    Args:
        takes: whether a row can be predicted.
    """
    rows = asked.rows
    if len(rows) == PAIR and all(isinstance(row, str) and not takes(row) for row in rows) and takes(rows):
        return replace(asked, rows=[rows], is_single=True)
    return replace(asked, rows=[_alone(row, takes) for row in rows])


def _alone(row: Any, takes: Callable[[Any], bool]) -> Any:
    is_one = isinstance(row, list) and len(row) == 1
    return row[0] if is_one and not takes(row) and takes(row[0]) else row


def _characters(row: Any, inputs: str, depth: int = 0) -> int:
    """Of a text, or of all texts of a list; a choice may be a list within."""
    if isinstance(row, str):
        return len(row)
    if isinstance(row, list) and depth < DEEPEST:
        return sum(_characters(part, inputs, depth + 1) for part in row)
    raise bad_shape(f"{inputs!r} must be {SHAPES}.")
