"""croissant.json: the data set for machines, in the Croissant format 1.1 with its responsible-AI vocabulary.

Source: mlcommons.org/croissant, version 1.1 (2026-01-29), and its RAI extension 1.0. Every value is quoted from a
finding; a key without one is left out. Ids are our own, so that no name of a file or column is read as an address.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from tunecard.card import facts
from tunecard.card.dataset.card import name_of
from tunecard.card.dataset.croissant_quality import quality_keys, said
from tunecard.card.markdown import HUB, is_web_address, one_line
from tunecard.evidence import Findings
from tunecard.evidence.files import json_text
from tunecard.hub.languages import languages_in

CONFORMS_TO = ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"]
_TERMS = (
    "arrayShape citeAs column containedIn equivalentProperty extract field fileProperty fileObject fileSet format "
    "includes isArray isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace "
    "samplingRate separator source subField transform"
)
# As the reference reader of Croissant 1.1 has it.
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    **{term: f"cr:{term}" for term in _TERMS.split()},
}
FORMATS = {
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "jsonl": "application/jsonlines",
    "ndjson": "application/jsonlines",
    "parquet": "application/x-parquet",
    "json": "application/json",
}
COLUMNAR = {"text/csv", "text/tab-separated-values", "application/jsonlines", "application/x-parquet"}
PLAIN = "text/plain"
TYPES = {"text": "sc:Text", "integer": "sc:Integer", "number": "sc:Float", "boolean": "sc:Boolean"}
LIST = "list of "
LABELS = "labels"
NOT_HERE = (
    "The rows are not part of this folder: each file is named by what it was called where the run read it, and known "
    "by its sha256."
)


def croissant_of(findings: Findings) -> str:
    """The whole file: JSON-LD, laid out as every JSON file of a run is."""
    record = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": one_line(name_of(findings), 200),
        "description": _description(findings),
        **_declared_keys(findings),
        "distribution": [_file(number, file) for number, file in _files(findings)],
        "recordSet": _record_sets(findings),
        **quality_keys(findings),
    }
    return json_text({key: value for key, value in record.items() if value not in (None, "", [])})


def _files(findings: Findings) -> list[tuple[int, dict[str, Any]]]:
    """The files that were read, numbered from 1; a record that names no file or hash is left out."""
    records = facts.records_of(findings, "data.files")
    return [
        (number, record)
        for number, record in enumerate(records, start=1)
        if isinstance(record.get("file"), str) and isinstance(record.get("sha256"), str)
    ]


def _description(findings: Findings) -> str:
    stated = findings.value("data.description")
    did = "tested" if facts.is_from_elsewhere(findings) else "trained and tested"
    used = f"The data that an adapter was {did} on, as the run read it."
    parts = [one_line(stated)] if isinstance(stated, str) else []
    return " ".join([*parts, used, *([NOT_HERE] if _files(findings) else [])])


def _declared_keys(findings: Findings) -> dict[str, Any]:
    source, revision = findings.value("data.source"), findings.value("data.revision")
    places = [f"{HUB}datasets/{source}"] if facts.is_hub_id(source) else []
    places += [address for key in ("homepage", "repository") if is_web_address(address := said(findings, key))]
    curators = said(findings, "curators")
    return {
        "license": said(findings, "license"),
        "url": places[0] if places else None,
        "sameAs": places[1:],
        "citeAs": said(findings, "citation"),
        "creator": {"@type": "sc:Organization", "name": curators} if curators else None,
        "inLanguage": languages_in(said(findings, "language")),
        "version": one_line(revision) if isinstance(revision, str) else None,
    }


def _format(file: dict[str, Any]) -> str:
    is_conll = file["file"].lower().endswith(".tsv") and (not file.get("columns") or file.get("as_is") is False)
    return PLAIN if is_conll else FORMATS.get(file["file"].lower().rpartition(".")[2], PLAIN)


def _file(number: int, file: dict[str, Any]) -> dict[str, Any]:
    bytes_ = file.get("bytes")
    record = {
        "@type": "cr:FileObject",
        "@id": f"file-{number}",
        "name": one_line(file["file"], 200),
        "contentUrl": quote(file["file"], safe="", errors="replace"),
        "contentSize": f"{bytes_} B" if isinstance(bytes_, int) else None,
        "encodingFormat": _format(file),
        "sha256": one_line(file["sha256"], 64),
    }
    return {key: value for key, value in record.items() if value is not None}


def _record_sets(findings: Findings) -> list[dict[str, Any]]:
    """One a file whose columns stand in it by their names, and the labels as an enumeration."""
    sets = [
        record
        for number, file in _files(findings)
        if _format(file) in COLUMNAR
        and file.get("as_is") is not False
        and (record := _records_of(number, file))["field"]
    ]
    return [*sets, _label_set(findings)] if sets and facts.sequence_of(findings, "task.labels") else sets


def _records_of(number: int, file: dict[str, Any]) -> dict[str, Any]:
    columns = file.get("columns")
    rows, split = file.get("rows"), one_line(file.get("split"), 40)
    described = f"{rows} rows, read as {split}." if isinstance(rows, int) else f"Rows read as {split}."
    fields = [_field(number, role, column) for role, column in columns.items()] if isinstance(columns, dict) else []
    return {
        "@type": "cr:RecordSet",
        "@id": f"records-{number}",
        "name": one_line(file["file"], 200),
        "description": described,
        "field": [field for field in fields if field],
    }


def _field(number: int, role: str, column: Any) -> dict[str, Any] | None:
    """A column that was read; None where the format has no type for its values."""
    name, kind = (column.get("name"), column.get("kind")) if isinstance(column, dict) else (None, None)
    if not isinstance(name, str) or not isinstance(kind, str) or kind.removeprefix(LIST) not in TYPES:
        return None
    is_label = role in ("label", "tags") and kind.removeprefix(LIST) == "text"
    return {
        "@type": "cr:Field",
        "@id": f"records-{number}/{quote(role, safe='', errors='replace')}",
        "name": one_line(name, 200),
        "dataType": TYPES[kind.removeprefix(LIST)],
        **({"isArray": True, "arrayShape": "-1"} if kind.startswith(LIST) else {}),
        **({"references": {"field": {"@id": f"{LABELS}/name"}}} if is_label and not kind.startswith(LIST) else {}),
        "source": {"fileObject": {"@id": f"file-{number}"}, "extract": {"column": _writable(name)}},
    }


def _writable(name: str) -> str:
    """A column's name to the letter, but for half characters, which no file can hold."""
    return name.encode("utf-8", "replace").decode("utf-8")


def _label_set(findings: Findings) -> dict[str, Any]:
    labels = [one_line(label) for label in facts.sequence_of(findings, "task.labels")]
    return {
        "@type": "cr:RecordSet",
        "@id": LABELS,
        "name": LABELS,
        "description": "The labels in the order of the adapter's ids.",
        "dataType": "sc:Enumeration",
        "key": {"@id": f"{LABELS}/name"},
        "field": [{"@type": "cr:Field", "@id": f"{LABELS}/name", "name": "name", "dataType": "sc:Text"}],
        "data": [{f"{LABELS}/name": label} for label in labels],
    }
