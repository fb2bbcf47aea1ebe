"""DATASET_CARD.md: the data in the Hub's dataset template, as far as the run knows it and its source declares it."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.answer import Answer, gap, status_of
from tunecard.card.dataset.dataset_metadata import dataset_metadata
from tunecard.card.dataset.quality import personal, recommendations, risks
from tunecard.card.dataset.structure import structure
from tunecard.card.markdown import escape, fenced, hub_link, listing, paragraphs, web_link
from tunecard.card.model_metadata import dump
from tunecard.card.record_links import cite, definitions
from tunecard.card.sections import glossary
from tunecard.card.sections.citation import is_bibtex
from tunecard.card.sections.data import counted_rows, made_by_a_model, source_name, sources_table
from tunecard.card.sections.identity import licence_of, writing_systems_text
from tunecard.evidence import Findings
from tunecard.hub.dataset_fields import TEMPLATE

# Variable of the template -> the key of `data.*` under which its source may state it.
DECLARED = {
    "curators": "curators",
    "funded_by": "funded_by",
    "shared_by": "shared_by",
    "paper": "paper",
    "demo": "demo",
    "out_of_scope_use": "out_of_scope_use",
    "curation_rationale_section": "curation_rationale",
    "data_collection_and_processing_section": "data_collection",
    "source_data_producers_section": "source_data_producers",
    "annotation_process_section": "annotation_process",
    "who_are_annotators_section": "annotators",
    "dataset_card_contact": "contact",
}
LINKS = {"paper", "demo", "contact"}


def dataset_card_of(findings: Findings) -> str:
    """The whole dataset card: metadata, the template's fields, and the records that its figures lead to."""
    answers = dataset_answers(findings)
    texts = {variable: answer.markdown for variable, answer in answers.items()}
    body = TEMPLATE.format(pretty_name=escape(name_of(findings), 120), dataset_summary=_summary(findings), **texts)
    records = definitions(findings, body)
    return f"---\n{dump(dataset_metadata(findings))}---\n\n{body}" + (f"\n{records}\n" if records else "")


def dataset_answers(findings: Findings) -> dict[str, Answer]:
    """Every variable of the template but the title, the summary and the metadata."""
    answers = {
        "dataset_description": _stated(findings, "description"),
        **{variable: _stated(findings, key) for variable, key in DECLARED.items()},
        "language": _language(findings),
        "license": _licence(findings),
        "repo": _repository(findings),
        "direct_use": _direct_use(findings),
        "dataset_structure": structure(findings),
        "personal_and_sensitive_information": personal(findings),
        "bias_risks_limitations": risks(findings),
        "bias_recommendations": recommendations(findings),
        **_citations(findings),
        "more_information": _more(findings),
        "dataset_card_authors": _authors(findings),
    }
    terms = _stated(findings, "glossary")
    found = glossary.answer((answer.text for answer in answers.values()), Findings())
    is_declared = terms.status == "declared"
    answers["glossary"] = Answer(f"{terms.text}\n\n{found.text}", "declared") if is_declared else found
    return answers


def name_of(findings: Findings) -> str:
    """What a reader calls the data: its declared name, else its Hub id or the name of the file or folder."""
    source = findings.value("data.pretty_name") or findings.value("data.source", "data that was not recorded")
    return ", ".join(str(item) for item in source) if isinstance(source, list) else str(source)


def _summary(findings: Findings) -> str:
    splits = [split for split in facts.SPLITS if facts.value_of(findings, f"data.{split}.rows") is not None]
    rows = listing([f"{split} of {counted_rows(findings, split)}" for split in splits])
    used = "tested" if facts.is_from_elsewhere(findings) else "trained and tested"
    first = f"The data that this adapter was {used} on, as the run read it. Source: {source_name(findings)}."
    made = made_by_a_model(findings)
    return first + (f" Splits: {rows}." if rows else "") + (f"\n\n{made}" if made else "")


def _stated(findings: Findings, key: str) -> Answer:
    """What the source states under a key, or what would state it."""
    finding = findings.get(f"data.{key}")
    if finding is None or not isinstance(finding.value, str):
        reason = gap(finding) if finding is not None else "Not declared (not recorded)."
        return Answer(reason[:1].upper() + reason[1:], "not declared")
    return Answer(web_link(finding.value) if key in LINKS else paragraphs(finding.value), status_of(finding))


def _language(findings: Findings) -> Answer:
    stated, known = _stated(findings, "language"), {s: writing_systems_text(findings, s) for s in facts.SPLITS}
    systems = listing([f"{systems} in {split}" for split, systems in known.items() if systems])
    letters = f"letters: {systems}" if systems else ""
    if stated.status == "declared":
        return Answer(stated.text + (f" ({letters})" if letters else ""), "declared")
    return Answer(letters, "measured") if letters else stated


def _licence(findings: Findings) -> Answer:
    stated = _stated(findings, "license")
    return Answer(licence_of(findings, "data.license"), stated.status) if stated.status == "declared" else stated


def _repository(findings: Findings) -> Answer:
    source = findings.value("data.source")
    if facts.is_hub_id(source):
        revision = findings.value("data.revision")
        at = f" at revision {cite(findings, 'data.revision', escape(revision, 60))}" if revision else ""
        return Answer(hub_link(str(source), kind="datasets/") + at, "measured")
    stated = _stated(findings, "repository")
    read = f"Read from {source_name(findings)}."
    joined = sources_table(findings)
    told = f"{stated.text}{'' if stated.status == 'not declared' else '.'} {read}"
    return Answer(f"{told}\n\n{joined}" if joined else told, "measured" if joined else stated.status)


def _direct_use(findings: Findings) -> Answer:
    task = findings.value("task.name")
    used = f"Used in this run for {escape(task, 60).replace('-', ' ')}." if task else ""
    stated = _stated(findings, "direct_use")
    return Answer(f"{stated.text}\n\n{used}" if used else stated.text, stated.status)


def _citations(findings: Findings) -> dict[str, Answer]:
    """A BibTeX entry goes under BibTeX, a sentence under APA."""
    stated = _stated(findings, "citation")
    value = findings.value("data.citation")
    if not isinstance(value, str):
        return {"citation_bibtex": stated, "citation_apa": stated}
    other = Answer("Not declared in this form; see the other one.", "not declared")
    if is_bibtex(value):
        return {"citation_bibtex": Answer(fenced(value, "bibtex"), stated.status), "citation_apa": other}
    return {"citation_bibtex": other, "citation_apa": stated}


def _more(findings: Findings) -> Answer:
    home = findings.value("data.homepage")
    first = f"Home page: {web_link(home)}. " if isinstance(home, str) else ""
    files = (
        "[evidence.json](evidence.json) holds every count and hash, [croissant.json](croissant.json) the same data set "
    )
    return Answer(f"{first}{files}for machines. The adapter: [README.md](README.md).", "derived")


def _authors(findings: Findings) -> Answer:
    version = cite(findings, "run.tunecard_version", escape(findings.value("run.tunecard_version", ""), 40))
    tool = f"Written by tunecard{' ' + version if version else ''} from the findings of a run."
    stated = _stated(findings, "card_authors")
    return Answer(f"{stated.text}{'' if stated.status == 'not declared' else '.'} {tool}", stated.status)
