"""Who else answers the same rows: the majority baseline and the controls, each as a predictions file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunecard.evidence import Predictions, RunFolder
from tunecard.inference import predict_split
from tunecard.pipeline.learning import Ground, learn
from tunecard.rows.dataset import TOKEN_TASK, Dataset, Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks.baselines import frequent_tags, majority_class

MAJORITY = "majority"


def write_majority(folder: RunFolder, dataset: Dataset, splits: Mapping[str, Split]) -> None:
    """The most frequent class, or each word's most frequent tag, learned from the training rows."""
    train = dataset.splits["train"]
    for name, split in splits.items():
        if dataset.kind == TOKEN_TASK:
            predictions: list[Any] = frequent_tags(train.inputs["tokens"], train.labels).predict(split.inputs["tokens"])
        else:
            predictions = [majority_class(train.labels)] * len(split)
        folder.write_predictions(Predictions(list(split.rows), list(split.labels), predictions), name, MAJORITY)


def write_control(
    folder: RunFolder, ground: Ground, method: str, splits: Mapping[str, Split], encoded: Mapping[str, EncodedSplit]
) -> None:
    """Trains a control by the same loop and stores its predictions; its weights stay in the checkpoints."""
    if all(folder.predictions(name, method).is_file() for name in splits):
        return  # made before the run was interrupted
    trained = learn(ground, method, ground.recipe.seeds[0])
    for name, split in splits.items():
        predictions = predict_split(trained.model, ground.task, split, encoded[name], ground.data.pad_token_id)
        folder.write_predictions(predictions, name, method)
