"""Predicting: batches sorted by length and returned in order, whole splits, streams of rows, a loaded adapter.

This room must not know recipes, nor how a model came to be.
"""

from tunecard.inference.batches import length_sorted_batches, token_budget_batches
from tunecard.inference.bulk.stream import StreamReport, count_rows, predict_stream
from tunecard.inference.devices import choose_device
from tunecard.inference.fast_path import FastPath, leave_fast_path, take_fast_path
from tunecard.inference.loading import load
from tunecard.inference.many_adapters import ManyAdapters, load_many
from tunecard.inference.predicting import predict_logits, predict_split
from tunecard.inference.predictor import Predictor

__all__ = [
    "FastPath",
    "ManyAdapters",
    "Predictor",
    "StreamReport",
    "choose_device",
    "count_rows",
    "leave_fast_path",
    "length_sorted_batches",
    "load",
    "load_many",
    "predict_logits",
    "predict_split",
    "predict_stream",
    "take_fast_path",
    "token_budget_batches",
]
