"""What was looked for in the rows: repeats, labels in doubt, personal data; and what to do about what was found."""

from __future__ import annotations

from typing import Any

from tunecard.card import facts
from tunecard.card.answer import Answer, gap
from tunecard.card.markdown import bullets, code, escape, listing, paragraphs, prose, table
from tunecard.card.numbers import count, percent, score
from tunecard.card.record_links import cite
from tunecard.evidence import Finding, Findings

SUSPECTS = "data.suspect_labels.train"
NOT_LOOKED_FOR = "Names, postal addresses and what a text tells of somebody were not looked for."
SHOWN_ROWS, SHOWN_PAIRS = 20, 5


def personal(findings: Findings) -> Answer:
    """`personal_and_sensitive_information`: how often each form was found in each split, and what was declared."""
    found = {split: finding for split in facts.SPLITS if (finding := findings.get(f"data.personal.{split}"))}
    declared = _declared(findings, "personal_information")
    if not found:
        said = "Not measured: no search for personal data was recorded."
        return Answer(f"{declared}\n\n{said}", "declared") if declared else Answer(said, "not measured")
    parts = [declared, _personal_table(findings, found), _personal_summary(findings, found)]
    return Answer("\n\n".join(part for part in parts if part), "measured")


def risks(findings: Findings) -> Answer:
    """`bias_risks_limitations`."""
    repeats, items = _repeats(findings), [*_balance(findings), *_clean_score(findings)]
    declared = _declared(findings, "risks")
    measured = bool(items or repeats) or findings.value(SUSPECTS) is not None
    text = "\n\n".join(part for part in (declared, bullets([*items, *_suspects(findings)]), repeats) if part)
    return Answer(
        text or "Not measured (not recorded).", "measured" if measured else "declared" if declared else "not measured"
    )


def recommendations(findings: Findings) -> Answer:
    """`bias_recommendations`: what follows from what was found."""
    items = []
    for split in facts.SPLITS[1:]:
        ids = [f"data.overlap.train.{split}", f"data.near_overlap.train.{split}"]
        if any(facts.value_of(findings, id) for id in ids):
            items.append(f"Quote scores on {split} for the rows not found in train too: the card of the adapter does.")
    if facts.mapping_of(findings, SUSPECTS).get("count"):
        items.append("Read the rows with suspect labels again before the labels are relied on.")
    if any(facts.mapping_of(findings, f"data.personal.{split}").get("rows") for split in facts.SPLITS):
        items.append("Review the rows with personal data before the texts are shared.")
    items.append("Read the source's own documentation before the data is used for anything else.")
    declared = _declared(findings, "recommendations")
    text = "\n\n".join(part for part in (declared, bullets(items)) if part)
    return Answer(text, "declared" if declared else "derived")


def _declared(findings: Findings, key: str) -> str:
    value = findings.value(f"data.{key}")
    return paragraphs(value) if isinstance(value, str) else ""


def _personal_table(findings: Findings, found: dict[str, Finding]) -> str:
    """Only kinds that occur; the others are named below."""
    kinds = [kind for kind in _kinds(findings, found) if any(_times(findings, split, kind) for split in found)]
    rows = [
        [
            escape(kind, 60),
            *(cite(findings, finding.id, count(_times(findings, split, kind))) for split, finding in found.items()),
        ]
        for kind in kinds
    ]
    return table(["found in the texts", *found], rows) if rows else ""


def _personal_summary(findings: Findings, found: dict[str, Finding]) -> str:
    none = [kind for kind in _kinds(findings, found) if not any(_times(findings, split, kind) for split in found)]
    rows = [
        cite(findings, finding.id, f"{count(number)} of {count(finding.n or 0)}") + f" in {split}"
        for split, finding in found.items()
        if isinstance(number := facts.mapping_of(findings, finding.id).get("rows"), int)
    ]
    said = f"Rows with any: {listing(rows)}." if rows else ""
    absent = f"Not found: {listing([escape(kind, 60) for kind in none], 20)}." if none else ""
    first = next(iter(found.values()))
    how = f"Found by {cite(findings, first.id, prose(first.method, 400).rstrip('.'))}." if first.method else ""
    return " ".join(part for part in (said, absent, how or NOT_LOOKED_FOR) if part)


def _kinds(findings: Findings, found: dict[str, Finding]) -> list[str]:
    several = [facts.mapping_of(findings, finding.id).get("found") for finding in found.values()]
    return list(dict.fromkeys(kind for counts in several if isinstance(counts, dict) for kind in counts))


def _times(findings: Findings, split: str, kind: str) -> int:
    counts = facts.mapping_of(findings, f"data.personal.{split}").get("found")
    number = counts.get(kind) if isinstance(counts, dict) else None
    return number if isinstance(number, int) else 0


def _balance(findings: Findings) -> list[str]:
    id = "data.train.labels"
    counts = {k: v for k, v in facts.mapping_of(findings, id).items() if isinstance(v, int | float)}
    total = sum(counts.values())
    if len(counts) < 2 or not total:
        return []
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    ends = [
        f"{escape(label, 40)} {count(number)} ({percent(number / total)})"
        for label, number in (ordered[0], ordered[-1])
    ]
    word = facts.task_of(findings).words.label_kinds
    shown = cite(findings, id, f"{len(counts)} {word}; most {ends[0]}, fewest {ends[1]}")
    return [f"Balance of labels in train: {shown}."]


def _repeats(findings: Findings) -> str:
    """Rows that repeat another, equal or near, within each split and across splits."""
    within = [(f"within {split}", split) for split in facts.SPLITS]
    across = [(f"{b}, also in {a}", f"{a}.{b}") for a in facts.SPLITS for b in facts.SPLITS if a != b]
    families = [("data.duplicates", "data.near_duplicates", within), ("data.overlap", "data.near_overlap", across)]
    rows = [
        [shown, *(_repeated(findings, f"{family}.{rest}") for family in (equal, near))]
        for equal, near, several in families
        for shown, rest in several
        if f"{equal}.{rest}" in findings or f"{near}.{rest}" in findings
    ]
    if not rows:
        return ""
    method = next((finding for finding in findings.under("data.near_duplicates") if finding.method), None)
    near = f"\n\nNear: {cite(findings, method.id, prose(method.method, 500).rstrip('.'))}." if method else ""
    return table(["rows that repeat another", "equal text", "near text"], rows) + near


def _repeated(findings: Findings, id: str) -> str:
    finding = findings.get(id)
    number = facts.number_of(finding)
    if finding is None or number is None:
        return "not measured"
    return cite(findings, id, count(number) + (f" of {count(finding.n)}" if finding.n else ""))


def _clean_score(findings: Findings) -> list[str]:
    """The headline score on rows that are not in train, beside the one on all rows."""
    overall = facts.headline(findings)
    split, metric = facts.scored_split(findings), facts.headline_metric(findings)
    clean = findings.get(f"results.{split}.slice.overlap=not found in train.{metric}")
    value, all_rows = facts.number_of(clean), facts.number_of(overall)
    if clean is None or overall is None or value is None or all_rows is None:
        return []
    of = f" (n = {count(clean.n)})" if clean.n else ""
    shown, whole = cite(findings, clean.id, score(value) + of), cite(findings, overall.id, score(all_rows))
    name = facts.metric_name(findings, metric)
    return [f"{name} on the rows of {split} that are not found in train: {shown}; on all: {whole}."]


def _suspects(findings: Findings) -> list[str]:
    finding = findings.get(SUSPECTS)
    value = facts.mapping_of(findings, SUSPECTS)
    number, share, accuracy = (value.get(key) for key in ("count", "share", "probe_accuracy"))
    if finding is None or not isinstance(number, int):
        return [] if finding is None else [f"Suspect labels: {gap(finding)}"]
    unit = escape(finding.unit or "labels", 20)
    of = f" of {count(finding.n or 0)} {unit}" + (f" ({percent(share)})" if isinstance(share, float) else "")
    said = f"Suspect labels in train: {cite(findings, SUSPECTS, count(number) + of)}"
    if isinstance(accuracy, float):
        said += f", by a probe that agrees with {cite(findings, SUSPECTS, percent(accuracy))} of the labels it judges"
    items = [f"{said}. They are labels to read again: most are likely the probe's own mistakes."]
    items += [
        f"Most in doubt, as given and as the probe has it: {pairs}." if (pairs := _pairs(findings, value)) else ""
    ]
    items += [
        f"Rows to read first, by position in the source split from 0: {rows}."
        if (rows := _rows(findings, value))
        else ""
    ]
    return [item for item in items if item]


def _pairs(findings: Findings, value: dict[str, Any]) -> str:
    records = [record for record in value.get("pairs") or [] if isinstance(record, dict)]
    shown = [
        f"{code(record.get('given'), 60)} as {code(record.get('likely'), 60)} {count(record['count'])}"
        for record in records[:SHOWN_PAIRS]
        if isinstance(record.get("count"), int)
    ]
    return ", ".join(cite(findings, SUSPECTS, pair) for pair in shown)


def _rows(findings: Findings, value: dict[str, Any]) -> str:
    records = [record for record in value.get("most_suspect") or [] if isinstance(record, dict)]
    rows = list(dict.fromkeys(record["row"] for record in records if isinstance(record.get("row"), int)))
    return cite(findings, SUSPECTS, ", ".join(str(row) for row in rows[:SHOWN_ROWS])) if rows else ""
