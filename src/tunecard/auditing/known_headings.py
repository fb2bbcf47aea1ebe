"""Headings that people use for a field: exact ones, ones that depend on the heading above, and gists.

Keys are as `card_passages.heading_key` makes them.
"""

from __future__ import annotations

import re

SYNONYMS: dict[str, tuple[str, ...]] = {
    # parents of the template, for text that stands right under them
    "model details": ("model_description",),
    "model sources": ("repo",),
    "uses": ("direct_use",),
    "training details": ("training_regime",),
    "training procedure": ("training_regime",),
    "evaluation": ("results",),
    "testing data factors and metrics": ("testing_data",),
    "environmental impact": ("hardware_type", "hours_used", "co2_emitted"),
    "technical specifications": ("model_specs",),
    "citation": ("citation_bibtex", "citation_apa"),
    # the model
    "model summary": ("model_summary",),
    "tldr": ("model_summary",),
    "tl dr": ("model_summary",),
    "model": ("model_description",),
    "overview": ("model_description",),
    "model overview": ("model_description",),
    "introduction": ("model_description",),
    "background": ("model_description",),
    "about": ("model_description",),
    "description": ("model_description",),
    "about this model": ("model_description",),
    "developers": ("developers",),
    "developed by": ("developers",),
    "funding": ("funded_by",),
    "model type": ("model_type",),
    "language": ("language",),
    "languages": ("language",),
    "supported languages": ("language",),
    "base model": ("base_model",),
    "repository": ("repo",),
    "source code": ("repo",),
    "paper": ("paper",),
    "demo": ("demo",),
    # uses
    "intended uses and limitations": ("direct_use", "bias_risks_limitations"),
    "intended use and limitations": ("direct_use", "bias_risks_limitations"),
    "intended uses": ("direct_use",),
    "use cases": ("direct_use",),
    "purpose": ("direct_use",),
    "applications": ("direct_use",),
    "downstream usage": ("downstream_use",),
    "limitations and bias": ("bias_risks_limitations",),
    "limitations and biases": ("bias_risks_limitations",),
    "recommendations": ("bias_recommendations",),
    # get started
    "usage": ("get_started_code",),
    "quick start": ("get_started_code",),
    "quickstart": ("get_started_code",),
    "getting started": ("get_started_code",),
    "inference": ("get_started_code",),
    "example": ("get_started_code",),
    "examples": ("get_started_code",),
    "example usage": ("get_started_code",),
    "sample code": ("get_started_code",),
    "code": ("get_started_code",),
    # training
    "training": ("training_regime",),
    "finetuning": ("training_regime",),
    "fine tuning": ("training_regime",),
    "data": ("training_data",),
    "dataset": ("training_data",),
    "datasets": ("training_data",),
    "training and evaluation data": ("training_data", "testing_data"),
    "training dataset": ("training_data",),
    "training datasets": ("training_data",),
    "training set metrics": ("training_data",),
    "pretraining data": ("training_data",),
    "tokenization": ("preprocessing",),
    "data preprocessing": ("preprocessing",),
    "training hyperparameters": ("training_regime",),
    "training time": ("hours_used", "speeds_sizes_times"),
    "training hardware": ("hardware_type",),
    "compute": ("hardware_type", "hours_used", "co2_emitted"),
    "merge method": ("training_regime",),
    "models merged": ("base_model",),
    # evaluation
    "evaluation dataset": ("testing_data",),
    "evaluation datasets": ("testing_data",),
    "test set": ("testing_data",),
    "metrics": ("testing_metrics", "results"),
    "validation metrics": ("results",),
    "training results": ("results",),
    "training logs": ("results",),
    "benchmarks": ("results",),
    "accuracy": ("results",),
    "scores": ("results",),
    "interpretability": ("model_examination",),
    "explainability": ("model_examination",),
    # specifications
    "hardware": ("hardware_type",),
    "hardware requirements": ("hardware_requirements",),
    "model architecture": ("model_specs",),
    "full model architecture": ("model_specs",),
    "architecture": ("model_specs",),
    "architecture and training": ("model_specs", "training_regime"),
    "requirements": ("hardware_requirements",),
    "environments": ("software",),
    "environment": ("software",),
    "framework versions": ("software",),
    # the end of a card
    "bibtex": ("citation_bibtex",),
    "apa": ("citation_apa",),
    "additional resources": ("more_information",),
    "additional information": ("more_information",),
    "further information": ("more_information",),
    "further reading": ("more_information",),
    "links": ("more_information",),
    "related links": ("more_information",),
    "resources": ("more_information",),
    "references": ("more_information",),
    "authors": ("developers", "model_card_authors"),
    "author": ("developers", "model_card_authors"),
    "team": ("developers",),
    "creators": ("developers",),
    "contact": ("model_card_contact",),
    "contacts": ("model_card_contact",),
    "support": ("model_card_contact",),
    "maintainer": ("model_card_contact",),
    "maintainers": ("model_card_contact",),
}

# A heading that means something else below another heading: (heading, a word of an outer heading, fields).
SCOPED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("summary", "result", ("results_summary",)),
    ("summary", "evaluation", ("results_summary",)),
    ("summary", "", ("model_summary",)),
    ("metrics", "testing data", ("testing_metrics",)),
    ("hardware", "compute infrastructure", ("hardware_requirements",)),
    ("hardware", "technical specification", ("hardware_requirements",)),
    ("data", "evaluation", ("testing_data",)),
    ("dataset", "evaluation", ("testing_data",)),
    ("datasets", "evaluation", ("testing_data",)),
)

# Headings by their gist, tried in order where no exact one fits.
PATTERNS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern), variables)
    for pattern, variables in (
        (
            r"\bout of scope\b|\bmisuse|malicious use|\b(prohibited|forbidden|unsuitable) use"
            r"|\bnot (to )?be used|do not use|^not (for|meant|suitable|recommended|intended|appropriate|designed)\b"
            r"|\b(unintended|inappropriate|discouraged|unsupported) (use|uses|usage)"
            r"|\bnot (recommended|intended) (for|use|uses)\b",
            ("out_of_scope_use",),
        ),
        (r"\b(bibtex|citation|citations|citing|cite)\b", ("citation_bibtex", "citation_apa")),
        (r"\brecommendation", ("bias_recommendations",)),
        (
            r"\b(safety|ethic\w*|risks?)\b.*\bresponsible us(e|age)\b",
            ("bias_recommendations", "bias_risks_limitations"),
        ),
        (r"\bresponsible us(e|age)\b", ("bias_recommendations",)),
        (
            r"\b(limitation|bias|biases|risk|ethic|ethical|caveat|safety|fairness)|^known issues"
            r"|\berror analysis|\bfailure",
            ("bias_risks_limitations",),
        ),
        (
            r"^direct us(e|age)\b|^(primary )?intended (use|users|usage)|^what (is|can) (it|this model).* for",
            ("direct_use",),
        ),
        (r"^downstream us(e|age)\b", ("downstream_use",)),
        (r"\bhow to (use|run|load|get started)\b|^install", ("get_started_code",)),
        (r"^(how (to|do|can)|get started|usage|using|load|loading|run|running|quick ?start)\b", ("get_started_code",)),
        (r"^(code|usage|inference) (example|snippet|sample)|\busage$|^inference\b", ("get_started_code",)),
        (
            r"hyper ?param|^training (config|setup|regime|arguments|args|recipe|script)|\bconfig(uration)?$",
            ("training_regime",),
        ),
        (
            r"^(evaluation|eval|test|testing|validation)( set| data)? (performance|result|score|accuracy|metric)s?\b",
            ("results",),
        ),
        (r"^(evaluation|eval|test|testing|validation) (data|dataset|datasets|set|corpus)\b", ("testing_data",)),
        (
            r"^(training|train|fine ?tuning|pre ?training) (data|dataset|datasets|set|corpus|corpora)\b",
            ("training_data",),
        ),
        (r"\bdata used (for|in|to) (pre ?|fine ?)?(train|tun)", ("training_data",)),
        (r"^pre ?process", ("preprocessing",)),
        (r"^(minimum|system) requirements", ("hardware_requirements",)),
        (
            r"\b(performance|benchmark)|^quantitative analys"
            r"|^(evaluation|eval|test|validation|main) (results?|scores?|metrics?)",
            ("results",),
        ),
        (
            r"\b(carbon|co2|environment(al)?) (impact|footprint|emissions?)",
            ("hardware_type", "hours_used", "co2_emitted"),
        ),
        (r"\b(framework|library|package|software|library) versions?\b", ("software",)),
        (r"\blicen[cs](e|ing)\b", ("license",)),
        (r"\b(contact|feedback|questions)\b", ("model_card_contact",)),
        (r"\bcard authors?\b", ("model_card_authors",)),
        (r"^(about|description|overview|background)( (of|the|this|our))+ .*\bmodel\b", ("model_description",)),
        (r"^glossary\b", ("glossary",)),
        (r"^training\b", ("training_regime",)),
        (r"\bdescription$", ("model_description",)),
        (r"^results?\b", ("results",)),
        (r"\bin action\b", ("get_started_code",)),
        (r"\bdetails of (the|this)\b.*\bmodel\b", ("model_description",)),
        (r"\b(dataset|datasets|corpus|corpora)\b", ("training_data",)),
        (r"\bpaper\b", ("paper",)),
    )
)
