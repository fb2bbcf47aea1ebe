"""Judges prediction files: scores with intervals, slices, baselines, paired differences.

This room trains and predicts nothing, so that anyone who holds the files can compute every finding again.
"""

from tunecard.evaluation.baselines import FrequentTags, frequent_tags, majority_class, repair_iob2
from tunecard.evaluation.comparison import BASELINES
from tunecard.evaluation.judge import evaluate
from tunecard.evaluation.scoring import headline_metric
from tunecard.evaluation.unseen import entity_surfaces, mark_unseen

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
