"""What the run knows of itself as findings: task, base, adapter, training."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from torch import nn

from tunecard.adapters.targets import count_adapted
from tunecard.data import TOKEN_TASK, Dataset
from tunecard.encoders import BaseIdentity, Encoder
from tunecard.evidence import Finding, declared, measured, not_measured
from tunecard.measurement import MEMORY_METHOD
from tunecard.metrics.entities import entity_types
from tunecard.pipeline.learning import Trained
from tunecard.recipe import Recipe
from tunecard.tasks import Task

RECIPE = "as resolved in recipe.yaml"


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
    if dataset.kind == TOKEN_TASK:
        findings.append(measured("task.types", entity_types(task.labels), name="Entity types", **shared))
    return findings


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


def adapter_setting_findings(recipe: Recipe, trained: Trained, base_parameters: int) -> list[Finding]:
    """`adapter.*` (settings and counts), `model.*` parameters."""
    model, adapter = trained.model, recipe.adapter
    config: Any = model.peft_config["default"]  # type: ignore[index]
    trainable = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    settings = {
        "method": (adapter.method, "Method"),
        "rank": (adapter.rank, "Rank"),
        "alpha": (adapter.alpha, "Alpha"),
        "dropout": (adapter.dropout, "Dropout of the adapter"),
        "bias": (adapter.bias, "Biases that learn"),
        "target_modules": (sorted(config.target_modules), "Modules with an update"),
        "modules_to_save": (sorted(trained.encoder.new_modules), "Modules trained whole"),
    }
    specs: dict[str, Any] = {"section": "model_specs", "method": RECIPE}
    counted: dict[str, Any] = {"section": "model_specs", "method": "counted on the model in memory"}
    added = sum(parameter.numel() for name, parameter in model.named_parameters() if "lora_" in name)
    return [
        *(measured(f"adapter.{key}", value, name=name, **specs) for key, (value, name) in settings.items()),
        measured("adapter.adapted_layers", count_adapted(model), name="Linear layers with an update", **counted),
        measured("adapter.head_start", "probe" if trained.probe else "random", name="Where the head started", **specs),
        measured("model.trainable_parameters", trainable, name="Trainable parameters", **counted),
        measured("model.parameters", base_parameters + added, name="Parameters in all", **counted),
        measured(
            "model.max_length",
            int(recipe.data.max_length),
            name="Longest input used",
            unit="tokens",
            section="preprocessing",
            method=RECIPE,
        ),
    ]


def training_findings(recipe: Recipe, rules: dict[str, str], trained: Trained, peak_memory_bytes: int) -> list[Finding]:
    """`training.*` of the shipped seed."""
    result, plan = trained.result, trained.plan
    loop: dict[str, Any] = {"section": "speeds_sizes_times", "seed": trained.seed, "method": "tunecard.training.train"}
    settings: dict[str, Any] = {"section": "training_regime", "method": RECIPE}
    seconds = max(result.seconds, 1e-9)
    findings = [
        measured("training.hyperparameters", hyperparameters(recipe), name="Hyperparameters", **settings),
        measured("training.rule", rules, name="Rules that chose an auto", section="training_regime", method="tunecard.pipeline.resolving.resolve"),
        measured("training.precision", plan.precision, name="Precision regime", **settings),
        measured("training.observed_dtypes", _dtypes(trained.model, result.observed_dtypes), name="Number types seen", section="training_regime",
                 method="read from tensors during training"),
        measured("training.optimizer", "AdamW, no weight decay on biases and norms", name="Optimizer", **settings),
        measured("training.seed", trained.seed, name="Seed", **settings),
        measured("training.class_weights", plan.class_weights, name="Class weights", **settings),
        measured("training.best_metric", plan.best_metric, name="Metric that chose the epoch", **settings),
        measured("training.seconds", result.seconds, name="Training time, optimisation steps only", unit="seconds", n=result.steps, **loop),
        measured("training.steps", result.steps, name="Optimizer steps", **loop),
        measured("training.epochs_run", len(result.curve), name="Epochs run", **loop),
        measured("training.best_epoch", result.best_epoch, name="Epoch that was kept", **loop),
        measured("training.tokens_per_second", result.real_tokens / seconds, name="Training speed", unit="real tokens per second", n=result.real_tokens, **loop),
        measured("training.rows_per_second", result.rows / seconds, name="Training speed in rows", unit="rows per second", n=result.rows, **loop),
        measured("training.peak_memory_bytes", peak_memory_bytes, name="Peak memory of training", unit="bytes",
                 section="speeds_sizes_times", seed=trained.seed, method=MEMORY_METHOD),
        measured("training.stopped", result.stopped, name="Why training ended", **loop),
        measured("training.curve", [record.as_dict() for record in result.curve], name="Learning curve", **loop),
        measured("training.best_validation", result.best_score, name="Best validation score", split="validation", **loop),
        measured("training.rescored_validation", result.rescored, name="The same after reading the checkpoint back", split="validation", **loop),
    ]  # fmt: skip
    if trained.probe:
        probe = trained.probe
        findings.append(
            measured("training.head_probe", probe.validation_accuracy, name="Validation accuracy of the probe that starts the head",
                     n=probe.decisions, section="training_regime", split="validation", seed=trained.seed,
                     method=f"scikit-learn LogisticRegression, C={probe.inverse_regularisation:g}, on what the output layer reads; n = decisions learned from")
        )  # fmt: skip
    return findings


def seed_findings(records: Sequence[dict[str, Any]], metric: str) -> list[Finding]:
    """`training.seeds`: every seed's validation and test score; empty for a single seed."""
    if len(records) < 2:
        return []
    return [
        measured("training.seeds", list(records), name=f"Every seed's {metric}", n=len(records), section="results",
                 method="all seeds trained alike; the shipped one has the best validation score")
    ]  # fmt: skip


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


def hyperparameters(recipe: Recipe) -> dict[str, Any]:
    """Every resolved setting that shapes training, flat; lists as text."""
    blocks: Iterable[tuple[str, Any]] = [
        *recipe.adapter.model_dump(mode="json").items(),
        *recipe.training.model_dump(mode="json").items(),
        ("max_length", recipe.data.max_length),
        ("on_long", recipe.data.on_long),
    ]
    return {key: ", ".join(map(str, value)) if isinstance(value, list) else value for key, value in blocks}


def _by_card(key: str, name: str, value: Any) -> Finding:
    shared: dict[str, Any] = {"section": "license" if key == "license" else "language", "name": name}
    if value:
        return declared(f"base_model.{key}", value, method="declared by the card of the base", **shared)
    return not_measured(f"base_model.{key}", reason="the base's files declare none", **shared)


def _dtypes(model: nn.Module, seen: dict[str, str]) -> dict[str, str]:
    frozen = {str(p.dtype).removeprefix("torch.") for p in model.parameters() if not p.requires_grad}
    learned = {str(p.dtype).removeprefix("torch.") for p in model.parameters() if p.requires_grad}
    return {
        "frozen weights": ", ".join(sorted(frozen)) or "none",
        "trained weights": ", ".join(sorted(learned)),
        **seen,
    }
