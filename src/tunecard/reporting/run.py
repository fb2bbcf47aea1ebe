"""What the run knows of itself as findings: task, base, the run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tunecard.evidence import Finding, declared, measured, not_measured
from tunecard.rows.dataset import Dataset
from tunecard.tasks import Task
from tunecard.version import __version__

if TYPE_CHECKING:  # a card is rendered again where no torch is
    from tunecard.encoders import BaseIdentity, BaseSize, Encoder


def task_findings(task: Task, dataset: Dataset) -> list[Finding]:
    """`task.*`."""
    values: dict[str, Any] = {"name": task.name, "labels": list(task.labels), "is_pair": dataset.is_pair}
    if task.problem_type:
        values["problem_type"] = task.problem_type
    own = [measured(f"task.{key}", value, method="from the data set") for key, value in values.items()]
    described = task.describe()
    if not task.problem_type and "task.types" not in {finding.id for finding in described}:
        own.append(not_measured("task.problem_type", reason="transformers names none for this task"))
    return [*own, *described]


def base_findings(identity: BaseIdentity, encoder: Encoder, size: BaseSize) -> list[Finding]:
    """`base_model.*` and `model.head_parameters`."""
    config = encoder.model.config
    where = "the files that were loaded"
    shape = {
        "architecture": (config.architectures or [type(encoder.model).__name__])[0],
        "model_type": config.model_type,
        "layers": config.num_hidden_layers,
        "hidden_size": config.hidden_size,
        "max_tokens": encoder.max_tokens,
        "parameters": size.base,
        "pooler": size.pooler,
    }
    return [
        measured("base_model.id", identity.id, method="as named in the recipe"),
        measured("base_model.is_local", identity.is_local),
        measured("base_model.revision", identity.revision, method="commit of the Hub snapshot")
        if identity.revision
        else not_measured(
            "base_model.revision",
            reason="the files came without a commit; the sha256 of the weights stands for it",
        ),
        measured("base_model.config_sha256", identity.config_sha256, method=where),
        measured("base_model.weights_sha256", identity.weights_sha256, method=where),
        _by_card("license", identity.license),
        _by_card("languages", identity.languages),
        *(measured(f"base_model.{key}", value, method="read from the loaded model") for key, value in shape.items()),
        measured("model.head_parameters", size.head, method="counted on the loaded model: what the base did not bring"),
    ]


def new_token_findings(tokens: Sequence[str]) -> list[Finding]:
    """`adapter.new_tokens`, where the adapter adds any."""
    how = "what its tokenizer has behind the base's tokens, in the order of their ids"
    return [measured("adapter.new_tokens", list(tokens), n=len(tokens), method=how)] if tokens else []


def run_findings(name: str, date: str, seconds: float, renderer_version: int) -> list[Finding]:
    """`run.*`."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        release = version("tunecard")
    except PackageNotFoundError:
        release = "0+source"
    return [
        measured("run.name", name),
        measured("run.date", date),
        measured("run.tunecard_version", release),
        measured("run.renderer_version", renderer_version),
        rendered_by_finding(),
        measured("run.seconds", seconds, method="wall time from the first file read to the evidence"),
    ]


def rendered_by_finding() -> Finding:
    """`run.rendered_by`: the tunecard whose renderer writes the card, which need not be the one that made the run."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        pictures = f"matplotlib {version('matplotlib')}"
    except PackageNotFoundError:
        pictures = "no pictures drawn"
    return measured(
        "run.rendered_by", __version__, method=f"as of the last time that the card was rendered; {pictures}"
    )


def _by_card(key: str, value: Any) -> Finding:
    if value:
        return declared(f"base_model.{key}", value, method="declared by the card of the base")
    return not_measured(f"base_model.{key}", reason="the base's files declare none")
