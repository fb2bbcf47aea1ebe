"""The same rows in another file format are the same data set."""

from __future__ import annotations

import csv
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunecard.data import DataPlan, load_dataset

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip)
texts |= st.sampled_from(["null", "NA", "nan", 'a "quoted" one', "two, three", "line\nend", "007", "=1+1", "#", "a\tb"])
labels = st.sampled_from(["yes", "no", "NA", "null", "3", "007"])


def splits_of(folder, suffix):
    data = load_dataset(DataPlan(str(folder / f"all.{suffix}"), factors=["length", "extra"]))
    return data.labels, data.splits


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12, deadline=None)
@given(st.lists(st.tuples(texts, labels, st.sampled_from(["u", "", "NULL"])), min_size=12, max_size=20))
def test_texts(tmp_path, rows):
    rows = [(f"{i} {text}", label, extra) for i, (text, label, extra) in enumerate(rows)]
    rows += [("first", "yes", "u"), ("second", "no", "u")]
    names = ["text", "label", "extra"]
    objects = [dict(zip(names, row, strict=True)) for row in rows]
    (tmp_path / "all.jsonl").write_text("".join(json.dumps(row) + "\n" for row in objects), encoding="utf-8")
    (tmp_path / "all.json").write_text(json.dumps(objects, ensure_ascii=False), encoding="utf-8")
    pq.write_table(pa.Table.from_pylist(objects), tmp_path / "all.parquet")
    for suffix, delimiter in (("csv", ","), ("tsv", "\t")):
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows([names, *rows])
        (tmp_path / f"all.{suffix}").write_text(out.getvalue(), encoding="utf-8", newline="")
    expected = splits_of(tmp_path, "jsonl")
    for suffix in ("json", "parquet", "csv", "tsv"):
        assert splits_of(tmp_path, suffix) == expected


def test_tokens(tmp_path):
    rows = [(["Ana", "in", "Rio"], ["B-PER", "O", "B-LOC"]), (["no", "one"], ["O", "O"])] * 6
    objects = [{"tokens": [*words, str(i)], "tags": [*tags, "O"]} for i, (words, tags) in enumerate(rows)]
    (tmp_path / "all.jsonl").write_text("".join(json.dumps(row) + "\n" for row in objects))
    pq.write_table(pa.Table.from_pylist(objects), tmp_path / "all.parquet")
    lines = [
        "\n".join(f"{word} {tag}" for word, tag in zip(row["tokens"], row["tags"], strict=True)) for row in objects
    ]
    (tmp_path / "all.conll").write_text("\n\n".join(lines))
    found = [load_dataset(DataPlan(str(tmp_path / f"all.{suffix}"))) for suffix in ("jsonl", "parquet", "conll")]
    assert found[0].splits == found[1].splits == found[2].splits
    assert found[0].labels == found[1].labels == found[2].labels == ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")
