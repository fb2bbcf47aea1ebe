"""Learning: the loop, its schedule, checkpoints and signals. It must not know recipes, findings or cards.

Names are found when they are asked for: which precision a machine does well is told without transformers.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tunecard.training.frozen_features import FrozenFeatures
    from tunecard.training.label_doubts import LabelDoubts, doubt_labels
    from tunecard.training.loop import train
    from tunecard.training.plan import TrainingData, TrainingPlan
    from tunecard.training.probe import ProbeReport, start_head_from_probe
    from tunecard.training.result import EpochRecord, TrainingResult
    from tunecard.training.seeds.together import train_together
    from tunecard.training.signals import watch_signals
    from tunecard.training.trackers import check_trackers
    from tunecard.training.trainer import Trainer

__all__ = [
    "EpochRecord", "FrozenFeatures", "LabelDoubts", "ProbeReport", "Trainer", "TrainingData", "TrainingPlan",
    "TrainingResult", "check_trackers", "doubt_labels", "start_head_from_probe", "train", "train_together",
    "watch_signals",
]  # fmt: skip

_HOMES = {
    "frozen_features": ("FrozenFeatures",),
    "label_doubts": ("LabelDoubts", "doubt_labels"),
    "loop": ("train",),
    "plan": ("TrainingData", "TrainingPlan"),
    "probe": ("ProbeReport", "start_head_from_probe"),
    "result": ("EpochRecord", "TrainingResult"),
    "seeds.together": ("train_together",),
    "signals": ("watch_signals",),
    "trackers": ("check_trackers",),
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = next((home for home, names in _HOMES.items() if name in names), "trainer")
    return getattr(import_module(f"{__name__}.{home}"), name)
