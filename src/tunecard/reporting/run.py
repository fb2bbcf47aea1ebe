"""What the run knows of itself as findings: task, base, the run."""

from __future__ import annotations

from typing import Any

from tunecard.encoders import BaseIdentity, Encoder
from tunecard.evidence import Finding, declared, measured, not_measured
from tunecard.rows.dataset import Dataset
from tunecard.tasks import Task


def task_findings(task: Task, dataset: Dataset) -> list[Finding]:
    """`task.*`."""
    shared: dict[str, Any] = {"section": "model_type", "method": "from the data set"}
    findings = [
        measured("task.name", task.name, name="Task", **shared),
        measured("task.labels", list(task.labels), name="Labels in id order", **shared),
        measured("task.is_pair", dataset.is_pair, name="Whether a row is a pair of texts", **shared),
    ]
    if task.problem_type:
        findings.append(measured("task.problem_type", task.problem_type, name="Problem type", **shared))
    return [*findings, *task.describe()]


def base_findings(identity: BaseIdentity, encoder: Encoder, base_parameters: int) -> list[Finding]:
    """`base_model.*`."""
    config = encoder.model.config
    shared: dict[str, Any] = {"section": "base_model"}
    revision = {"name": "Commit of the base", **shared}
    where = "the files that were loaded"
    findings = [
        measured("base_model.id", identity.id, name="Base model", method="as named in the recipe", **shared),
        measured("base_model.is_local", identity.is_local, name="Whether the base has no Hub id", **shared),
        measured("base_model.revision", identity.revision, method="commit of the Hub snapshot", **revision)
        if identity.revision
        else not_measured(
            "base_model.revision",
            reason="the files came without a commit; the sha256 of the weights stands for it",
            **revision,
        ),
        measured(
            "base_model.config_sha256",
            identity.config_sha256,
            name="SHA-256 of the base's config.json",
            method=where,
            **shared,
        ),
        measured(
            "base_model.weights_sha256",
            identity.weights_sha256,
            name="SHA-256 of the base's weights",
            method=where,
            **shared,
        ),
        _by_card("license", "Licence of the base", identity.license),
        _by_card("languages", "Languages of the base", identity.languages),
    ]
    shape = {
        "architecture": ((config.architectures or [type(encoder.model).__name__])[0], "Architecture of the base"),
        "model_type": (config.model_type, "Model type"),
        "layers": (config.num_hidden_layers, "Layers"),
        "hidden_size": (config.hidden_size, "Hidden size"),
        "max_tokens": (encoder.max_tokens, "Longest input in tokens"),
        "parameters": (base_parameters, "Parameters of the base with the new head"),
    }
    specs: dict[str, Any] = {"section": "model_specs", "method": "read from the loaded model"}
    return [
        *findings,
        *(measured(f"base_model.{key}", value, name=name, **specs) for key, (value, name) in shape.items()),
    ]


def run_findings(name: str, date: str, seconds: float, renderer_version: int) -> list[Finding]:
    """`run.*`."""
    from importlib.metadata import PackageNotFoundError, version

    shared: dict[str, Any] = {"section": "more_information"}
    try:
        release = version("tunecard")
    except PackageNotFoundError:
        release = "0+source"
    return [
        measured("run.name", name, name="Run", **shared),
        measured("run.date", date, name="Date", **shared),
        measured("run.tunecard_version", release, name="Version of tunecard", **shared),
        measured("run.renderer_version", renderer_version, name="Version of the card's renderer", **shared),
        measured(
            "run.seconds",
            seconds,
            name="Whole run",
            unit="seconds",
            method="wall time from the first file read to the evidence",
            **shared,
        ),
    ]


def _by_card(key: str, name: str, value: Any) -> Finding:
    shared: dict[str, Any] = {"section": "license" if key == "license" else "language", "name": name}
    if value:
        return declared(f"base_model.{key}", value, method="declared by the card of the base", **shared)
    return not_measured(f"base_model.{key}", reason="the base's files declare none", **shared)
