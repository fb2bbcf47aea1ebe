"""Task, base, adapter and the run itself: `task.*`, `base_model.*`, `adapter.*`, `model.*`, `run.*`, `card.*`."""

from tunecard.evidence.conditions import each_setting, of_entities, of_rows, trained_here
from tunecard.evidence.record import (
    DECLARED,
    DECLARED_OR_GAP,
    DERIVED,
    MEASURED_OR_GAP,
    Record,
)

_BASE, _SPECS, _TYPE, _RUN = "base_model", "model_specs", "model_type", "more_information"
_WHOLE = "model_description"

ADAPTER = (
    Record("task.name", "Task", _TYPE),
    Record("task.labels", "Labels in id order", _TYPE),
    Record("task.is_pair", "Whether a row is a pair of texts", _TYPE),
    Record("task.problem_type", "Problem type", _TYPE, when=of_rows),
    Record("task.types", "Entity types", _TYPE, when=of_entities),
    Record(
        "task.labels_declared_by",
        "Where the label names come from",
        _TYPE,
        statuses=DECLARED,
        writer="complete",
    ),
    Record("base_model.id", "Base model", _BASE),
    Record("base_model.is_local", "Whether the base has no Hub id", _BASE),
    Record("base_model.revision", "Commit of the base", _BASE, statuses=MEASURED_OR_GAP),
    Record("base_model.config_sha256", "SHA-256 of the base's config.json", _BASE),
    Record("base_model.weights_sha256", "SHA-256 of the base's weights", _BASE),
    Record("base_model.license", "Licence of the base", "license", statuses=DECLARED_OR_GAP),
    Record("base_model.languages", "Languages of the base", "language", statuses=DECLARED_OR_GAP),
    Record("base_model.architecture", "Architecture of the base", _SPECS),
    Record("base_model.model_type", "Model type", _SPECS),
    Record("base_model.layers", "Layers", _SPECS),
    Record("base_model.hidden_size", "Hidden size", _SPECS),
    Record("base_model.max_tokens", "Longest input in tokens", _SPECS),
    Record("base_model.parameters", "Parameters of the base with the new head", _SPECS),
    Record("base_model.named", "Which base it is", _BASE, statuses=DECLARED, writer="complete"),
    Record("adapter.method", "Method", _SPECS),
    Record("adapter.title", "Name of the method", _SPECS, when=trained_here),
    Record("adapter.meaning", "What the method does", _SPECS, when=trained_here),
    Record("adapter.reference", "Paper of the method", _SPECS, when=trained_here),
    Record("adapter.modules_to_save", "Modules trained whole", _SPECS),
    Record("adapter.head_start", "Where the head started", _SPECS, statuses=MEASURED_OR_GAP),
    Record("adapter.adapted_layers", "Linear layers with an update", _SPECS),
    Record("adapter.switches", "Variants that are switched on", _SPECS, writer="complete"),
    Record("adapter.bytes", "Size of the adapter", "speeds_sizes_times", "bytes"),
    Record("adapter.sha256", "SHA-256 of the adapter", _WHOLE),
    Record("adapter.origin", "Origin of the adapter", _WHOLE, statuses=DECLARED, writer="complete"),
    Record("adapter.files", "Files of the adapter", _WHOLE, writer="complete"),
    Record("adapter.tokenizer", "Tokenizer", "preprocessing", writer="complete"),
    Record(
        "adapter.peft_version",
        "PEFT that saved the adapter",
        "software",
        statuses=DECLARED_OR_GAP,
        writer="complete",
    ),
    Record("adapter.{setting}", None, _SPECS, statuses=MEASURED_OR_GAP, when=each_setting),  # named by its method
    Record("model.trainable_parameters", "Trainable parameters", _SPECS),
    Record("model.parameters", "Parameters in all", _SPECS),
    Record("model.max_length", "Longest input used", "preprocessing", "tokens"),
    Record("run.name", "Run", _RUN),
    Record("run.date", "Date", _RUN),
    Record("run.tunecard_version", "Version of tunecard", _RUN),
    Record("run.renderer_version", "Version of the card's renderer", _RUN),
    Record("run.seconds", "Whole run", _RUN, "seconds"),
    Record("card.fields", "Fields of the card by how they are known", "model_summary", statuses=DERIVED),
    Record("card.checks", "Checks that the first screen reports", "model_summary", statuses=DERIVED),
)
