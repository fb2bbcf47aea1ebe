"""Which words of the scored rows belong to entities that training never named: so recall on those can be told."""

from __future__ import annotations

from dataclasses import replace

from tunecard.evaluation import entity_surfaces, mark_unseen
from tunecard.evidence import Predictions
from tunecard.rows.dataset import TOKEN_TASK, Dataset, Split


def with_unseen(predictions: Predictions, split: Split, dataset: Dataset) -> Predictions:
    """The predictions with the column `unseen`, where words are tagged and labelled training rows are at hand."""
    train = dataset.splits.get("train")
    if dataset.kind != TOKEN_TASK or train is None or not (train.is_labelled and split.is_labelled):
        return predictions
    surfaces = entity_surfaces(train.inputs["tokens"], train.labels)
    return replace(predictions, unseen=mark_unseen(surfaces, split.inputs["tokens"], split.labels))
