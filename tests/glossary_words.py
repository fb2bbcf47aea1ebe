"""Technical words of the field, written down without looking at the glossary, and how a reader of a card meets them."""

from __future__ import annotations

import re

# A card that uses one of these must explain it (spelling -> the entry of the glossary).
TECHNICAL = {
    "accuracy": "Accuracy", "adamw": "AdamW", "alpha": "Alpha", "baseline": "Baseline", "bf16": "bf16",
    "bfloat16": "bf16", "bootstrap": "Bootstrap", "brier": "Brier score", "checkpoint": "Checkpoint",
    "co2": "CO2eq", "co2eq": "CO2eq", "conlleval": "conlleval", "cross-entropy": "Cross-entropy",
    "design power": "Design power", "ece": "Expected calibration error", "effective rank": "Effective rank",
    "encoder": "Encoder", "entropy": "Entropy", "epoch": "Epoch", "expected calibration error": "Expected calibration error",
    "f1": "F1", "float32": "fp32", "fp16": "fp16", "fp32": "fp32", "fp8": "fp8", "float8": "fp8", "int8": "int8", "nf4": "nf4", "frobenius": "Frobenius", "frozen": "Frozen",
    "fused": "Fused", "gold": "Gold", "held-out": "Held-out", "iob2": "IOB2", "kernel": "Kernel",
    "kwh": "kWh", "linear probe": "Linear probe", "logistic regression": "Logistic regression", "ridge regression": "Ridge regression", "tf-idf": "TF-IDF",
    "logit": "Logit", "lora": "LoRA", "loss": "Loss",
    "macro-f1": "Macro F1", "matthews correlation": "Matthews correlation", "mcc": "Matthews correlation",
    "median": "Median", "mixed precision": "Mixed precision", "multiple choice": "Multiple choice", "nvml": "NVML", "packed": "Packed",
    "paired difference": "Paired difference", "peft": "PEFT", "percentile": "Percentile", "precision": "Precision",
    "pue": "PUE", "rank": "Rank", "rapl": "RAPL", "recall": "Recall", "seed": "Seed", "sha256": "sha256",
    "singular value": "Singular value", "slice": "Slice", "softmax": "Softmax", "strict": "Strict",
    "support": "Support", "tdp": "Design power", "token": "Token", "tokenizer": "Tokenizer",
    "weight decay": "Weight decay", "wh": "Wh", "word embeddings": "Word embeddings", "95 % interval": "95 % interval", "perplexity": "Perplexity",
    "quantile": "Quantile", "p-value": "P-value", "confidence interval": "95 % interval", "learning rate": "Learning rate",
    "gradient": "Gradient", "warm-up": "Warm-up", "attention": "Attention", "dropout": "Dropout",
}  # fmt: skip
# Abbreviations that name a thing rather than a notion: makers, libraries, units that everybody knows, styles, countries.
NAMES = {
    "AMD",
    "EPYC",
    "GB",
    "MB",
    "TB",
    "GNU",
    "NLP",
    "APA",
    "BERT",
    "CC",
    "BY",
    "II",
    "OR",
    "ID",
    "DIR",
    "FRA",
    "DEU",
    "USA",
    "POL",
    "EU",
    "AI",
    "IV",
}
_FENCED = re.compile(r"^(`{3,})[^\n]*\n.*?^\1$", re.MULTILINE | re.DOTALL)


def glossary_of(card: str) -> dict[str, str]:
    """Term -> definition."""
    part = card.partition("\n## Glossary\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^- \*\*(.+?):\*\* (.+)$", part, re.MULTILINE))


def metrics_of(card: str) -> dict[str, str]:
    """Score -> what it means for this task, as Metrics defines it."""
    part = card.partition("\n#### Metrics\n")[2].partition("\n#")[0]
    return dict(re.findall(r"^- \*\*(.+?)\*\*(?: \(headline\))?: (.+)$", part, re.MULTILINE))


def prose_of(card: str) -> str:
    """What the template's fields say in words: no metadata, code, link targets, glossary or list of records."""
    body = card.partition("\n---\n")[2]
    before, _, rest = body.partition("\n## Glossary\n")
    text = before + "\n## " + rest.partition("\n## ")[2].partition("\n### Framework versions")[0]
    text = re.sub(r"`[^`\n]*`|\w+(?:\.\w+){2,}", " ", _FENCED.sub(" ", text))
    return re.sub(r"\]\([^)]*\)|\]\[\d+\]", "] ", text)


def uses(text: str, term: str) -> bool:
    """Whether the term, one or several of it, stands in the text."""
    return re.search(rf"(?i)(?<![\w-]){re.escape(term)}s?(?!\w)", text) is not None


def unexplained(card: str) -> set[str]:
    """Technical words in the prose whose entry is missing, and abbreviations that no entry explains."""
    text, entries, scores = prose_of(card), glossary_of(card), metrics_of(card)
    missing = {word for word, entry in TECHNICAL.items() if uses(text, word) and entry not in entries}
    missing = {word for word in missing if not any(uses(score, TECHNICAL[word]) for score in scores)}
    known = {entry.lower() for entry in entries} | {name.lower() for name in NAMES} | set(TECHNICAL)
    return missing | {word for word in re.findall(r"(?<![\w-])[A-Z]{2,}(?![\w-])", text) if word.lower() not in known}


def unused(card: str) -> set[str]:
    """Entries for what neither the prose nor another entry says."""
    entries = glossary_of(card)
    spellings = {entry: [word for word, its in TECHNICAL.items() if its == entry] + [entry] for entry in entries}
    return {
        entry
        for entry in entries
        if not any(
            uses(place, word)
            for word in spellings[entry]
            for place in (prose_of(card), *(text for other, text in entries.items() if other != entry))
        )
    }
