"""What stock PEFT is asked in the fresh process, for methods that ask more of a row or answer more than its tokens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from peft import PolyConfig, PromptTuningConfig, get_peft_model

from tunecard.stock.reload_script import values_of

TinyBase = Callable[[str], Path]
IDS = torch.tensor([[2, 10, 20, 3], [2, 11, 3, 0]])
ROW = {"input_ids": IDS, "attention_mask": (IDS != 0).long()}


def wrapped(base: Path, head: str, config: Any) -> Any:
    torch.manual_seed(0)
    return get_peft_model(getattr(transformers, head).from_pretrained(base), config).eval()


@pytest.mark.parametrize(
    "head", ["AutoModelForSequenceClassification", "AutoModelForTokenClassification", "AutoModelForMultipleChoice"]
)
def test_the_task_of_a_row_is_that_of_each_of_its_sequences(tiny_base: TinyBase, head: str) -> None:
    config = PolyConfig(task_type="FEATURE_EXTRACTION", n_tasks=1, n_skills=2, r=2, target_modules=["query"])
    model = wrapped(tiny_base("bert"), head, config)
    with torch.no_grad():
        several = values_of(model, {**ROW, "task_ids": torch.tensor(0)}, head)
        first = {name: values[0] for name, values in ROW.items()}
        alone = values_of(model, {**first, "task_ids": torch.tensor(0)}, head)
    alone = alone if head.endswith(("TokenClassification", "Choice")) else [alone]
    assert len(several) == {"AutoModelForTokenClassification": 7}.get(head, 2)
    assert torch.allclose(torch.tensor(several[: len(alone)]), torch.tensor(alone), atol=1e-5)


@pytest.mark.parametrize(
    ("head", "kind"),
    [("AutoModelForQuestionAnswering", "QUESTION_ANS"), ("AutoModelForTokenClassification", "TOKEN_CLS")],
)
def test_what_a_prompt_answers_is_left_out(tiny_base: TinyBase, head: str, kind: str) -> None:
    model = wrapped(tiny_base("bert"), head, PromptTuningConfig(task_type=kind, num_virtual_tokens=3))
    with torch.no_grad():
        found = torch.tensor(values_of(model, dict(ROW), head))
        output = model(**ROW)
    lines = output.logits if "logits" in output else torch.stack([output.start_logits, output.end_logits], dim=-1)
    assert torch.allclose(found, torch.cat([lines[0, 3:7], lines[1, 3:6]]), atol=1e-5)
