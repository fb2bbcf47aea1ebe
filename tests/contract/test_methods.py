"""One list of what every method of PEFT can do on an encoder, found here: trained under the head of every task, saved,
reloaded by stock PEFT in a process of its own; merged, packed, counted under two of them.

TUNECARD_WRITE_METHODS=1 writes the list anew from what is found. Counts of parameters that it holds are kept: delete a
row of the list to have them made anew.
"""

from __future__ import annotations

import copy
import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_type_hints

import peft.optimizers
import pytest
import torch
from peft import LoraConfig, PeftType
from torch import Tensor
from transformers import RobertaConfig, RobertaForSequenceClassification

import tunecard.adapters.methods
from tiny_models import make_base
from tunecard.adapters import add_adapter, load_adapter, save_adapter, trainable_state
from tunecard.adapters.conversion import on_untouched_base
from tunecard.adapters.fused.freezing import Storage
from tunecard.adapters.merging import merge_adapter
from tunecard.adapters.methods.abilities import LIST, read_abilities
from tunecard.adapters.methods.method import AdapterPlan, Method
from tunecard.adapters.methods.no_methods import NO_METHODS, TYPES
from tunecard.adapters.methods.registry import METHODS, method_of
from tunecard.adapters.starts.registry import factors
from tunecard.adapters.starts.rows import StartRows
from tunecard.adapters.targets import count_adapted, count_added, layers_in_blocks
from tunecard.adapters.without_updates import updated_by_layer, why_no_layer, without_updates
from tunecard.encoders import Encoder, forward_padded, load_encoder, locate_base, outputs_of
from tunecard.evidence import RunFolder
from tunecard.evidence.adapter_file import read_header, stored_once
from tunecard.inference import take_fast_path
from tunecard.tasks.registry import TASKS

PATH = Path(tunecard.adapters.methods.__file__).with_name(LIST)
LABELS = ("no", "yes", "maybe")
# transformers' class with the head, to the family of a tiny base and PEFT's name of the task.
HEADS = {
    "AutoModelForSequenceClassification": ("roberta", "SEQ_CLS"),
    "AutoModelForTokenClassification": ("bert", "TOKEN_CLS"),
    "AutoModelForQuestionAnswering": ("roberta", "QUESTION_ANS"),
    "AutoModelForMultipleChoice": ("roberta", "FEATURE_EXTRACTION"),
    "AutoModel": ("roberta", "FEATURE_EXTRACTION"),
}
# Where merging, packing and counting are tried too: they ask of the blocks, not of what stands on them.
WIDTHS = {"AutoModelForQuestionAnswering": 2, "AutoModelForMultipleChoice": 1}
WHOLE = list(HEADS)[:2]
SAME = 1e-5
MERGED = 1e-4
# Numbers for a base of width 32, where a method's own are meant for wider ones.
SMALL: dict[str, dict[str, Any]] = {
    "multitask_prompt_tuning": {"virtual_tokens": 4}, "prefix_tuning": {"virtual_tokens": 4},
    "prompt_tuning": {"virtual_tokens": 4}, "p_tuning": {"virtual_tokens": 4}, "cartridge": {"virtual_tokens": 4},
}  # fmt: skip
# Fields of LoraConfig that make no method: where a model is split over machines, and where memory lies while it is loaded.
OF_NO_METHOD = ("megatron_config", "runtime_config")
# What a fault of PEFT's own means, in words for whoever reads the list; any other stands there as it came.
IN_WORDS = {
    "RuntimeError: Tensors must have same number of dimensions": (
        "PEFT puts a learned prompt in front of one sequence a row, and here a row has several"
    ),
    "ValueError: task_ids cannot be None": "PEFT does not tell its prompt the task under this head",
}
# PEFT takes a part of the weights away in memory, again whenever it loads the adapter; the base's file stays.
CUTS = {"kasa"}
LARGE = {"hidden_size": 1024, "num_attention_heads": 16, "intermediate_size": 4096, "max_position_embeddings": 514}
STOCK = """
import copy, json, sys, warnings
import torch, transformers
from peft import PeftModel
transformers.logging.set_verbosity_error()
warnings.filterwarnings("ignore")
answers, bases = {}, {}

def values(output, real):
    if "last_hidden_state" in output:
        states = output.last_hidden_state[:, -real.shape[1]:]
        return torch.stack([state[row].mean(0) for state, row in zip(states, real)])
    if "start_logits" in output:
        lines = torch.stack([output.start_logits, output.end_logits], -1)
    else:
        lines = output.logits
    return lines[:, -real.shape[1]:][real] if lines.dim() > 2 else lines

for name, (base, kind, folder, inputs) in json.load(sys.stdin).items():
    try:
        if kind not in bases:
            config = transformers.AutoConfig.from_pretrained(folder + "/encoder" * (kind == "AutoModel"))
            bases[kind] = getattr(transformers, kind).from_pretrained(base, config=config)
        model = PeftModel.from_pretrained(copy.deepcopy(bases[kind]), folder).eval()
        given = {key: torch.tensor(value) for key, value in inputs.items()}
        real = given["attention_mask"].bool()
        if kind.endswith("MultipleChoice"):  # two questions of two choices
            given |= {key: given[key].reshape(2, 2, -1) for key in ("input_ids", "attention_mask")}
        with torch.no_grad():
            found = values(model(**given), real)
        answers[name] = (found.reshape(-1, 1) if kind.endswith("MultipleChoice") else found).tolist()
    except Exception as error:
        answers[name] = f"{type(error).__name__}: {error}"
json.dump(answers, sys.stdout)
"""


@dataclass
class Found:
    """What came of one method under one head."""

    method: Method
    head: str
    folder: Path
    logits: Tensor
    start: Tensor
    moved: int = 0
    head_moved: bool = False
    base_same: bool = False
    trainable: int = 0
    packs: bool = False
    merge_difference: float | None = None
    merge_reason: str | None = None
    without_difference: float | None = None
    strict_difference: float = float("nan")
    counts: dict[str, int] = field(default_factory=dict)


@cache
def place() -> Path:
    import tempfile

    return Path(tempfile.mkdtemp(prefix="methods-"))


@cache
def tiny(architecture: str) -> Path:
    return make_base(place() / architecture, architecture)


def base_of(head: str) -> Path:
    return tiny(HEADS[head][0])


@cache
def loaded(head: str) -> Encoder:
    return load_encoder(locate_base(str(base_of(head))), head, LABELS[: WIDTHS.get(head)], None, 0)


def load(head: str) -> Encoder:
    return replace(loaded(head), model=copy.deepcopy(loaded(head).model))


def rows() -> dict[str, Tensor]:
    dice = torch.Generator().manual_seed(3)
    ids = torch.randint(5, 60, (4, 9), generator=dice)
    mask = (torch.arange(9)[None] < torch.tensor([9, 6, 9, 3])[:, None]).long()
    return {"input_ids": ids * mask, "attention_mask": mask}


def answers(model: Any) -> Tensor:
    with torch.no_grad():
        return values(model.eval())


def values(model: Any) -> Tensor:
    """(N, K) of sequences or of their real tokens, as the house runs padded rows."""
    inputs = rows()
    found = forward_padded(model, inputs)
    return found if outputs_of(model).of_sequences else found[inputs["attention_mask"].bool()]


def settings_of(method: Method, model: Any) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for setting in method.settings:
        value = SMALL.get(method.name, {}).get(setting.key, setting.default)
        if value == "auto" and setting.rule is not None:
            value = setting.rule.value(settings, layers_in_blocks(model))
        settings[setting.key] = value
    return settings


def storage_of(method: Method) -> Storage:
    """As the method asks the base to be stored while it learns; in full where it asks nothing."""
    return Storage(torch.float32, next(iter(method.base_weights), "full"))  # type: ignore[arg-type]


def plain_state(model: Any) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def frozen_of(model: Any) -> dict[str, Tensor]:
    """The base's own tensors inside a wrapped model, by the names that they have in the base."""
    inner = {
        name.removeprefix("base_model.model.").removeprefix("base_model."): t for name, t in model.state_dict().items()
    }
    return {name.replace(".base_layer.", "."): tensor for name, tensor in inner.items()}


def difference(a: Tensor, b: Tensor) -> float:
    return float((a - b).abs().max() / b.abs().max())


@cache
def found(name: str, head: str) -> Found | str:
    """What comes of a method; a reason where it fails."""
    try:
        return _find(METHODS[name], head)
    except Exception as error:  # noqa: BLE001 - whatever a method trips over is what the list tells
        return f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"


def _find(method: Method, head: str) -> Found:
    encoder = load(head)
    before, base = plain_state(encoder.model), answers(encoder.model)
    plan = AdapterPlan(method.name, settings_of(method, encoder.model), encoder.new_modules, HEADS[head][1])
    model: Any = add_adapter(encoder.model, plan, seed=1, rows=StartRows([rows()], _losses, storage_of(method)))
    begun = {} if not method.moves_base else factors(model, method)
    one = Found(method, head, place() / f"{method.name}-{head}", torch.empty(0), base if begun else answers(model))
    _learn(one, model, encoder)
    if begun:
        model = on_untouched_base(load(head).model, model.peft_config["default"], trainable_state(model), begun)
    after = frozen_of(model)
    own = {name for name in before if not any(part in name.split(".") for part in encoder.new_modules)}
    one.base_same = own <= after.keys() and all(torch.equal(before[name], after[name]) for name in own)
    one.logits, one.trainable = answers(model), sum(tensor.numel() for tensor in trainable_state(model).values())
    one.counts = {"adapted": count_adapted(model), "added": count_added(model, method)}
    save_adapter(model, encoder.tokenizer, RunFolder(one.folder), base_id="anna/tiny", revision=None)
    strict = load_adapter(load(head).model, RunFolder(one.folder))
    one.strict_difference = difference(answers(strict), one.logits)
    if head in WHOLE:
        one.without_difference = _without_updates(strict, head, encoder.new_modules)
        _pack_and_merge(one, model, strict)
    return one


def _without_updates(model: Any, head: str, heads: list[str]) -> float | None:
    """How far answers without any layer's update are from those of the frozen base under the head that learned."""
    if why_no_layer(model):
        return None
    plain = load(head).model
    learned = {name.replace("modules_to_save.default.", ""): tensor for name, tensor in frozen_of(model).items()}
    plain.load_state_dict({name: t for name, t in learned.items() if name.split(".")[0] in heads}, strict=False)
    with without_updates(module for modules in updated_by_layer(model).values() for module in modules):
        return difference(answers(model), answers(plain))


def _pack_and_merge(one: Found, model: Any, strict: Any) -> None:
    one.packs = take_fast_path(copy.deepcopy(model).train()).is_packed
    report = merge_adapter(strict)
    one.merge_reason = report.reason
    if report.reason is None:
        one.merge_difference = difference(answers(report.model), one.logits)


def _learn(one: Found, model: Any, encoder: Encoder) -> None:
    if one.method.base_weights:
        take_fast_path(model, torch.float32, one.method.base_weights[0])  # type: ignore[arg-type]
    learned = trainable_state(model)
    start = {name: tensor.detach().clone() for name, tensor in learned.items()}
    optimizer = torch.optim.AdamW(learned.values(), lr=1e-2)
    torch.manual_seed(4)
    for _ in range(3):
        for loss in _losses(model.train()):
            loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    moved = {name for name, tensor in learned.items() if not torch.equal(tensor, start[name])}
    one.moved = sum(not any(part in encoder.new_modules for part in name.split(".")) for name in moved)
    one.head_moved = any(any(part in encoder.new_modules for part in name.split(".")) for name in moved)


def _losses(model: Any) -> Iterator[Tensor]:
    """Of classes where a line has several; of pairs of sequences where each has one number."""
    lines = values(model)
    lines = lines.reshape(2, 2) if lines.shape[-1] == 1 else lines
    yield torch.nn.functional.cross_entropy(lines, torch.arange(len(lines)) % min(len(LABELS), lines.shape[-1]))


@cache
def stock() -> dict[str, Any]:
    """What stock PEFT gives in one fresh process for all that was saved."""
    asked = {}
    for name in METHODS:
        for head in HEADS:
            one = found(name, head)
            if isinstance(one, Found):
                inputs = {key: tensor.tolist() for key, tensor in rows().items()}
                inputs |= {"task_ids": [0] * len(inputs["input_ids"])} if one.method.reads_task else {}
                asked[f"{name}/{head}"] = [str(base_of(head)), head, str(one.folder), inputs]
    done = subprocess.run(
        [sys.executable, "-I", "-c", STOCK], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout))


def stock_difference(one: Found) -> float | str:
    answer = stock()[f"{one.method.name}/{one.head}"]
    return answer if isinstance(answer, str) else difference(torch.tensor(answer), one.logits)


def why_not(name: str, head: str) -> str | None:
    """Why a method does not work under a head, None where it does."""
    one = found(name, head)
    if isinstance(one, str):
        return next((words for fault, words in IN_WORDS.items() if one.startswith(fault)), one)
    told = stock_difference(one)
    if isinstance(told, str):
        return told
    checks = {
        "no weight moves": one.moved > 0,
        "the head does not learn": one.head_moved or not loaded(head).new_modules,
        "answers stay as they were": difference(one.logits, one.start) > SAME,
        "a weight of the base changes": one.base_same or name in CUTS,
        f"stock PEFT gives other answers, by {told:.0e}": told <= SAME,
        f"strict loading gives other answers, by {one.strict_difference:.0e}": one.strict_difference <= SAME,
    }
    return next((reason for reason, holds in checks.items() if not holds), None)


@pytest.mark.parametrize("name", METHODS)
def test_without_its_updates_a_model_answers_as_the_frozen_base_under_the_same_head(name: str) -> None:
    for one in (found(name, head) for head in WHOLE):
        if isinstance(one, Found):
            is_prompt = any(setting.key == "virtual_tokens" for setting in one.method.settings)
            has_no_layer = is_prompt or bool(one.method.unlayered)
            assert one.without_difference is None if has_no_layer else one.without_difference == 0


def large(layers: int) -> RobertaForSequenceClassification:
    return RobertaForSequenceClassification(
        RobertaConfig(vocab_size=50, num_hidden_layers=layers, type_vocab_size=1, num_labels=3, **LARGE)
    )


def learned_on_large(name: str, layers: int) -> int:
    """Numbers that learn on so many layers of roberta-large's width, without the head."""
    method = METHODS[name]
    with torch.device("meta"):
        outline = large(layers)
        plan = AdapterPlan(name, {**settings_of(method, outline), **_as_shipped(method)}, ["classifier"], "SEQ_CLS")
        model = add_adapter(outline, plan, 0) if method.lays_out else None
    model = model or add_adapter(large(layers), plan, 0)
    return sum(tensor.numel() for key, tensor in trainable_state(model).items() if ".classifier." not in key)


def _as_shipped(method: Method) -> dict[str, Any]:
    """The settings that only the tiny bases have otherwise."""
    return {s.key: s.default for s in method.settings if s.key in SMALL.get(method.name, {}) and s.default != "auto"}


def count_large(name: str) -> int:
    """The same on all of its 24 layers: what grows with the layers grows evenly."""
    one, two = (learned_on_large(name, layers) for layers in (1, 2))
    return one + 23 * (two - one)


def measure(counts: Mapping[str, int]) -> dict[str, Any]:
    """The list as it is found here."""
    listed = []
    for name in METHODS:
        reasons = {head: why_not(name, head) for head in HEADS}
        works = [one for head in WHOLE if reasons[head] is None and isinstance(one := found(name, head), Found)]
        listed.append({
            "name": name,
            "heads": {head: reason or True for head, reason in reasons.items()},
            "merges": bool(works) and all((one.merge_difference or 0) <= MERGED and not one.merge_reason for one in works),
            "packs": bool(works) and all(one.packs for one in works),
            "parameters": {"roberta-large": counts[name]},
        })  # fmt: skip
    about = (
        "Made by tests/contract/test_methods.py: each method trained for three steps on tiny random bases under each "
        "head, saved, reloaded by stock PEFT in a fresh process; merged and packed under the first two heads; "
        "parameters at its settings for roberta-large."
    )
    return {"about": about, "methods": listed}


@pytest.fixture(scope="module", autouse=True)
def _write_if_asked() -> None:
    if os.environ.get("TUNECARD_WRITE_METHODS", "") not in ("", "0"):
        known = {row["name"]: row["parameters"]["roberta-large"] for row in json.loads(PATH.read_text())["methods"]}
        counts = {name: known[name] if name in known else count_large(name) for name in METHODS}
        PATH.write_text(json.dumps(measure(counts), indent=1) + "\n")


@pytest.mark.parametrize("kind", [kind.value for kind in PeftType])
def test_every_type_of_peft_is_a_method_or_has_a_reason(kind: str) -> None:
    assert (method_of({"peft_type": kind}) is not None) != (kind in TYPES)


def test_every_variant_of_lora_in_peft_is_a_method_or_has_a_reason() -> None:
    """Fields of its config that switch something on, its starts and its optimizers."""
    fields = {one.name for one in dataclasses.fields(LoraConfig)}
    switches = {name for name in fields if name.startswith(("use_", "alora_")) or name.endswith("_config")}
    named = get_args(get_args(get_type_hints(LoraConfig)["init_lora_weights"])[1])
    starts = {one for one in named if "_niter_" not in one}
    made = {name for name in vars(peft.optimizers) if name.startswith("create_") and name.endswith("_optimizer")}
    assert len(switches) > 10 and len(starts) > 6 and len(made) >= 3
    known = (
        {one.peft for one in NO_METHODS} | set(OF_NO_METHOD) | {"create_lorafa_optimizer", "create_loraplus_optimizer"}
    )
    for method in METHODS.values():
        known |= set(method.fixed) | set(method.asked) | set(method.switches) | {method.fixed.get("init_lora_weights")}
        known |= {setting.peft.partition(".")[0] for setting in method.settings}
    assert (switches | starts | made) - known == set()


def test_every_task_has_a_head_that_is_tried() -> None:
    assert {(task.auto_class, task.peft_task_type) for task in (make() for make in TASKS.values())} == {
        (head, kind) for head, (_, kind) in HEADS.items()
    }


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("name", METHODS)
def test_a_method_learns_is_saved_and_loads_again(name: str, head: str) -> None:
    assert read_abilities()[name].reasons[head] == why_not(name, head)


@pytest.mark.parametrize("head", WHOLE)
@pytest.mark.parametrize("name", METHODS)
def test_parameters_are_those_that_learned(name: str, head: str) -> None:
    one = found(name, head)
    if isinstance(one, str):
        pytest.skip(one)
    method, tensors = one.method, read_header(RunFolder(one.folder).adapter_weights)
    sizes = {key: tensor.size for key, tensor in stored_once(tensors).items()}
    assert (method.learned_size(tensors, sizes) == one.trainable) is method.saves_each_once
    own = sum(size for key, size in sizes.items() if method.is_own(key) and not method.is_derived(key))
    assert (own == one.counts["added"]) or not method.saves_each_once
    assert len(method.adapted(tensors)) == (one.counts["adapted"] if method.parts else 0)
    assert one.counts["adapted"] > 0 or method.unmerged


@pytest.mark.parametrize("head", WHOLE)
@pytest.mark.parametrize("name", METHODS)
def test_a_merged_model_gives_the_same_answers(name: str, head: str) -> None:
    one = found(name, head)
    if isinstance(one, str):
        pytest.skip(one)
    assert one.merge_reason == (one.method.unmerged or None)
    assert (one.merge_difference is None) is bool(one.method.unmerged)
    assert one.merge_difference is None or one.merge_difference <= MERGED


def test_the_list_is_what_is_found() -> None:
    listed = json.loads(PATH.read_text())
    counts = {row["name"]: row["parameters"]["roberta-large"] for row in listed["methods"]}
    assert listed == measure(counts)


@pytest.mark.parametrize("name", [name for name in METHODS if METHODS[name].lays_out])
def test_parameters_on_roberta_large(name: str) -> None:
    assert read_abilities()[name].parameters == {"roberta-large": count_large(name)}
