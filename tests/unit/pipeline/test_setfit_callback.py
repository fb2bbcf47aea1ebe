"""SetFit's Trainer hands callbacks its own objects; what it trains can have no card, and that is said, not guessed."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset
from peft import LoraConfig

import tunecard
from tunecard.foreign.recorder import FILE

setfit = pytest.importorskip("setfit")


@pytest.fixture
def trainer(tmp_path: Path, tiny_base: Callable[[str], Path]) -> Any:
    """SetFit over a tiny sentence encoder of which only LoRA learns."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules
    from sklearn.linear_model import LogisticRegression

    encoder = modules.Transformer(str(tiny_base("bert")))
    body = SentenceTransformer(modules=[encoder, modules.Pooling(encoder.get_embedding_dimension())], device="cpu")
    body.add_adapter(LoraConfig(r=4, target_modules=["query", "value"]))
    model = setfit.SetFitModel(model_body=body, model_head=LogisticRegression(), labels=["sport", "news"])
    rows = Dataset.from_dict({"text": ["tokyo is large", "berlin is small"] * 4, "label": [0, 1] * 4})
    arguments = setfit.TrainingArguments(
        output_dir=str(tmp_path / "out"), num_epochs=1, batch_size=4, report_to=[], logging_steps=1
    )
    return setfit.Trainer(model=model, args=arguments, train_dataset=rows)


def test_the_training_is_noted_down_and_what_to_type_is_said(
    trainer: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    callback = tunecard.CardCallback(tmp_path / "rows.csv")
    trainer.add_callback(callback)
    trainer.add_callback(tunecard.TrainingRecorder(tmp_path))
    with caplog.at_level(logging.WARNING, logger="tunecard"):
        trainer.train()
    assert callback.folder is None
    said = [message for message in caplog.messages if message.startswith("No card is made of a SetFitModel")]
    assert len(said) == 2  # before the first step, and at the end with where the record lies
    assert "`tunecard init DATA`" in said[0] and str(tmp_path / "out" / FILE) in said[1]
    assert (tmp_path / FILE).is_file()
    record = json.loads((tmp_path / "out" / FILE).read_text())
    assert record["global_step"] > 0 and record["arguments"]["learning_rate"] == 2e-05
    assert record["observed_dtypes"] == {"weights that learn": "float32", "frozen weights": "float32"}
    assert [line["embedding_loss"] for line in record["log_history"] if "embedding_loss" in line]
    assert trainer.model.predict(["tokyo is large"])[0] in ("sport", "news")  # SetFit goes on as ever
