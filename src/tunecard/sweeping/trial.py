"""A trial: one setting trained in a folder of its own, without the test rows, whoever calls for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tunecard.evidence import RunFolder
from tunecard.pipeline import run
from tunecard.pipeline.kept import Kept
from tunecard.pipeline.progress import ProgressListener
from tunecard.recipe import Recipe
from tunecard.sweeping.grid import Setting

if TYPE_CHECKING:
    from tunecard.training.result import EpochRecord

# What a trial need not do: its adapter is compared and thrown away, and nobody reads its card.
SPARE = ("evaluation.budget=0", "evaluation.probes=[update-sizes]")

TellEpoch = Callable[[str, int, float, int], None]


@dataclass(frozen=True)
class Job:
    """A trial to make.

    Attributes:
        place: its run folder.
        base_folder: what relative paths in the recipe are relative to.
        drawn_by: seed that draws samples and missing splits, the same for all trials; None for the recipe's.
    """

    setting: Setting
    recipe: Recipe
    place: Path
    base_folder: Path
    drawn_by: int | None = None

    @property
    def name(self) -> str:
        """Of the trial in its sweep."""
        return self.place.name

    @property
    def is_finished(self) -> bool:
        """Whether its run folder is whole."""
        folder = RunFolder(self.place)
        return folder.manifest.is_file() and folder.evidence.is_file()


def train_trial(job: Job, tell: TellEpoch | None, kept: Kept, listener: ProgressListener) -> None:
    """Trains it, from its last checkpoint where it was interrupted.

    Args:
        tell: hears its name, each epoch that ended, the score on validation and how many epochs are planned; what it
            raises ends the trial, whose state is saved.
        kept: what earlier trials of this process prepared.
    Raises: TunecardError: as `run`.
    """

    def after_epoch(record: EpochRecord, planned: int) -> None:
        if tell is not None and record.epoch:
            tell(job.name, record.epoch, record.validation_metric, planned)

    run(
        job.recipe, out=job.place, base_folder=job.base_folder, hides_test=True, drawn_by=job.drawn_by,
        resume=job.place.is_dir(), after_epoch=after_epoch, kept=kept, listener=listener,
    )  # fmt: skip
