"""What a stranger's process sees: stock PEFT reloads the adapter, and the card's code runs and prints."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from tunecard.adapters.methods.registry import extra_inputs
from tunecard.counted import counted
from tunecard.encoders import BaseFiles, put_into_hub, stand_in_hub
from tunecard.errors import AdapterError
from tunecard.evidence import Finding, RunFolder, measured, not_measured
from tunecard.rows.encoded import EncodedSplit
from tunecard.stock import reload_script
from tunecard.stock.reload_script import GROWS
from tunecard.stock.warm_parent import ForkedProcess, WarmParent, plain_environment, ready_parent
from tunecard.tasks import Task

COMPARED_ROWS = 32
USUAL = "usually 5 to 30 s"
WORST_DIFFERENCE = 1e-3
METHOD = "a fresh process with stock peft and transformers loads the saved folder; fp32, one row at a time"


class FreshProcess:
    """One Python process in a folder like a user's: the run's files, the base under its own name, no network."""

    def __init__(self, folder: RunFolder, base: BaseFiles, arguments: Sequence[str]) -> None:
        self._stack = ExitStack()
        place = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="tunecard-fresh-")))
        for path in folder.listed_files():
            link = place / path.relative_to(folder.path)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path.resolve())
        if base.is_local:
            (place / base.id).symlink_to(base.folder)
        parent = ready_parent(plain_environment())
        self._process = self._forked(parent, base, arguments, place) if parent else self._new(base, arguments, place)

    def _forked(
        self, parent: WarmParent, base: BaseFiles, arguments: Sequence[str], place: Path
    ) -> ForkedProcess | subprocess.Popen[str]:
        if not base.is_local and parent.bases.get(base.id) != base.folder:
            put_into_hub(base, parent.hub)
            parent.bases[base.id] = base.folder
        try:
            return parent.start(arguments, place)
        except OSError:  # it was ended meanwhile
            return self._new(base, arguments, place)

    def _new(self, base: BaseFiles, arguments: Sequence[str], place: Path) -> subprocess.Popen[str]:
        environment = plain_environment()
        if not base.is_local:
            environment["HF_HUB_CACHE"] = str(self._stack.enter_context(stand_in_hub(base)))
        return subprocess.Popen(
            [sys.executable, "-I", *arguments],
            cwd=place, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def result(self, what: str) -> str:
        """Waits and returns what it printed. Raises: AdapterError: it failed; the last line of its error is quoted."""
        try:
            with counted(f"{what}, in a fresh process") as count:
                count.tell(USUAL)
                output, error = self._process.communicate()
        finally:
            self.close()
        if self._process.returncode:
            last = error.strip().splitlines()[-1] if error.strip() else "no message"
            raise AdapterError(f"{what} failed in a fresh process: {last}")
        return output

    def close(self) -> None:
        """Ends the process if it still runs and removes its folder."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()
        self._stack.close()


@contextmanager
def run_code(folder: RunFolder, base: BaseFiles, code: str) -> Iterator[FreshProcess]:
    """Starts the get-started code; the block ends with the process gone."""
    process = FreshProcess(folder, base, ["-c", code])
    try:
        yield process
    finally:
        process.close()


@contextmanager
def reload_with_stock(
    folder: RunFolder, base: BaseFiles, task: Task, rows: Sequence[dict[str, Any]]
) -> Iterator[FreshProcess]:
    """Starts stock PEFT on the saved folder with `rows` of model inputs; it prints logits and labels as JSON."""
    with tempfile.TemporaryDirectory(prefix="tunecard-rows-") as name:
        inputs = Path(name) / "inputs.json"
        extra = extra_inputs(folder.read_json(folder.adapter_config))
        inputs.write_text(json.dumps([{**row, **extra} for row in rows]))
        script = str(Path(reload_script.__file__))
        auto_class = task.auto_class
        process = FreshProcess(folder, base, [
            script, ".", base.id, base.revision or "", auto_class, str(inputs), GROWS if base.new_tokens else ""
        ])  # fmt: skip
        try:
            yield process
        finally:
            process.close()


def compared_inputs(encoded: EncodedSplit) -> list[dict[str, Any]]:
    """Model inputs of the first rows: a list of one sequence unpadded, or a list of each of several, padded."""
    rows, sequences = [], encoded.sequences
    for row in range(min(COMPARED_ROWS, len(encoded))):
        lines = [_inputs_of(sequences.split, one) for one in sequences.of([row])]
        rows.append(lines[0] if encoded.pieces is None else _padded(lines))
    return rows


def _inputs_of(split: EncodedSplit, row: int) -> dict[str, list[int]]:
    inputs = {"input_ids": split.input_ids[row], "attention_mask": [1] * len(split.input_ids[row])}
    return inputs if split.type_ids is None else {**inputs, "token_type_ids": split.type_ids[row]}


def _padded(lines: Sequence[dict[str, list[int]]]) -> dict[str, list[list[int]]]:
    """Nothing reads what pads: its mask is 0, and no id is more than any base knows."""
    longest = max(len(line["input_ids"]) for line in lines)
    return {name: [line[name] + [0] * (longest - len(line[name])) for line in lines] for name in lines[0]}


def reload_findings(printed: str, expected: Sequence[np.ndarray], labels: Sequence[str]) -> list[Finding]:
    """`reload.max_logit_difference`, `reload.label_agreement` and, where readable, `prediction.peak_memory_bytes`.

    Args:
        expected: logits of the training process for the same rows.
    Raises: AdapterError: labels differ, or logits differ by more than 1e-3.
    """
    answer = json.loads(printed.strip().splitlines()[-1])
    if answer["labels"] != list(labels):
        raise AdapterError(f"after reloading the labels are {answer['labels'][:6]}; they were {list(labels)[:6]}.")
    # A learned prompt in front of the row may have logits of its own.
    found = [np.asarray(row)[-len(own) :] for row, own in zip(answer["logits"], expected, strict=True)]
    worst = max(float(np.abs(a - b).max()) for a, b in zip(found, expected, strict=True))
    if not worst <= WORST_DIFFERENCE:
        raise AdapterError(
            f"after reloading the logits differ by {worst:.2g}, more than {WORST_DIFFERENCE:g}. "
            "The adapter was not saved whole."
        )
    shared: dict[str, Any] = {"n": len(found), "method": METHOD}
    findings = [
        measured("reload.max_logit_difference", worst, **shared),
        _label_agreement(found, expected, len(labels), shared),
    ]
    if answer["peak_memory_bytes"]:
        findings.append(measured("prediction.peak_memory_bytes", answer["peak_memory_bytes"], **shared))
    return findings


def _label_agreement(
    found: Sequence[np.ndarray], expected: Sequence[np.ndarray], labels: int, shared: dict[str, Any]
) -> Finding:
    about = {"name": "Labels that agree after reloading", **shared}
    if all(row.size < 2 for row in expected):
        return not_measured("reload.label_agreement", reason="the head gives a number and no label", **about)
    if labels == 1 and expected[0].shape[-1] > 1:
        return not_measured("reload.label_agreement", reason="the model gives vectors and no label", **about)
    agreeing = [_chosen(a) == _chosen(b) for a, b in zip(found, expected, strict=True)]
    agreement = float(np.mean(np.concatenate([np.atleast_1d(same) for same in agreeing])))
    return measured("reload.label_agreement", agreement, **about)


def _chosen(logits: np.ndarray) -> np.ndarray:
    """The labels of a row or of its tokens; where each sequence has one number, the sequence with the largest."""
    of_sequences = logits.ndim > 1 and logits.shape[-1] == 1
    chosen: np.ndarray = np.argmax(logits, 0 if of_sequences else -1)
    return chosen
