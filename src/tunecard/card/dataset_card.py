"""DATASET_CARD.md: the data in the Hub's dataset template, as far as the run knows it."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.answer import Answer, mark_of
from tunecard.card.citing import cite, definitions
from tunecard.card.markdown import bullets, escape, fenced, paragraphs
from tunecard.card.metadata import PIPELINES, dump
from tunecard.card.numbers import count
from tunecard.card.sections.citation import is_bibtex
from tunecard.card.sections.data import source_name, splits_table
from tunecard.card.sections.identity import licence_of, scripts_text
from tunecard.evidence import Findings

_ASK = "Not declared. State it in the data's own card, or as `{key}` in a `metadata.json` beside the data."


def dataset_card_of(findings: Findings) -> str:
    """The whole dataset card; sections in the template's order."""
    name = escape(_name(findings), 120)
    blocks = [
        f"# Dataset Card for {name}",
        f"The data that this adapter was {_used(findings)} on, as the run read it. Source: {source_name(findings)}.",
        "## Dataset Details",
        "### Dataset Description",
        _description(findings),
        _bullets(findings),
        "### Dataset Sources",
        f"- **Repository:** {source_name(findings)}",
        "## Uses",
        "### Direct Use",
        f"In this run: {_use(findings)}.",
        "### Out-of-Scope Use",
        _unknown("out_of_scope_use"),
        "## Dataset Structure",
        _structure(findings),
        *_creation(),
        "## Bias, Risks, and Limitations",
        _limits(findings),
        "### Recommendations",
        "Read the source's own documentation before using the data for anything else.",
        "## Citation",
        _citation(findings),
        "## More Information",
        "Counts and hashes: [evidence.json](evidence.json). The adapter: [README.md](README.md).",
    ]
    body = "\n\n".join(block for block in blocks if block)
    records = definitions(findings, body)
    return f"---\n{_metadata(findings)}---\n\n{body}\n" + (f"\n{records}\n" if records else "")


def _used(findings: Findings) -> str:
    return "tested" if facts.is_from_elsewhere(findings) else "trained and tested"


def _name(findings: Findings) -> str:
    source = findings.value("data.source", "data that was not recorded")
    return ", ".join(str(item) for item in source) if isinstance(source, list) else str(source)


def _metadata(findings: Findings) -> str:
    record: dict[str, object] = {}
    if (task := findings.value("task.name")) is not None:
        record["task_categories"] = [PIPELINES.get(str(task), "text-classification")]
    record["tags"] = ["tunecard"]
    return dump(record)


def _unknown(key: str) -> str:
    return Answer(_ASK.format(key=key), "not declared").markdown


def _description(findings: Findings) -> str:
    description = findings.get("data.description")
    if description is None or description.value is None:
        return _unknown("description")
    return Answer(paragraphs(description.value), mark_of(description)).markdown


def _bullets(findings: Findings) -> str:
    licence = findings.get("data.license")
    known = licence is not None and licence.value is not None
    scripts = scripts_text(findings)
    language = Answer(f"letters: {scripts}", "measured").markdown if scripts else _unknown("language")
    terms = Answer(licence_of(findings, "data.license"), "declared").markdown if known else _unknown("license")
    return bullets(
        [f"**Curated by:** {_unknown('curators')}", f"**Language(s) (NLP):** {language}", f"**License:** {terms}"]
    )


def _use(findings: Findings) -> str:
    return escape(str(findings.value("task.name", "a task that was not recorded")).replace("-", " "))


def _structure(findings: Findings) -> str:
    shown = splits_table(findings)
    items = []
    for split in facts.SPLITS:
        origin, sha = findings.value(f"data.{split}.origin"), findings.value(f"data.{split}.sha256")
        if origin or sha:
            items.append(f"{split}: {escape(origin or 'origin not recorded', 200)}; sha256 `{escape(sha or 'none')}`")
    if shown is None:
        return Answer("Not measured (not recorded).", "not measured").markdown
    return Answer(f"{shown}\n\n{bullets(items)}" if items else shown, "measured").markdown


def _creation() -> list[str]:
    return [
        "## Dataset Creation",
        "### Curation Rationale",
        _unknown("curation_rationale"),
        "### Source Data",
        "#### Data Collection and Processing",
        _unknown("data_collection"),
        "#### Who are the source data producers?",
        _unknown("source_data_producers"),
        "### Annotations",
        "#### Annotation process",
        _unknown("annotation_process"),
        "#### Who are the annotators?",
        _unknown("annotators"),
        "#### Personal and Sensitive Information",
        Answer("Not measured: no search for personal data was made.", "not measured").markdown,
    ]


def _limits(findings: Findings) -> str:
    items = []
    for finding in findings.under("data.duplicates"):
        if (number := facts.number_of(finding)) is not None:
            shown = cite(findings, finding.id, count(number))
            items.append(f"Repeated rows within {escape(finding.id.rsplit('.', 1)[-1])}: {shown}.")
    for finding in findings.under("data.overlap"):
        if (number := facts.number_of(finding)) is not None:
            of = f" of {count(finding.n)}" if finding.n else ""
            items.append(f"{escape(finding.name)}: {cite(findings, finding.id, count(number) + of)}.")
    if not items:
        return Answer("Not measured (not recorded).", "not measured").markdown
    return Answer(bullets(items), "measured").markdown


def _citation(findings: Findings) -> str:
    citation = findings.value("data.citation")
    if not isinstance(citation, str):
        return _unknown("citation")
    text = fenced(citation, "bibtex") if is_bibtex(citation) else paragraphs(citation)
    return Answer(text, "declared").markdown
