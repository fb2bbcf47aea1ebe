"""What can be counted about a data set, as findings: rows, hashes, lengths, labels, duplicates, writing systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tunecard.counted import each
from tunecard.data.clusters import cluster_findings
from tunecard.data.quality.near_duplicates import NearDuplicates
from tunecard.data.quality.overlap import repetition_findings
from tunecard.data.quality.personal import personal_finding
from tunecard.data.quality.repeated_rows import count_words
from tunecard.data.quality.writing_systems import writing_system_shares
from tunecard.data.source_findings import file_findings, statement_findings
from tunecard.evidence import Finding, derived, measured, not_measured
from tunecard.rows.counting import content_sha256, histogram, summarise_lengths
from tunecard.rows.dataset import Dataset, Split
from tunecard.rows.written import texts_of_rows
from tunecard.tasks import Task, task_for


def describe(
    dataset: Dataset,
    tokenized_lengths: Mapping[str, Sequence[int]] | None = None,
    near: NearDuplicates | None = None,
) -> list[Finding]:
    """The findings `data.*` of a data set.

    Args:
        tokenized_lengths: split to the length of each row in tokens of the base's tokenizer, before truncation, of
            texts that are read apart the longest's; adds `data.<split>.tokens` and its histogram.
        near: what `find_near_duplicates` found in the same rows; without it that is not measured.
    """
    findings = [
        *_source(dataset),
        *file_findings(dataset),
        *statement_findings(dataset),
        *_factors(dataset),
        *cluster_findings(dataset),
    ]
    for name, split in each(dataset.splits.items(), "Counting what the data holds", "splits"):
        findings += _split(split, task_for(dataset))
        findings.append(_writing_systems(split))
        if tokenized_lengths and name in tokenized_lengths:
            findings += _tokens(name, tokenized_lengths[name])
        findings.append(personal_finding(name, texts_of(split)))
    return [*findings, *repetition_findings(dataset, near)]


LOCAL = "local files have no revision; the sha256 of each split stands for their content"
SEVERAL = "several sources: those of the Hub have one each (data.sources); the sha256 of each split stands for all rows"


def _source(dataset: Dataset) -> list[Finding]:
    return [
        measured("data.source", dataset.name),
        *([measured("data.config", dataset.config)] if dataset.config is not None else []),
        *([measured("data.sources", list(dataset.origins), n=len(dataset.origins))] if dataset.origins else []),
        measured("data.revision", dataset.revision)
        if dataset.revision
        else not_measured("data.revision", reason=SEVERAL if dataset.origins else LOCAL),
    ]


def _factors(dataset: Dataset) -> list[Finding]:
    names = list(dict.fromkeys(name for split in dataset.splits.values() for name in split.factors))
    if not names:
        return [not_measured("data.factors", reason="none named: set `evaluation.factors` in the recipe")]
    people = [measured("data.people", list(dataset.people))] if dataset.people else []
    return [measured("data.factors", list(names)), *people]


def _writing_systems(split: Split) -> Finding:
    id, texts = f"data.{split.name}.scripts", texts_of(split)
    shares = writing_system_shares(texts)
    if not shares:
        return not_measured(id, reason="the texts hold no letters", split=split.name)
    method = "writing system of each letter by its Unicode name, over the rows used of the split"
    value: dict[str, Any] = {system: round(share, 6) for system, share in shares.items()}
    return derived(id, value, method=method, n=len(texts), split=split.name)


def texts_of(split: Split) -> list[str]:
    return [" ".join(texts) for texts in texts_of_rows(split.inputs)]


def _split(split: Split, task: Task) -> list[Finding]:
    words, name, n = count_words(split), split.name, len(split)
    about: dict[str, Any] = {"split": name, "n": n}
    unit = "tokens as given" if "tokens" in split.inputs else "white space parts words"
    return [
        measured(f"data.{name}.rows", n, **about),
        measured(
            f"data.{name}.sha256",
            content_sha256(split),
            method="sha256 of inputs and labels as JSON lines",
            **about,
        ),
        measured(f"data.{name}.words", sum(words), method=unit, **about),
        measured(f"data.{name}.length", summarise_lengths(words), **about),
        measured(f"data.{name}.length_histogram", histogram(words), **about),
        *_labels(split, task, about),
        measured(f"data.{name}.origin", split.origin, **about),
        measured(f"data.{name}.dropped", dict(split.dropped), **about),
    ]


def _labels(split: Split, task: Task, about: dict[str, Any]) -> list[Finding]:
    of_groups = {**about, "name": f"{task.words.by_group} in {split.name}"}
    if not split.is_labelled:
        reason = "the rows have no labels: they are predicted and not scored"
        return [not_measured(f"data.{split.name}.labels", reason=reason, **of_groups)]
    return [
        measured(f"data.{split.name}.{part}", value, **(of_groups if part == "labels" else about))
        for part, value in task.label_figures(split.labels).items()
    ]


def _tokens(split: str, lengths: Sequence[int]) -> list[Finding]:
    about: dict[str, Any] = {
        "split": split,
        "n": len(lengths),
        "method": "tokens of the base's tokenizer with special tokens, before truncation; of texts that are read "
        "apart, those of the longest",
    }
    return [
        measured(f"data.{split}.tokens", summarise_lengths(lengths), **about),
        measured(f"data.{split}.tokens_histogram", histogram(lengths), **about),
    ]
