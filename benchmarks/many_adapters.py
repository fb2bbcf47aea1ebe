"""Rows with many different adapters in one pass, against one adapter for all rows, and against PEFT's mixed batches.

Random weights and random rows of random length over one BERT-shaped base; every side reads the same rows and shares the
base's memory. Sides take turns (A B C A B C ...) in one process, so that a busy machine is busy for all of them.

    python benchmarks/many_adapters.py
    python benchmarks/many_adapters.py --layers 24 --hidden 1024 --heads 16 --intermediate 4096 --rounds 5 --json
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import time
import warnings
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from transformers import BertConfig, BertForSequenceClassification, BertForTokenClassification

from tunecard.adapters.fused_layers import fuse_layers
from tunecard.adapters.stacked_lora import install_adapters, read_learned_parts
from tunecard.encoders.packed_batch import pack
from tunecard.encoders.packed_forward import enable_packing, forward_packed
from tunecard.inference.batches import length_sorted_batches
from tunecard.inference.engine import Engine
from tunecard.inference.many_adapters import ManyAdapters, borrow_weights
from tunecard.inference.predictor import Predictor
from tunecard.tasks import TASKS, EncodedSplit, collate

VOCABULARY, LABELS = 1000, 9
TARGETS = ("query", "key", "value", "attention.output.dense", "intermediate.dense", "output.dense")


def main() -> None:
    arguments = read_arguments()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    warnings.filterwarnings("ignore")
    base = make_base(arguments)
    peft = make_peft(base, arguments)
    sides, difference = make_sides(base, peft, arguments)
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    reasons: dict[str, str] = {}
    for turn in range(arguments.rounds + 1):  # the first is warm-up
        for name, run in sides.items():
            if name in reasons:
                continue
            began = time.perf_counter()
            try:
                run()
            except TypeError as error:  # PEFT takes only some modules in a mixed batch
                reasons[name] = f"{type(error).__name__}: {error}"
                continue
            if turn:
                seconds[name].append(time.perf_counter() - began)
    report(arguments, seconds, reasons, difference)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--task", choices=("token-classification", "text-classification"), default="token-classification"
    )
    for name, value, help in (
        ("adapters", 64, "in memory"), ("rows", 64, "of one call, each with the next adapter"), ("rank", 16, "of every adapter"),
        ("layers", 6, ""), ("hidden", 384, ""), ("heads", 12, ""), ("intermediate", 1536, ""),
        ("shortest", 8, "tokens of a row"), ("longest", 48, "tokens of a row"),
        ("rounds", 5, "timed turns of each side"), ("threads", 1, ""), ("seed", 0, ""),
    ):  # fmt: skip
        parser.add_argument(f"--{name}", type=int, default=value, help=f"{help} (default: {value})".strip())
    parser.add_argument("--targets", default=",".join(TARGETS), help="comma-separated (default: %(default)s)")
    parser.add_argument("--without-peft", action="store_true", help="leave PEFT's mixed batches out")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def make_base(arguments: argparse.Namespace) -> Any:
    config = BertConfig(
        hidden_size=arguments.hidden, num_hidden_layers=arguments.layers, num_attention_heads=arguments.heads,
        intermediate_size=arguments.intermediate, vocab_size=VOCABULARY, num_labels=LABELS,
    )  # fmt: skip
    is_on_tokens = arguments.task == "token-classification"
    return (
        (BertForTokenClassification if is_on_tokens else BertForSequenceClassification)(config)
        .eval()
        .requires_grad_(False)
    )


def make_peft(base: Any, arguments: argparse.Namespace) -> Any:
    """All adapters in one PEFT model, with random updates and heads."""
    config = LoraConfig(
        r=arguments.rank, lora_alpha=arguments.rank, target_modules=rf".*layer.*({'|'.join(arguments.targets.split(','))})",
        modules_to_save=["classifier"], task_type="TOKEN_CLS" if arguments.task == "token-classification" else "SEQ_CLS",
        init_lora_weights=False,
    )  # fmt: skip
    model = get_peft_model(borrow_weights(base, LABELS), config, adapter_name="adapter-0")
    for number in range(1, arguments.adapters):
        model.add_adapter(f"adapter-{number}", config)
    for name, parameter in model.named_parameters():
        if "modules_to_save" in name:
            torch.nn.init.normal_(parameter.data, std=0.02)
    return model.eval()


def make_sides(base: Any, peft: Any, arguments: argparse.Namespace) -> tuple[dict[str, Callable[[], Any]], float]:
    """What is timed by name, and the largest difference of a logit between mixed rows and stock PEFT, adapter by adapter."""
    names = [f"adapter-{number}" for number in range(arguments.adapters)]
    encoded = random_rows(arguments)
    of_row = [names[row % len(names)] for row in range(len(encoded))]
    many = make_many(base, peft, names, arguments)
    alone = make_alone(base, peft, arguments)
    expected = peft_alone(peft, encoded, of_row)
    found = many.logits(encoded, of_row)
    difference = max(float(np.abs(a - b).max()) for a, b in zip(found, expected, strict=True))
    peft.set_adapter("adapter-0")
    sides = {
        "one adapter alone": lambda: predict_alone(alone, encoded),
        "all adapters mixed": lambda: many.logits(encoded, of_row),
        "mixed layers, one adapter": lambda: many.logits(encoded, [names[0]] * len(encoded)),
    }
    if not arguments.without_peft:
        sides["PEFT, all adapters mixed"] = lambda: predict_peft(peft, encoded, of_row)
    return sides, difference


def random_rows(arguments: argparse.Namespace) -> EncodedSplit:
    draw = random.Random(arguments.seed)
    lengths = [draw.randint(arguments.shortest, arguments.longest) for _ in range(arguments.rows)]
    ids = [[draw.randrange(1, VOCABULARY) for _ in range(length)] for length in lengths]
    return EncodedSplit(ids, None, None, [False] * len(ids))


def make_many(base: Any, peft: Any, names: list[str], arguments: argparse.Namespace) -> ManyAdapters:
    parts = []
    for name in names:
        peft.set_adapter(name)
        parts.append(read_learned_parts(peft, name))
    model = borrow_weights(base, LABELS).requires_grad_(False)
    enable_packing(model)
    fuse_layers(model)
    install_adapters(model, parts, torch.device("cpu"))
    tags = ["O", *(f"B-{number}" for number in range(LABELS - 1))]
    tokenizer: Any = SimpleNamespace(pad_token_id=0)
    engine = Engine(model, tokenizer, TASKS[arguments.task](tags), 512)
    return ManyAdapters(model, {name: Predictor(engine) for name in names})


def make_alone(base: Any, peft: Any, arguments: argparse.Namespace) -> Any:
    """The first adapter under PEFT's wrapper with the packed, fused forward: as one adapter is served."""
    config = peft.peft_config["adapter-0"]
    model = get_peft_model(borrow_weights(base, LABELS), config, adapter_name="adapter-0").eval()
    model.load_state_dict(
        {key: value for key, value in peft.state_dict().items() if ".adapter-0." in key}, strict=False
    )
    model.requires_grad_(False)
    fuse_layers(model)
    enable_packing(model)
    return model


def predict_alone(model: Any, encoded: EncodedSplit) -> list[np.ndarray]:
    with torch.inference_mode():
        batches = length_sorted_batches(encoded.lengths)
        return [forward_packed(model, pack(encoded.input_ids, rows)).numpy() for rows in batches]


def predict_peft(model: Any, encoded: EncodedSplit, of_row: list[str]) -> list[np.ndarray]:
    with torch.inference_mode():
        batches = length_sorted_batches(encoded.lengths)
        return [
            model(**collate(encoded, rows, 0), adapter_names=[of_row[row] for row in rows]).logits.numpy()
            for rows in batches
        ]


def peft_alone(model: Any, encoded: EncodedSplit, of_row: list[str]) -> list[np.ndarray]:
    """Each row without padding by its own adapter: the reference."""
    logits = []
    with torch.inference_mode():
        for name, ids in zip(of_row, encoded.input_ids, strict=True):
            model.set_adapter(name)
            logits.append(model(torch.tensor([ids])).logits[0].numpy())
    return logits


def report(
    arguments: argparse.Namespace, seconds: dict[str, list[float]], reasons: dict[str, str], difference: float
) -> None:
    alone = statistics.median(seconds["one adapter alone"])
    sides = {
        name: {
            "rows_per_second": arguments.rows / statistics.median(times), "of_one_adapter_alone": alone / statistics.median(times),
            "seconds": {"n": len(times), "median": statistics.median(times), "min": min(times), "max": max(times)},
        }
        for name, times in seconds.items() if times
    }  # fmt: skip
    content = {
        "settings": vars(arguments), "torch": torch.__version__, "machine": platform.machine(), "load_average": os.getloadavg()[0],
        "largest_difference_from_peft": difference, "sides": sides, "not_run": reasons,
    }  # fmt: skip
    if arguments.json:
        print(json.dumps(content, indent=1))
        return
    print(
        f"{arguments.adapters} adapters of rank {arguments.rank}, {arguments.rows} rows, {arguments.layers} layers of {arguments.hidden}; load {os.getloadavg()[0]:.1f}"
    )
    print(f"largest difference of a logit from stock PEFT, adapter by adapter: {difference:.1e}")
    for name, side in sides.items():
        times: Any = side["seconds"]
        print(
            f"{name:26} {side['rows_per_second']:8.1f} rows/s  {side['of_one_adapter_alone']:.2f} of one alone  "
            f"{times['median']:.3f} s (n={times['n']}, {times['min']:.3f} to {times['max']:.3f})"
        )
    for name, reason in reasons.items():
        print(f"{name:26} does not run: {reason}")


if __name__ == "__main__":
    main()
