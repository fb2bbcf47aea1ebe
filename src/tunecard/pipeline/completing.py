"""The second path: an adapter that somebody else made, its base and labelled rows to a full card. Nothing is trained.

It shares every judge with the first path (`path.py`): once an adapter is saved, who trained it makes no difference.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from peft import PeftModel

from tunecard.adapters import load_adapter
from tunecard.adapters.methods.recipes import check_recipe
from tunecard.adapters.methods.registry import learned_tokens
from tunecard.counted import counted, watched_by
from tunecard.data import DataPlan
from tunecard.data.factors import LENGTH
from tunecard.data.readers.options import AUTO
from tunecard.encoders import Encoder, load_encoder, outline_encoder
from tunecard.encoders.growing import added_parameters
from tunecard.evidence import Finding, Findings, RunFolder, not_measured
from tunecard.evidence.output_folder import check_place, staged_folder
from tunecard.examination import known_probes
from tunecard.examination.budget import budget_for
from tunecard.foreign.adapter import ForeignAdapter, base_of, read_foreign_adapter
from tunecard.foreign.files import copy_files, own_tokenizer
from tunecard.foreign.findings import foreign_adapter_findings, origin_findings, recipe_settings
from tunecard.foreign.labels import LabelledData, read_labelled
from tunecard.foreign.old_card import OldCard, card_file, read_old_card
from tunecard.foreign.training import all_traces, declared_seed, elsewhere_findings
from tunecard.foreign.watched import Watched
from tunecard.inference import take_fast_path
from tunecard.inference.loading import check_heads, heads_of
from tunecard.measurement import ResourceUsage, clocked, preparation, resource_usage, timed
from tunecard.pipeline.baselines import with_simple_things
from tunecard.pipeline.closing import Closing, close
from tunecard.pipeline.judging import SavedModel, compared_logits, judge
from tunecard.pipeline.named_suites import named_suites
from tunecard.pipeline.plans import Plans
from tunecard.pipeline.preparing import (
    PreparedRun,
    RunContext,
    describe_prepared,
    find_repeats,
    prepare_rows,
    tell_reading,
    tokenize,
)
from tunecard.pipeline.progress import SILENCE, ProgressListener
from tunecard.pipeline.resolving import length_for
from tunecard.recipe import Recipe
from tunecard.reporting.suspect_labels import no_suspect_labels
from tunecard.rows.dataset import Dataset
from tunecard.stock.warm_parent import warm_parent
from tunecard.tasks import task_for
from tunecard.tasks.alike import REFUSE
from tunecard.tasks.deciding import settings_of, with_settings

DEVICE = "cpu"  # of the scores; as in a run, all come from fp32 on the processor
COVERS = "this evaluation; hours of training are not in it"
HEADER = "What this evaluation read. The adapter was made elsewhere: `training` holds its seed, where it is told."


@dataclass(frozen=True)
class Completion:
    """What is asked for.

    Attributes:
        adapter: the folder that stock PEFT saved.
        data: a path, a Hub id, or splits by name (paths or loaded `datasets.Dataset`).
        task, base, labels, columns: as given, or None for what the files say.
        out: the folder to make.
        cluster: a column whose equal values mark rows that belong together.
        record: a further folder that tells of the training.
        watched: the training, where it was seen in this process.
        overwrite: replaces an earlier completion in `out`.
        separator, encoding: of files of rows, as a recipe has them.
        labels_alike: "refuse" labels that differ only in case, blanks or Unicode form, or "merge" them.
        suites: files of behavioural tests, as `evaluation.suites` of a recipe has them.
    """

    adapter: Path
    data: Any
    out: Path
    task: str | None = None
    base: str | None = None
    labels: Sequence[str] | None = None
    columns: Mapping[str, str] | None = None
    cluster: str | None = None
    record: Path | None = None
    watched: Watched | None = None
    overwrite: bool = False
    separator: str = AUTO
    encoding: str = AUTO
    labels_alike: str = REFUSE
    suites: Sequence[str | Mapping[str, Any]] = ()


@clocked
@warm_parent()
def complete(asked: Completion, listener: ProgressListener = SILENCE) -> RunFolder:
    """Scores, examines and measures an adapter made elsewhere, and writes a run folder with a full card.

    Returns: the folder, whole.
    Raises: TunecardError: what does not fit or is not known, told before anything is written.
    """
    began = time.perf_counter()
    check_place(asked.out, asked.adapter, overwrite=asked.overwrite)
    listener.stage("Reading adapter, data and base")
    with watched_by(listener), preparation() as preparing:
        adapter = read_foreign_adapter(asked.adapter, asked.task)
        with timed("reading the data"):
            labelled = read_labelled(adapter, _data_plan(asked), asked.labels)
        tell_reading(labelled.dataset, listener)
        card = read_old_card(card_file(adapter.folder))
        traces = all_traces(asked.adapter, card.trace, asked.record, asked.watched)
        training = elsewhere_findings(traces, asked.watched)
        prepared = find_repeats(prepare_foreign(asked, adapter, labelled, card, declared_seed(training)))
    with (
        staged_folder(asked.out, asked.adapter, overwrite=asked.overwrite) as folder,
        resource_usage(folder.checkpoints, began, DEVICE) as usage,
        watched_by(listener),
    ):
        usage.count(preparing)
        context = RunContext(prepared, folder, listener, trains=False)
        with usage.stage("baselines"):
            context = with_simple_things(context)
        model, encoder = load_foreign(adapter, prepared)
        findings = Findings(copy_files(adapter, prepared.base.id, prepared.encoder, folder))
        findings.extend([*training, *describe_prepared(prepared), *_unknown_rows(prepared)])
        is_watched = asked.watched is not None
        findings.extend(
            origin_findings(adapter, prepared.base, asked.base, labelled.declared_by, is_watched=is_watched)
        )
        findings.extend(
            foreign_adapter_findings(
                adapter, model, encoder.new_modules, prepared.plans.max_length,
                added=added_parameters(prepared.encoder.model),
            )
        )  # fmt: skip
        findings.extend(judge(context, usage, _in_front_of_judges(context, usage, model)))
        close(context, usage, findings, Closing(COVERS, HEADER, old_card=card, trained=False))
    return RunFolder(asked.out)


def check(asked: Completion) -> None:
    """Whether it can be completed, as far as that is known before anything is computed: adapter, rows, labels, base.

    Raises: TunecardError: what `complete` would say before it begins.
    """
    check_place(asked.out, asked.adapter, overwrite=asked.overwrite)
    adapter = read_foreign_adapter(asked.adapter, asked.task)
    read_labelled(adapter, _data_plan(asked), asked.labels)
    base_of(adapter, asked.base)


def prepare_foreign(
    asked: Completion, adapter: ForeignAdapter, labelled: LabelledData, card: OldCard, seed: int | None = None
) -> PreparedRun:
    """Rows under the adapter's labels as its base reads them; the recipe describes this evaluation.

    Args:
        seed: of the training, where it is known.
    """
    base, dataset = base_of(adapter, asked.base), labelled.dataset
    task = with_settings(task_for(dataset), settings_of(adapter.task))
    with timed("loading the base"):
        outline = outline_encoder(base, task.auto_class, task.labels, task.problem_type)
    encoder = replace(outline, tokenizer=own_tokenizer(adapter, base, outline))
    whole = tokenize(dataset, task, encoder)
    brought = {"new_tokens": list(base.new_tokens)} if base.new_tokens else {}
    settings = {**recipe_settings(adapter.config), **brought}
    content: dict[str, Any] = {"base_model": base.id, "adapter": settings, "card": card.declared}
    content |= {} if seed is None else {"training": {"seed": seed}}
    room = encoder.max_tokens - learned_tokens(adapter.config)
    recipe = _recipe(content, asked, dataset, length_for(whole.longest, room))
    plans = Plans(recipe)
    named_suites(plans, task)  # a file that cannot be read is told before anything is computed
    return prepare_rows(plans, task, base, whole)


def _data_plan(asked: Completion) -> DataPlan:
    return DataPlan(
        source=asked.data,
        columns=dict(asked.columns) if asked.columns else None,
        cluster=asked.cluster,
        separator=asked.separator,
        encoding=asked.encoding,
        labels_alike=asked.labels_alike,
        factors=[LENGTH, AUTO],
        needs_train=False,
    )


def _recipe(content: dict[str, Any], asked: Completion, dataset: Dataset, max_length: int) -> Recipe:
    data = {
        "source": asked.data if isinstance(asked.data, str) else dataset.name,
        "separator": asked.separator,
        "encoding": asked.encoding,
        "labels_alike": asked.labels_alike,
        "columns": dict(dataset.columns),
        "labels": list(dataset.labels),
        "max_length": max_length,
    }
    rows = len(dataset.splits["train"]) if "train" in dataset.splits else 0
    evaluation = {
        "cluster": dataset.cluster,
        "budget": budget_for(rows),
        "probes": list(known_probes()),
        "suites": list(asked.suites),
    }
    return check_recipe({**content, "task": dataset.kind, "device": DEVICE, "data": data, "evaluation": evaluation})


def load_foreign(adapter: ForeignAdapter, prepared: PreparedRun) -> tuple[PeftModel, Encoder]:
    """The adapter on its base as stock PEFT puts it there, every key accounted for; fast where that is the same."""
    task = prepared.task
    with timed("loading the base"), counted("Loading base and adapter"):
        encoder = load_encoder(prepared.base, task.auto_class, task.labels, task.problem_type, seed=0)
    with timed("reading the adapter"):
        model = load_adapter(encoder.model, adapter.folder)
    check_heads(heads_of(model), encoder, adapter.folder)
    model.requires_grad_(False)
    take_fast_path(model)
    return model, encoder


def _in_front_of_judges(context: RunContext, usage: ResourceUsage, model: PeftModel) -> SavedModel:
    context.listener.stage("Evaluating the adapter")
    with usage.stage("evaluation"), timed("prediction"):
        return SavedModel(model, compared_logits(model, context.prepared))


def _unknown_rows(prepared: PreparedRun) -> list[Finding]:
    """What the data given does not say of the rows that the adapter learned from."""
    unknown = "it was trained elsewhere, and whether it learned from the rows below nobody here knows"
    findings = [not_measured("training.data", reason=unknown)]
    if "train" not in prepared.dataset.splits:
        reason = "trained elsewhere, and the data given holds no train split"
        findings.append(not_measured("data.train.rows", split="train", reason=reason, unit=None))
    unfitted = "looked for with a probe that training fits, and a completion trains nothing"
    return [*findings, *no_suspect_labels(unfitted)]
