"""croissant.json: read by the reference reader, which also reads the very rows by it; and inert whatever names say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from example_data import looked_at
from example_findings import text_run, token_run
from test_card_markdown import PAYLOADS

from tunecard.card import render_croissant
from tunecard.card.dataset.croissant import CONTEXT
from tunecard.data import DataPlan, describe, load_dataset
from tunecard.evidence import Finding, Findings, declared, measured

mlcroissant = pytest.importorskip("mlcroissant")
Make = Callable[[], Findings]
RUNS: dict[str, Make] = {
    "token": token_run,
    "text": text_run,
    "nothing": Findings,
    "token looked at": lambda: looked_at(token_run()),
    "text looked at": lambda: looked_at(text_run(), suspects=False),
}
ROWS = [{"text": f"row number {number}", "intent": ["left", "right"][number % 2]} for number in range(30)]
RECOMMENDED = {"citeAs", "datePublished", "version", "license"}  # a declaration that nobody made is never made up


def read(folder: Path, text: str) -> Any:
    """The reference reader's view; it raises on any error."""
    (folder / "croissant.json").write_text(text, encoding="utf-8")
    return mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))


@pytest.mark.parametrize("make", RUNS.values(), ids=RUNS)
def test_the_reference_reader_takes_it(make: Make, tmp_path: Path) -> None:
    text = render_croissant(make())
    issues = read(tmp_path, text).metadata.ctx.issues
    assert not issues.errors
    assert all(any(f'/{key}" is recommended' in warning for key in RECOMMENDED) for warning in issues.warnings)
    assert text == render_croissant(make())
    assert json.loads(text)["conformsTo"][0] == "http://mlcommons.org/croissant/1.1"
    assert text.endswith("}\n")


def test_the_context_is_the_one_that_the_reader_wants() -> None:
    from mlcroissant._src.core.context import Context, CroissantVersion
    from mlcroissant._src.core.rdf import make_context

    assert make_context(Context(conforms_to=CroissantVersion.V_1_1)) == CONTEXT


def _write(path: Path) -> None:
    if path.suffix == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_pylist(ROWS), path)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    else:
        comma = "\t" if path.suffix == ".tsv" else ","
        path.write_text("\n".join([f"text{comma}intent", *(comma.join(row.values()) for row in ROWS)]) + "\n")


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".tsv", ".parquet"])
def test_the_reference_reader_reads_the_rows_by_it(suffix: str, tmp_path: Path) -> None:
    """Names, formats, columns, types and hashes are right: the rows come out, and a changed file is refused."""
    _write(tmp_path / f"train{suffix}")
    dataset = load_dataset(DataPlan(".", base_folder=tmp_path))
    labels = measured("task.labels", list(dataset.labels), section="model_type", name="Labels")
    text = render_croissant(Findings([*describe(dataset), labels]))
    croissant = read(tmp_path, text)
    records = [{key: _text(value) for key, value in record.items()} for record in croissant.records("records-1")]
    assert records == [{"records-1/text": row["text"], "records-1/label": row["intent"]} for row in ROWS]
    assert [_text(record["labels/name"]) for record in croissant.records("labels")] == ["left", "right"]
    assert str(tmp_path) not in text
    changed = json.loads(text)
    changed["distribution"][0]["sha256"] = "0" * 64
    with pytest.raises(Exception, match=r"Download\(file-1\)"):
        list(read(tmp_path, json.dumps(changed)).records("records-1"))


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def test_token_files_have_lists(tmp_path: Path) -> None:
    rows = [{"tokens": ["IL-2", str(number)], "tags": ["B-x", "O"]} for number in range(20)]
    (tmp_path / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    text = render_croissant(Findings(describe(load_dataset(DataPlan(".", base_folder=tmp_path)))))
    field = json.loads(text)["recordSet"][0]["field"][0]
    assert (field["dataType"], field["isArray"], field["arrayShape"]) == ("sc:Text", True, "-1")
    first = next(iter(read(tmp_path, text).records("records-1")))
    assert [_text(word) for word in first["records-1/tokens"]] == ["IL-2", "0"]


def test_a_hub_data_set_is_named_by_its_address_and_commit() -> None:
    values = {"data.source": "owner/name", "data.revision": "ab" * 20}
    record = json.loads(
        render_croissant(Findings(measured(i, v, section="training_data", name=i) for i, v in values.items()))
    )
    assert (record["url"], record["version"]) == ("https://huggingface.co/datasets/owner/name", "ab" * 20)
    assert "distribution" not in record
    assert "recordSet" not in record


def test_responsible_ai_keys_quote_what_was_found_and_stated() -> None:
    record = json.loads(render_croissant(looked_at(token_run())))
    assert record["rai:dataAnnotationProtocol"] == ["By written guidelines."]
    assert record["rai:dataBiases"] == ["Abstracts of one field."]
    assert record["rai:personalSensitiveInformation"][0] == "Authors are not named."
    assert "train: found by their form in 4 of 2,000 rows: e-mail addresses 0, phone numbers 4" in " ".join(
        record["rai:personalSensitiveInformation"]
    )
    limits = record["rai:dataLimitations"]
    assert "Test rows in train: 7 of 3,856." in limits
    assert (
        "Suspect labels in train: 41 of 2,000 words, by a probe that agrees with 91.3 % of the labels it judges."
        in limits
    )
    assert record["rai:dataPreprocessingProtocol"] == ["train: made: 2,000 of 16,807 rows, seed 42."]
    assert "rai:dataCollection" not in record
    assert record["creator"] == {"@type": "sc:Organization", "name": "The curators"}
    assert record["url"] == "https://example.org/home"


def test_without_findings_no_responsible_ai_key_is_there() -> None:
    assert not [key for key in json.loads(render_croissant(Findings())) if key.startswith("rai:")]


IRI = [
    "http://evil.example/x",
    "javascript:alert(1)",
    "@id",
    "cr:Field",
    "../../etc/passwd",
    "/etc/passwd",
    "a b#c?d",
    "\ud800",
    '"}]',
]


@pytest.mark.parametrize("payload", [*PAYLOADS, *IRI])
def test_no_name_becomes_an_address_or_a_key(payload: str, tmp_path: Path) -> None:
    """Same keys and ids whatever files, columns, labels and statements are called; and it still reads back."""
    text = render_croissant(_named(payload))
    assert _skeleton(json.loads(text)) == _skeleton(json.loads(render_croissant(_named("harmless"))))
    text.encode()
    croissant = read(tmp_path, text)
    assert not croissant.metadata.ctx.issues.errors
    assert all(set(file.content_url).isdisjoint("/:?#") for file in croissant.metadata.distribution)


def _named(payload: str) -> Findings:
    column = {"name": payload, "kind": "text"}
    file = {
        "file": payload,
        "split": payload,
        "bytes": 3,
        "sha256": "ab" * 32,
        "rows": 2,
        "columns": {"text": column, "label": column},
    }
    values = {"data.source": f"{payload} set", "data.files": [file | {"file": f"{payload}.csv"}, file], "task.labels": [payload, "b"],
              "task.name": "text-classification", "data.train.origin": f"made {payload}"}  # fmt: skip
    found: list[Finding] = [measured(id, value, section="training_data", name=id) for id, value in values.items()]
    stated = ("description", "license", "citation", "curators", "risks", "data_collection", "personal_information")
    by = "declared by metadata.json"
    return Findings(
        found + [declared(f"data.{k}", f"{payload} x", section="training_data", name=k, method=by) for k in stated]
    )


def _skeleton(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: item if key in ("@id", "@type", "@context") else _skeleton(item) for key, item in value.items()}
    return [_skeleton(item) for item in value] if isinstance(value, list) else type(value).__name__


@pytest.mark.parametrize(
    "value", ["text", 3, [1], {"file": "x"}, [{"file": 3}], [{"file": "a.csv", "sha256": "x", "columns": 3}]]
)
def test_records_of_another_shape_do_not_break_it(value: Any) -> None:
    ids = [
        "data.files",
        "data.personal.train",
        "data.suspect_labels.train",
        "data.train.dropped",
        "data.source",
        "data.revision",
    ]
    render_croissant(Findings(measured(id, value, section="training_data", name=id) for id in ids))
