"""Small run folders in which everything agrees, to be tampered with; and ways to make their evidence fit again.

Nothing here needs torch: the predictions and the adapter are made up, and all else follows from them.
"""

import json
import random
from dataclasses import dataclass

import numpy as np
from safetensors.numpy import save_file

from tunecard import card
from tunecard.adapters.methods.lora import LORA
from tunecard.adapters.methods.recipes import check_recipe
from tunecard.evaluation import evaluate
from tunecard.evidence import Findings, Predictions, RunFolder, declared, derived, measured, not_measured
from tunecard.evidence.adapter_file import read_header
from tunecard.evidence.catalogue import entry_of, required
from tunecard.evidence.files import json_text, sha256_of
from tunecard.recipe import hyperparameters, recipe_to_yaml
from tunecard.tasks import task_named
from tunecard.verification.effective_rank import effective_ranks
from tunecard.verification.rows import recount

CLASSES = ["good", "bad", "mixed"]
TAGS = ["O", "B-DNA", "I-DNA"]
BASE = "somebody/tiny-encoder"
TEMPERATURE = 1.5
MODULES = ["encoder.layer.0.query", "encoder.layer.1.query"]
RECIPE = {
    "base_model": BASE,
    "data": {"source": "somebody/texts", "max_length": 32},
    "adapter": {"rank": 2, "alpha": 4.0, "dropout": 0.1, "target_modules": ["query"], "train_head": True},
    "training": {
        "epochs": 3, "learning_rate": 0.001, "train_batch_size": 8, "precision": "fp32", "best_metric": "accuracy",
        "early_stopping": False, "keep": "best", "warm_start": "none",
    },
    "card": {"license": "apache-2.0", "language": ["en", "de"], "direct_use": "Tests of 3 classes."},
}  # fmt: skip


@dataclass
class Run:
    """A run folder and the steps that a forger would take after changing something in it."""

    folder: RunFolder

    def check(self, report, name):
        return next(check for check in report.checks if check.name == name)

    def change_findings(self, change):
        """Applies `change` to every record of evidence.json; None drops it."""
        content = json.loads(self.folder.evidence.read_text())
        content["findings"] = [record for record in map(change, content["findings"]) if record is not None]
        self.folder.evidence.write_text(json_text(content))

    def set(self, id, **fields):
        self.change_findings(lambda record: record | fields if record["id"] == id else record)

    def drop(self, id):
        self.change_findings(lambda record: None if record["id"] == id else record)

    def trust_predictions(self):
        """Writes the present hashes of the prediction files into the findings."""

        def trust(record):
            if record["source"]:
                record["source"]["sha256"] = sha256_of(self.folder.path / record["source"]["file"])
            return record

        self.change_findings(trust)

    def render(self):
        """Counts what the card says of itself, writes the cards from the evidence, and the manifest from the files."""
        made = card.make_card(self.folder.read_findings())
        self.folder.write_findings(made.findings)
        card.write_cards(self.folder, made, card.stored_answers(self.folder, made.findings))
        self.folder.write_manifest()


def text_rows(seed, right, has_probabilities=True):
    chance = random.Random(seed)
    labels = [CLASSES[i % 3] for i in range(40)]
    guesses = [label if chance.random() < right else chance.choice(CLASSES) for label in labels]
    likely = [[0.8 if name == guess else 0.1 for name in CLASSES] for guess in guesses]
    factors = {"length": ["1-8 words" if i % 2 else "9-16 words" for i in range(40)]}
    return Predictions(list(range(40)), labels, guesses, likely if has_probabilities else None, factors)


def wrong_rows():
    """Answers that are worse than chance: the label after the right one."""
    rows = text_rows(0, 1)
    after = {label: CLASSES[(place + 1) % 3] for place, label in enumerate(CLASSES)}
    answers = [after[label] for label in rows.labels]
    likely = [[0.8 if name == answer else 0.1 for name in CLASSES] for answer in answers]
    return Predictions(rows.rows, rows.labels, answers, likely, rows.factors)


def token_rows():
    labels = [["B-DNA", "I-DNA", "O"], ["O", "B-DNA", "O", "B-DNA"]] * 10
    guesses = [["B-DNA", "I-DNA", "O"], ["O", "B-DNA", "B-DNA", "O"]] * 10
    word = [0.5, 0.25, 0.25]
    likely = [[word] * 3, [word, word, word, None]] * 10
    unseen = [[True, True, False], [False, False, False, True]] * 10
    return Predictions(list(range(20)), labels, guesses, likely, unseen=unseen)


def write_adapter(folder, labels):
    """A LoRA adapter of two modules with a head, and the two files that describe it."""
    draw = np.random.default_rng(0)
    tensors = {f"base_model.model.classifier.{name}": np.zeros(size, np.float32)
               for name, size in (("weight", (len(labels), 6)), ("bias", len(labels)))}  # fmt: skip
    for module in MODULES:
        tensors[f"base_model.model.{module}.lora_A.weight"] = draw.normal(size=(2, 6)).astype(np.float32)
        tensors[f"base_model.model.{module}.lora_B.weight"] = draw.normal(size=(6, 2)).astype(np.float32)
    save_file(tensors, folder.adapter_weights)
    config = {
        "peft_type": "LORA", "base_model_name_or_path": BASE, "revision": "abc123", "r": 2, "lora_alpha": 4,
        "lora_dropout": 0.1, "bias": "none", "target_modules": ["query"], "modules_to_save": ["classifier"],
    }  # fmt: skip
    folder.adapter_config.write_text(json.dumps(config))
    ids = {str(index): label for index, label in enumerate(labels)}
    shape = {"model_type": "tiny", "num_hidden_layers": 2, "hidden_size": 6}
    numbers = {label: index for index, label in enumerate(labels)}
    folder.model_config.write_text(json.dumps({"id2label": ids, "label2id": numbers} | shape))
    folder.path.joinpath("tokenizer.json").write_text("{}")
    folder.path.joinpath("tokenizer_config.json").write_text("{}")
    return sum(tensor.size for tensor in tensors.values())


def identity(folder, kind, labels):
    trained = write_adapter(folder, labels)
    tensors = read_header(folder.adapter_weights)
    ranks = effective_ranks(folder.adapter_weights, tensors, LORA.adapted(tensors))
    norms = [
        {"module": module, "layer": layer, "relative_norm": 0.1, "effective_rank": ranks[module], "rank": 2}
        for layer, module in enumerate(MODULES)
    ]
    recipe = check_recipe(RECIPE)
    folder.recipe.write_text(recipe_to_yaml(recipe))
    added = len(MODULES) * 24
    curve = [{"epoch": n, "step": 10 * n, "train_loss": 1 / n, "validation_metric": 0.5 + n / 10} for n in (1, 2, 3)]
    facts = {
        "run.name": "texts · tiny-encoder · LoRA", "data.source": "somebody/texts", "software.tunecard": "0.1.0", "run.renderer_version": card.RENDERER_VERSION, "run.tunecard_version": "0.1.0",
        "run.rendered_by": "0.1.0",
        "run.date": "2026-11-25", "run.seconds": 36.0, "environment.hours": 0.01,
        "run.stages": [{"stage": "everything else", "seconds": 23.4}, {"stage": "optimisation", "seconds": 12.6}],
        "environment.training_hours": 0.004, "environment.evaluation_hours": 0.003, "environment.controls_hours": 0.001,
        "task.name": kind, "task.labels": labels,
        "task.is_pair": False, "base_model.is_local": False, "base_model.id": BASE, "base_model.revision": "abc123", "base_model.model_type": "tiny",
        "base_model.layers": 2, "base_model.hidden_size": 6, "base_model.parameters": 900,
        "base_model.pooler": "none", "model.head_parameters": 100,
        "adapter.sha256": sha256_of(folder.adapter_weights), "adapter.bytes": folder.adapter_weights.stat().st_size,
        "adapter.tokenizer_sha256": {path.name: sha256_of(path) for path in folder.tokenizer_files()},
        "adapter.method": "lora", "adapter.title": LORA.title, "adapter.meaning": LORA.meaning,
        "adapter.reference": LORA.reference.record(), "adapter.rank": 2, "adapter.alpha": 4.0, "adapter.dropout": 0.1, "adapter.bias": "none",
        "adapter.target_modules": ["query"], "adapter.modules_to_save": ["classifier"], "adapter.adapted_layers": 2,
        "model.trainable_parameters": trained, "model.parameters": 1000 + added, "model.max_length": 32,
        "training.hyperparameters": hyperparameters(recipe), "training.precision": "fp32", "training.seed": 42,
        "training.class_weights": "none", "training.best_metric": "accuracy",
        "training.curve": curve, "training.steps": 30, "training.epochs_run": 3, "training.best_epoch": 3,
        "training.best_validation": 0.8, "training.seconds": 12.5,
        "training.temperature": TEMPERATURE,
        "start.code": task_named(kind).snippet(BASE, "abc123"),
        "results.protocol": "held-out",
        "examination.update_norms": norms,
    }  # fmt: skip
    layers = [{"layer": layer, "relative_norm": 0.1, "modules": 1} for layer in (0, 1)]
    findings = [measured(id, value, section="model_description", name=id, method="test") for id, value in facts.items()]
    said = {"license": "apache-2.0", "language": "en, de", "direct_use": "Tests of 3 classes."}
    how = "declared in recipe.yaml on 2026-11-25"
    return (
        findings
        + [declared(f"declared.{key}", value, section="uses", name=key, method=how) for key, value in said.items()]
        + [derived("examination.layers", layers, method="test")]
        + [measured("declared.for_adapter", facts["adapter.sha256"], section="more_information", name="Declared for")]
    )


def fill_up(findings):
    """Adds what the catalogue still asks for: a gap where it allows one, else something of the right kind.

    What the card counts of itself comes with rendering.
    """
    while missing := [id for id in required(findings) if id not in findings and not id.startswith("card.")]:
        for id in missing:
            record = entry_of(id).record
            name = {} if record.name else {"name": id}
            if "not measured" in record.statuses and (record.gap is None or record.gap(findings)):
                findings.add(not_measured(id, reason="not asked in this test", **name))
            elif "derived" in record.statuses:
                findings.add(derived(id, None, interval=(1.0, 2.0), method="test", **name))
            else:
                findings.add(measured(id, 1.0 if record.unit else "something", **name))


def build(folder, kind, labels, rows):
    findings = Findings(identity(folder, kind, labels))
    task = task_named(kind, tuple(labels))
    for id, value in recount(task, folder.read_predictions("test"), "test").items():
        name = {} if entry_of(id).record.name else {"name": id}
        counted = {"n": rows} if entry_of(id).record.counts else {}
        findings.add(measured(id, value, **counted, **name))
    findings.extend(evaluate(folder, task, ["test"], TEMPERATURE))
    fill_up(findings)
    folder.write_findings(findings)
    state = folder.checkpoints / "lora-seed-42" / "step-00000030" / "state.json"
    state.parent.mkdir(parents=True)
    state.write_text("not listed")
    card.write_figures(folder, folder.read_findings())  # the page shows the pictures
    run = Run(folder)
    run.render()
    return run


def text_folder(path, rows=None):
    """A finished folder of text classification, with a control and a baseline; its answers are `rows`."""
    folder = RunFolder(path)
    folder.write_predictions(rows or text_rows(0, 0.9), "test")
    folder.write_predictions(text_rows(1, 0.6), "test", "full")
    majority = text_rows(0, 1, has_probabilities=False)
    folder.write_predictions(Predictions(majority.rows, majority.labels, ["good"] * 40), "test", "majority")
    return build(folder, "text-classification", CLASSES, 40)


def token_folder(path):
    """A finished folder of token classification."""
    folder = RunFolder(path)
    folder.write_predictions(token_rows(), "test")
    return build(folder, "token-classification", TAGS, 20)
