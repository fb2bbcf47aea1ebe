"""A finished folder opened again: its base at hand and the recorded one, its tokenizer, its adapter, its rows."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from tunecard.encoders import BaseFiles, Encoder, outline_encoder
from tunecard.errors import AdapterError, DataError
from tunecard.evidence import Findings, RunFolder
from tunecard.reproduction.deep_checks import check_base, find_recorded_base
from tunecard.reproduction.predict_again import Rows, read_rows
from tunecard.reproduction.saved_files import check_tokenizer_again
from tunecard.stock.strict_reload import reload_strictly
from tunecard.tasks import Task, task_named, task_of


@dataclass(frozen=True)
class Opened:
    """What was opened; weights and rows are read when they are asked for.

    Attributes:
        base: its files.
        reader: the base, its weights not loaded, with the folder's tokenizer.
    """

    folder: RunFolder
    findings: Findings
    base: BaseFiles
    task: Task
    reader: Encoder

    @property
    def max_length(self) -> int:
        """Tokens a row may have, special tokens included."""
        return int(self.findings.value("model.max_length"))

    @property
    def pad_token_id(self) -> int:
        """The id that fills short rows."""
        return int(self.reader.tokenizer.pad_token_id)

    def load_model(self) -> nn.Module:
        """The saved adapter on its base, loaded afresh in fp32. Raises: AdapterError: anything that does not fit."""
        return reload_strictly(self.folder, self.base, self.task, self.findings).requires_grad_(False)

    def read_rows(self, data: str | None = None) -> Rows:
        """The rows that the run read.

        Args:
            data: where they lie; None as recipe.yaml says.
        Raises: DataError: they are not at hand, or others.
        """
        rows, check = read_rows(self.folder, self.reader, self.base, self.task, self.findings, data)
        if rows is None:
            raise DataError(check.detail, place=data or "data")
        return rows


def open_folder(path: RunFolder, base: str | None = None) -> Opened:
    """Opens a run folder.

    Args:
        base: a folder or Hub id; None takes the base that the adapter names.
    Raises: TunecardError: folder or base are not there, or are others.
    """
    findings = path.read_findings()
    files, identity = find_recorded_base(path, findings, base)
    is_same = check_base(identity, findings)
    if not is_same.ok:
        raise AdapterError(f"{is_same.detail}. Name the base with --base.", place=str(path.path))
    task = task_of(findings) or task_named(str(findings.value("task.name")))
    outline = outline_encoder(files, task.auto_class, task.labels, task.problem_type)
    tokenizer, reader = check_tokenizer_again(path, outline, findings)
    if reader is None:
        raise AdapterError(tokenizer.detail, place=str(path.path))
    return Opened(path, findings, files, task, reader)
