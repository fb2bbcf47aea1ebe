"""The data: `data.*`, of the whole set, of each split, and what its source states."""

from tunecard.evidence.conditions import (
    each_doubted,
    each_entity_split,
    each_labelled_entity_split,
    each_pair,
    each_split,
    each_split_of_a_completion,
    without_doubts,
)
from tunecard.evidence.record import (
    DECLARED_OR_GAP,
    DERIVED_OR_GAP,
    MEASURED,
    MEASURED_OR_GAP,
    Condition,
    Record,
    optional,
)

_DATA, _TESTED, _OF_SPLIT = "training_data", "testing_data", "{part}_data"

# Keys that a source may state about itself, and what a reader calls each; all of the Hub's template for data sets.
STATEMENTS = {
    "license": "Licence of the data",
    "citation": "Citation",
    "description": "Description",
    "homepage": "Home page",
    "pretty_name": "Name",
    "language": "Languages",
    "curators": "Curators",
    "funded_by": "Funding",
    "shared_by": "Who shares the data",
    "repository": "Repository",
    "paper": "Paper",
    "demo": "Demo",
    "direct_use": "Direct use",
    "out_of_scope_use": "Out-of-scope use",
    "curation_rationale": "Curation rationale",
    "data_collection": "Data collection and processing",
    "source_data_producers": "Producers of the source data",
    "language_model": "What of it a language model made",
    "annotation_process": "Annotation process",
    "annotators": "Annotators",
    "personal_information": "Personal and sensitive information",
    "risks": "Bias, risks and limitations",
    "recommendations": "Recommendations",
    "glossary": "Glossary",
    "card_authors": "Authors of the data's card",
    "contact": "Contact",
    "task_ids": "Tasks by the Hub's names",
}


def _of_split(key: str, name: str | None, unit: str | None = None, when: Condition = each_split) -> Record:
    gap = None if key == "labels" else each_split_of_a_completion  # rows may have none
    return Record(f"data.{{split}}.{key}", name, _OF_SPLIT, unit, "rows", MEASURED_OR_GAP, when=when, gap=gap)


def _near(pattern: str, name: str) -> Record:
    is_pair = "{seen}" in pattern
    section, when = (_TESTED, each_pair) if is_pair else (_OF_SPLIT, each_split)
    return Record(pattern, name, section, "rows", "rows", MEASURED, when=when)


DATA = (
    Record("data.source", "Data set", _DATA),
    Record("data.config", "Configuration of the data set", _DATA, when=optional),
    Record("data.sources", "Data sets that were joined", _DATA, None, "data sets", when=optional),
    Record("data.revision", "Revision of the data set", _DATA, statuses=MEASURED_OR_GAP),
    Record("data.columns", "Columns that were read", _DATA),
    Record("data.files", "Files that were read", _DATA, None, "files", MEASURED_OR_GAP),
    Record("data.reading", "What was found and done in reading the files", _DATA, None, "files", when=optional),
    *(Record(f"data.{key}", name, _DATA, statuses=DECLARED_OR_GAP) for key, name in STATEMENTS.items()),
    Record("data.factors", "Factors that slice the scores", "testing_factors", statuses=MEASURED_OR_GAP),
    Record("data.people", "Columns that say who a row is about or by", "testing_factors", when=optional),
    Record("data.cluster", "Column that names the groups of rows", "testing_factors", when=optional),
    Record("data.{split}.clusters", "Groups of rows of {split}", _OF_SPLIT, "groups", "rows", when=optional),
    Record(
        "data.cluster_overlap.{seen}.{split}",
        "Groups of rows of {split} whose value also occurs in {seen}",
        _TESTED,
        "groups",
        "groups",
        when=optional,
    ),
    Record(
        "data.{split}.scripts",
        "Writing systems of {split}, share of letters",
        "language",
        None,
        "rows",
        DERIVED_OR_GAP,
        when=each_split,
    ),
    _of_split("rows", "Rows of {split}", "rows"),
    _of_split("sha256", "Content hash of {split}"),
    _of_split("words", "Words of {split}", "words"),
    _of_split("length", "Length of rows of {split}", "words"),
    _of_split("length_histogram", "Lengths in {split}", "words"),
    _of_split("tokens", "Length of rows of {split}", "tokens"),
    _of_split("tokens_histogram", "Lengths in {split}", "tokens"),
    _of_split("labels", None),
    _of_split("labels_a_row", "Rows of {split} by how many labels they have", "rows", when=optional),
    _of_split("label_summary", "Labels of {split} as numbers", when=optional),
    _of_split("origin", "Origin of {split}"),
    _of_split("dropped", "Rows left out of {split}", "rows"),
    Record(
        "data.{split}.entities",
        "Entities of {split}",
        _OF_SPLIT,
        "entities",
        "rows",
        when=each_labelled_entity_split,
    ),
    Record("data.{split}.truncated_rows", "Rows cut ({split})", "preprocessing", None, "rows", when=each_split),
    Record(
        "data.{split}.truncated_words", "Words lost ({split})", "preprocessing", None, "words", when=each_entity_split
    ),
    Record(
        "data.{split}.windows", "Windows that rows are read in ({split})", "preprocessing", None, "rows", when=optional
    ),
    Record(
        "data.{split}.texts_apart",
        "Texts of rows of {split} that are read apart",
        "preprocessing",
        None,
        "rows",
        when=optional,
    ),
    Record("data.personal.{split}", "Personal data by its form in {split}", _OF_SPLIT, None, "rows", when=each_split),
    _near("data.duplicates.{split}", "Repeated rows within {split}"),
    _near("data.near_duplicates.{split}", "Rows of {split} that are near an earlier row of it"),
    _near("data.overlap.{seen}.{split}", "Rows of {split} that are also in {seen}"),
    _near("data.near_overlap.{seen}.{split}", "Rows of {split} that are near a row of {seen}"),
    Record(
        "data.suspect_labels.train",
        "Suspect labels in train",
        _DATA,
        ("rows", "words"),
        "rows or words that were judged",
        MEASURED_OR_GAP,
        gap=without_doubts,
    ),
    Record(
        "data.suspect_labels.{split}",
        "Suspect labels in {split}",
        _OF_SPLIT,
        ("rows", "words"),
        "rows or words that were judged",
        MEASURED_OR_GAP,
        when=each_doubted,
        is_exact=True,
    ),
)
