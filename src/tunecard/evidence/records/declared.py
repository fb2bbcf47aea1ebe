"""What only a person knows, and the citation that follows from it: `declared.*`, `citation.*`."""

from tunecard.evidence.record import DECLARED, DECLARED_OR_GAP, TOLD_OR_DERIVED, Record, optional

# Key of the recipe's card block -> variable of the card's template.
SECTIONS = {
    "developed_by": "developers",
    "funded_by": "funded_by",
    "shared_by": "shared_by",
    "license": "license",
    "language": "language",
    "direct_use": "direct_use",
    "downstream_use": "downstream_use",
    "out_of_scope_use": "out_of_scope_use",
    "risks": "bias_risks_limitations",
    "recommendations": "bias_recommendations",
    "repository": "repo",
    "paper": "paper",
    "demo": "demo",
    "cloud_provider": "cloud_provider",
    "region": "cloud_region",
    "authors": "model_card_authors",
    "contact": "model_card_contact",
    "citation": "citation_bibtex",
    "citation_apa": "citation_apa",
}

# Keys that the template has no field for -> the variable below which the card shows them under a heading of its own.
BEYOND = {
    "provider": "base_model",
    "version_history": "base_model",
    "foreseeable_misuse": "out_of_scope_use",
    "human_oversight": "bias_recommendations",
}
KEYS = SECTIONS | BEYOND

DECLARATIONS = (
    *(
        Record(f"declared.{key}", key.replace("_", " ").capitalize(), section, statuses=DECLARED_OR_GAP)
        for key, section in KEYS.items()
    ),
    Record("declared.for_adapter", "Weights that were declared for", "more_information"),
    Record(
        "declared.old.{variable}",
        None,
        "more_information",
        statuses=DECLARED,
        writer="complete",
        when=optional,
    ),
    Record(
        "declared.old.{variable}.code",
        None,
        "more_information",
        statuses=DECLARED,
        writer="complete",
        when=optional,
    ),
    Record("citation.bibtex", "Citation, BibTeX", "citation_bibtex", statuses=TOLD_OR_DERIVED),
    Record("citation.apa", "Citation, APA", "citation_apa", statuses=TOLD_OR_DERIVED),
)
