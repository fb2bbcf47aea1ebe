"""Where a field may stand: the headings and labels that mean the same in the templates people use.

Keys are as `card_passages.heading_key` makes them. The Hub template's own headings and labels come from the table of
fields; here stand the words of PEFT, Trainer, SetFit, sentence-transformers, AutoTrain, the first Hub template and
hand-written cards.
"""

from __future__ import annotations

import re

from tunecard.auditing.card_passages import heading_key
from tunecard.auditing.emptiness import meaning
from tunecard.auditing.known_headings import PATTERNS, SCOPED, SYNONYMS
from tunecard.auditing.language_tables import field_of_foreign_label, fields_of_foreign_heading
from tunecard.hub.fields import FIELDS

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
    "filtering": "preprocessing",
    "cleaning": "preprocessing",
    "data cleaning": "preprocessing",
    "normalization": "preprocessing",
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
    "maintainer": "model_card_contact",
    "maintainers": "model_card_contact",
}

_LIMITS = r"limit|bias|risk|\bnot\b|fail|cannot|poor|caution"
_SCORES = r"acc|f1|precision|recall|mcc|pearson|spearman|bleu|rouge|wer|exact|auc|ndcg|map"

# What a passage must hold to fill a field whose heading it shares with another, or that a stub would fill.
NEEDS: dict[tuple[str, str], re.Pattern[str]] = {
    (heading, variable): re.compile(pattern, re.IGNORECASE)
    for heading, variable, pattern in (
        ("*", "citation_bibtex", r"@\w+\s*\{"),
        ("*", "citation_apa", r"\A(?!.*@\w+\s*\{).*\b(?:19|20)\d\d\b"),
        (
            "*",
            "co2_emitted",
            r"\A(?=.*(?:\d|\bnot\b|n't\b|\bno\b|\bnicht\b|\bpas\b))(?=.*(?:co2|co₂|carbon|emission|碳|排放|\bk?g\b))",
        ),
        (
            "*",
            "hours_used",
            r"(?:\d{1,9}(?:[.,]\d{1,9})?|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|an?|half))[\s-]{0,9}"
            r"(?:h\b|hours?|hrs?|minutes?|mins?|seconds?|days?|weeks?|std\b|stunden?|heures?|horas?|小时|小時|分钟|分鐘|時間|시간)",
        ),
        (
            "*",
            "hardware_type",
            r"\b(?:gpus?|tpus?|cpus?|[ahvlt]\d{1,3}s?|p100|gh200|rtx|gtx|cores?|nvidia|tesla|accelerators?|laptop|macbook|xeon|epyc"
            r"|colab)\b",
        ),
        ("intended uses and limitations", "bias_risks_limitations", _LIMITS),
        ("intended use and limitations", "bias_risks_limitations", _LIMITS),
        ("training and evaluation data", "testing_data", r"eval|test|valid|held|dev\b|split"),
        ("metrics", "results", r"\d"),
        ("training results", "results", _SCORES),
        ("training logs", "results", _SCORES),
        ("model sources", "repo", r"https?://"),
    )
}

_FEW_WORDS = 6
_IMPACT = ("co2_emitted", "hours_used", "hardware_type")
_SENTENCE_END = re.compile(r"(?<=[.!?;。])\s+(?=\S)")

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
    scoped = _scoped(key, outer)
    if scoped:
        return scoped
    if key in _HEADINGS:
        return _HEADINGS[key]
    by_gist = next((variables for pattern, variables in PATTERNS if pattern.search(key)), ())
    return by_gist or fields_of_foreign_heading(key)


def is_section(key: str) -> bool:
    """Whether this is a heading of the templates by name (not only by its gist)."""
    return key in _HEADINGS or bool(not key.isascii() and fields_of_foreign_heading(key))


def field_of_label(key: str) -> str | None:
    """The field that the value behind this label fills, or None."""
    return _ALL_LABELS.get(key) or field_of_foreign_label(key)


def fields_of_bold(key: str, outer: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The fields of a bold line or bold label: of that label, or of a heading in these words.

    Args:
        key: the words as `heading_key` makes them.
        outer: keys of the headings that decide what a scoped word means ("Dataset" below "Evaluation").

    >>> fields_of_bold("known limitations"), fields_of_bold("loss")
    (('bias_risks_limitations',), ())
    """
    scoped = _scoped(key, outer) if outer else ()
    label = field_of_label(key)
    if scoped or label:
        return scoped or (label,) if label else scoped
    return fields_of_heading(key, outer) if len(key.split()) <= _FEW_WORDS else ()


def answer_in(heading: str, variable: str, text: str, *, shared: bool) -> str:
    """What of a passage answers the field, where its heading alone does not settle it; "" where nothing does.

    Of a passage that several fields share, a figure of the environmental impact is the sentences that tell it.
    """
    needs = NEEDS.get((heading, variable)) or (NEEDS.get(("*", variable)) if shared else None)
    if needs is None:
        return text
    if variable not in _IMPACT:
        return text if needs.search(text.replace("\n", " ")) else ""
    return " ".join(sentence for sentence in _SENTENCE_END.split(meaning(text)) if needs.search(sentence))


def _scoped(key: str, outer: tuple[str, ...]) -> tuple[str, ...]:
    """The fields of a heading that means something else below another one."""
    for heading, word, variables in SCOPED:
        if heading == key and (not word or any(word in above for above in outer)):
            return variables
    return ()
