"""A small run folder in which everything agrees, to be tampered with; and a way to make its evidence fit again."""

import json
import random
import shutil
from dataclasses import dataclass

import pytest

from tunecard import card
from tunecard.evaluation import evaluate
from tunecard.evidence import Findings, Predictions, RunFolder, declared, measured
from tunecard.evidence.files import sha256_of

CLASSES = ["good", "bad", "mixed"]
TAGS = ["O", "B-DNA", "I-DNA"]
CODE = 'from peft import PeftModel\n\nprint("good")\n'


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
        self.folder.evidence.write_text(json.dumps(content))

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
        """Writes the cards from the evidence, and the manifest from the files."""
        findings = self.folder.read_findings()
        card.write_cards(self.folder, findings)
        self.folder.write_manifest()


def text_rows(seed, right, has_probabilities=True):
    chance = random.Random(seed)
    labels = [CLASSES[i % 3] for i in range(40)]
    guesses = [label if chance.random() < right else chance.choice(CLASSES) for label in labels]
    likely = [[0.8 if name == guess else 0.1 for name in CLASSES] for guess in guesses]
    factors = {"length": ["1-8 words" if i % 2 else "9-16 words" for i in range(40)]}
    return Predictions(list(range(40)), labels, guesses, likely if has_probabilities else None, factors)


def token_rows():
    labels = [["B-DNA", "I-DNA", "O"], ["O", "B-DNA", "O", "B-DNA"]] * 10
    guesses = [["B-DNA", "I-DNA", "O"], ["O", "B-DNA", "B-DNA", "O"]] * 10
    word = [0.5, 0.25, 0.25]
    likely = [[word] * 3, [word, word, word, None]] * 10
    unseen = [[True, True, False], [False, False, False, True]] * 10
    return Predictions(list(range(20)), labels, guesses, likely, unseen=unseen)


def identity(folder, kind, labels, rows):
    folder.adapter_weights.write_bytes(b"weights")
    folder.path.joinpath("adapter_config.json").write_text("{}")
    ids = {str(index): label for index, label in enumerate(labels)}
    folder.model_config.write_text(
        json.dumps({"id2label": ids, "label2id": {label: index for index, label in enumerate(labels)}})
    )
    facts = {
        "run.name": "tiny",
        "run.renderer_version": card.RENDERER_VERSION,
        "run.tunecard_version": "0.1.0",
        "task.name": kind,
        "task.labels": labels,
        "data.test.rows": rows,
        "adapter.sha256": sha256_of(folder.adapter_weights),
        "adapter.bytes": 7,
        "start.code": CODE,
    }
    findings = [measured(id, value, section="model_description", name=id, method="test") for id, value in facts.items()]
    return [*findings, declared("results.protocol", "held-out", section="results", name="Protocol", method="recipe")]


def build(folder, kind, labels, rows):
    findings = Findings(identity(folder, kind, labels, rows))
    findings.extend(evaluate(folder, kind, labels, ["test"]))
    folder.write_findings(findings)
    folder.recipe.write_text("base_model: tiny\n")
    folder.checkpoints.mkdir()
    folder.checkpoints.joinpath("step-1").write_text("not listed")
    run = Run(folder)
    run.render()
    return run


@pytest.fixture(scope="session")
def text_original(tmp_path_factory):
    folder = RunFolder(tmp_path_factory.mktemp("text") / "run")
    folder.write_predictions(text_rows(0, 0.9), "test")
    folder.write_predictions(text_rows(1, 0.6), "test", "full")
    majority = text_rows(0, 1, has_probabilities=False)
    folder.write_predictions(Predictions(majority.rows, majority.labels, ["good"] * 40), "test", "majority")
    return build(folder, "text-classification", CLASSES, 40)


@pytest.fixture(scope="session")
def token_original(tmp_path_factory):
    folder = RunFolder(tmp_path_factory.mktemp("token") / "run")
    folder.write_predictions(token_rows(), "test")
    return build(folder, "token-classification", TAGS, 20)


@pytest.fixture
def text_run(text_original, tmp_path):
    return Run(RunFolder(shutil.copytree(text_original.folder.path, tmp_path / "run")))


@pytest.fixture
def token_run(token_original, tmp_path):
    return Run(RunFolder(shutil.copytree(token_original.folder.path, tmp_path / "run")))
