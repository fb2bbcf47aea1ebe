"""Rows with different adapters in one pass against each adapter alone, through stock PEFT and through `load`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from peft import PeftModel
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoModelForTokenClassification

from tiny_adapters import CLASSES, LIMIT, TAGS, TEXTS, make_adapter
from tiny_models import lora_plan, make_base
from tunecard.adapters import add_adapter, save_adapter
from tunecard.encoders import load_encoder, locate_base
from tunecard.errors import AdapterError, DataError
from tunecard.evidence import RunFolder, measured
from tunecard.inference import load, stack_loader
from tunecard.inference.many_adapters import ManyAdapters, load_many
from tunecard.tasks import TASKS

TinyBase = Callable[[str], Path]
TEXT, TOKENS = "text-classification", "token-classification"
AUTO = {TEXT: AutoModelForSequenceClassification, TOKENS: AutoModelForTokenClassification}
LABELS = {TEXT: [CLASSES, ("no", "yes"), tuple("abcdefg")], TOKENS: [TAGS, ("O", "B-X", "I-X"), TAGS]}
# Rank, alpha and targets of four adapters over one base; the targets' names are BERT's.
SHAPES = [
    (4, 8.0, ["query", "value"]),
    (2, 16.0, ["attention.output.dense", "intermediate.dense"]),
    (7, 3.0, "all-linear"),
    (1, 1.0, ["key"]),
]


def make(
    folder: Path, base: Path, task_name: str, number: int, *, targets: list[str] | None = None, bias: str = "none"
) -> Path:
    """Adapter `number` of SHAPES, far from its start, as a run saves it."""
    labels = LABELS[task_name][number % 3]
    task = TASKS[task_name](labels)
    rank, alpha, own_targets = SHAPES[number]
    files = locate_base(str(base))
    encoder = load_encoder(files, task.auto_class, labels, task.problem_type, seed=number)
    plan = lora_plan(
        encoder.new_modules, task.peft_task_type,
        rank=rank, alpha=alpha, dropout=0.1, target_modules=targets or own_targets, bias=bias,
    )  # fmt: skip
    model: Any = add_adapter(encoder.model, plan, number)
    torch.manual_seed(number)
    for parameter in model.parameters():
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter, std=0.3)
    save_adapter(model, encoder.tokenizer, RunFolder(folder), base_id=files.id, revision=None)
    length = measured("model.max_length", LIMIT, section="model", name="length")
    RunFolder(folder).write_findings([length])
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, tiny_base: TinyBase) -> Callable[[str, str], list[Path]]:
    made: dict[tuple[str, str], list[Path]] = {}

    def get(architecture: str, task: str) -> list[Path]:
        if (architecture, task) not in made:
            root = tmp_path_factory.mktemp("many")
            made[architecture, task] = [
                make(root / f"adapter-{number}", tiny_base(architecture), task, number) for number in range(4)
            ]
        return made[architecture, task]

    return get


def stock_logits(folder: Path, base: Path, task: str, ids: list[int]) -> np.ndarray:
    """One row alone, unpadded, through stock transformers and PEFT."""
    model = AUTO[task].from_pretrained(base, config=AutoConfig.from_pretrained(folder))
    with torch.no_grad():
        found = PeftModel.from_pretrained(model, str(folder)).eval()(torch.tensor([ids])).logits[0]
    return np.asarray(found)


def inputs_of(task: str) -> list[Any]:
    return list(TEXTS) if task == TEXT else [text.split() for text in TEXTS]


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("task", [TEXT, TOKENS])
@pytest.mark.parametrize("architecture", ["bert", "bert-no-pooler", "roberta"])
@pytest.mark.parametrize("is_packed", [True, False])
def test_logits_of_a_mixed_batch_are_those_of_each_adapter_alone_in_stock_peft(
    is_packed: bool,
    architecture: str,
    task: str,
    folders: Callable[[str, str], list[Path]],
    tiny_base: TinyBase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not is_packed:
        monkeypatch.setattr(stack_loader, "why_not_packed", lambda model: "for this test")
    base, paths = tiny_base(architecture), folders(architecture, task)
    many = load_many(paths, base, device="cpu")
    encoded = many.predictors["adapter-0"].engine.encode({"text" if task == TEXT else "tokens": inputs_of(task)})
    for numbers in ([0, 1, 2, 3, 2, 1], [2, 2, 0, 2, 0, 0], [1] * 6):  # adapters without any row, and one alone
        found = many.logits(encoded, [f"adapter-{number}" for number in numbers])
        for row, number in enumerate(numbers):
            expected = stock_logits(paths[number], base, task, encoded.input_ids[row])
            assert found[row].shape == expected.shape
            np.testing.assert_allclose(found[row], expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("architecture", ["distilbert", "modernbert", "electra"])
@pytest.mark.parametrize("task", [TEXT, TOKENS])
def test_other_architectures_and_long_rows_give_what_each_predictor_gives(
    architecture: str, task: str, tmp_path: Path, tiny_base: TinyBase
) -> None:
    base = tiny_base(architecture)
    targets = {"distilbert": ["q_lin", "ffn.lin1"], "modernbert": ["Wqkv"], "electra": ["embeddings_project", "key"]}
    make(tmp_path / "1", base, task, 1, targets=targets[architecture][-1:])
    make(tmp_path / "2", base, task, 2)
    many = load_many([tmp_path / "1", tmp_path / "2"], base, device="cpu")
    assert_as_alone(many, {"1": tmp_path / "1", "2": tmp_path / "2"}, base, inputs_of(task))


def assert_as_alone(many: ManyAdapters, paths: dict[str, Path], base: Path, inputs: Sequence[Any]) -> None:
    names = list(paths)
    rows = [(names[(i * 7 // 2) % len(names)], row) for i, row in enumerate([*inputs, *inputs])]
    found = many.predict(rows)
    for name, path in paths.items():
        alone = load(path, base=base, device="cpu").predict([row for other, row in rows if other == name])
        mine = [result for (other, _), result in zip(rows, found, strict=True) if other == name]
        assert flat(mine) == pytest.approx(flat(alone), abs=3e-5)  # fp32 in products of other shapes: 1.7e-5 seen


def flat(value: Any) -> list[Any]:
    """All leaves in order: pytest compares numbers nearly and everything else exactly."""
    if isinstance(value, dict):
        return [leaf for key in value for leaf in [key, *flat(value[key])]]
    return [leaf for item in value for leaf in flat(item)] if isinstance(value, list) else [value]


@pytest.mark.parametrize("task", [TEXT, TOKENS])
def test_predictions_keep_the_order_and_are_those_of_each_predictor(
    task: str, folders: Callable[[str, str], list[Path]], tiny_base: TinyBase
) -> None:
    base, paths = tiny_base("roberta"), folders("roberta", task)
    many = load_many(paths, base, device="cpu")
    assert many.names == ("adapter-0", "adapter-1", "adapter-2", "adapter-3")
    assert many.labels_of("adapter-1") == LABELS[task][1]
    by_name = dict(zip(many.names, paths, strict=True))
    assert_as_alone(many, by_name, base, inputs_of(task))
    long = [f"{TEXTS[3]} " * 4, TEXTS[0]]  # texts beyond the limit: cut, or read in windows
    assert_as_alone(many, by_name, base, long if task == TEXT else [*long, long[0].split()])
    assert many.predict([]) == []


def test_pairs_and_single_texts_may_be_mixed_between_adapters_only(tmp_path: Path, tiny_base: TinyBase) -> None:
    base = tiny_base("bert")
    for name, is_pair in (("pairs", True), ("singles", False)):
        make_adapter(tmp_path / name, base, TEXT, evidence={"task.is_pair": is_pair})
    many = load_many([tmp_path / "pairs", tmp_path / "singles"], base, device="cpu")
    rows: list[Any] = [("pairs", (TEXTS[0], TEXTS[1])), ("singles", TEXTS[2])]
    found = many.predict(rows)
    for (name, row), result in zip(rows, found, strict=True):
        assert flat(result) == pytest.approx(flat(load(tmp_path / name, base=base).predict([row])[0]), abs=1e-5)
    with pytest.raises(DataError, match=r"row 1: must be one text") as caught:
        many.predict([rows[0], ("singles", (TEXTS[0], TEXTS[1])), ("singles", "")])
    assert "row 2: the text is empty" in str(caught.value)


@pytest.fixture(scope="module")
def many(folders: Callable[[str, str], list[Path]], tiny_base: TinyBase) -> ManyAdapters:
    return load_many(folders("bert", TEXT), tiny_base("bert"), device="cpu")


def test_the_base_is_in_memory_once_and_no_other_model_is_kept(many: ManyAdapters, tiny_base: TinyBase) -> None:
    task = TASKS[TEXT](CLASSES)
    single = load_encoder(locate_base(str(tiny_base("bert"))), task.auto_class, CLASSES, None, 0).model
    storages = {p.untyped_storage().data_ptr(): p.untyped_storage().nbytes() for p in many.model.parameters()}
    assert sum(storages.values()) == sum(p.untyped_storage().nbytes() for p in single.parameters())
    assert all(predictor.engine.model is many.model for predictor in many.predictors.values())
    assert not any(isinstance(module, PeftModel) or ".lora_" in name for name, module in many.model.named_modules())


def test_an_unknown_name_is_told_with_the_nearest(many: ManyAdapters) -> None:
    with pytest.raises(AdapterError, match=r"no adapter 'adapter-9' is loaded. Did you mean 'adapter-") as caught:
        many.predict([("adapter-9", "a"), ("other", "b"), ("adapter-0", "c")])
    assert "'other'" in str(caught.value)
    with pytest.raises(AdapterError, match="no adapter 'x'"):
        many.labels_of("x")


def test_a_predictor_of_many_does_not_read_the_bare_base_in_silence(many: ManyAdapters) -> None:
    with pytest.raises(RuntimeError, match="several adapters"):
        many.predictors["adapter-0"].predict(["a"])


def test_rows_must_name_an_adapter(many: ManyAdapters) -> None:
    with pytest.raises(DataError, match="row 1: must be .name of an adapter, input."):
        many.predict([("adapter-0", "a"), "b"])  # type: ignore[list-item]


def test_rows_and_names_must_be_as_many(many: ManyAdapters) -> None:
    encoded = many.predictors["adapter-0"].engine.encode({"text": TEXTS})
    with pytest.raises(AdapterError, match="Got 6 rows, 1 names"):
        many.logits(encoded, ["adapter-0"])
    assert many.logits(encoded.pick([]), []) == []


def test_all_faulty_folders_are_named_at_once(tmp_path: Path, tiny_base: TinyBase) -> None:
    base = tiny_base("bert")
    for name, task, seed in (("good", TEXT, 1), ("other-task", TOKENS, 1), ("other-base", TEXT, 1)):
        of = make_base(tmp_path / "base-9", "bert", seed=9) if name == "other-base" else base
        make_adapter(tmp_path / name, of, task, seed=seed)
    with pytest.raises(AdapterError) as caught:
        load_many([tmp_path / name for name in ("good", "other-task", "other-base")], base)
    message = str(caught.value)
    assert f"{tmp_path / 'other-task'}: must be an adapter for {TEXT}" in message
    assert f"{tmp_path / 'other-base'}: the adapter was trained on base-9 with weights sha256" in message
    assert f"{tmp_path / 'good'}: " not in message


def test_without_evidence_another_named_base_is_refused(tmp_path: Path, tiny_base: TinyBase) -> None:
    base = tiny_base("bert")
    runs = [make_adapter(tmp_path / name, base, TEXT) for name in ("one", "two")]
    for run, name in zip(runs, (str(base), "somebody/else"), strict=True):
        run.evidence.unlink()
        config = json.loads(run.adapter_config.read_text()) | {"base_model_name_or_path": name}
        run.adapter_config.write_text(json.dumps(config))
    with pytest.raises(AdapterError, match=r"two: must be on the base of .*one.* Got one on somebody/else"):
        load_many([run.path for run in runs])


def test_damaged_and_unstackable_adapters_are_named_at_once(tmp_path: Path, tiny_base: TinyBase) -> None:
    base = tiny_base("bert")
    make(tmp_path / "good", base, TEXT, 0)
    make(tmp_path / "biases", base, TEXT, 1, bias="all")
    cut, strange = (RunFolder(make(tmp_path / name, base, TEXT, 2)) for name in ("cut", "strange"))
    cut.adapter_weights.write_bytes(cut.adapter_weights.read_bytes()[:500])
    save_file({f"stranger.{i}": torch.zeros(1) for i in range(50)}, strange.adapter_weights)
    names = ("good", "strange", "biases", "cut")
    with pytest.raises(AdapterError) as caught:
        load_many([tmp_path / name for name in names], base)
    message = str(caught.value)
    assert f"{tmp_path / 'biases'}: must be a plain LoRA of linear layers" in message
    assert f"{tmp_path / 'cut' / 'adapter_model.safetensors'}: cannot be read (500 bytes)" in message
    assert f"{tmp_path / 'strange' / 'adapter_model.safetensors'}: the file does not belong to this base" in message
    assert len(caught.value.problems) == 3


def test_folders_of_one_name_get_their_parents_name_too(tmp_path: Path, tiny_base: TinyBase) -> None:
    base = tiny_base("bert")
    make_adapter(tmp_path / "a" / "adapter", base, TEXT)
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    paths = [tmp_path / "a" / "adapter", tmp_path / "b" / "adapter"]
    assert load_many(paths, base).names == ("a/adapter", "b/adapter")
    with pytest.raises(AdapterError, match="must be given once"):
        load_many([paths[0], paths[0]], base)
    with pytest.raises(AdapterError, match="one or more"):
        load_many([], base)
