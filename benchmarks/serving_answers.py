"""What `predict` answers to the texts that each adapter is asked about, in the shape of `POST /predict`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rounds import silent_libraries

ASKED, EXPECTED = "asked.json", "expected.json"


def ask_for(folder: Path, adapters: Sequence[Path], texts: Sequence[str], texts_of: dict[str, list[int]]) -> None:
    """Says which answers are wanted."""
    asked = {
        "adapters": [str(path) for path in adapters], "texts": list(texts), "texts_of": texts_of,
    }  # fmt: skip
    (folder / ASKED).write_text(json.dumps(asked))


def write_expected(folder: Path) -> dict[str, Any]:
    """`expected.json`: name to place of a text to its answer. Answers of the same question are kept."""
    asked = json.loads((folder / ASKED).read_text())
    kept = _kept(folder, asked["texts"])
    for path in map(Path, asked["adapters"]):
        if kept.get(path.name, {}).keys() != set(map(str, asked["texts_of"][path.name])):
            kept[path.name] = _answers(path, asked["texts"], asked["texts_of"][path.name])
    (folder / EXPECTED).write_text(json.dumps(kept | {"": asked["texts"]}))
    return {"adapters": len(asked["adapters"])}


def _kept(folder: Path, texts: Sequence[str]) -> dict[str, Any]:
    path = folder / EXPECTED
    content = json.loads(path.read_text()) if path.is_file() else {}
    return content if content.get("") == texts else {}


def _answers(path: Path, texts: Sequence[str], places: Sequence[int]) -> dict[str, Any]:
    import tunecard
    from tunecard.serving.shapes import as_pipeline

    with silent_libraries():
        answers = tunecard.load(path).predict([texts[place] for place in places])
    return {str(place): as_pipeline(answer) for place, answer in zip(places, answers, strict=True)}
