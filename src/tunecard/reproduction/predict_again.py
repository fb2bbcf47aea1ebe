"""The rows at hand predicted again by the saved adapter, and compared with what the folder stores."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from torch import nn

from tunecard.data import DataPlan, describe, load_dataset
from tunecard.data.factors import LENGTH
from tunecard.data.found_factors import with_rare_pieces
from tunecard.data.quality.near_duplicates import NearDuplicates, find_near_duplicates
from tunecard.data.quality.overlap import mark_overlap
from tunecard.data.readers.options import AUTO
from tunecard.encoders import BaseFiles, Encoder
from tunecard.errors import RecipeError, TunecardError
from tunecard.evidence import Findings, Predictions, RunFolder
from tunecard.evidence.comparing import disagreements, known
from tunecard.inference import predict_split
from tunecard.inference.truncation import as_asked, encode_as_asked, truncation_findings
from tunecard.pipeline.baselines import EncodedRows, base_vectors, write_baselines
from tunecard.pipeline.judging import with_unseen
from tunecard.pipeline.preparing import SCORED, tokenize
from tunecard.reproduction.author_rows import author_plan
from tunecard.reproduction.statements import statement_problems, statements_told
from tunecard.rows import doubted
from tunecard.rows.dataset import Dataset, Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks import Task
from tunecard.verification.agreement import compare_predictions
from tunecard.verification.report import Check, judged

DATA, AGAIN = "data", "predicted again"
FITTED_TOLERANCE = 0.02  # of the rows: a solver stops elsewhere on another processor
CONTAINER = {"data.source", "data.files", "data.columns", "data.reading"}  # the same rows may lie in another file


@dataclass(frozen=True)
class Rows(EncodedRows):
    """The data at hand with its near-duplicates, encoded as the run encoded it; `lengths` are before the cut, and
    `encode` does the same with any other rows."""

    base: BaseFiles
    lengths: Mapping[str, Sequence[int]]
    near: NearDuplicates
    encode: Callable[[Split], EncodedSplit]

    @property
    def pad_token_id(self) -> int:
        """The id that fills short rows."""
        return int(self.tokenizer.pad_token_id)


def read_rows(
    folder: RunFolder, reader: Encoder, base: BaseFiles, task: Task, findings: Findings, data: str | None
) -> tuple[Rows | None, Check]:
    """The rows that the run read, and whether they are the same; None with the reason where there are none.

    Args:
        reader: with the tokenizer that the folder holds: rows are read with that one.
        data: where they lie; None takes the source that recipe.yaml names, relative to the working directory.
    """
    try:
        plan = author_plan(folder, findings, data)
    except FileNotFoundError:
        return None, Check(DATA, None, "there is no recipe.yaml, which would say how to read the data")
    except RecipeError as error:
        return None, Check(DATA, None, said(error))
    try:
        dataset = load_dataset(plan)
    except TunecardError as error:
        if _is_readable(replace(plan, factors=[LENGTH], cluster=None)):
            return None, Check(DATA, False, f"the data at hand lacks columns that recipe.yaml names: {said(error)}")
        hint = "" if data else "; say where it lies with --data"
        return None, Check(DATA, None, f"no data at hand{hint}: {said(error)}")
    if tuple(dataset.labels) != tuple(task.labels):
        return None, Check(DATA, False, "other data: its labels are not those of the evidence")
    rows = _encode(dataset, reader, base, task, findings, finds_factors=AUTO in plan.factors)
    check, is_same = _check_data(rows, findings)
    return rows if is_same else None, check


def _is_readable(plan: DataPlan) -> bool:
    try:
        load_dataset(plan)
    except TunecardError:
        return False
    return True


def check_predictions_again(
    folder: RunFolder, findings: Findings, task: Task, model: nn.Module, rows: Rows | None
) -> Check:
    """The saved adapter, on the rows at hand, gives the stored labels and probabilities; so do the baselines."""
    if rows is None:
        return Check(AGAIN, None, "not done: no data, or other data")
    stored = {split for split, predictor, _ in folder.prediction_files() if predictor is None}
    scored = {name: split for name, split in rows.dataset.splits.items() if name in SCORED}
    if not stored:
        return Check(AGAIN, None, "predictions are withheld: there is nothing to compare with")
    problems = [f"predictions/{name}.parquet: the data has no such split" for name in sorted(stored - scored.keys())]
    told: list[str] = []
    covered: set[str] = set()
    for name in sorted(stored & scored.keys()):
        split = scored[name]
        again = predict_split(model, task, split, rows.encoded[name], rows.pad_token_id)
        agreement = compare_predictions(
            folder.read_predictions(name),
            with_unseen(again, split, rows.dataset),
            task.labels,
            task.scoring.may_differ,
        )
        problems += [f"predictions/{name}.parquet: {problem}" for problem in agreement.problems]
        largest = "" if agreement.largest is None else f", probabilities within {agreement.largest:.1e}"
        told.append(f"{agreement.rows} rows of {name} ({agreement.ties} ties{largest})")
        covered |= _scores_of(findings, task, name)
    problems += _baseline_problems(folder, task, rows)
    return judged(AGAIN, problems, f"the same answers for {', '.join(told)}", covered)


def _encode(
    dataset: Dataset, reader: Encoder, base: BaseFiles, task: Task, findings: Findings, *, finds_factors: bool
) -> Rows:
    whole, max_length = tokenize(dataset, task, reader), int(findings.value("model.max_length"))
    asked = findings.value("training.hyperparameters")
    on_long = asked.get("on_long") if isinstance(asked, dict) else None
    encoded = as_asked(whole.cut(max_length), task, on_long)

    def encode(rows: Split) -> EncodedSplit:
        return encode_as_asked(task, reader.tokenizer, rows, max_length, on_long)

    near = find_near_duplicates(dataset.splits)
    marked = mark_overlap(dataset, near)
    if finds_factors:
        marked = with_rare_pieces(marked, {name: split.input_ids for name, split in encoded.items()})
    return Rows(marked, encoded, reader.tokenizer, max_length, base, whole.lengths, near, encode)


def _check_data(rows: Rows, findings: Findings) -> tuple[Check, bool]:
    """Hashes first, since they say whether it is the same data at all (the second answer); then every figure."""
    max_length = int(findings.value("model.max_length"))
    again = [*describe(rows.dataset, rows.lengths, rows.near), *truncation_findings(rows.encoded, max_length)]
    expected = {f.id: f.value for f in again if f.status in ("measured", "derived") and f.id not in CONTAINER}
    hashes = {id: value for id, value in expected.items() if id.endswith(".sha256")}
    other = list(disagreements(findings, hashes, "the data at hand"))
    if other:
        return Check(DATA, False, "other data: " + "; ".join(other)), False
    problems = list(disagreements(findings, expected, "the data at hand"))
    problems += statement_problems(rows.dataset, findings)
    compared = known(findings, expected)
    passed = f"the data at hand has the recorded hashes and {len(compared)} figures{statements_told(rows.dataset)}"
    return judged(DATA, problems, passed, compared), True


def _baseline_problems(folder: RunFolder, task: Task, rows: Rows) -> list[str]:
    """Baselines learn and answer again; a fitted model may come to another answer in a few rows."""
    train = rows.dataset.splits.get("train")
    has_lesson = train is not None and train.is_labelled
    baselines = {one.name: one for one in task.baselines}
    problems = []
    with tempfile.TemporaryDirectory(prefix="tunecard-baselines-") as name:
        again = RunFolder(Path(name))
        stored = {predictor for _, predictor, _ in folder.prediction_files()}
        reads = has_lesson and any(one.reads_vectors for one in task.baselines if one.name in stored)
        write_baselines(again, task, rows.dataset.splits, base_vectors(rows.base, task, rows) if reads else {})
        for split, predictor, _ in again.prediction_files():
            path = folder.predictions(split, predictor)
            if path.is_file() and predictor is not None:
                old, new = (of.read_predictions(split, predictor) for of in (folder, again))
                allowed = FITTED_TOLERANCE if baselines[predictor].is_fitted else task.scoring.may_differ
                found = compare_predictions(_undoubted(old), new, task.labels, allowed).problems
                problems += [f"predictions/{path.name}: {problem}" for problem in found]
    return problems


def _undoubted(stored: Predictions) -> Predictions:
    """Answers without the factor of labels in doubt: the judge of those is not fitted again."""
    return replace(stored, factors={name: values for name, values in stored.factors.items() if name != doubted.FACTOR})


def _scores_of(findings: Findings, task: Task, split: str) -> set[str]:
    """Ids that rest on what the adapter and the baselines answer on a split."""
    baselines = [f"{family}.{one.name}.{split}." for one in task.baselines for family in ("baseline", "difference")]
    families = (f"results.{split}.", *baselines)
    ids = {finding.id for finding in findings if finding.id.startswith(families)}
    summary = {id for id in ("results.headline", "results.worst", "results.truncated_misses") if id in findings}
    return ids | {id for id in summary if findings[id].split == split}


def said(error: TunecardError) -> str:
    """A fault on one line."""
    return "; ".join(line.strip() for line in str(error).splitlines())
