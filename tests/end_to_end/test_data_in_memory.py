"""A run on a `datasets.DatasetDict`: what was loaded is what is learned from, and no path is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from datasets import Dataset, DatasetDict
from small_runs import pair_rows

import tunecard

pytestmark = pytest.mark.usefixtures("warm_processes")


def test_a_dataset_dict_takes_the_place_of_a_source(tiny_base, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    data = DatasetDict(
        {
            name: Dataset.from_list(pair_rows(count, seed))
            for seed, (name, count) in enumerate([("train", 60), ("test", 20)])
        }
    )
    recipe = {
        "base_model": str(tiny_base("roberta")),
        "adapter": {"rank": 2},
        "training": {"epochs": 1, "train_batch_size": 16},
    }
    folder = tunecard.run(recipe, data=data, out=tmp_path / "out")
    findings = folder.read_findings()
    assert findings["data.source"].value == "data in memory"
    assert (findings["data.train.rows"].value, findings["data.test.rows"].value) == (54, 20)
    assert tunecard.verify(folder.path).ok
