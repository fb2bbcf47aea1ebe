"""Which pictures a card shows and what each says in words: a function of findings, never of files."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.confusion import confusion_of, most_confused
from tunecard.card.markdown import escape
from tunecard.card.numbers import count, percent, plain_number, score, significant
from tunecard.evidence import Findings

MOST_GROUPS = 25
WORST, BEST = 12, 5
MOST_LABELS = 20
NAMES = ("learning_curve", "scores", "confusion", "lengths")


def pictures_of(findings: Findings) -> list[str]:
    """The names of the pictures that these findings can draw."""
    return [name for name in NAMES if _ALT[name](findings)]


def picture(findings: Findings, name: str) -> str:
    """The Markdown of a picture with its words, or nothing when it cannot be drawn."""
    words = _ALT[name](findings)
    return f"![{words}](figures/{name}.png)" if words else ""


def curve_of(findings: Findings) -> list[dict[str, float]]:
    """The epochs of the learning curve: every record with an epoch and a loss or a metric."""
    keys = ("epoch", "train_loss", "validation_loss", "validation_metric")
    records = facts.records_of(findings, "training.curve")
    curve = [{key: float(r[key]) for key in keys if isinstance(r.get(key), int | float)} for r in records]
    return [record for record in curve if "epoch" in record and len(record) > 1]


def chosen_groups(findings: Findings, split: str) -> tuple[list[str], str]:
    """The labels that table and picture show, and a sentence when these are not all.

    All up to 25; else the 12 with the lowest and the 5 with the highest F1 among those that occur.
    """
    known = facts.groups(findings, split)
    if len(known) <= MOST_GROUPS:
        return list(known), ""
    scored = {
        label: value
        for label, metrics in known.items()
        if (value := facts.number_of(metrics.get("f1") or next(iter(metrics.values())))) is not None
    }
    ordered = sorted(scored, key=lambda label: (scored[label], label))
    note = f"The {WORST} worst and {BEST} best of {len(known)} classes by F1; the others are in `evidence.json`."
    return ordered[:WORST] + ordered[-BEST:], note


def _curve_words(findings: Findings) -> str:
    curve = curve_of(findings)
    if len(curve) < 2:
        return ""
    name = facts.metric_phrase(str(findings.value("training.best_metric", "score")))
    said = [f"Learning curve over {len(curve)} epochs."]
    for key, what in (("train_loss", "training loss"), ("validation_loss", "validation loss")):
        ends = [record[key] for record in curve if key in record]
        if ends:
            said.append(f"{what.capitalize()} from {significant(ends[0])} to {significant(ends[-1])}.")
    scored = [(record["validation_metric"], record["epoch"]) for record in curve if "validation_metric" in record]
    if scored:
        best = max(scored)
        said.append(f"Validation {name} is highest, {score(best[0])}, at epoch {plain_number(best[1])}.")
    return " ".join(said)


def _score_words(findings: Findings) -> str:
    split = facts.scored_split(findings)
    labels, note = chosen_groups(findings, split)
    known = facts.groups(findings, split)
    values = [(facts.number_of(known[label].get("f1")), label) for label in labels]
    scored = sorted((value, label) for value, label in values if value is not None)
    if len(scored) < 2:
        return ""
    word = facts.group_word(findings)
    low, high = scored[0], scored[-1]
    ends = f"lowest {escape(low[1], 40)} {score(low[0])}, highest {escape(high[1], 40)} {score(high[0])}"
    return f"F1 with 95 % intervals by {word}: {ends}.{' ' + note.replace('`', '') if note else ''}"


def _confusion_words(findings: Findings) -> str:
    split = facts.scored_split(findings)
    found = confusion_of(findings, split)
    pairs = most_confused(findings, split)
    if found is None or not pairs:
        return ""
    total = sum(sum(row) for row in found[1])
    right = sum(row[index] for index, row in enumerate(found[1]))
    unit = "words" if facts.is_token_task(findings) else "texts"
    said = ", ".join(f"{escape(gold, 40)} read as {escape(other, 40)} {count(n)} times" for gold, other, n in pairs[:3])
    is_matrix = len(found[0]) <= MOST_LABELS
    kind = "Confusion of true and predicted labels" if is_matrix else "The most confused pairs of labels"
    return f"{kind}: {percent(right / total)} of {count(total)} {unit} right; most often {said}."


def _length_words(findings: Findings) -> str:
    said = []
    for split in facts.SPLITS:
        length = facts.mapping_of(findings, f"data.{split}.length")
        ends = [length.get("median"), length.get("p95"), length.get("max")]
        if all(isinstance(end, int | float) for end in ends):
            median, high, most = (plain_number(float(end)) for end in ends if end is not None)
            said.append(f"{split} median {median}, 95 % up to {high}, longest {most}")
    return f"Words a row by split: {'; '.join(said)}." if said else ""


_ALT = {
    "learning_curve": _curve_words,
    "scores": _score_words,
    "confusion": _confusion_words,
    "lengths": _length_words,
}
