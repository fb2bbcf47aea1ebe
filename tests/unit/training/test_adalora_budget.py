"""AdaLoRA's budget falls as in PEFT, gives modules ranks of their own, survives an interruption, and is shipped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import get_linear_schedule_with_warmup

from tiny_training import Ground, equal_states, make_data, make_ground, rows_of
from tunecard.adapters import add_adapter, load_adapter, save_adapter
from tunecard.adapters.merging import probe_logits
from tunecard.adapters.methods.adalora import ADALORA
from tunecard.adapters.methods.method import AdapterPlan
from tunecard.adapters.wrapping import kept_ranks
from tunecard.encoders import load_encoder, locate_base
from tunecard.errors import AdapterError, Interrupted, RecipeError
from tunecard.evidence import RunFolder
from tunecard.inference.batches import collate
from tunecard.training import Trainer, train

TinyBase = Callable[[str], Path]
SHARES = {"initial_share": 0.1, "final_share": 0.3}
SETTINGS = {"init_rank": 4, "target_rank": 2, "alpha": 8.0, "delta_t": 1, "orthogonality": 0.5, "dropout": 0.0,
            "target_modules": ["query", "value", "output.dense"], "bias": "none", **SHARES}  # fmt: skip


def adalora_ground(base: Path, **plan: Any) -> Ground:
    plain = make_ground(base, learning_rate=2e-2, weight_decay=0.0, train_batch_size=22, max_grad_norm=1e9, **plan)
    task = plain.data.task
    encoder = load_encoder(locate_base(str(base)), task.auto_class, task.labels, task.problem_type, 3)
    for module in encoder.model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    model = add_adapter(encoder.model, AdapterPlan("adalora", SETTINGS, encoder.new_modules, "SEQ_CLS"), 3)
    how = replace(plain.plan, rule=ADALORA.rule, method_settings=SHARES)
    return Ground(encoder, model, make_data(encoder, task), how)


def stock_ranks(ground: Ground, model: Any, steps: int) -> dict[str, int]:
    """The loop of PEFT's documentation over the same rows: its model adds the orthogonality to the loss by itself."""
    config = model.peft_config["default"]
    config.total_step, config.tinit, config.tfinal = steps, 1, 3
    model.base_model.rankallocator.set_total_step(steps)
    rate = {True: ground.plan.head_learning_rate, False: ground.plan.learning_rate}
    learned = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    groups = [{"params": [p], "lr": rate["modules_to_save" in name]} for name, p in learned]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.0)
    schedule = get_linear_schedule_with_warmup(optimizer, 1, steps)
    batch = collate(ground.data.train, rows_of(ground.data.train), ground.data.pad_token_id)
    model.train()
    for step in range(1, steps + 1):
        model(**batch).loss.backward()
        optimizer.step()
        schedule.step()
        model.base_model.update_and_allocate(step)
        optimizer.zero_grad()
    return kept_ranks(config.to_dict())


def test_the_budget_falls_where_pefts_own_loop_lets_it_fall(tiny_base: TinyBase, tmp_path: Path) -> None:
    ours, theirs = (adalora_ground(tiny_base("bert"), epochs=10) for _ in range(2))
    expected = stock_ranks(theirs, theirs.model, 10)
    train(ours.model, ours.data, ours.plan, ours.encoder.new_modules, tmp_path)
    config: Any = ours.model.peft_config["default"]  # type: ignore[union-attr, index]
    found = kept_ranks(config.to_dict())
    assert found == expected
    assert len(set(found.values())) > 1
    assert sum(found.values()) == 2 * len(found) == 16
    assert (config.total_step, config.tinit, config.tfinal) == (10, 1, 3)
    layers = [module for module in ours.model.modules() if type(module).__name__ == "SVDLinear"]
    assert [len(layer.lora_E["default"]) for layer in layers] == list(found.values())  # type: ignore[index, arg-type]


def test_what_is_saved_has_the_ranks_that_were_kept(tiny_base: TinyBase, tmp_path: Path) -> None:
    ground = adalora_ground(tiny_base("bert"), epochs=6)
    train(ground.model, ground.data, ground.plan, ground.encoder.new_modules, tmp_path / "checkpoints")
    folder = RunFolder(tmp_path / "saved")
    save_adapter(ground.model, ground.encoder.tokenizer, folder, base_id="anna/tiny", revision=None)  # type: ignore[arg-type]
    again = load_encoder(
        locate_base(str(tiny_base("bert"))), "AutoModelForSequenceClassification", ("a", "b", "c"), None, 9
    )
    loaded = load_adapter(again.model, folder)
    assert torch.allclose(probe_logits(loaded), probe_logits(ground.model), atol=1e-5)
    config = folder.read_json(folder.adapter_config)
    for broken in ({**config, "rank_pattern": {"no.such.lora_E": [True]}}, {**config, "init_r": 5}):
        folder.adapter_config.write_text(__import__("json").dumps(broken))
        again = load_encoder(
            locate_base(str(tiny_base("bert"))), "AutoModelForSequenceClassification", ("a", "b", "c"), None, 9
        )
        with pytest.raises(AdapterError, match="rank_pattern must hold a truth value for each first rank"):
            load_adapter(again.model, folder)


def test_an_interrupted_training_ends_where_a_whole_one_does(tiny_base: TinyBase, tmp_path: Path) -> None:
    """The importance that was followed so far is part of the checkpoint."""
    whole, cut = (adalora_ground(tiny_base("bert"), epochs=8) for _ in range(2))
    train(whole.model, whole.data, whole.plan, whole.encoder.new_modules, tmp_path / "whole")
    seen = iter(range(99))
    with pytest.raises(Interrupted):
        train(cut.model, cut.data, cut.plan, cut.encoder.new_modules, tmp_path / "cut",
              should_stop=lambda: next(seen) == 6)  # fmt: skip
    resumed = adalora_ground(tiny_base("bert"), epochs=8)
    train(resumed.model, resumed.data, resumed.plan, resumed.encoder.new_modules, tmp_path / "cut", resume=True)
    assert equal_states(whole.state(), resumed.state())


def test_weights_from_before_the_budget_was_met_are_not_kept(tiny_base: TinyBase, tmp_path: Path) -> None:
    ground = adalora_ground(tiny_base("bert"), epochs=6, keep="best", scores_start=True)
    result = train(ground.model, ground.data, ground.plan, ground.encoder.new_modules, tmp_path)
    assert len(result.curve) == 7
    assert result.best_epoch >= 5


def test_orthogonality_is_pefts_term(tiny_base: TinyBase) -> None:
    ground = adalora_ground(tiny_base("bert"), epochs=6)
    trainer = Trainer(ground.model, ground.data, ground.plan, ground.encoder.new_modules)
    batch = collate(ground.data.train, [0, 1], ground.data.pad_token_id)
    model: Any = ground.model
    with_term = model.eval()(**batch).loss
    logits = model(**{name: tensor for name, tensor in batch.items() if name != "labels"}).logits
    plain = torch.nn.functional.cross_entropy(logits, batch["labels"])
    assert trainer.rule is not None
    assert torch.allclose(trainer.rule.penalty(), with_term - plain, atol=1e-5)


def test_too_few_steps_are_told_before_any(tiny_base: TinyBase) -> None:
    ground = adalora_ground(tiny_base("bert"), epochs=2)
    with pytest.raises(RecipeError, match="AdaLoRA cuts its budget over the steps of a training, 3 at least. Got 2"):
        Trainer(ground.model, ground.data, ground.plan, ground.encoder.new_modules)
