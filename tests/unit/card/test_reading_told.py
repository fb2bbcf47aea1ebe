"""How files were read is part of what was trained on: both cards say it, and nothing is claimed of columns that were made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from example_findings import text_run

from tunecard.card import render_croissant
from tunecard.card.dataset.structure import structure
from tunecard.card.sections.data import answers
from tunecard.data import DataPlan, describe, load_dataset
from tunecard.evidence import Findings, measured

NOTES = ["a.csv: read with ';' between columns", "a.csv: comment *lines* skipped: 12"]


def test_the_cards_say_it() -> None:
    findings = Findings([*text_run(), measured("data.reading", NOTES)])
    for text in (answers(findings)["preprocessing"].markdown, structure(findings).markdown):
        assert "In reading the files:" in text
        assert "read with ';' between columns; a.csv: comment \\*lines\\* skipped: 12" in text


def test_without_notes_nothing_is_said() -> None:
    assert "In reading the files" not in answers(text_run())["preprocessing"].markdown + structure(text_run()).markdown


def test_only_the_first_are_shown_where_there_are_many() -> None:
    findings = Findings([*text_run(), measured("data.reading", [f"{i}.csv: UTF-16 by its mark" for i in range(9)])])
    assert "; and 4 more" in answers(findings)["preprocessing"].markdown


@pytest.mark.parametrize(
    ("name", "content", "is_described"),
    [
        ("train.csv", "text,label\n" + "".join(f"t{i},{'xy'[i % 2]}\n" for i in range(30)), True),
        ("train.csv", "text;label\n" + "".join(f"t{i};{'xy'[i % 2]}\n" for i in range(30)), False),
        ("train.tsv", "".join(f"Ana{i}\tB-x\nran\tO\n\n" for i in range(30)), False),
        ("train.csv", "sentence_id,word,tag\n" + "".join(f"{i},Ana{i},B-x\n{i},ran,O\n" for i in range(30)), False),
    ],
)
def test_croissant_describes_columns_only_where_they_stand_in_the_file(
    tmp_path: Path, name: str, content: str, is_described: bool
) -> None:
    (tmp_path / name).write_text(content)
    dataset = load_dataset(DataPlan(name, base_folder=tmp_path))
    record = json.loads(render_croissant(Findings(describe(dataset))))
    assert bool(record.get("recordSet")) == is_described
    assert record["distribution"][0]["encodingFormat"] == ("text/plain" if name.endswith(".tsv") else "text/csv")
