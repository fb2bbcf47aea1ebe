"""What a run finds in its rows and what their source states, to be added to the example runs."""

from __future__ import annotations

from typing import Any

from tunecard.evidence import Finding, Findings, declared, measured, not_measured

KINDS = ("e-mail addresses", "phone numbers", "user names (@name)")
STATED = {
    "pretty_name": "Bio-entities 2004",
    "language": "en",
    "curators": "The curators",
    "paper": "https://example.org/paper",
    "homepage": "https://example.org/home",
    "curation_rationale": "To compare systems.",
    "annotation_process": "By written guidelines.",
    "personal_information": "Authors are not named.",
    "risks": "Abstracts of one field.",
    "recommendations": "Use another set beside it.",
    "contact": "https://example.org/contact",
    "out_of_scope_use": "Diagnosis.",
}
BY = "declared by metadata.json beside the data"


def looked_at(run: Findings, *, suspects: bool = True) -> Findings:
    """The run with what was looked for in its rows."""
    found = [*run, *_repeats(), *_personal(), *_files(), *([_suspects()] if suspects else [_unjudged()])]
    found += [
        declared(f"data.{key}", text, section="training_data", name=key, method=BY) for key, text in STATED.items()
    ]
    return Findings(found)


def _repeats() -> list[Finding]:
    about: dict[str, Any] = {"section": "training_data", "method": "Jaccard index of at least 0.8", "unit": "rows"}
    return [
        measured("data.near_duplicates.train", 13, name="Rows of train that are near", n=2000, split="train", **about),
        measured("data.near_overlap.train.test", 6, name="Rows of test near train", n=3856, split="test", **about),
        measured("results.test.slice.overlap=not found in train.f1", 0.7311, section="results", name="F1", n=3843,
                 interval=(0.72, 0.74), level=0.95, slice="overlap=not found in train", split="test"),
    ]  # fmt: skip


def _personal() -> list[Finding]:
    counts = {"train": (4, 4), "test": (0, 0)}
    return [
        measured(
            f"data.personal.{split}",
            {"found": dict.fromkeys(KINDS, 0) | {"phone numbers": times}, "rows": rows},
            section="training_data", name=f"Personal data in {split}", n=2000, split=split, method="patterns of the form",
        )
        for split, (times, rows) in counts.items()
    ]  # fmt: skip


def _files() -> list[Finding]:
    columns = {"tokens": {"name": "words", "kind": "list of text"}, "tags": {"name": "ner", "kind": "list of integer"}}
    file = {"file": "train part.parquet", "split": "train", "bytes": 963595, "sha256": "3c" * 32, "rows": 2000}
    return [
        measured("data.columns", {"tokens": "words", "tags": "ner"}, section="training_data", name="Columns"),
        measured("data.files", [file | {"columns": columns}], section="training_data", name="Files", n=1),
    ]


def _suspects() -> Finding:
    value = {
        "count": 41, "share": 0.0205, "probe_accuracy": 0.913,
        "most_suspect": [{"row": 604, "word": 3, "given": "B-DNA", "likely": "O"}, {"row": 65, "given": "O", "likely": "B-RNA"}],
        "pairs": [{"given": "B-DNA", "likely": "B-protein", "count": 17}],
    }  # fmt: skip
    return measured(
        "data.suspect_labels.train", value, section="training_data", name="Suspect labels", n=2000, unit="words"
    )


def _unjudged() -> Finding:
    return not_measured("data.suspect_labels.train", section="training_data", name="Suspect labels", reason="one class")
