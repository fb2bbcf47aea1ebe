"""The path: data to adapter to card. Read this file first; every step is a room of its own."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tunecard.adapters import save_adapter
from tunecard.card import RENDERER_VERSION
from tunecard.data import describe
from tunecard.encoders import identify_base
from tunecard.evidence import Finding, Findings, RunFolder, measured
from tunecard.evidence.declaring import declared_method
from tunecard.evidence.files import write_text
from tunecard.evidence.output_folder import claim_folder
from tunecard.inference import predict_split
from tunecard.inference.truncation import truncation_findings
from tunecard.measurement import attempts_finding, find_meters, place_findings
from tunecard.measurement.spending import Spending
from tunecard.pipeline.judging import judge
from tunecard.pipeline.learning import Ground, learn, learn_together
from tunecard.pipeline.precision import tell_if_slow
from tunecard.pipeline.preparing import Prepared, find_repeats, prepare
from tunecard.pipeline.progress import Listener, Silence
from tunecard.pipeline.rendering import write_card
from tunecard.pipeline.resolving import check_before_loading
from tunecard.pipeline.weighing import weigh
from tunecard.recipe import Recipe, recipe_to_yaml
from tunecard.reporting.citation import CitedBy, citation_findings, read_cited
from tunecard.reporting.declarations import declaration_findings, for_adapter_finding
from tunecard.reporting.run import (
    adapter_setting_findings,
    base_findings,
    run_findings,
    task_findings,
)
from tunecard.reporting.suspect_labels import suspect_label_findings
from tunecard.reporting.training import seed_findings, training_findings
from tunecard.training import watch_signals
from tunecard.training.result import Trained


def run(  # noqa: PLR0913 - what is asked, where, and how to go about what is there
    recipe: Recipe,
    *,
    out: Path,
    base_folder: Path = Path(),
    data: Mapping[str, Any] | None = None,
    resume: bool = False,
    overwrite: bool = False,
    listener: Listener | None = None,
) -> RunFolder:
    """Trains, evaluates, examines and weighs by `recipe`, and writes the run folder.

    Args:
        base_folder: what relative paths in the recipe are relative to.
        data: splits by name, already loaded, in the place of `data.source`.
        resume: goes on with a run that was interrupted in `out`.
        overwrite: clears what an earlier run left in `out`.
    Raises: TunecardError: bad input (all faults at once), a machine that cannot, or an interruption.
    """
    listener = listener or Silence()
    began = time.perf_counter()
    check_before_loading(recipe)
    cited = read_cited(recipe.card, base_folder)
    listener.stage("Reading data and base")
    prepared = find_repeats(prepare(recipe, base_folder, data), listener)
    with claim_folder(out, resume=resume, overwrite=overwrite) as folder, watch_signals() as should_stop:
        spending = Spending(folder.checkpoints, began, find_meters(prepared.resolved.recipe.device))
        with spending.kept():
            ground = _ground(prepared, folder, resume, should_stop, listener)
            with spending.stage("training") as stage:
                trained, seeds = _learn_all_seeds(ground, prepared)
            _save(trained, prepared, folder)
            findings = Findings(_describe(prepared, trained, seeds, stage.usage.peak_memory_bytes))
            findings.extend(suspect_label_findings(trained, prepared.dataset, prepared.encoded["train"], listener.note))
            judge(ground, prepared, trained, folder, findings, spending)
            _close(prepared, cited, folder, findings, spending, listener)
    return folder


def _ground(
    prepared: Prepared, folder: RunFolder, resume: bool, should_stop: Callable[[], bool], listener: Listener
) -> Ground:
    recipe, data = prepared.resolved.recipe, prepared.training_data
    slow = tell_if_slow(recipe.training.precision, recipe.device)
    if slow:
        listener.note(slow)
    return Ground(recipe, prepared.base, prepared.task, data, folder.checkpoints, resume, should_stop, listener)


def _learn_all_seeds(ground: Ground, prepared: Prepared) -> tuple[Trained, list[dict[str, Any]]]:
    """The seed that is best on validation, and every seed's scores where there are several."""
    recipe, method = ground.recipe, ground.recipe.adapter.method
    if len(recipe.seeds) == 1:
        ground.begin(f"Training {method}")
        return learn(ground, method, recipe.seeds[0]), []
    ground.begin(f"Training {method}, seeds {', '.join(map(str, recipe.seeds))}")
    all_seeds = learn_together(ground, method, recipe.seeds)
    records = [
        {
            "seed": trained.seed,
            "validation": trained.result.best_score,
            "test": _test_score(trained, ground, prepared),
        }
        for trained in all_seeds
    ]
    return max(all_seeds, key=lambda trained: trained.result.best_score or 0), records


def _test_score(trained: Trained, ground: Ground, prepared: Prepared) -> float | None:
    split = prepared.dataset.splits.get("test")
    if split is None or not split.is_labelled:
        return None
    predictions = predict_split(trained.model, ground.task, split, prepared.encoded["test"], ground.data.pad_token_id)
    return ground.task.scoring.score(predictions.labels, predictions.predictions)[ground.task.best_metrics[0]]


def _save(trained: Trained, prepared: Prepared, folder: RunFolder) -> None:
    model: Any = trained.model.to("cpu")
    tokenizer = trained.encoder.tokenizer
    tokenizer.model_max_length = int(prepared.resolved.recipe.data.max_length)
    save_adapter(model, tokenizer, folder, base_id=prepared.base.id, revision=prepared.base.revision)


def _describe(
    prepared: Prepared, trained: Trained, seeds: list[dict[str, Any]], peak_memory_bytes: int
) -> list[Finding]:
    recipe = prepared.resolved.recipe
    base_parameters = sum(parameter.numel() for parameter in prepared.encoder.model.parameters())
    return [
        *task_findings(prepared.task, prepared.dataset),
        *base_findings(identify_base(prepared.base), prepared.encoder, base_parameters),
        *adapter_setting_findings(recipe, trained, base_parameters),
        *describe(prepared.dataset, prepared.lengths, prepared.near),
        *truncation_findings(prepared.encoded, int(recipe.data.max_length)),
        *training_findings(recipe, prepared.resolved.rules, trained, peak_memory_bytes),
        *seed_findings(seeds, prepared.task.best_metrics[0]),
    ]


def _close(
    prepared: Prepared,
    cited: CitedBy | None,
    folder: RunFolder,
    findings: Findings,
    spending: Spending,
    listener: Listener,
) -> None:
    recipe = prepared.resolved.recipe
    listener.stage("Writing the card")
    today = datetime.date.today().isoformat()
    findings.extend(weigh(folder, recipe.device, spending, recipe.card.region))
    findings.add(attempts_finding(spending.failed_attempts))
    findings.extend(_protocol(recipe))
    findings.extend(declaration_findings(recipe.card, today))
    findings.add(for_adapter_finding(str(findings["adapter.sha256"].value)))
    seconds = spending.seconds()
    findings.extend(
        place_findings(
            recipe.card.region,
            recipe.card.cloud_provider,
            run_seconds=seconds,
            declared_as=declared_method(recipe.card.declared_by, recipe.card.declared_on or today),
        )
    )
    findings.extend(run_findings(folder.path.name, today, seconds, RENDERER_VERSION))
    findings.extend(citation_findings(findings, cited))
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
