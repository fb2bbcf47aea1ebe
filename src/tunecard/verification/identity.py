"""Does config.json name the labels in the card's order, and the base that the card describes?"""

from __future__ import annotations

from typing import Any

from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.comparing import disagreements, known
from tunecard.evidence.ledger import MODEL_CONFIG
from tunecard.tasks import task_named, task_of
from tunecard.tasks.deciding import settings_of, with_settings
from tunecard.verification.report import Check, judged

SHAPE = {
    "base_model.model_type": ("model_type",),
    "base_model.layers": ("num_hidden_layers", "n_layers"),
    "base_model.hidden_size": ("hidden_size", "dim"),
    "task.problem_type": ("problem_type",),
    "task.null_threshold": ("null_threshold",),
}


def check_labels(folder: RunFolder, findings: Findings) -> Check:
    """config.json names the task's labels in the task's order, in both directions."""
    labels = findings.value("task.labels")
    if not is_names(labels):
        return Check("labels", False, "the evidence names no labels (`task.labels`)")
    try:
        config = folder.read_json(folder.model_config)
        names = [config["id2label"][str(index)] for index in range(len(config["id2label"]))]
        ids = config["label2id"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        return Check("labels", False, f"config.json cannot be read for its labels: {type(error).__name__}: {error}")
    problems = []
    if names != labels:
        place = next((i for i, pair in enumerate(zip(names, labels, strict=False)) if pair[0] != pair[1]), None)
        differs = f"{len(names)} labels" if place is None else f"label {place} is {names[place]!r}"
        wanted = f"{len(labels)}" if place is None else f"{labels[place]!r}"
        problems.append(f"config.json: {differs}, the evidence says {wanted}")
    if ids != {label: index for index, label in enumerate(labels)}:
        problems.append("config.json: label2id is not the inverse of `task.labels`")
    expected = _of_config(config)
    problems += disagreements(findings, expected, MODEL_CONFIG)
    covered = {"task.labels", *known(findings, expected)}
    if (task := task_of(findings)) is not None and (told := settings_of(task)):
        # How logits become answers: whoever predicts reads it from config.json, and the card from the records.
        saved = settings_of(with_settings(task_named(task.name, task.labels), config))
        problems += [f"config.json: {key} is not `task.{key}`" for key in told if saved.get(key) != told[key]]
        covered |= {f"task.{key}" for key in told}
    return judged("labels", problems, f"config.json has the {len(labels)} labels in order", covered)


def _of_config(config: dict[str, Any]) -> dict[str, Any]:
    """What the base's config, as fine-tuned, still says of the base; families differ in the names of keys."""
    values = {id: next((config[key] for key in keys if key in config), None) for id, keys in SHAPE.items()}
    return {id: value for id, value in values.items() if value is not None}


def is_names(value: Any) -> bool:
    """Whether a finding's value is a list of distinct names."""
    is_list = isinstance(value, list) and len(value) > 0 and all(isinstance(name, str) for name in value)
    return is_list and len(set(value)) == len(value)
