"""`tunecard evaluate`: own rows through a saved adapter, scored as a run scores its test, beside the author's.

Nothing of the run folder changes: what is found goes to `evaluations/<name>/`, which its manifest does not cover.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tunecard.card import render_eval_records, write_eval_records
from tunecard.card.comparison import comparison_page
from tunecard.card.facts import scored_split
from tunecard.counted import counted, watched_by
from tunecard.data import describe
from tunecard.data.quality.near_duplicates import find_near_duplicates
from tunecard.data.quality.overlap import mark_overlap, repetition_findings
from tunecard.data.quality.repeated_rows import row_keys
from tunecard.errors import DataError, MachineError
from tunecard.evaluation import evaluate as judge
from tunecard.evaluation.beside_author import beside_author, recorded_beside
from tunecard.evidence import Finding, Findings, Predictions, RunFolder, measured, not_measured
from tunecard.evidence.evaluation_folder import ROWS, choose_place, staged_evaluation
from tunecard.evidence.files import sha256_of, write_text
from tunecard.evidence.finding import Source
from tunecard.evidence.ledger import EVIDENCE
from tunecard.inference import Predictor, load, predict_split
from tunecard.inference.adapter_folder import read_adapter_folder
from tunecard.inference.token_cache import TokenCache
from tunecard.inference.truncation import as_asked, truncation_findings
from tunecard.measurement.environment import describe_environment
from tunecard.pipeline.judging import with_unseen
from tunecard.pipeline.preparing import NO_TRUNCATION
from tunecard.pipeline.progress import SILENCE, ProgressListener
from tunecard.reporting.run import task_findings
from tunecard.reproduction.author_rows import read_author_rows
from tunecard.reproduction.evaluated import Evaluation
from tunecard.reproduction.own_rows import OwnRows, read_own_rows
from tunecard.rows.counting import content_sha256
from tunecard.rows.dataset import Dataset, Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.verification.agreement import compare_predictions
from tunecard.version import __version__

AGAIN = "again"  # what the stage once more on the author's own rows is called


@dataclass(frozen=True)
class Asked:
    """What is asked for.

    Attributes:
        folder: of a run.
        rows: the reader's rows; None for the author's own, as recipe.yaml names them.
        name: of the evaluation; None takes the data's.
        overwrite: replaces an earlier evaluation of that name.
        base, device, precision: as `tunecard.load` takes them.
    """

    folder: Path
    rows: OwnRows | None = None
    name: str | None = None
    overwrite: bool = False
    base: str | None = None
    device: str = "auto"
    precision: str = "fp32"


@dataclass(frozen=True)
class _Rows:
    """The rows that are scored, and what of the author's is at hand.

    Attributes:
        dataset: one split, `test`.
        author: the author's splits with the recorded rows, by name; `gap` says why there are none.
        split: which of the author's splits leads.
        is_same: the rows are those of that split.
    """

    dataset: Dataset
    split: str
    is_same: bool
    author: Mapping[str, Split] = field(default_factory=dict)
    gap: str = ""

    @property
    def scored(self) -> Split:
        """The rows."""
        return self.dataset.splits[ROWS]


def evaluate(asked: Asked, listener: ProgressListener = SILENCE) -> Evaluation:
    """Predicts and scores the rows, compares with what the run folder says, and writes the evaluation.

    Returns: what was found, and where it lies.
    Raises: TunecardError: rows, labels, base or folder that do not fit, told before anything is written.
    """
    folder = RunFolder(asked.folder)
    author = folder.read_findings()
    if asked.name is not None:
        _place(asked, folder, asked.name)  # a name that is taken is told before rows are read
    facts = read_adapter_folder(folder.path)
    with watched_by(listener):
        listener.stage("Reading rows")
        rows = _read(asked, folder, author, facts.columns)
        place = _place(asked, folder, rows.dataset.name)
        for note in rows.dataset.notes:
            listener.note(note)
        listener.stage("Reading base and adapter")
        with counted("Loading base and adapter"):
            predictor = load(folder.path, asked.base, asked.device, asked.precision)
        listener.stage("Evaluating the saved adapter")
        rows, described = _described(rows)
        encoded, lengths = _encoded(predictor, rows.scored, author)
        predictions = _predicted(predictor, rows, encoded)
        with staged_evaluation(place) as made:
            made.write_predictions(predictions, ROWS)
            scores = Findings(judge(made, predictor.engine.task, [ROWS]))
            beside = beside_author(
                scores, author, rows.split, predictor.engine.task.scoring, same_rows=rows.is_same
            )  # fmt: skip
            source = Source(file=f"../../{EVIDENCE}", sha256=sha256_of(folder.evidence))
            findings = Findings([
                *_about(predictor, rows, folder, author),
                *describe(rows.dataset, {ROWS: lengths}, find_near_duplicates(rows.dataset.splits)),
                *truncation_findings({ROWS: encoded}, predictor.engine.max_length),
                *described,
                *_same_answers(folder, rows, predictions, predictor),
                *scores,
                *recorded_beside(beside.author, source),
                *beside.differences,
            ])  # fmt: skip
            made.write_findings(findings)
            write_text(made.comparison, comparison_page(findings))
            write_eval_records(made, render_eval_records(findings, predictions, author))
    return Evaluation(place, rows.dataset.name, rows.split, findings, list(scores), beside)


def _place(asked: Asked, folder: RunFolder, data: str) -> Path:
    if not os.access(folder.path, os.W_OK):
        raise MachineError(
            "nothing may be written here, and an evaluation is kept in the run folder. Copy it to where you may write.",
            place=str(folder.path),
        )
    return choose_place(folder, AGAIN if asked.rows is None else data, asked.name, overwrite=asked.overwrite)


def _read(asked: Asked, folder: RunFolder, author: Findings, columns: Mapping[str, str]) -> _Rows:
    split = scored_split(author)
    if asked.rows is None:
        return _authors_own(folder, author, split)
    dataset = read_own_rows(asked.rows, read_adapter_folder(folder.path).task, columns)
    is_same = content_sha256(dataset.splits[ROWS]) == author.value(f"data.{split}.sha256")
    try:
        at_hand = read_author_rows(folder, author, fetches=False).splits
    except DataError as error:
        return _Rows(dataset, split, is_same, gap="; ".join(error.problems))
    return _Rows(dataset, split, is_same, at_hand)


def _authors_own(folder: RunFolder, author: Findings, split: str) -> _Rows:
    """The rows that the author scored. Raises: DataError: they are not at hand, with what to type."""
    line = f"Say which rows: tunecard evaluate {folder.path} --data ROWS"
    try:
        dataset = read_author_rows(folder, author, fetches=True)
    except DataError as error:
        raise DataError(f"{'; '.join(error.problems)}. {line}", place=str(folder.path)) from error
    if split not in dataset.splits:
        raise DataError(f"the rows of {split} at hand are not those that the author scored. {line}")
    own = replace(dataset.splits[split], name=ROWS)
    return _Rows(replace(dataset, splits={ROWS: own}), split, is_same=True, author=dataset.splits)


def _described(rows: _Rows) -> tuple[_Rows, list[Finding]]:
    """The rows with the factor `overlap` where the author's training rows are at hand; which of them repeat those."""
    train = rows.author.get("train")
    if train is None:
        reason = (
            f"{rows.gap or 'the training rows are not among the data at hand'}: whether any was learned from is open"
        )
        gaps = ("data.overlap.train.test", "data.near_overlap.train.test")
        return rows, [*(not_measured(id, reason=reason, split=ROWS) for id in gaps), *_shared(rows)]
    both = replace(rows.dataset, splits={"train": train, ROWS: rows.scored})
    near = find_near_duplicates(both.splits)
    marked = mark_overlap(both, near).splits[ROWS]
    repeated = [one for one in repetition_findings(both, near) if one.id.endswith(f"overlap.train.{ROWS}")]
    return replace(rows, dataset=replace(rows.dataset, splits={ROWS: marked})), [*repeated, *_shared(rows)]


def _shared(rows: _Rows) -> list[Finding]:
    """How many rows are also among those that the author scored: to that extent the two sets are no two draws."""
    theirs, about = rows.author.get(rows.split), {"n": len(rows.scored), "split": ROWS}
    if rows.is_same or theirs is None:
        value = len(rows.scored) if rows.is_same else None
        reason = rows.gap or f"the author's rows of {rows.split} are not among the data at hand"
        if value is None:
            return [not_measured("author.shared_rows", reason=reason, **about)]
        return [measured("author.shared_rows", value, method="the sha256 of both is the same", **about)]
    known = set(row_keys(theirs))
    count = sum(key in known for key in row_keys(rows.scored))
    return [measured("author.shared_rows", count, method="equal text, case and white space aside", **about)]


def _encoded(predictor: Predictor, split: Split, author: Findings) -> tuple[EncodedSplit, Sequence[int]]:
    """The rows as the run reads its own, and how many tokens each has before any is cut."""
    engine = predictor.engine
    cache = TokenCache(engine.task, engine.tokenizer)
    whole = cache.encode(split, NO_TRUNCATION)
    engine.tokenizer.model_max_length = engine.max_length
    settings = author.value("training.hyperparameters")
    on_long = settings.get("on_long") if isinstance(settings, dict) else None
    cut = {ROWS: cache.cut(whole, split, engine.max_length)}
    return as_asked(cut, engine.task, on_long)[ROWS], whole.lengths


def _predicted(predictor: Predictor, rows: _Rows, encoded: EncodedSplit) -> Predictions:
    engine = predictor.engine
    found = predict_split(engine.model, engine.task, rows.scored, encoded, int(engine.tokenizer.pad_token_id))
    train = rows.author.get("train")
    if train is None:
        return found
    return with_unseen(found, rows.scored, replace(rows.dataset, splits={"train": train, ROWS: rows.scored}))


def _same_answers(
    folder: RunFolder, rows: _Rows, predictions: Predictions, predictor: Predictor
) -> list[Finding]:  # fmt: skip
    """How many of the author's own rows are answered otherwise now; nothing for other rows."""
    if not rows.is_same:
        return []
    id, about = "author.changed_answers", {"split": ROWS}
    if not folder.predictions(rows.split).is_file():
        return [not_measured(id, reason="the author's predictions are withheld", **about)]
    stored = folder.read_predictions(rows.split)
    task = predictor.engine.task
    agreement = compare_predictions(stored, predictions, task.labels, task.scoring.may_differ)
    how = f"beyond {agreement.ties} whose two answers are equally likely within the tolerance"
    return [measured(id, agreement.others, n=agreement.rows, method=how, **about)]


def _about(predictor: Predictor, rows: _Rows, folder: RunFolder, author: Findings) -> list[Finding]:
    """What was asked, by what, and where it was computed."""
    kept = (
        "adapter.title",
        "adapter.origin",
        "training.data",
        "base_model.id",
        "base_model.weights_sha256",
        "model.max_length",
    )
    return [
        *task_findings(predictor.engine.task, rows.dataset),
        *(one for id in kept if (one := author.get(id)) is not None),
        measured("adapter.sha256", sha256_of(folder.adapter_weights)),
        measured("author.same_rows", rows.is_same, method="by the sha256 of the rows and labels"),
        measured("run.date", datetime.date.today().isoformat()),
        measured("run.tunecard_version", __version__),
        *describe_environment(),
    ]
