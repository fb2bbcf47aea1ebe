"""Judges prediction files: scores with intervals, slices, baselines, paired differences.

This room trains and predicts nothing, so that anyone who holds the files can compute every finding again.
"""

from tunecard.evaluation.judge import evaluate

__all__ = ["evaluate"]
