"""The rows: where they come from, how many, of what length and label, what was done to them."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.answer import Answer, gap
from tunecard.card.markdown import bullets, code, escape, hub_link, listing, paragraphs, table
from tunecard.card.numbers import count, plain_number, score
from tunecard.card.pictures import picture
from tunecard.card.reader_checks import overlap
from tunecard.card.record_links import cite
from tunecard.card.sections.identity import licence_of
from tunecard.evidence import Findings

SHOWN_LABELS = 12
CHOSEN = {
    "held-out": "no choice was made on it",
    "best-epoch-dev": "the epoch was chosen on it, as GLUE papers do",
}


def source_name(findings: Findings) -> str:
    """The data's Hub id as a link, or the name of the file or folder."""
    source = findings.value("data.source")
    if source is None:
        return "data that was not recorded"
    if facts.is_hub_id(source):
        return hub_link(source, kind="datasets/")
    return ", ".join(code(item, 80) for item in source) if isinstance(source, list) else code(source, 80)


def answers(findings: Findings) -> dict[str, Answer]:
    """`training_data`, `preprocessing`, `testing_data`."""
    return {
        "training_data": _training_data(findings),
        "preprocessing": _preprocessing(findings),
        "testing_data": _testing_data(findings),
    }


def splits_table(findings: Findings) -> str | None:
    """Rows, words, entities and length of every split."""
    present = [split for split in facts.SPLITS if findings.value(f"data.{split}.rows") is not None]
    if not present:
        return None
    has_entities = any(findings.value(f"data.{split}.entities") is not None for split in present)
    header = ["split", "rows", "words", *(["entities"] if has_entities else []), "median words", "longest"]
    return table(header, [_split_row(findings, split, has_entities) for split in present])


def _split_row(findings: Findings, split: str, has_entities: bool) -> list[str]:
    length = facts.mapping_of(findings, f"data.{split}.length")
    cells = [split, _count(findings, f"data.{split}.rows"), _count(findings, f"data.{split}.words")]
    cells += [_count(findings, f"data.{split}.entities")] if has_entities else []
    for end in (length.get("median"), length.get("max")):
        shown = plain_number(float(end)) if isinstance(end, int | float) else "not recorded"
        cells.append(cite(findings, f"data.{split}.length", shown))
    return cells


def _count(findings: Findings, id: str) -> str:
    return facts.quoted(findings, id) or "not recorded"


def _training_data(findings: Findings) -> Answer:
    rows = findings.get("data.train.rows")
    if findings.get("data.source") is None and rows is None:
        return Answer(gap(None), "not measured")
    revision = findings.value("data.revision")
    first = f"Source: {source_name(findings)}" + (f" at revision {code(revision)}" if revision else "")
    first += f". Licence: {licence_of(findings, 'data.license')}. More in [DATASET_CARD.md](DATASET_CARD.md)."
    description = findings.value("data.description")
    unknown = findings.get("training.data")
    parts = [gap(unknown)] if unknown is not None else []
    parts += [first, paragraphs(str(description)[:600]) if description else ""]
    parts += [splits_table(findings) or "", _labels(findings, "train"), bullets(_facts(findings, "train"))]
    return Answer("\n\n".join(part for part in parts if part), "not measured" if unknown is not None else "measured")


def _labels(findings: Findings, split: str) -> str:
    """Counts of labels: all when they are few, else the most and the least frequent."""
    id = f"data.{split}.labels"
    counts = {k: v for k, v in facts.mapping_of(findings, id).items() if isinstance(v, int | float)}
    if not counts:
        return ""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    word = facts.task_of(findings).words.by_group
    named = [f"{escape(label, 40)} {count(number)}" for label, number in ordered]
    if len(named) <= SHOWN_LABELS:
        shown = ", ".join(named)
    elif ordered[0][1] == ordered[-1][1]:
        shown = f"{count(ordered[0][1])} of each of {len(named)}"
    else:
        shown = f"most {', '.join(named[:3])}; fewest {', '.join(named[-3:])}"
    return f"{word} in {split}: {cite(findings, id, shown)}."


def _facts(findings: Findings, split: str) -> list[str]:
    items = []
    duplicates = facts.quoted(findings, f"data.duplicates.{split}")
    if duplicates is not None:
        items.append(f"Repeated rows within {split}: {duplicates}.")
    if split != "train" and (shared := overlap(findings, "train", split)) is not None and shared.value is not None:
        items.append(f"Rows whose text is also in {facts.train_split(findings)}: {facts.quoted(findings, shared.id)}.")
    items += _alike(findings, split)
    sha = findings.value(f"data.{split}.sha256")
    if sha:
        items.append(f"Content sha256: {code(sha)}.")
    return items


def _alike(findings: Findings, split: str) -> list[str]:
    """Texts that nearly repeat another, and labels that the probe finds unlikely."""
    items = []
    for id, what in (
        (f"data.near_duplicates.{split}", f"Rows nearly the same as another within {split}"),
        (f"data.near_overlap.train.{split}", f"Rows nearly the same as one in {facts.train_split(findings)}"),
    ):
        if split != "train" or "overlap" not in id:
            number = facts.quoted(findings, id)
            items += [f"{what}: {number}."] if number is not None else []
    suspects = findings.get(f"data.suspect_labels.{split}")
    said = facts.mapping_of(findings, f"data.suspect_labels.{split}")
    if suspects is not None and said:
        found = cite(findings, suspects.id, f"{count(said['count'])} of {count(suspects.n or 0)}")
        accuracy = cite(findings, suspects.id, score(said["probe_accuracy"]))
        items.append(
            f"Labels that a probe which never saw them finds unlikely: {found} (the probe's accuracy is {accuracy})."
        )
    return items


def _preprocessing(findings: Findings) -> Answer:
    items = []
    length = facts.quoted(findings, "model.max_length")
    if length is not None:
        items.append(f"Tokenised with the base's tokenizer, at most {length} tokens a row.")
    items += [line for split in facts.SPLITS for line in _prepared(findings, split)]
    drawn = picture(findings, "lengths")
    text = bullets(items) + (f"\n\n{drawn}" if drawn else "")
    return Answer(text, "measured") if items else Answer(gap(findings.get("model.max_length")), "not measured")


def _prepared(findings: Findings, split: str) -> list[str]:
    lines = []
    origin = findings.value(f"data.{split}.origin")
    if isinstance(origin, str) and origin != "given":
        lines.append(f"{split.capitalize()} split: {cite(findings, f'data.{split}.origin', escape(origin, 200))}.")
    dropped = {k: v for k, v in facts.mapping_of(findings, f"data.{split}.dropped").items() if v}
    if dropped:
        reasons = [f"{count(number)} ({escape(reason, 80)})" for reason, number in dropped.items()]
        lines.append(f"Left out of {split}: {cite(findings, f'data.{split}.dropped', listing(reasons))}.")
    if facts.value_of(findings, f"data.{split}.truncated_rows"):
        rows = facts.quoted(findings, f"data.{split}.truncated_rows")
        has_words = facts.value_of(findings, f"data.{split}.truncated_words")
        words = f", {facts.quoted(findings, f'data.{split}.truncated_words')} words" if has_words else ""
        lines.append(f"Cut in {split}: {rows} rows{words}.")
    return lines


def _testing_data(findings: Findings) -> Answer:
    split = facts.scored_split(findings)
    rows = findings.get(f"data.{split}.rows")
    if rows is None or rows.value is None:
        return Answer(gap(rows), "not measured")
    chose = CHOSEN.get(str(findings.value("results.protocol")), "whether a choice was made on it is not recorded")
    origin = findings.value(f"data.{split}.origin")
    how = cite(findings, f"data.{split}.origin", escape(origin or "", 200))
    made = f" How the split came about: {how}." if isinstance(origin, str) and origin != "given" else ""
    parts = [f"The {split} split of {source_name(findings)}: {counted_rows(findings, split)}; {chose}.{made}"]
    parts += [_labels(findings, split), bullets(_facts(findings, split))]
    return Answer("\n\n".join(part for part in parts if part), "measured")


def counted_rows(findings: Findings, split: str) -> str:
    """ "3,856 sentences", with entities where there are any."""
    rows, entities = facts.quoted(findings, f"data.{split}.rows"), facts.quoted(findings, f"data.{split}.entities")
    said = "rows not recorded" if rows is None else f"{rows} {facts.row_word(findings)}"
    return said + (f" with {entities} entities" if entities is not None else "")
