"""For those who train with transformers' Trainer: one line, and the training ends in a card."""

from __future__ import annotations

import logging
import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from tunecard.errors import TunecardError
from tunecard.foreign.recorder import FILE, TrainingRecorder
from tunecard.foreign.watched import Watched
from tunecard.pipeline.completing import Completion, check, complete
from tunecard.pipeline.in_memory import adapter_folder, save_in_memory, splits_of
from tunecard.pipeline.progress import SILENCE, ProgressListener
from tunecard.pipeline.trainer_models import plain_model, refuse_shards, why_only_recorded
from tunecard.pipeline.untouched import untouched_state

if TYPE_CHECKING:
    from tunecard.evidence import RunFolder

CARD, KEPT = "tunecard-card", "tunecard-adapter"
_LOG = logging.getLogger(__name__)


class CardCallback(TrainerCallback):
    """Writes a full card for the adapter when a Trainer's training ends.

    >>> trainer.add_callback(tunecard.CardCallback(dataset))  # doctest: +SKIP

    Before the first step it looks whether a card will be possible (a PeftModel, rows, labels, base) and refuses at once
    where not. While Trainer trains it notes down what it sees; at the end it saves the adapter apart, scores what was
    saved, and writes the folder. Model, random numbers and everything else of the Trainer stay as they are.

    Args:
        dataset: labelled rows with a test split (or validation), as `tunecard.complete` takes them.
        out: the folder to make; without it `tunecard-card` in the Trainer's output_dir.
        task, base, labels, columns, cluster: as `tunecard.complete` takes them; label names are otherwise those of the
            model's config.
        overwrite: replaces what an earlier training left in `out`.
        strict: raises at the end of training what is otherwise told as a warning.
        listener: hears the stages of the card.
    Attributes:
        folder: the RunFolder that was made; None before, and where it could not be made.
    Raises (at the first step): TunecardError: no card is possible, and why.
    """

    def __init__(  # noqa: PLR0913 - each is an answer that a model may lack
        self,
        dataset: Any,
        out: str | Path | None = None,
        *,
        task: str | None = None,
        base: str | Path | None = None,
        labels: Sequence[str] | None = None,
        columns: Mapping[str, str] | None = None,
        cluster: str | None = None,
        overwrite: bool = False,
        strict: bool = False,
        listener: ProgressListener = SILENCE,
    ) -> None:
        self.folder: RunFolder | None = None
        self._data, self._out = splits_of(dataset), None if out is None else Path(out)
        self._answers: dict[str, Any] = {
            "task": task, "base": None if base is None else str(base), "labels": labels, "columns": columns,
            "cluster": cluster,
        }  # fmt: skip
        self._overwrite, self._strict, self._listener = overwrite, strict, listener
        self._recorder = TrainingRecorder()
        self._only_records = ""

    def __repr__(self) -> str:
        made = f"made {str(self.folder.path)!r}" if self.folder else f"to {str(self._out or CARD)!r}"
        return f"CardCallback({made}{', strict' if self._strict else ''})"

    def on_init_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **seen: Any) -> None:
        """Refuses a model that cannot have a card, where the callback is given when the Trainer is made."""
        if seen.get("model") is not None:
            why_only_recorded(seen["model"])

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **seen: Any
    ) -> None:
        """Looks whether a card will be possible, then starts the clock. Raises: TunecardError: it is not."""
        args = seen.get("st_args", args)
        self._only_records = why_only_recorded(seen["model"])
        if state.is_world_process_zero and self._only_records:
            _LOG.warning("%s", self._only_records)
        elif state.is_world_process_zero:
            refuse_shards(args)
            self._check(args, plain_model(seen["model"]))
        self._recorder.on_train_begin(args, state, control)

    def on_train_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **seen: Any) -> None:
        """Writes record and card, on the main process. Raises: with `strict`, whatever went wrong."""
        args, model = seen.get("st_args", args), seen.get("st_model", seen.get("model"))
        watched = self._recorder.finish(args, state, model)
        if watched is None:
            return
        if self._only_records:
            _LOG.warning("%s What was seen of it stands in %s.", self._only_records, _output(args) / FILE)
            return
        try:
            self.folder = self._make(args, plain_model(model), watched)
        except Exception as error:
            _LOG.warning("%s", self._said(args, error))
            if self._strict:
                raise

    def _check(self, args: TrainingArguments, model: Any) -> None:
        try:
            with untouched_state(), adapter_folder(model) as adapter:
                check(self._asked(args, adapter))
        except TunecardError as error:
            said = [_in_python(problem) for problem in error.problems]
            raise type(error)(said, place=error.place) from error

    def _make(self, args: TrainingArguments, model: Any, watched: Watched) -> RunFolder:
        """The adapter is saved first, where it outlives a process that is killed, and goes when the card is whole."""
        kept = _output(args) / KEPT
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir(parents=True)
        with untouched_state():
            save_in_memory(model, kept)
            shutil.copyfile(_output(args) / FILE, kept / FILE)
            made = complete(self._asked(args, kept, watched), self._listener)
        shutil.rmtree(kept, ignore_errors=True)
        return made

    def _asked(self, args: TrainingArguments, adapter: Path, watched: Watched | None = None) -> Completion:
        out = self._out or _output(args) / CARD
        replaces = self._overwrite or (self.folder is not None and self.folder.path == out)
        return Completion(adapter, self._data, out, **self._answers, watched=watched, overwrite=replaces)

    def _said(self, args: TrainingArguments, error: Exception) -> str:
        """What went wrong, that nothing of the training is lost, and what to type."""
        kept, out = _output(args) / KEPT, self._out or _output(args) / CARD
        why = _in_python(str(error)) if isinstance(error, TunecardError) else f"{type(error).__name__}: {error}"
        if isinstance(self._data, str):
            words = ["tunecard", "complete", str(kept), "--data", self._data, *self._options(), "--out", str(out)]
            again = f"`{shlex.join(words)}`"
        else:
            given = "".join(f", {key}={value!r}" for key, value in self._answers.items() if value is not None)
            again = f"`tunecard.complete({str(kept)!r}, dataset{given}, out={str(out)!r})`"
        return (
            f"The training is done and the model is whole, but its card could not be made: {why} The adapter and what "
            f"was seen of its training are in {kept}. When that is mended, type: {again}"
        )

    def _options(self) -> list[str]:
        """The answers as options of the command."""
        words: list[str] = []
        for key, value in self._answers.items():
            if key == "columns":
                words += [word for role, name in (value or {}).items() for word in ("--column", f"{role}={name}")]
            elif value is not None:
                words += [f"--{key}", value if isinstance(value, str) else ",".join(value)]
        return words


def _output(args: TrainingArguments) -> Path:
    return Path(str(args.output_dir))


def _in_python(problem: str) -> str:
    """A sentence for the command line in the words of this class."""
    words = {"--overwrite": "overwrite=True", "--out": "out=", "--labels": "labels=", "--base": "base=",
             "--task": "task=", "--column": "columns=", "--cluster": "cluster=", "--data": "dataset"}  # fmt: skip
    for option, argument in words.items():
        problem = problem.replace(option, argument)
    return problem
