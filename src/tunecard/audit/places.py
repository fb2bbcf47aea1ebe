"""Where a field may stand: the headings and labels that mean the same in the templates people use.

Keys are as `reading.heading_key` makes them. The Hub template's own headings and labels come from the table of fields;
here stand the words of PEFT, Trainer, SetFit, sentence-transformers, AutoTrain, the first Hub template and hand-written
cards.
"""

from __future__ import annotations

import re

from tunecard.audit.reading import heading_key
from tunecard.card.fields import FIELDS

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
    "resources": ("more_information",),
    "references": ("more_information",),
    "authors": ("model_card_authors",),
    "contact": ("model_card_contact",),
    "contacts": ("model_card_contact",),
    "support": ("model_card_contact",),
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
            r"|\bnot (to )?be used|do not use|^not (for|meant|suitable)\b",
            ("out_of_scope_use",),
        ),
        (r"\b(bibtex|citation|citations|citing|cite)\b", ("citation_bibtex", "citation_apa")),
        (r"\brecommendation", ("bias_recommendations",)),
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

LABELS: dict[str, str] = {
    "developed by": "developers",
    "developer": "developers",
    "developers": "developers",
    "created by": "developers",
    "made by": "developers",
    "author": "developers",
    "authors": "developers",
    "author name": "developers",
    "author names": "developers",
    "author email": "model_card_contact",
    "name": "model_id",
    "model name": "model_id",
    "source languages": "language",
    "target languages": "language",
    "source language": "language",
    "target language": "language",
    "sources": "training_data",
    "pre processing": "preprocessing",
    "preprocessing": "preprocessing",
    "model": "model_type",
    "architecture": "model_specs",
    "model architecture": "model_specs",
    "framework": "software",
    "frameworks": "software",
    "libraries": "software",
    "spacy": "software",
    "encoder": "base_model",
    "thesis": "paper",
    "original": "repo",
    "finetuned by": "developers",
    "fine tuned by": "developers",
    "trained by": "developers",
    "funding": "funded_by",
    "published by": "shared_by",
    "uploaded by": "shared_by",
    "maintained by": "shared_by",
    "type": "model_type",
    "problem type": "model_type",
    "task": "model_type",
    "downstream task": "model_type",
    "language": "language",
    "languages": "language",
    "languages nlp": "language",
    "licence": "license",
    "finetuned from": "base_model",
    "fine tuned from": "base_model",
    "fine tuned from model": "base_model",
    "base model": "base_model",
    "parent model": "base_model",
    "backbone": "base_model",
    "language model": "base_model",
    "sentence transformer body": "base_model",
    "sentence transformer": "base_model",
    "github": "repo",
    "github repo": "repo",
    "github repository": "repo",
    "source code": "repo",
    "code": "repo",
    "resources for more information": "repo",
    "papers": "paper",
    "associated paper": "paper",
    "research paper": "paper",
    "space": "demo",
    "dataset": "training_data",
    "datasets": "training_data",
    "training dataset": "training_data",
    "training datasets": "training_data",
    "training data": "training_data",
    "eval data": "testing_data",
    "evaluation data": "testing_data",
    "test data": "testing_data",
    "infrastructure": "hardware_type",
    "hardware": "hardware_type",
    "hardware used": "hardware_type",
    "training hardware": "hardware_type",
    "gpu model": "hardware_type",
    "gpu": "hardware_type",
    "cpu model": "hardware_type",
    "hours": "hours_used",
    "training time": "hours_used",
    "region": "cloud_region",
    "co2 emissions": "co2_emitted",
    "co2 emissions in grams": "co2_emitted",
    "carbon emissions": "co2_emitted",
    "carbon emitted kg": "co2_emitted",
    "training precision": "training_regime",
    "citation": "citation_apa",
    "contact": "model_card_contact",
    "point of contact": "model_card_contact",
}

# What a passage must hold to fill a field whose heading it shares with another, or that a stub would fill.
NEEDS: dict[tuple[str, str], re.Pattern[str]] = {
    (heading, variable): re.compile(pattern, re.IGNORECASE)
    for heading, variable, pattern in (
        ("*", "citation_bibtex", r"@\w+\s*\{"),
        ("*", "citation_apa", r"\A(?!.*@\w+\s*\{).*\b(?:19|20)\d\d\b"),
        ("*", "co2_emitted", r"\A(?=.*\d)(?=.*(?:co2|co₂|carbon|emission|\bk?g\b))"),
        ("*", "hours_used", r"\d{1,9}(?:\.\d{1,9})?\s{0,9}(?:h\b|hours?|hrs?|minutes?|mins?|seconds?|days?)"),
        ("*", "hardware_type", r"\b(?:gpus?|tpus?|cpus?|a100|h100|v100|t4|rtx|cores?|nvidia|tesla|accelerators?)\b"),
        (
            "intended uses and limitations",
            "bias_risks_limitations",
            r"limit|bias|risk|\bnot\b|fail|cannot|poor|caution",
        ),
        ("intended use and limitations", "bias_risks_limitations", r"limit|bias|risk|\bnot\b|fail|cannot|poor|caution"),
        ("training and evaluation data", "testing_data", r"eval|test|valid|held|dev\b|split"),
        ("metrics", "results", r"\d"),
        (
            "training results",
            "results",
            r"acc|f1|precision|recall|mcc|pearson|spearman|bleu|rouge|wer|exact|auc|ndcg|map",
        ),
        ("training logs", "results", r"acc|f1|precision|recall|mcc|pearson|spearman|bleu|rouge|wer|exact|auc|ndcg|map"),
        ("model sources", "repo", r"https?://"),
    )
}

_FEW_WORDS = 4

_OWN_HEADINGS = {
    heading_key(field.heading[-1]): (field.variable,) for field in FIELDS if field.kind == "text" and field.heading
}
_OWN_LABELS = {heading_key(field.label): field.variable for field in FIELDS if field.label}
_HEADINGS = SYNONYMS | _OWN_HEADINGS | {heading: SYNONYMS[heading] for heading in ("metrics", "hardware")}
_ALL_LABELS = LABELS | _OWN_LABELS


def fields_of_heading(key: str, outer: tuple[str, ...]) -> tuple[str, ...]:
    """The fields that text below this heading fills; none for a heading that means nothing to the template.

    Args:
        key: the heading as `heading_key` makes it.
        outer: keys of the headings it stands under, from the outermost.
    """
    for heading, word, variables in SCOPED:
        if heading == key and (not word or any(word in above for above in outer)):
            return variables
    if key in _HEADINGS:
        return _HEADINGS[key]
    return next((variables for pattern, variables in PATTERNS if pattern.search(key)), ())


def is_section(key: str) -> bool:
    """Whether this is a heading of the templates by name (not only by its gist)."""
    return key in _HEADINGS


def field_of_label(key: str) -> str | None:
    """The field that the value behind this label fills, or None."""
    return _ALL_LABELS.get(key)


def fields_of_bold(key: str) -> tuple[str, ...]:
    """The fields of a bold line or bold label: of that label, or of a heading in these words.

    >>> fields_of_bold("known limitations"), fields_of_bold("loss")
    (('bias_risks_limitations',), ())
    """
    label = _ALL_LABELS.get(key)
    if label:
        return (label,)
    return fields_of_heading(key, ()) if len(key.split()) <= _FEW_WORDS else ()


def may_fill(heading: str, variable: str, text: str, *, shared: bool) -> bool:
    """Whether this passage says what the field asks, where its heading alone does not settle it."""
    needs = NEEDS.get((heading, variable)) or (NEEDS.get(("*", variable)) if shared else None)
    return needs is None or needs.search(text.replace("\n", " ")) is not None
