"""The path: data to adapter to card. Read this file first; every step is a room of its own.

A row is read, checked and encoded once; it is learned from if it is a training row, predicted if it is another. A key
of the recipe goes into the plan of one step. A finding is made by the step that saw it, and the card quotes it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from tunecard.adapters.earlier import find_earlier
from tunecard.counted import watched_by
from tunecard.data import load_dataset
from tunecard.encoders import locate_base, outline_encoder
from tunecard.encoders.new_tokens import with_new_tokens
from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.disk_faults import resumable
from tunecard.evidence.output_folder import claim_folder
from tunecard.measurement import (
    WHOLE_RUN,
    ClosingClock,
    attempts_finding,
    clocked,
    preparation,
    resource_usage,
    timed,
)
from tunecard.pipeline.baselines import with_simple_things
from tunecard.pipeline.choosing_layers import with_layers
from tunecard.pipeline.closing import Closing, close
from tunecard.pipeline.in_ranks import follow, led, without_others
from tunecard.pipeline.judging import judge, load_saved
from tunecard.pipeline.kept import NOTHING, Kept, key_of_rows
from tunecard.pipeline.layer_trial import with_chosen_layers
from tunecard.pipeline.named_rows import check_named
from tunecard.pipeline.plans import Plans
from tunecard.pipeline.preparing import (
    PreparedRun,
    RunContext,
    describe_prepared,
    find_repeats,
    prepare_rows,
    scored_rows,
    starting_point,
    tell_reading,
    tokenize,
)
from tunecard.pipeline.progress import SILENCE, AfterEpoch, ProgressListener, goes_on
from tunecard.pipeline.resuming import hold_to_recipe, keep_recipe
from tunecard.pipeline.seeds import train_seeds
from tunecard.pipeline.trained import describe_training, save_trained, with_tuned_task
from tunecard.ranks import own_place
from tunecard.recipe import Recipe
from tunecard.reporting.citation import read_cited
from tunecard.reporting.targets import target_findings
from tunecard.stock.warm_parent import await_warm_parent, warm_parent
from tunecard.tasks import task_for
from tunecard.training import watch_signals

HEADER = "The recipe as resolved: every default is written out. Absolute paths are cut to their last part."


@clocked
@warm_parent()
def run(  # noqa: PLR0913 - what is asked, where, and how to go about what is there
    recipe: Recipe,
    *,
    out: Path,
    base_folder: Path = Path(),
    data: Mapping[str, Any] | None = None,
    hides_test: bool = False,
    drawn_by: int | None = None,
    resume: bool = False,
    overwrite: bool = False,
    after_epoch: AfterEpoch = goes_on,
    kept: Kept = NOTHING,
    listener: ProgressListener = SILENCE,
) -> RunFolder:
    """Trains, evaluates, examines and measures by `recipe`, and writes the run folder.

    Args:
        recipe: what is asked.
        out: the folder to make.
        base_folder: what relative paths in the recipe are relative to.
        data: splits by name, already loaded, in the place of `data.source`.
        hides_test: leaves the test rows out, so that whoever compares runs chooses nothing by them; validation leads.
        drawn_by: seed that draws samples and missing splits, in the place of the recipe's.
        resume: goes on with a run that was interrupted in `out`.
        overwrite: clears what an earlier run left in `out`.
        after_epoch: hears the epochs of a run that makes one training; what it raises ends the run, which may be gone
            on with.
        kept: what earlier runs of this process prepared; nothing that came out of it differs.
        listener: hears stages, epochs and all that is counted.
    Returns: the folder, whole; in another process than the first of several (torchrun), as it is when that one has
        trained.
    Raises: TunecardError: bad input (all faults at once), a machine that cannot, or an interruption.
    """
    began, plans = time.perf_counter(), Plans(recipe, base_folder, drawn_by=drawn_by)
    plans.check()
    cited = read_cited(plans.card, base_folder)
    place = own_place()
    if not place.is_first:
        follow(place, plans, partial(prepare, plans, data, hides_test=hides_test), RunFolder(out))
        return RunFolder(out)
    listener.stage("Reading data and base")
    with led(place, plans) as ranks:
        with watched_by(listener), preparation() as preparing:
            prepared = find_repeats(prepare(plans, data, listener, hides_test=hides_test, kept=kept))
        with (
            claim_folder(out, resume=resume, overwrite=overwrite) as folder,
            resumable(folder.path),
            watch_signals() as stop,
            resource_usage(folder.checkpoints, began, prepared.plans.device) as usage,
            watched_by(listener),
        ):
            usage.count(preparing)
            hold_to_recipe(folder, prepared.plans.recipe, prepared.start_sha256)
            context = RunContext(
                prepared, folder, listener, resume, stop, ranks=ranks, after_epoch=after_epoch, kept=kept
            )
            with usage.stage("baselines"):
                context = with_simple_things(context)
            with timed("stock checks"):
                await_warm_parent()  # it imports in the background, and not while steps are timed
            with usage.stage("training") as training:
                keep_recipe(folder, prepared.plans.recipe, prepared.start_sha256)
                context = with_layers(with_chosen_layers(context))
                trained = train_seeds(context)
                context = without_others(context)  # what comes needs one process
            context = with_tuned_task(context, trained.shipped)
            closing = ClosingClock()
            with timed("saving the adapter"):
                save_trained(trained.shipped, context)  # from here on only what was saved is asked
            findings = Findings(describe_prepared(context.prepared))
            findings.extend(describe_training(trained, context, training.usage.peak_memory_bytes))
            findings.add(attempts_finding(usage.failed_attempts))
            saved = load_saved(context, usage, trained.shipped, findings)
            findings.extend(judge(context, usage, saved))
            findings.extend(target_findings(plans.targets, findings))
            closed = close(context, usage, findings, Closing(WHOLE_RUN, HEADER, cited))
            closing.remember(usage, prepared.plans.device, prepared.scored_tokens)
            return closed


def prepare(
    plans: Plans,
    data: Mapping[str, Any] | None = None,
    listener: ProgressListener = SILENCE,
    *,
    hides_test: bool = False,
    kept: Kept = NOTHING,
) -> PreparedRun:
    """Reads data and base, decides every `auto`, encodes every split. Writes nothing.

    Args:
        data: splits by name, already loaded, in the place of `data.source`.
        listener: hears what was found and done in reading them.
        hides_test: leaves the test rows out.
        kept: what earlier runs of this process read.
    Raises: TunecardError: rows, base or recipe that cannot be; all faults of each at once.
    """
    with timed("reading the data"):
        plan = plans.data(data)
        dataset = kept.get("rows", key_of_rows(plan, data), lambda: load_dataset(plan))  # checked, missing splits made
    if hides_test:
        dataset = replace(dataset, splits={name: rows for name, rows in dataset.splits.items() if name != "test"})
    tell_reading(dataset, listener)
    task = task_for(dataset)
    check_named(plans, task, scored_rows(dataset))
    earlier = None if plans.start_from is None else find_earlier(plans.start_from, plans.base_folder)
    with timed("loading the base"):
        base = with_new_tokens(locate_base(*plans.base), plans.new_tokens)
        encoder = outline_encoder(base, task.auto_class, task.labels, task.problem_type)
    whole = tokenize(dataset, task, encoder)
    plans = plans.resolve(dataset, task, encoder, whole.longest, earlier)  # every `auto` a value
    start = starting_point(plans, task, base, encoder, earlier)
    return replace(prepare_rows(plans, task, base, whole), start=start)
