"""Judges prediction files: scores with intervals, slices, baselines, paired differences.

This room trains and predicts nothing, so that anyone who holds the files can compute every finding again.
"""

from tunecard.evaluation.comparison import BASELINES
from tunecard.evaluation.judge import evaluate
from tunecard.evaluation.unseen import entity_surfaces, mark_unseen
from tunecard.tasks.baselines import FrequentTags, frequent_tags, majority_class, repair_iob2
from tunecard.tasks.scoring import headline_metric

__all__ = [
    "BASELINES",
    "FrequentTags",
    "entity_surfaces",
    "evaluate",
    "frequent_tags",
    "headline_metric",
    "majority_class",
    "mark_unseen",
    "repair_iob2",
]
