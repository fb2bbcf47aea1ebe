"""`verify --deep`: the base hashed, the rows predicted again, stock PEFT and the get-started code run again.

Nothing is written, nothing of a README is run, and the code that runs is rendered here from findings.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from torch import nn

from tunecard.adapters import read_adapter_config
from tunecard.data import TOKEN_TASK, Dataset, Split, describe, load_dataset
from tunecard.encoders import BaseFiles, outline_encoder
from tunecard.encoders.identity import BaseIdentity, identify_base
from tunecard.errors import AdapterError, RecipeError, TunecardError
from tunecard.evaluation import entity_surfaces, mark_unseen
from tunecard.evidence import Findings, Predictions, RunFolder
from tunecard.examination import examine_adapter
from tunecard.inference import predict_logits, predict_split, take_fast_path
from tunecard.inference.adapter_folder import read_adapter_folder
from tunecard.inference.loading import find_base
from tunecard.pipeline.comparing import MAJORITY, write_majority
from tunecard.pipeline.fresh import compared_inputs, reload_findings, reload_with_stock, run_code
from tunecard.pipeline.preparing import SCORED, data_plan
from tunecard.pipeline.reloading import reload_strictly
from tunecard.tasks import TASKS, EncodedSplit, Task, truncation_findings
from tunecard.tasks.token_cache import TokenCache
from tunecard.verification.agreement import compare_predictions
from tunecard.verification.cards import start_code
from tunecard.verification.comparing import disagreements, is_equal, known
from tunecard.verification.report import Check, judged
from tunecard.verification.settings import read_recipe_strictly

BASE, DATA, AGAIN = "base", "data", "predicted again"
RELOADED, OUTPUT, SIZES = "reloaded with stock PEFT", "get-started output", "update sizes"
PRINTED_TOLERANCE = 0.015  # two decimals, one of which may fall the other way
NORM_TOLERANCE = 1e-3
UNCUT = 10**6
NUMBER = re.compile(r"\d+\.\d+")


@dataclass(frozen=True)
class _Rows:
    """The data at hand, encoded as the run encoded it, and the findings that say which columns it had."""

    dataset: Dataset
    encoded: dict[str, EncodedSplit]
    lengths: dict[str, Sequence[int]]
    pad_token_id: int


class Repetition:
    """What `--deep` asks of one folder; the base and the adapter are read once.

    Args:
        data: where the rows lie; None takes the source that recipe.yaml names.
        base: a folder or Hub id; None takes the base that the adapter names.
    """

    def __init__(self, data: str | None = None, base: str | None = None) -> None:
        self._data, self._base = data, base

    def __call__(self, folder: RunFolder, findings: Findings) -> list[Check]:
        """Six checks; what cannot be done says why and is no failure."""
        names = (DATA, AGAIN, RELOADED, OUTPUT, SIZES)
        try:
            files, identity = self._find_base(folder, findings)
        except TunecardError as error:
            return [Check(BASE, None, _said(error)), *(Check(name, None, "not done: no base") for name in names)]
        base = _check_base(identity, findings)
        if not base.ok:
            return [base, *(Check(name, None, "not done: another base") for name in names)]
        task = TASKS[str(findings.value("task.name"))](tuple(findings.value("task.labels")))
        try:
            model = reload_strictly(folder, files, task, findings).requires_grad_(False)
        except TunecardError as error:
            return [base, *(Check(name, False if name == AGAIN else None, _said(error)) for name in names)]
        sizes = _check_sizes(folder, findings, model)  # before layers are fused
        take_fast_path(model)
        rows, data = self._read_rows(folder, files, task, findings)
        return [
            base,
            data,
            _check_predictions(folder, findings, task, model, rows),
            _check_reload(folder, files, task, model, rows),
            _check_output(folder, files, findings),
            sizes,
        ]

    def _find_base(self, folder: RunFolder, findings: Findings) -> tuple[BaseFiles, BaseIdentity]:
        files = find_base(read_adapter_folder(folder.path), self._base)
        identity = identify_base(files)
        recorded = findings.value("base_model.id")
        if self._base is not None and isinstance(recorded, str):
            # A copy in any folder is the base when its weights are; the hashes are compared next.
            is_local, revision = findings.value("base_model.is_local") is True, findings.value("base_model.revision")
            files = replace(files, id=recorded, is_local=is_local, revision=revision)
        return files, identity

    def _read_rows(
        self, folder: RunFolder, files: BaseFiles, task: Task, findings: Findings
    ) -> tuple[_Rows | None, Check]:
        try:
            recipe = read_recipe_strictly(folder)
            if self._data is not None:
                recipe = recipe.model_copy(update={"data": recipe.data.model_copy(update={"source": self._data})})
            dataset = load_dataset(data_plan(recipe, Path()))
        except FileNotFoundError:
            return None, Check(DATA, None, "there is no recipe.yaml, which would say how to read the data")
        except RecipeError as error:
            return None, Check(DATA, None, _said(error))
        except TunecardError as error:
            where = "--data" if self._data else "say where it lies with --data"
            return None, Check(DATA, None, f"no data at hand ({where}): {_said(error)}")
        if tuple(dataset.labels) != tuple(task.labels):
            return None, Check(DATA, False, "other data: its labels are not those of the evidence")
        rows = _encode(dataset, files, task, int(findings.value("model.max_length")))
        return rows, _check_data(rows, findings)


def _encode(dataset: Dataset, files: BaseFiles, task: Task, max_length: int) -> _Rows:
    encoder = outline_encoder(files, task.auto_class, task.labels, task.problem_type)
    encoder.tokenizer.model_max_length = max_length
    cache = TokenCache(task, encoder.tokenizer)
    whole = {name: cache.encode(split, UNCUT) for name, split in dataset.splits.items()}
    encoded = {name: cache.cut(whole[name], split, max_length) for name, split in dataset.splits.items()}
    lengths = {name: rows.lengths for name, rows in whole.items()}
    return _Rows(dataset, encoded, lengths, int(encoder.tokenizer.pad_token_id))


def _check_base(identity: BaseIdentity, findings: Findings) -> Check:
    expected = {
        "base_model.weights_sha256": identity.weights_sha256,
        "base_model.config_sha256": identity.config_sha256,
    }
    problems = list(disagreements(findings, expected, "the base at hand"))
    compared = known(findings, expected)
    if not compared:
        return Check(BASE, None, "the evidence holds no hashes of the base")
    return judged(BASE, problems, f"weights and config of {identity.id} have the recorded hashes", compared)


def _check_data(rows: _Rows, findings: Findings) -> Check:
    """Hashes first, since they say whether it is the same data at all; then every figure about it."""
    max_length = int(findings.value("model.max_length"))
    again = [*describe(rows.dataset, rows.lengths), *truncation_findings(rows.encoded, max_length)]
    expected = {f.id: f.value for f in again if f.status in ("measured", "derived") and f.id != "data.source"}
    hashes = {id: value for id, value in expected.items() if id.endswith(".sha256")}
    other = list(disagreements(findings, hashes, "the data at hand"))
    if other:
        return Check(DATA, False, "other data: " + "; ".join(other))
    problems = list(disagreements(findings, expected, "the data at hand"))
    compared = known(findings, expected)
    return judged(DATA, problems, f"the data at hand has the recorded hashes and {len(compared)} figures", compared)


def _check_predictions(
    folder: RunFolder, findings: Findings, task: Task, model: nn.Module, rows: _Rows | None
) -> Check:
    if rows is None:
        return Check(AGAIN, None, "not done: no data")
    stored = {split for split, predictor, _ in folder.prediction_files() if predictor is None}
    scored = {name: split for name, split in rows.dataset.splits.items() if name in SCORED}
    if not stored:
        return Check(AGAIN, None, "predictions are withheld: there is nothing to compare with")
    problems = [f"predictions/{name}.parquet: the data has no such split" for name in sorted(stored - scored.keys())]
    said, covered = [], set()
    for name in sorted(stored & scored.keys()):
        split = scored[name]
        again = predict_split(model, task, split, rows.encoded[name], rows.pad_token_id)
        agreement = compare_predictions(folder.read_predictions(name), _with_unseen(again, split, rows), task.labels)
        problems += [f"predictions/{name}.parquet: {problem}" for problem in agreement.problems]
        largest = "" if agreement.largest is None else f", probabilities within {agreement.largest:.1e}"
        said.append(f"{agreement.rows} rows of {name} ({agreement.ties} ties{largest})")
        covered |= _scores_of(findings, name)
    problems += _majority_problems(folder, rows.dataset, {name: scored[name] for name in stored & scored.keys()})
    return judged(AGAIN, problems, f"the same answers for {', '.join(said)}", covered)


def _with_unseen(predictions: Predictions, split: Split, rows: _Rows) -> Predictions:
    train = rows.dataset.splits.get("train")
    if rows.dataset.kind != TOKEN_TASK or train is None or not split.is_labelled:
        return predictions
    surfaces = entity_surfaces(train.inputs["tokens"], train.labels)
    return replace(predictions, unseen=mark_unseen(surfaces, split.inputs["tokens"], split.labels))


def _majority_problems(folder: RunFolder, dataset: Dataset, splits: dict[str, Split]) -> list[str]:
    if "train" not in dataset.splits:
        return []
    problems = []
    with tempfile.TemporaryDirectory(prefix="tunecard-majority-") as name:
        again = RunFolder(Path(name))
        write_majority(again, dataset, splits)
        for split in splits:
            path = folder.predictions(split, MAJORITY)
            if path.is_file():
                stored = folder.read_predictions(split, MAJORITY)
                agreement = compare_predictions(stored, again.read_predictions(split, MAJORITY), dataset.labels)
                problems += [f"predictions/{path.name}: {problem}" for problem in agreement.problems]
    return problems


def _scores_of(findings: Findings, split: str) -> set[str]:
    """Ids that rest on what the adapter and the majority baseline answer on a split."""
    families = (f"results.{split}.", f"baseline.{MAJORITY}.{split}.", f"difference.{MAJORITY}.{split}.")
    ids = {finding.id for finding in findings if finding.id.startswith(families)}
    summary = {id for id in ("results.headline", "results.worst", "results.truncated_misses") if id in findings}
    return ids | {id for id in summary if findings[id].split == split}


def _check_reload(folder: RunFolder, files: BaseFiles, task: Task, model: nn.Module, rows: _Rows | None) -> Check:
    if rows is None:
        return Check(RELOADED, None, "not done: no data")
    split = next((name for name in ("test", "validation") if name in rows.encoded), "train")
    inputs = compared_inputs(rows.encoded[split])
    expected = predict_logits(model, rows.encoded[split].take(len(inputs)), rows.pad_token_id)
    try:
        with reload_with_stock(folder, files, task, inputs) as stock:
            printed = stock.result("Loading the adapter with stock peft")
        found = {finding.id: finding for finding in reload_findings(printed, expected, task.labels)}
    except AdapterError as error:
        return Check(RELOADED, False, _said(error))
    difference = found["reload.max_logit_difference"].value
    detail = f"the same logits to {difference:.1e} for {len(inputs)} rows in a fresh process"
    return Check(RELOADED, True, detail, covered=frozenset({"reload.max_logit_difference", "reload.label_agreement"}))


def _check_output(folder: RunFolder, files: BaseFiles, findings: Findings) -> Check:
    code, recorded = start_code(findings), findings.value("start.output")
    if code is None:
        return Check(OUTPUT, None, "not run: `start.code` is missing or not tunecard's own text")
    try:
        with run_code(folder, files, code) as process:
            printed = process.result("The get-started code")
    except AdapterError as error:
        return Check(OUTPUT, False, _said(error))
    if not isinstance(recorded, str):
        return Check(OUTPUT, None, "it runs; what it printed at first is not recorded")
    problems = [] if _prints_same(recorded, printed) else ["it prints something else than `start.output`"]
    return judged(OUTPUT, problems, "the code runs and prints what is recorded", {"start.output"})


def _prints_same(recorded: str, printed: str) -> bool:
    """Whether two outputs are the same but for the last decimals."""
    if NUMBER.split(recorded.rstrip()) != NUMBER.split(printed.rstrip()):
        return False
    pairs = zip(NUMBER.findall(recorded), NUMBER.findall(printed), strict=True)
    return all(abs(float(a) - float(b)) <= PRINTED_TOLERANCE for a, b in pairs)


def _check_sizes(folder: RunFolder, findings: Findings, model: nn.Module) -> Check:
    recorded = findings.value("examination.update_norms")
    if recorded is None:
        return Check(SIZES, None, "no sizes of updates are recorded")
    try:
        again = examine_adapter(folder.adapter_weights, read_adapter_config(folder), model.state_dict())
    except AdapterError as error:
        return Check(SIZES, False, _said(error))
    expected: dict[str, Any] = {finding.id: finding.value for finding in again if finding.value is not None}
    numbers = {id: value for id, value in expected.items() if not isinstance(value, str)}
    problems = [
        f"{id} is not what the adapter and the base give"
        for id, value in known(findings, numbers).items()
        if not is_equal(findings.value(id), value, NORM_TOLERANCE)
    ]
    problems += disagreements(findings, {id: v for id, v in expected.items() if isinstance(v, str)}, "the adapter")
    return judged(SIZES, problems, f"{len(recorded)} updates have the recorded sizes", known(findings, expected))


def _said(error: TunecardError) -> str:
    return "; ".join(line.strip() for line in str(error).splitlines())
