"""A tokenizer that somebody else made, looked at before it is built: it brings all of its words and makes few of one.

The tokenizers library opens a file where a path stands in the place of a vocabulary, breaks off the process's thread at
a table that is cut, and replaces one letter by ten, and each of them by ten, as often as it is told.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tunecard.evidence.ledger import TOKENIZER, TOKENIZER_CONFIG
from tunecard.untrusted.bounded_json import read_json
from tunecard.untrusted.plain_files import UnfitFile, open_plain

MOST_BYTES = 100_000_000
BESIDE = (TOKENIZER_CONFIG, "special_tokens_map.json", "added_tokens.json", "vocab.json", "chat_template.json")
MOST_BYTES_BESIDE = 20_000_000
MOST_VALUES = 4_000_000  # a vocabulary of 256,000 with its merges has two million
MOST_GROWTH = 10_000  # characters that one may become; replacing a quotation mark by two makes it two
DEEPEST = 50
REPLACED = ("content", "prepend", "replacement")


def check_tokenizer_files(folder: Path) -> None:
    """Whether a tokenizer may be built of the files of a folder.

    Raises: ValueError: a pipe, device or socket lies there, or its tokenizer.json names a file, is cut, or grows texts.
    """
    for path in sorted(folder.iterdir()):
        if not path.is_dir():
            _check_plain(path)
    for name in BESIDE:
        if (folder / name).exists():
            _parse(folder / name)
    if (folder / TOKENIZER).exists():
        _check_content(read_json(folder / TOKENIZER, MOST_BYTES, MOST_VALUES))


def added_tokens(folder: Path) -> dict[int, str]:
    """Id to text of what a folder's tokenizer.json adds to its vocabulary, special tokens among them.

    Raises: OSError, ValueError: there is none, or it is broken.
    """
    content = read_json(folder / TOKENIZER, MOST_BYTES, MOST_VALUES)
    try:
        return {int(entry["id"]): str(entry["content"]) for entry in content.get("added_tokens") or []}
    except (AttributeError, TypeError, LookupError) as error:
        raise ValueError(f"{TOKENIZER} does not say what it adds to its vocabulary.") from error


def _parse(path: Path) -> None:
    try:
        read_json(path, MOST_BYTES_BESIDE)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error


def _check_plain(path: Path) -> None:
    try:
        open_plain(path, MOST_BYTES if path.suffix in (".txt", ".model", ".jinja") else None).close()
    except UnfitFile as error:
        raise ValueError(f"{path.name}: {error}") from error
    except OSError:  # a link to nothing, or a file of somebody else's: whoever needs it will say so
        return


def _check_content(content: Any) -> None:
    model = content.get("model") if isinstance(content, dict) else None
    if not isinstance(model, dict):
        raise ValueError(f"{TOKENIZER} must hold a model as a mapping.")
    for key, kinds in (("vocab", (dict, list)), ("merges", (list,))):
        if key in model and not isinstance(model[key], kinds):
            raise ValueError(f"{TOKENIZER} must hold its {key} itself. Got {str(model[key])[:40]!r}.")
    steps = list(_steps(content, 0))
    growth = math.prod(map(_growth, steps))
    if growth > MOST_GROWTH:
        raise ValueError(f"{TOKENIZER} makes up to {growth:.3g} characters of one, and at most {MOST_GROWTH:,} are.")
    for step in steps:
        if step.get("type") == "Precompiled":
            _check_table(step.get("precompiled_charsmap"))


def _steps(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    """Every mapping but the vocabulary and the tokens, which may have any names."""
    if depth > DEEPEST:
        raise ValueError(f"{TOKENIZER} is nested too deeply.")
    if isinstance(value, dict):
        yield value
        inside = [part for key, part in value.items() if key not in ("vocab", "merges", "added_tokens")]
    else:
        inside = value if isinstance(value, list) else []
    for part in inside:
        yield from _steps(part, depth + 1)


def _growth(step: dict[str, Any]) -> int:
    """How many characters one may become in a step."""
    longest = max((len(step[key]) for key in REPLACED if isinstance(step.get(key), str)), default=0)
    pattern = step.get("pattern")
    if not isinstance(pattern, dict):
        return 1 + longest if step.get("type") == "Prepend" else 1
    replaced = pattern.get("String")
    if isinstance(replaced, str) and replaced:
        return max(1, math.ceil(longest / len(replaced)))
    return 1 + longest  # a regular expression may match nothing at all, between any two


def _check_table(table: Any) -> None:
    """Whether a normaliser's table is whole: the size of its tree, the tree, and text."""
    try:
        content = base64.b64decode(table or "", validate=True)
        size = int.from_bytes(content[:4], "little")
        is_whole = len(content) >= 4 and 0 < size <= len(content) - 4 and size % 4 == 0
        content[4 + size :].decode()
    except (ValueError, TypeError):
        is_whole = False
    if not is_whole:
        raise ValueError(f"{TOKENIZER} has a precompiled_charsmap that is cut or none.")
