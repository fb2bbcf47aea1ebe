"""Who else answers the same rows: the majority baseline and the controls, each as a predictions file."""

from __future__ import annotations

from collections.abc import Mapping

from tunecard.evidence import Predictions, RunFolder
from tunecard.inference import predict_split
from tunecard.pipeline.learning import Ground, learn
from tunecard.rows.dataset import Dataset, Split
from tunecard.rows.encoded import EncodedSplit
from tunecard.tasks import task_for


def write_baselines(folder: RunFolder, dataset: Dataset, splits: Mapping[str, Split]) -> None:
    """What the task's baselines, which learn from the training rows alone, answer to each split."""
    train = dataset.splits["train"]
    for baseline in task_for(dataset).baselines:
        for name, split in splits.items():
            answers = Predictions(list(split.rows), list(split.labels), baseline.predict(train, split))
            folder.write_predictions(answers, name, baseline.name)


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
