"""Reading a saved adapter back: a fresh base, strict keys, the labels and the base that the evidence names."""

from __future__ import annotations

from torch import nn

from tunecard.adapters import AdapterExpectation, load_adapter
from tunecard.adapters.loading import check_expectation
from tunecard.encoders import BaseFiles, load_encoder
from tunecard.encoders.identity import hash_weights
from tunecard.evidence import Findings, RunFolder
from tunecard.measurement import timed
from tunecard.tasks import Task


def reload_strictly(folder: RunFolder, base: BaseFiles, task: Task, findings: Findings) -> nn.Module:
    """The saved adapter on a base loaded afresh, in fp32. Raises: AdapterError: anything that does not fit."""
    # The labels as they were saved, not as they are in memory: those two are what must agree.
    saved = folder.read_json(folder.model_config)["id2label"]
    labels = [saved[str(position)] for position in range(len(saved))]
    found = AdapterExpectation(base.id, hash_weights(base.folder), labels)
    expected = AdapterExpectation(
        findings.value("base_model.id"), findings.value("base_model.weights_sha256"), findings.value("task.labels")
    )
    check_expectation(found, expected, str(folder.path))
    with timed("loading the base"):
        encoder = load_encoder(base, task.auto_class, task.labels, task.problem_type, seed=0)
    return load_adapter(encoder.model, folder)
