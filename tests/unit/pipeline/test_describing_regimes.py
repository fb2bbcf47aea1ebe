"""The card names the regime that ran, the types that were seen, and what loss scaling cost."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch

from tiny_training import make_ground
from tunecard.adapters.methods.recipes import check_recipe
from tunecard.card.products_told import limits
from tunecard.card.sections.training import answers, extras, settings_table
from tunecard.evidence import Findings, measured
from tunecard.kernels import load_kernels
from tunecard.recipe import hyperparameters
from tunecard.reporting.training import training_findings
from tunecard.training import train
from tunecard.training.result import Trained
from tunecard.training.temperature import Calibration

PACKED = "packed rows, 12 fused linear layers"
KERNELS = ", kernels compiled for this processor" if load_kernels().library else ""


def told(base: Path, folder: Path, precision: str) -> Findings:
    ground = make_ground(base, precision=precision, epochs=2)
    result = train(ground.model, ground.data, ground.plan, ground.encoder.new_modules, folder)
    shipped = make_ground(base).model  # what is saved and scored is in fp32 again
    trained = Trained(shipped, ground.encoder, result, ground.plan, None, 3, Calibration())
    recipe = check_recipe({"data": {"source": "x"}, "training": {"precision": precision}})
    return Findings(training_findings(hyperparameters(recipe), {}, trained, 1))


@pytest.mark.parametrize(
    ("precision", "said"),
    [
        (
            "bf16-mixed",
            "bf16 mixed precision (observed: products of frozen layers bfloat16, logits float32, "
            "frozen weights bfloat16, float32, trainable weights float32, gradients float32, optimizer moments float32)",
        ),
        (
            "fp16-mixed",
            "fp16 mixed precision (observed: products of frozen layers float16, logits float32, "
            "frozen weights float16, float32, trainable weights float32, gradients float32, optimizer moments float32)",
        ),
        (
            "bf16",
            "bf16 non-mixed precision (observed: products of frozen layers bfloat16, logits bfloat16, "
            "frozen weights bfloat16, trainable weights bfloat16, gradients bfloat16, optimizer moments bfloat16)",
        ),
        (
            "fp16",
            "fp16 non-mixed precision (observed: products of frozen layers float16, logits float16, "
            "frozen weights float16, trainable weights float16, gradients float16, optimizer moments float32)",
        ),
        (
            "fp8-mixed",
            "fp8 mixed precision (observed: products of frozen layers float8_e4m3fn, as bfloat16, logits float32, "
            "frozen weights bfloat16, float32, float8_e4m3fn, trainable weights float32, gradients float32, "
            "optimizer moments float32)",
        ),
    ],
)
def test_the_regime_that_ran(tiny_base: Callable[[str], Path], tmp_path: Path, precision: str, said: str) -> None:
    findings = told(tiny_base("roberta"), tmp_path, precision)
    regime, _, seen = said.removesuffix(")").partition(" (observed: ")
    texts = answers(findings)["training_regime"].text, settings_table(findings)
    short, full = (re.sub(r"\[(.*?)\]\[\d+\]", r"\1", text) for text in texts)  # without the citations of records
    assert short == regime
    assert f"Forward path: {PACKED}{'' if precision.startswith('fp16') else KERNELS}." in full
    assert f"Types seen in training: {seen}." in full


def test_skipped_steps_are_told(
    tiny_base: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.amp, "GradScaler", partial(torch.amp.GradScaler, init_scale=2.0**24))
    findings = told(tiny_base("roberta"), tmp_path, "fp16-mixed")
    said = str(findings.value("training.optimizer"))
    start, skipped = (
        "AdamW, no weight decay on biases and norms; scaled loss, ",
        said.split("scaled loss, ")[1].split(maxsplit=1)[0],
    )
    assert said == f"{start}{skipped} of 12 steps skipped for overflow"
    assert 0 < int(skipped) < 12
    assert said in extras(findings)["training_regime"]


@pytest.mark.parametrize(("gradients", "told", "is_much"), [(0.071, "7.1 %", False), (0.404, "40.4 %", True)])
def test_products_in_int8_are_told_with_their_distance(gradients: float, told: str, is_much: bool) -> None:
    value = {"loss": 0.0003, "logits": 0.064, "gradients": gradients}
    records = [
        measured("training.precision", "bf16-mixed"),
        measured("training.frozen_products", value, n=32, method="m"),
    ]
    findings = Findings(records)
    said = re.sub(r"\[(.*?)\]\[\d+\]", r"\1", answers(findings)["training_regime"].text)
    assert said == (
        "bf16 mixed precision; products of frozen layers in int8, with a scale for every output channel and every row: "
        f"before the first step off by loss < 0.1 %, logits 6.4 %, gradients {told} (32 rows of validation)"
    )
    assert bool(limits(findings)) == is_much
    assert all("[40.4 %]" in one for one in limits(findings))
