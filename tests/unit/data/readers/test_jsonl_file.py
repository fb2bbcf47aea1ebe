"""JSON lines and arrays: values keep their kind, and every broken line is named."""

from __future__ import annotations

import pytest


def test_values_keep_their_kind_and_missing_keys_are_none(write, columns):
    path = write("a.jsonl", '{"text": "NA", "label": 3}\n\n{"text": null}\n')
    assert columns(path) == {"text": ["NA", None], "label": [3, None]}


def test_unicode_line_separators_do_not_end_a_line(write, columns):
    assert columns(write("a.jsonl", '{"text": "a\u2028b\x85c"}\n')) == {"text": ["a\u2028b\x85c"]}


def test_every_broken_line_is_named(write, message):
    assert message(write("a.jsonl", '{"text": "a"}\n{"text": \n[1]\n')) == (
        "2 problems\n"
        "  a.jsonl line 2: must be one JSON object. Got broken JSON at column 10 (Expecting value). "
        "Mend or remove the line.\n"
        "  a.jsonl line 3: must be one JSON object. Got [1]."
    )


def test_nesting_without_end_is_a_fault_and_no_crash(write, message):
    assert message(write("a.jsonl", "[" * 100_000 + "\n")).startswith("a.jsonl line 1: must be one JSON object.")


@pytest.mark.parametrize("content", ['[{"text": "a"}]', '{"data": [{"text": "a"}]}'])
def test_an_array_of_objects(write, content, columns):
    assert columns(write("a.json", content)) == {"text": ["a"]}


def test_another_shape(write, message):
    assert message(write("a.json", "3")) == "a.json: must be a JSON array of objects. Got 3."


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_a_key_that_stands_there_twice(write, message, name):
    row = '{"text": "a", "label": "x", "label": "y"}'
    said = message(write(name, row + "\n" if name == "a.jsonl" else f"[{row}]"))
    assert said.endswith("Got JSON that cannot be read (it has the key 'label' twice.).")
