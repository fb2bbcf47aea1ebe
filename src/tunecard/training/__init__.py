"""Learning: the loop, its schedule, checkpoints and signals. It must not know recipes, findings or cards.

Names are found when they are asked for: which precision a machine does well is told without transformers.
"""

from typing import TYPE_CHECKING

from tunecard.late_names import late_names

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
    "EpochRecord": "result",
    "FrozenFeatures": "frozen_features",
    "LabelDoubts": "label_doubts",
    "ProbeReport": "probe",
    "Trainer": "trainer",
    "TrainingData": "plan",
    "TrainingPlan": "plan",
    "TrainingResult": "result",
    "check_trackers": "trackers",
    "doubt_labels": "label_doubts",
    "start_head_from_probe": "probe",
    "train": "loop",
    "train_together": "seeds.together",
    "watch_signals": "signals",
}

__getattr__ = late_names(__name__, _HOMES)
