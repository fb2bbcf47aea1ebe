"""Which words of the scored rows belong to entities that training never named: so recall on those can be told."""

from __future__ import annotations

from dataclasses import replace

from tunecard.evidence import Predictions
from tunecard.rows.dataset import Dataset, Split
from tunecard.tasks import task_for


def with_unseen(predictions: Predictions, split: Split, dataset: Dataset) -> Predictions:
    """The predictions with the column `unseen`, where words are tagged and labelled training rows are at hand."""
    train = dataset.splits.get("train")
    if train is None or not (train.is_labelled and split.is_labelled):
        return predictions
    return replace(predictions, unseen=task_for(dataset).mark_unseen(train, split))
