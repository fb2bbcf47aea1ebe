"""The stock side of the benchmarks: transformers' own Trainer with PEFT's own LoRA, and transformers' own pipeline.

Three ways to feed Trainer, slowest first: every row padded to 128 tokens, as run_glue does by default; each batch padded
to its longest row; batches of rows of like length, as `train_sampling_strategy="group_by_length"` makes them. Bf16 is
Trainer's `bf16=True`: autocast over fp32 weights.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rounds import peak_mib, silent_libraries
from shapes import LORA, MAX_LENGTH, Workload, in_batches

PADDED, DYNAMIC, GROUPED = "padded-to-128", "dynamic-padding", "grouped-by-length"
TRAINING_PEERS = (PADDED, DYNAMIC, GROUPED)
PIPELINE_BATCH = 32
MEGA_BATCHES = 50  # what transformers' LengthGroupedSampler sorts at once, in batches


def train(work: Workload, folder: Path, peer: str, precision: str) -> dict[str, Any]:
    """Seconds and tokens of the timed steps of `Trainer.train`; loading batches and warm-up left out."""
    import stock_training
    import torch
    import transformers

    memory = {"after_import": _import_all()}
    with silent_libraries():
        model = wrap(work, load_base(work, folder))
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder / "base")
    memory["after_loading"] = peak_mib()
    encoded = tokenizer(work.texts, truncation=True, max_length=MAX_LENGTH)
    lengths = [len(ids) for ids in encoded["input_ids"]]
    order = _order(work, lengths, peer)
    rows = [{**{name: encoded[name][row] for name in encoded}, "labels": work.labels[row]} for row in order]
    padding = {"padding": "max_length", "max_length": MAX_LENGTH} if peer == PADDED else {"padding": True}
    clock = _clock()
    stock_training.fit(
        model, rows, transformers.DataCollatorWithPadding(tokenizer, **padding),  # type: ignore[arg-type]
        callbacks=[clock], max_steps=len(rows) // work.batch, per_device_train_batch_size=work.batch, learning_rate=2e-4,
        weight_decay=0.01, bf16=precision == "bf16", use_cpu=True, seed=work.seed, train_sampling_strategy="sequential",
    )  # fmt: skip
    assert next(model.parameters()).dtype == torch.float32  # Trainer's bf16 is autocast
    timed = in_batches([lengths[row] for row in order], work.batch)[work.warm_up :]
    return {
        "seconds": sum(clock.seconds[work.warm_up :]),
        "tokens": sum(map(sum, timed)),
        "computed_tokens": sum(len(batch) * (MAX_LENGTH if peer == PADDED else max(batch)) for batch in timed),
        "memory_mib": memory | {"peak": peak_mib()},
    }


def predict(
    work: Workload, folder: Path, precision: str, *, clock: Callable[[], float] = time.perf_counter
) -> dict[str, Any]:
    """Seconds of `transformers.pipeline` from texts to predictions, and the predictions of a text task."""
    import torch
    import transformers

    memory = {"after_import": _import_all()}
    kinds = {
        "text": transformers.AutoModelForSequenceClassification,
        "token": transformers.AutoModelForTokenClassification,
    }
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    with silent_libraries():
        model = kinds[work.task].from_pretrained(folder / "merged", dtype=dtype)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder / "merged", model_max_length=MAX_LENGTH)
        pipeline = transformers.pipeline(f"{work.task}-classification", model=model, tokenizer=tokenizer, device="cpu")
    memory["after_loading"] = peak_mib()
    options = {"truncation": True} if work.task == "text" else {}
    pipeline(work.texts[: work.warm_up], batch_size=PIPELINE_BATCH, **options)
    began = clock()
    answers = pipeline(work.texts, batch_size=PIPELINE_BATCH, **options)
    seconds = clock() - began
    labels = [answer["label"] for answer in answers] if work.task == "text" else None
    return {"seconds": seconds, "predictions": labels, "memory_mib": memory | {"peak": peak_mib()}}


def load_base(work: Workload, folder: Path) -> Any:
    """The base under a new head of the task, drawn by the workload's seed."""
    import transformers

    transformers.set_seed(work.seed)
    kinds = {
        "text": transformers.AutoModelForSequenceClassification,
        "token": transformers.AutoModelForTokenClassification,
    }
    names = dict(enumerate(work.label_names))
    return kinds[work.task].from_pretrained(
        folder / "base", num_labels=len(names), id2label=names, label2id={name: id for id, name in names.items()}
    )


def wrap(work: Workload, base: Any, adapter_name: str = "default", **lora: Any) -> Any:
    """Stock PEFT's LoRA on a base, as its guides do it; `lora` changes its config."""
    import peft

    settings = {
        "r": LORA["rank"], "lora_alpha": LORA["alpha"], "lora_dropout": LORA["dropout"], "target_modules": LORA["targets"],
    }  # fmt: skip
    kind = "SEQ_CLS" if work.task == "text" else "TOKEN_CLS"
    return peft.get_peft_model(base, peft.LoraConfig(task_type=kind, **(settings | lora)), adapter_name=adapter_name)


def _order(work: Workload, lengths: list[int], peer: str) -> list[int]:
    """Warm-up rows, then the timed ones: as they come, or grouped by transformers' own function.

    Trainer's own setting would group the warm-up rows with them, and of a few steps only few at once: a whole epoch
    is sorted 50 batches at a time, and so are the timed rows here.
    """
    import torch
    from transformers.trainer_pt_utils import get_length_grouped_indices

    first = work.warm_up * work.batch
    if peer != GROUPED:
        return list(range(len(lengths)))
    many = min(MEGA_BATCHES, max(1, (len(lengths) - first) // work.batch))
    generator = torch.Generator().manual_seed(work.seed)
    grouped = get_length_grouped_indices(lengths[first:], work.batch, mega_batch_mult=many, generator=generator)
    return [*range(first), *(first + int(row) for row in grouped)]


def _import_all() -> float:
    import peft
    import transformers

    assert peft.get_peft_model
    assert transformers.Trainer and transformers.pipeline  # transformers imports on first use
    return peak_mib()


def _clock() -> Any:
    import transformers

    class Clock(transformers.TrainerCallback):
        """Seconds of every optimizer step."""

        def __init__(self) -> None:
            self.seconds: list[float] = []
            self.began = 0.0

        def on_step_begin(self, *args: Any, **kwargs: Any) -> None:
            self.began = time.perf_counter()

        def on_step_end(self, *args: Any, **kwargs: Any) -> None:
            self.seconds.append(time.perf_counter() - self.began)

    return Clock()
