"""What only a person knows, from the recipe's `card:` block to findings; what nobody declared names the key to set."""

from __future__ import annotations

from tunecard.evidence import Finding, declared, not_measured
from tunecard.recipe import CardRecipe

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


def declaration_findings(card: CardRecipe, today: str) -> list[Finding]:
    """`declared.{key}` for every key of the block.

    Args:
        today: ISO date of the declaration.
    """
    who = card.developed_by or card.authors
    method = f"declared by {who} in recipe.yaml on {today}" if who else f"declared in recipe.yaml on {today}"
    findings = []
    for key, section in SECTIONS.items():
        value, name = getattr(card, key), key.replace("_", " ").capitalize()
        if value is None:
            reason = f"not declared: set `card.{key}` in the recipe"
            findings.append(not_measured(f"declared.{key}", section=section, name=name, reason=reason))
        else:
            text = ", ".join(value) if isinstance(value, list) else value
            findings.append(declared(f"declared.{key}", text, section=section, name=name, method=method))
    return findings
