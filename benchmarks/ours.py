"""tunecard's side of the benchmarks, by the same calls as its pipeline makes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any, get_args

from rounds import forget_peak, peak_mib, silent_libraries
from shapes import LORA, MAX_LENGTH, Workload, in_batches

INT8 = "int8-products"  # how frozen weights are stored that are multiplied in int8


@dataclass(frozen=True)
class Start:
    """A model before its first step, what it learns from, and how; `new_modules` are those of its head."""

    model: Any
    data: Any
    plan: Any
    new_modules: list[str]


def start(
    work: Workload, folder: Path, precision: str, seed: int, *, rank: int = LORA["rank"], max_length: int = MAX_LENGTH
) -> Start:
    """The base under a new head with LoRA, for one epoch over the workload in batches of its size.

    The workload's seed draws the head, `seed` LoRA, order and dropout: seeds share a pass only where what is frozen is
    equal to the last bit, and PEFT keeps the head's first weights among that.
    """
    import torch

    from tunecard.adapters import add_adapter
    from tunecard.adapters.methods.method import AdapterPlan
    from tunecard.encoders import BaseFiles, load_encoder
    from tunecard.tasks.text_classification import TextClassification
    from tunecard.training import TrainingData, TrainingPlan

    task = TextClassification(work.label_names)
    files = BaseFiles("random", folder / "base", None, is_local=True)
    dtype = torch.float32 if precision == "fp32" else torch.bfloat16
    encoder = load_encoder(files, task.auto_class, task.labels, task.problem_type, work.seed, dtype)
    settings = {
        "rank": rank, "alpha": float(LORA["alpha"]), "dropout": LORA["dropout"],
        "target_modules": LORA["targets"], "bias": "none",
    }  # fmt: skip
    plan = AdapterPlan("lora", settings, encoder.new_modules, task.peft_task_type)
    model = add_adapter(encoder.model, plan, seed)
    settings = TrainingPlan(
        epochs=1, learning_rate=2e-4, head_learning_rate=2e-4, train_batch_size=work.batch,
        precision="fp32" if precision == "fp32" else "bf16-mixed", seed=seed, weight_decay=0.01, warmup_ratio=0.0,
        schedule="linear", gradient_accumulation_steps=1, max_grad_norm=1.0, best_metric="accuracy",
        early_stopping=False, class_weights="none", frozen_products="int8" if precision == "int8" else "as-precision",
    )  # fmt: skip
    rows = encode(work, encoder.tokenizer, task, max_length)
    data = TrainingData(task, rows, rows.take(1), [task.labels[work.labels[0]]], int(encoder.tokenizer.pad_token_id))  # type: ignore[arg-type]
    return Start(model, data, settings, encoder.new_modules)


def train(work: Workload, folder: Path, precision: str) -> dict[str, Any]:
    """Seconds and tokens of every timed step, in row order."""
    from tunecard.encoders import load_encoder
    from tunecard.tasks.text_classification import TextClassification
    from tunecard.training import Trainer

    assert load_encoder and TextClassification  # `start` imports them, too: they are no part of the training
    memory = {"after_import": peak_mib()}
    begun = start(work, folder, precision, work.seed)
    trainer = Trainer(begun.model, begun.data, begun.plan, begun.new_modules)  # takes the fast path
    require_fast(trainer.path)
    memory["after_loading"] = peak_mib()
    forget_peak()
    rows = begun.data.train
    begun.model.train()
    seconds = []
    for batch in in_batches(range(len(rows)), work.batch):
        began = time.perf_counter()
        _ = trainer.step(batch).outcome  # waits for a GPU
        seconds.append(time.perf_counter() - began)
        trainer.result.steps += 1
    tokens = sum(rows.lengths[work.warm_up * work.batch :])
    memory["steps"] = peak_mib()
    memory["peak"] = max(memory["after_loading"], memory["steps"])
    return {
        "seconds": sum(seconds[work.warm_up :]), "tokens": tokens, "computed_tokens": tokens,
        "fused_layers": trainer.path.fused_layers, "parity": trainer.path.difference, "memory_mib": memory,
    }  # fmt: skip


def predict(
    work: Workload, folder: Path, precision: str, *, clock: Callable[[], float] = time.perf_counter
) -> dict[str, Any]:
    """Seconds from texts to decoded predictions, and the predictions."""
    from tunecard.inference import predict_logits

    engine, memory = load_engine(work, folder, precision)

    def run(texts: list[str]) -> list[Any]:
        inputs = {"text": texts} if work.task == "text" else {"tokens": [text.split() for text in texts]}
        encoded = engine.encode(inputs)
        logits = predict_logits(engine.model, encoded, int(engine.tokenizer.pad_token_id))
        return [engine.task.decode(row_logits, encoded, row)[0] for row, row_logits in enumerate(logits)]

    run(list(islice(cycle(work.texts), work.warm_up)))
    began = clock()
    answers = run(work.texts)
    return {"seconds": clock() - began, "predictions": answers, "memory_mib": memory | {"peak": peak_mib()}}


def load_engine(work: Workload, folder: Path, precision: str) -> tuple[Any, dict[str, float]]:
    """The merged model on the fast path with tokenizer and task, and the memory so far."""
    import torch
    import transformers

    from tunecard.encoders import BaseFiles, load_tokenizer
    from tunecard.inference import take_fast_path
    from tunecard.inference.engine import Engine
    from tunecard.tasks.text_classification import TextClassification
    from tunecard.tasks.token_classification import TokenClassification

    memory = {"after_import": peak_mib()}
    task: Any = TextClassification(work.label_names) if work.task == "text" else TokenClassification(work.label_names)
    with silent_libraries():
        head = getattr(transformers, task.auto_class)
        model = head.from_pretrained(folder / "merged", dtype=torch.float32).eval().requires_grad_(False)
    dtype = torch.float32 if precision == "fp32" else torch.bfloat16  # what int8 leaves is in bf16
    stored: Any = INT8 if precision == "int8" else "full"
    require_fast(take_fast_path(model, dtype, stored))
    tokenizer = load_tokenizer(BaseFiles("random", folder / "merged", None, is_local=True))
    memory["after_loading"] = peak_mib()
    return Engine(model, tokenizer, task, MAX_LENGTH), memory


def why_not(precision: str) -> str | None:
    """Why tunecard cannot predict in a precision here; None: it can."""
    import torch

    from tunecard.adapters.fused.frozen_weight import Stored

    if precision != "int8":
        return None
    if INT8 not in get_args(Stored):
        return "this version of tunecard has no products in int8"
    from tunecard.adapters.fused.int8_products import why_no_int8_products

    return why_no_int8_products(torch.device("cpu"))


def save_merged(work: Workload, folder: Path) -> None:
    """`folder/merged`: the base under a head, with a LoRA whose weights are not zero merged in."""
    from peers import load_base, wrap
    from transformers import AutoTokenizer

    with silent_libraries():
        model = wrap(work, load_base(work, folder), init_lora_weights=False).merge_and_unload()
        model.save_pretrained(folder / "merged")
    AutoTokenizer.from_pretrained(folder / "base").save_pretrained(folder / "merged")


def encode(work: Workload, tokenizer: Any, task: Any, max_length: int = MAX_LENGTH) -> Any:
    """The workload's texts and labels as the training reads them."""
    from tunecard.inference.token_cache import encode_split
    from tunecard.rows.dataset import Split

    rows = list(range(len(work.texts)))
    labels = [task.labels[label] for label in work.labels]
    return encode_split(
        task, tokenizer, Split("train", rows, {"text": work.texts}, labels, {}, "given", {}), max_length
    )


def require_fast(path: Any) -> None:
    """Raises: SystemExit: the parity gate left the model on the padded path."""
    if not path.is_packed:
        raise SystemExit(f"the model is not on the fast path: {path.reason}")
