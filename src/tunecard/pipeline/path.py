"""The path: data to adapter to card. Read this file first; every step is a room of its own."""

from __future__ import annotations

import datetime
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunecard.adapters import save_adapter
from tunecard.data import DataPlan, Dataset, Split, describe, load_dataset
from tunecard.encoders import BaseFiles, Encoder, identify_base, load_encoder, locate_base
from tunecard.errors import DataError
from tunecard.evaluation import evaluate
from tunecard.evidence import Finding, Findings, RunFolder, measured
from tunecard.evidence.files import write_text
from tunecard.inference import predict_logits, predict_split
from tunecard.measurement import (
    Stopwatch,
    adapter_findings,
    describe_environment,
    energy_findings,
    find_meters,
    measure_prediction,
    place_findings,
    power_of_this_machine,
)
from tunecard.pipeline.comparing import write_control, write_majority
from tunecard.pipeline.declarations import declaration_findings
from tunecard.pipeline.describing import (
    adapter_setting_findings,
    base_findings,
    run_findings,
    seed_findings,
    task_findings,
    training_findings,
)
from tunecard.pipeline.folder import claim_folder
from tunecard.pipeline.fresh import compared_inputs, reload_findings, reload_with_stock, run_code
from tunecard.pipeline.learning import Ground, Trained, learn
from tunecard.pipeline.listener import Listener, Silence
from tunecard.pipeline.reloading import reload_strictly
from tunecard.pipeline.rendering import write_card
from tunecard.pipeline.resolving import Resolved, check_before_loading, resolve
from tunecard.pipeline.spending import Spending
from tunecard.recipe import Recipe, recipe_to_yaml
from tunecard.tasks import EncodedSplit, Task, task_for, truncation_findings
from tunecard.tasks.truncation import refuse_long_rows
from tunecard.training import TrainingData, watch_signals

SCORED = ("validation", "test")
UNCUT = 10**6
TIMED_ROWS = 200
TIMED_BATCH = 32


@dataclass(frozen=True)
class Prepared:
    """Everything that is known before the first step is taken."""

    resolved: Resolved
    dataset: Dataset
    task: Task
    base: BaseFiles
    encoder: Encoder
    encoded: dict[str, EncodedSplit]

    @property
    def scored(self) -> dict[str, Split]:
        """The splits that are predicted and judged."""
        return {name: split for name, split in self.dataset.splits.items() if name in SCORED}


def run(
    recipe: Recipe,
    *,
    out: Path,
    base_folder: Path = Path(),
    resume: bool = False,
    overwrite: bool = False,
    listener: Listener | None = None,
) -> RunFolder:
    """Trains, evaluates, examines and weighs by `recipe`, and writes the run folder.

    Args:
        base_folder: what relative paths in the recipe are relative to.
        resume: goes on with a run that was interrupted in `out`.
        overwrite: clears what an earlier run left in `out`.
    Raises: TunecardError: bad input (all faults at once), a machine that cannot, or an interruption.
    """
    listener = listener or Silence()
    began = time.perf_counter()
    check_before_loading(recipe)
    listener.stage("Reading data and base")
    prepared = prepare(recipe, base_folder)
    with claim_folder(out, resume=resume, overwrite=overwrite) as folder, watch_signals() as should_stop:
        spending = Spending(folder.checkpoints, began)
        with spending.kept():
            ground = _ground(prepared, folder, resume, should_stop, listener)
            with Stopwatch("training") as watch:
                trained, seeds = _learn_all_seeds(ground, prepared)
            _save(trained, prepared, folder)
            findings = Findings(_describe(prepared, trained, seeds, watch.usage.peak_memory_bytes))
            _judge(ground, prepared, trained, folder, findings, spending.add(watch.usage))
            _close(prepared, folder, findings, spending, listener)
    return folder


def prepare(recipe: Recipe, base_folder: Path) -> Prepared:
    """Reads data and base, decides every `auto`, encodes every split. Writes nothing."""
    dataset = load_dataset(data_plan(recipe, base_folder))
    task = task_for(dataset)
    base = locate_base(_relative_base(recipe.base_model, base_folder), recipe.revision)
    encoder = load_encoder(base, task.auto_class, task.labels, task.problem_type, recipe.seeds[0])
    whole = {name: task.encode(encoder.tokenizer, split, UNCUT) for name, split in dataset.splits.items()}
    longest = max(max(encoded.lengths) for encoded in whole.values())
    resolved = resolve(recipe, dataset, task, encoder, longest)
    max_length = int(resolved.recipe.data.max_length)
    encoder.tokenizer.model_max_length = max_length
    encoded = {name: task.encode(encoder.tokenizer, split, max_length) for name, split in dataset.splits.items()}
    if recipe.data.on_long == "error":
        refuse_long_rows(encoded, {name: split.rows for name, split in dataset.splits.items()}, max_length)
    if not any(dataset.splits[name].is_labelled for name in SCORED if name in dataset.splits):
        raise DataError("neither validation nor test has labels: nothing could be chosen or scored. Label one of them.")
    return Prepared(resolved, dataset, task, base, encoder, encoded)


def data_plan(recipe: Recipe, base_folder: Path) -> DataPlan:
    """The data block of a recipe as the data room's plan."""
    data = recipe.data
    return DataPlan(
        source=data.source,
        config=data.config,
        revision=data.revision,
        splits=data.splits.model_dump(),
        columns=data.columns,
        labels=data.labels,
        sample=data.sample.model_dump(),
        seed=recipe.seeds[0],
        task=recipe.task,
        factors=list(recipe.evaluation.factors),
        base_folder=base_folder,
    )


def _relative_base(name: str, base_folder: Path) -> str:
    beside = base_folder / name
    return str(beside) if beside.is_dir() else name


def _ground(prepared: Prepared, folder: RunFolder, resume: bool, should_stop: Any, listener: Listener) -> Ground:
    validation = prepared.dataset.splits["validation"]
    data = TrainingData(
        task=prepared.task,
        train=prepared.encoded["train"],
        validation=prepared.encoded["validation"],
        validation_labels=validation.labels,
        pad_token_id=int(prepared.encoder.tokenizer.pad_token_id),
    )
    return Ground(prepared.resolved.recipe, prepared.base, prepared.task, data, folder.checkpoints, resume, should_stop, listener)


def _learn_all_seeds(ground: Ground, prepared: Prepared) -> tuple[Trained, list[dict[str, Any]]]:
    """The seed that is best on validation, and every seed's scores where there are several."""
    recipe, best, records = ground.recipe, None, []
    for seed in recipe.seeds:
        ground.listener.stage(f"Training {recipe.adapter.method}" + (f", seed {seed}" if len(recipe.seeds) > 1 else ""))
        trained = learn(ground, recipe.adapter.method, seed)
        if len(recipe.seeds) > 1:
            records.append({"seed": seed, "validation": trained.result.best_score, "test": _test_score(trained, ground, prepared)})
        if best is None or (trained.result.best_score or 0) > (best.result.best_score or 0):
            best = trained
    assert best is not None  # the schema asks for at least one seed
    return best, records


def _test_score(trained: Trained, ground: Ground, prepared: Prepared) -> float | None:
    split = prepared.dataset.splits.get("test")
    if split is None or not split.is_labelled:
        return None
    predictions = predict_split(trained.model, ground.task, split, prepared.encoded["test"], ground.data.pad_token_id)
    return ground.task.score(predictions.labels, predictions.predictions)[ground.task.best_metrics[0]]


def _save(trained: Trained, prepared: Prepared, folder: RunFolder) -> None:
    model: Any = trained.model.to("cpu")
    tokenizer = trained.encoder.tokenizer
    tokenizer.model_max_length = int(prepared.resolved.recipe.data.max_length)
    save_adapter(model, tokenizer, folder, base_id=prepared.base.id, revision=prepared.base.revision)


def _describe(prepared: Prepared, trained: Trained, seeds: list[dict[str, Any]], peak_memory_bytes: int) -> list[Finding]:
    recipe = prepared.resolved.recipe
    base_parameters = sum(parameter.numel() for parameter in prepared.encoder.model.parameters())
    lengths = {name: encoded.lengths for name, encoded in prepared.encoded.items()}
    return [
        *task_findings(prepared.task, prepared.dataset),
        *base_findings(identify_base(prepared.base), prepared.encoder, base_parameters),
        *adapter_setting_findings(recipe, trained, base_parameters),
        *describe(prepared.dataset, lengths),
        *truncation_findings(prepared.encoded, int(recipe.data.max_length)),
        *training_findings(recipe, prepared.resolved.rules, trained, peak_memory_bytes),
        *seed_findings(seeds, prepared.task.best_metrics[0]),
    ]


def _judge(
    ground: Ground, prepared: Prepared, trained: Trained, folder: RunFolder, findings: Findings, spending: Spending
) -> None:
    """Scores the saved adapter, reloaded; lets stock PEFT and the card's own code do the same in fresh processes."""
    listener, recipe, task = ground.listener, ground.recipe, prepared.task
    split = "test" if "test" in prepared.encoded else "validation"
    rows = compared_inputs(prepared.encoded[split])
    code = task.snippet(prepared.base.id, prepared.base.revision, prepared.dataset.is_pair)
    listener.stage("Evaluating the saved adapter")
    with Stopwatch("evaluation") as watch:
        model = reload_strictly(folder, prepared.base, task, findings)
        expected = predict_logits(trained.model, prepared.encoded[split].take(len(rows)), ground.data.pad_token_id)
        with reload_with_stock(folder, prepared.base, task, rows) as stock, run_code(folder, prepared.base, code) as stranger:
            for name, rows_of in prepared.scored.items():
                predictions = predict_split(model, task, rows_of, prepared.encoded[name], ground.data.pad_token_id)
                folder.write_predictions(predictions, name)
            write_majority(folder, prepared.dataset, prepared.scored)
            findings.extend(reload_findings(stock.result("Loading the adapter with stock peft"), expected, task.labels))
            output = stranger.result("The get-started code")
        findings.extend(_start_findings(code, output))
        findings.extend(_timing(model, prepared, split, ground.data.pad_token_id))
        findings.extend(examine(folder, prepared))
    spending.add(watch.usage)
    for control in recipe.evaluation.controls:
        listener.stage(f"Training the control '{control}'")
        with Stopwatch("controls") as control_watch:
            write_control(folder, ground, control, prepared.scored, prepared.encoded)
        spending.add(control_watch.usage)
    findings.extend(evaluate(folder, prepared.dataset.kind, task.labels, list(prepared.scored)))


def examine(folder: RunFolder, prepared: Prepared) -> list[Finding]:
    """`examination.*` of the saved adapter against the frozen base."""
    from tunecard.adapters import read_adapter_config
    from tunecard.examination import examine_adapter

    return examine_adapter(folder.adapter_weights, read_adapter_config(folder), prepared.encoder.model.state_dict())


def _timing(model: Any, prepared: Prepared, split: str, pad_token_id: int) -> list[Finding]:
    encoded = prepared.encoded[split]

    def predict(rows: Sequence[int]) -> None:
        predict_logits(model, encoded.pick(rows), pad_token_id)

    return measure_prediction(predict, list(range(min(TIMED_ROWS, len(encoded)))), batch=TIMED_BATCH)


def _start_findings(code: str, output: str) -> list[Finding]:
    shared: dict[str, Any] = {"section": "get_started_code"}
    how = "run in a fresh process with peft and transformers alone, without network"
    return [
        measured("start.code", code, name="Code to get started", method=how, **shared),
        measured("start.output", output.rstrip("\n"), name="What it printed", method=how, **shared),
    ]


def _close(prepared: Prepared, folder: RunFolder, findings: Findings, spending: Spending, listener: Listener) -> None:
    from tunecard.card import RENDERER_VERSION

    recipe = prepared.resolved.recipe
    listener.stage("Writing the card")
    today = datetime.date.today().isoformat()
    findings.extend(adapter_findings(folder))
    findings.extend(describe_environment())
    meters, power = find_meters(recipe.device), power_of_this_machine(recipe.device)
    findings.extend(energy_findings(spending.stages, recipe.card.region, meters=meters, power=power))
    findings.extend(_protocol(recipe))
    findings.extend(declaration_findings(recipe.card, today))
    seconds = spending.seconds()
    findings.extend(
        place_findings(
            recipe.card.region, recipe.card.cloud_provider, run_seconds=seconds, declared_as=f"declared in recipe.yaml on {today}"
        )
    )
    findings.extend(run_findings(folder.path.name, today, seconds, RENDERER_VERSION))
    header = "The recipe as resolved: every default is written out. Absolute paths are cut to their last part."
    write_text(folder.recipe, recipe_to_yaml(recipe, header=header))
    write_card(folder, findings)


def _protocol(recipe: Recipe) -> list[Finding]:
    how = {
        "held-out": "the epoch is chosen on validation, the headline is scored on rows that chose nothing",
        "best-epoch-dev": "the headline is the best epoch's score on the rows that chose it, as GLUE papers report",
    }
    protocol = recipe.evaluation.protocol
    return [measured("results.protocol", protocol, section="testing_metrics", name="Protocol", method=how[protocol])]
