"""The second path: an adapter that somebody else made, its base and labelled rows to a full card. Nothing is trained.

It shares every judge with the first path (`path.py`): once an adapter is saved, who trained it makes no difference.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from peft import PeftModel
from torch import nn

from tunecard.adapters import load_adapter
from tunecard.adapters.loading import is_prompt_learning
from tunecard.card import RENDERER_VERSION
from tunecard.data import describe
from tunecard.encoders import Encoder, identify_base, load_encoder, outline_encoder
from tunecard.evaluation import evaluate
from tunecard.evidence import Finding, Findings, RunFolder, not_measured
from tunecard.evidence.files import write_text
from tunecard.evidence.output_folder import check_place, staged_folder
from tunecard.foreign.adapter import Adopted, adopt, base_of, facts_of
from tunecard.foreign.files import copy_files, own_tokenizer
from tunecard.foreign.findings import foreign_adapter_findings, origin_findings, recipe_settings
from tunecard.foreign.labels import Named, read_named
from tunecard.foreign.old_card import SAID_BY, OldCard, card_file, inherited_findings, read_old_card
from tunecard.foreign.training import all_traces, declared_seed, elsewhere_findings
from tunecard.inference import take_fast_path
from tunecard.inference.loading import check_heads
from tunecard.inference.truncation import truncation_findings
from tunecard.measurement import find_meters, place_findings
from tunecard.measurement.spending import Spending
from tunecard.pipeline.judging import compared_logits, judge_saved
from tunecard.pipeline.preparing import Prepared, encode, find_repeats
from tunecard.pipeline.progress import Listener, Silence
from tunecard.pipeline.rendering import write_card
from tunecard.pipeline.resolving import Resolved, length_for
from tunecard.pipeline.weighing import weigh
from tunecard.recipe import Recipe, check_recipe, recipe_to_yaml
from tunecard.reporting.citation import citation_findings
from tunecard.reporting.declarations import declaration_findings, for_adapter_finding
from tunecard.reporting.run import base_findings, run_findings, task_findings
from tunecard.reporting.suspect_labels import no_suspect_labels
from tunecard.rows.dataset import Dataset
from tunecard.tasks import task_for

DEVICE = "cpu"  # of the scores; as in a run, all come from fp32 on the processor
COVERS = "this evaluation; hours of training are not in it"
HEADER = "What this evaluation read. The adapter was made elsewhere: `training` holds no more than its seed."


@dataclass(frozen=True)
class Completion:
    """What is asked for.

    Attributes:
        adapter: the folder that stock PEFT saved.
        data: a path, a Hub id, or splits by name (paths or loaded `datasets.Dataset`).
        task, base, labels, columns: as given, or None for what the files say.
        out: the folder to make.
        record: a further folder that tells of the training.
        overwrite: replaces an earlier completion in `out`.
    """

    adapter: Path
    data: Any
    out: Path
    task: str | None = None
    base: str | None = None
    labels: Sequence[str] | None = None
    columns: Mapping[str, str] | None = None
    record: Path | None = None
    overwrite: bool = False


def complete(asked: Completion, listener: Listener | None = None) -> RunFolder:
    """Scores, examines and weighs an adapter made elsewhere, and writes a run folder with a full card.

    Raises: TunecardError: what does not fit or is not known, told before anything is written.
    """
    listener, began = listener or Silence(), time.perf_counter()
    check_place(asked.out, asked.adapter, overwrite=asked.overwrite)
    listener.stage("Reading adapter, data and base")
    adopted = adopt(asked.adapter, asked.task)
    named = read_named(adopted, asked.data, asked.labels, asked.columns)
    card = read_old_card(card_file(adopted.folder))
    training = elsewhere_findings(all_traces(asked.adapter, card.trace, asked.record))
    prepared = find_repeats(prepare_adopted(asked, adopted, named, card, declared_seed(training)), listener)
    with staged_folder(asked.out, asked.adapter, overwrite=asked.overwrite) as folder:
        model, encoder = load_adopted(adopted, prepared)
        findings = Findings(copy_files(adopted, prepared.base.id, prepared.encoder, folder))
        findings.extend(training)
        findings.extend(_describe(asked, adopted, named, prepared, model, encoder))
        listener.stage("Evaluating the adapter")
        spending = Spending(folder.checkpoints, began, find_meters(DEVICE))
        with spending.stage("evaluation"):
            judge_saved(prepared, model, compared_logits(model, prepared), folder, findings)
        findings.extend(evaluate(folder, prepared.task, list(prepared.scored)))
        listener.stage("Writing the card")
        findings.extend(weigh(folder, DEVICE, spending, None))
        _close(asked, prepared, card, folder, findings, spending.seconds())
    return RunFolder(asked.out)


def prepare_adopted(
    asked: Completion, adopted: Adopted, named: Named, card: OldCard, seed: int | None = None
) -> Prepared:
    """Rows under the adapter's labels as its base reads them; the recipe describes this evaluation.

    Args:
        seed: of the training, where it is known.
    """
    base, dataset = base_of(adopted, asked.base), named.dataset
    task = task_for(dataset)
    outline = outline_encoder(base, task.auto_class, task.labels, task.problem_type)
    encoder = replace(outline, tokenizer=own_tokenizer(adopted, base, outline))

    def decide(longest: int) -> Resolved:
        max_length = length_for(longest, encoder.max_tokens)
        content = {"base_model": base.id, "adapter": recipe_settings(adopted.config), "card": card.declared}
        content |= {} if seed is None else {"training": {"seed": seed}}
        return Resolved(_recipe(content, asked.data, dataset, max_length), {})

    return encode(dataset, task, base, encoder, decide)


def _recipe(content: dict[str, Any], source: Any, dataset: Dataset, max_length: int) -> Recipe:
    data = {
        "source": source if isinstance(source, str) else dataset.name,
        "columns": dict(dataset.columns),
        "labels": list(dataset.labels),
        "max_length": max_length,
    }
    return check_recipe({**content, "task": dataset.kind, "device": DEVICE, "data": data})


def load_adopted(adopted: Adopted, prepared: Prepared) -> tuple[PeftModel, Encoder]:
    """The adapter on its base as stock PEFT puts it there, every key accounted for; fast where that is the same."""
    task = prepared.task
    encoder = load_encoder(prepared.base, task.auto_class, task.labels, task.problem_type, seed=0)
    model = load_adapter(encoder.model, adopted.folder)
    check_heads(model, encoder, facts_of(adopted))
    model.requires_grad_(False)
    if not is_prompt_learning(model):
        take_fast_path(model)
    return model, encoder


def _describe(
    asked: Completion, adopted: Adopted, named: Named, prepared: Prepared, model: nn.Module, encoder: Encoder
) -> list[Finding]:
    base_parameters = sum(parameter.numel() for parameter in prepared.encoder.model.parameters())
    max_length = int(prepared.resolved.recipe.data.max_length)
    return [
        *task_findings(prepared.task, prepared.dataset),
        *base_findings(identify_base(prepared.base), prepared.encoder, base_parameters),
        *origin_findings(adopted, prepared.base, asked.base, named.declared_by),
        *foreign_adapter_findings(adopted, model, encoder.new_modules, max_length),
        *describe(prepared.dataset, prepared.lengths, prepared.near),
        *no_suspect_labels("looked for with a probe that training fits, and a completion trains nothing"),
        *_unknown_rows(prepared),
        *truncation_findings(prepared.encoded, max_length),
    ]


def _unknown_rows(prepared: Prepared) -> list[Finding]:
    """What the data given says, and does not, of the rows that the adapter learned from."""
    about: dict[str, Any] = {"section": "training_data"}
    unknown = "it was trained elsewhere, and whether it learned from the rows below nobody here knows"
    findings = [not_measured("training.data", name="Rows that it learned from", reason=unknown, **about)]
    if "train" not in prepared.dataset.splits:
        reason = "trained elsewhere, and the data given holds no training rows"
        findings.append(not_measured("data.train.rows", name="Rows of train", split="train", reason=reason, **about))
    return findings


def _close(
    asked: Completion, prepared: Prepared, card: OldCard, folder: RunFolder, findings: Findings, seconds: float
) -> None:
    recipe, today = prepared.resolved.recipe, datetime.date.today().isoformat()
    findings.extend(_declarations(recipe, card, folder, today))
    findings.add(for_adapter_finding(str(findings["adapter.sha256"].value)))
    findings.extend(place_findings(None, None, run_seconds=seconds, declared_as="", covers=COVERS))
    findings.extend(run_findings(asked.out.name, today, seconds, RENDERER_VERSION))
    findings.extend(citation_findings(findings, None))
    write_text(folder.recipe, recipe_to_yaml(recipe, header=HEADER))
    write_card(folder, findings)


def _declarations(recipe: Recipe, card: OldCard, folder: RunFolder, today: str) -> list[Finding]:
    """What the old card declares, in the name of that card; what it does not is open, as in any run."""
    findings = declaration_findings(recipe.card, today)
    if not folder.original_card.is_file():
        return findings
    source = folder.source(folder.original_card)
    named = [
        finding.model_copy(update={"method": SAID_BY, "source": source}) if finding.status == "declared" else finding
        for finding in findings
    ]
    return [*named, *inherited_findings(card, source)]
