"""Training from stored hidden states against training without; when they are computed again, and what can fail."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from full_disk import small_files
from tiny_models import lora_plan
from tiny_training import Ground, make_ground, rows_of
from tunecard.adapters import add_adapter, trainable_state
from tunecard.adapters.fused.fused_layers import fuse_layers
from tunecard.encoders import layer_prefix
from tunecard.encoders.packed_batch import PackedBatch, pack
from tunecard.encoders.packed_forward import enable_packing, forward_packed
from tunecard.errors import MachineError, RecipeError, RunFolderError
from tunecard.inference import length_sorted_batches
from tunecard.rows.encoded import EncodedSplit
from tunecard.training import objectives
from tunecard.training.frozen_prefix import cache as prefix_cache
from tunecard.training.frozen_prefix import store as prefix_store
from tunecard.training.frozen_prefix.cache import PrefixCache

TinyBase = Callable[[str], Path]
TOP = {
    "bert": ("layer.1.attention.self.query", "layer.1.output.dense"),
    "roberta": ("layer.1.attention.self.key", "layer.1.attention.self.value", "layer.1.intermediate.dense"),
    "distilbert": ("layer.1.attention.q_lin", "layer.1.ffn.lin1"),
    "modernbert": ("layers.1.attn.Wqkv", "layers.1.mlp.Wi"),
}


def top_ground(base: Path, kind: str = "text", targets: tuple[str, ...] | None = None, dropout: float = 0.0) -> Ground:
    """A ground whose adapters sit in the top layer; B is not zero, so that every weight gets a gradient."""
    ground = make_ground(base, kind, method="head", dropout=dropout)
    task = ground.data.task
    names = targets or TOP[base.name.removeprefix("tiny-")]
    plan = lora_plan(ground.encoder.new_modules, task.peft_task_type, dropout=dropout, target_modules=names)
    ground.model = add_adapter(ground.encoder.model, plan, seed=3)
    generator = torch.Generator().manual_seed(5)
    for tensor in trainable_state(ground.model).values():
        tensor.data += 0.2 * torch.randn(tensor.shape, generator=generator)
    enable_packing(ground.model)
    return ground


def cache_of(ground: Ground, folder: Path, **settings: Any) -> PrefixCache:
    return PrefixCache(folder / "prefix", ground.model, ground.data.train, ground.data.pad_token_id, **settings)


def batch_of(ground: Ground, rows: list[int]) -> PackedBatch:
    train = ground.data.train
    return pack(train.input_ids, rows, type_ids=train.type_ids, fill_token=ground.data.pad_token_id)


def learn(
    ground: Ground, batch: PackedBatch, forward: Callable[[PackedBatch], Tensor]
) -> tuple[Tensor, dict[str, Tensor]]:
    """Logits of real rows or tokens, and every gradient of the task's loss."""
    train = ground.data.train
    assert train.label_ids is not None
    ground.model.train()
    ground.model.zero_grad()
    logits = forward(batch)
    if isinstance(train.label_ids[0], list):
        labels = [label for row in batch.rows for label in train.label_ids[row]]
    else:
        labels = [train.label_ids[row] for row in batch.rows]
    logits = logits[: len(labels)]
    objectives.objective_of(ground.data.task).loss_sum(logits, torch.tensor(labels), None).backward()
    gradients = {
        name: tensor.grad.clone() for name, tensor in trainable_state(ground.model).items() if tensor.grad is not None
    }
    return logits.detach(), gradients


@pytest.mark.parametrize("is_fused", [False, True])
@pytest.mark.parametrize("kind", ["text", "tokens"])
@pytest.mark.parametrize("architecture", list(TOP))
def test_logits_and_gradients_are_those_without(
    tiny_base: TinyBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, architecture: str, kind: str, is_fused: bool
) -> None:
    monkeypatch.setattr(prefix_cache, "length_sorted_batches", partial(length_sorted_batches, max_rows=5))
    ground = top_ground(tiny_base(architecture), kind)
    if is_fused:
        fuse_layers(ground.model)
    batch = batch_of(ground, [3, 0, 21, 7, 12, 5])
    logits, gradients = learn(ground, batch, lambda batch: forward_packed(ground.model, batch))
    cache = cache_of(ground, tmp_path, shard_bytes=4000)
    assert cache.layers == 1
    cache.build()
    assert len(list((tmp_path / "prefix").glob("*.safetensors"))) > 1
    from_cache, cached_gradients = learn(ground, batch, cache.forward)
    torch.testing.assert_close(from_cache, logits, rtol=1e-5, atol=1e-5)
    assert cached_gradients.keys() == gradients.keys() == trainable_state(ground.model).keys()
    for name, gradient in gradients.items():
        scale = float(gradient.abs().max())
        assert scale > 0
        torch.testing.assert_close(cached_gradients[name], gradient, rtol=1e-5, atol=1e-5 * scale, msg=name)


def test_the_cached_blocks_do_not_run(tiny_base: TinyBase, tmp_path: Path) -> None:
    ground = top_ground(tiny_base("roberta"))
    cache = cache_of(ground, tmp_path)
    cache.build()
    asked: list[int] = []
    for number, block in enumerate(layer_prefix.encoder_blocks(ground.model)):
        block.attention.register_forward_hook(lambda *_, number=number: asked.append(number))
        block.attention.self.value.register_forward_hook(lambda *_, number=number: asked.append(number))
    cache.forward(batch_of(ground, [0, 1]))
    assert set(asked) == {1}


def test_bf16_products_store_bf16(tiny_base: TinyBase, tmp_path: Path) -> None:
    ground = top_ground(tiny_base("roberta"))
    fuse_layers(ground.model, torch.bfloat16)
    cache = cache_of(ground, tmp_path)
    cache.build()
    tokens = sum(ground.data.train.lengths)
    assert cache.dtype == torch.bfloat16
    assert cache.bytes == tokens * 32 * 2
    stored = sum(path.stat().st_size for path in (tmp_path / "prefix").glob("*.safetensors"))
    assert cache.bytes <= stored < cache.bytes + 200
    batch = batch_of(ground, rows_of(ground.data.train))
    ground.model.eval()
    with torch.no_grad():
        whole, cached = forward_packed(ground.model, batch), cache.forward(batch)
    assert cached.dtype == torch.float32
    assert float((cached - whole).abs().max()) < 0.03 * float(whole.abs().max())


def test_states_are_built_without_dropout_and_the_mode_is_kept(tiny_base: TinyBase, tmp_path: Path) -> None:
    ground = top_ground(tiny_base("bert"), dropout=0.5)
    ground.model.train()
    cache = cache_of(ground, tmp_path)
    cache.build()
    assert ground.model.training
    first = cache.states([4, 2])
    quiet = top_ground(tiny_base("bert"), dropout=0.0)
    other = cache_of(quiet, tmp_path / "quiet")
    other.build()
    torch.testing.assert_close(first, other.states([4, 2]), rtol=0, atol=0)
    assert len(first) == ground.data.train.lengths[4] + ground.data.train.lengths[2]


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Rows that go through the lower layers."""
    rows: list[int] = []

    def count(model: Any, batch: PackedBatch, layers: int) -> Tensor:
        rows.extend(batch.rows)
        return layer_prefix.states_below(model, batch, layers)

    with monkeypatch.context() as patch:
        patch.setattr(prefix_cache, "states_below", count)
        yield rows


def test_rows_are_computed_once(tiny_base: TinyBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several epochs, learning in between, and a run that goes on from the folder."""
    ground = top_ground(tiny_base("bert"))
    seen: list[int] = []
    with counted(monkeypatch) as rows:
        cache = cache_of(ground, tmp_path)
        assert cache.build(on_rows=seen.append)
        for _ in range(3):
            learn(ground, batch_of(ground, rows_of(ground.data.train)), cache.forward)
            torch.optim.SGD(trainable_state(ground.model).values(), lr=0.1).step()
        resumed = cache_of(ground, tmp_path)
        assert not resumed.build()
        assert torch.equal(resumed.states([5, 1]), cache.states([5, 1]))
    assert sorted(rows) == rows_of(ground.data.train)
    assert sum(seen) == len(ground.data.train)


@pytest.mark.parametrize("change", ["tokens", "type ids", "embeddings", "weights", "layers", "type", "shard"])
def test_a_change_below_computes_them_again(tiny_base: TinyBase, tmp_path: Path, change: str) -> None:
    ground = top_ground(tiny_base("bert"))
    cache_of(ground, tmp_path).build()
    base = ground.encoder.model.base_model
    if change == "tokens":
        ids = [[*ground.data.train.input_ids[0][:-1], 9], *ground.data.train.input_ids[1:]]
        ground.data = replace(ground.data, train=replace(ground.data.train, input_ids=ids))
    elif change == "type ids":
        types = [[1] * length for length in ground.data.train.lengths]
        ground.data = replace(ground.data, train=replace(ground.data.train, type_ids=types))
    elif change == "embeddings":
        base.embeddings.word_embeddings.weight.data[-1, -1] += 1
    elif change == "weights":
        base.encoder.layer[0].output.dense.weight.data[-1, -1] += 1
    elif change == "layers":
        base.encoder.layer[1].requires_grad_(False)
    elif change == "type":
        fuse_layers(ground.model, torch.bfloat16)
    else:
        next((tmp_path / "prefix").glob("*.safetensors")).unlink()
    changed = cache_of(ground, tmp_path)
    assert changed.build()
    fresh = cache_of(ground, tmp_path / "fresh")
    fresh.build()
    assert torch.equal(changed.states([0, 3]), fresh.states([0, 3]))


def test_a_change_above_does_not(tiny_base: TinyBase, tmp_path: Path) -> None:
    ground = top_ground(tiny_base("bert"))
    cache_of(ground, tmp_path).build()
    ground.encoder.model.base_model.encoder.layer[1].output.dense.base_layer.weight.data += 1
    assert not cache_of(ground, tmp_path).build()


def test_only_the_head_learns(tiny_base: TinyBase, tmp_path: Path) -> None:
    """All blocks are skipped; the head reads what left the last one."""
    for kind in ("text", "tokens"):
        ground = make_ground(tiny_base("roberta"), kind, method="head")
        enable_packing(ground.model)
        cache = cache_of(ground, tmp_path / kind)
        cache.build()
        assert cache.layers == 2
        batch = batch_of(ground, [1, 2, 3])
        whole, _ = learn(ground, batch, lambda batch, model=ground.model: forward_packed(model, batch))
        cached, gradients = learn(ground, batch, cache.forward)
        torch.testing.assert_close(cached, whole, rtol=1e-5, atol=1e-5)
        assert gradients


def test_the_bottom_layer_is_refused(tiny_base: TinyBase, tmp_path: Path) -> None:
    ground = make_ground(tiny_base("bert"))
    with pytest.raises(RecipeError) as caught:
        cache_of(ground, tmp_path)
    message = str(caught.value)
    assert "training.cache_frozen_prefix needs adapters in the top layers only" in message
    assert "adapter.target_modules" in message
    names = message.partition("the top one: ")[2].partition(")")[0].split(", ")
    assert "layer.1.attention.self.query" in names
    assert len(names) == 6
    # what the message proposes is accepted
    assert cache_of(top_ground(tiny_base("bert"), targets=tuple(names)), tmp_path).layers == 1


def test_a_disk_that_fills_up(tiny_base: TinyBase, tmp_path: Path) -> None:
    ground = top_ground(tiny_base("bert"))
    ground.model.train()
    cache = cache_of(ground, tmp_path)
    with small_files(1000), pytest.raises(MachineError, match="no space left to write states-00000.safetensors"):
        cache.build()
    assert ground.model.training
    assert not torch.is_inference_mode_enabled()
    assert list((tmp_path / "prefix").iterdir()) == []
    assert cache.build()


def test_too_little_room_is_told_beforehand(
    tiny_base: TinyBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Disk:
        free = 2**10

    monkeypatch.setattr(prefix_store.shutil, "disk_usage", lambda folder: Disk)
    with (
        counted(monkeypatch) as rows,
        pytest.raises(MachineError, match="cache_frozen_prefix: the hidden states of 22"),
    ):
        cache_of(top_ground(tiny_base("bert")), tmp_path).build()
    assert rows == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(tiny_base: TinyBase, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(MachineError, match=os.strerror(errno.EACCES)):
        cache_of(top_ground(tiny_base("bert")), tmp_path).build()
    tmp_path.chmod(0o700)


def test_a_missing_file_is_named(tiny_base: TinyBase, tmp_path: Path) -> None:
    ground = top_ground(tiny_base("bert"))
    cache = cache_of(ground, tmp_path)
    with pytest.raises(RunFolderError, match="no hidden states of row 3"):
        cache.states([3])
    cache.build()
    (tmp_path / "prefix" / "states-00000.safetensors").unlink()
    with pytest.raises(RunFolderError, match=r"states-00000\.safetensors: stored hidden states cannot be read"):
        cache.states([3])


def test_reading_maps_files(tmp_path: Path) -> None:
    """64 MiB of states; reading a few rows must not bring them into the process's own memory."""
    lengths = [256] * 64
    store = prefix_store.PrefixStore(tmp_path, lengths)
    store.fill("mark", (([row], torch.full((256, 1024), float(row))) for row in range(64)))
    before = _own_bytes()
    kept = [store.row(row) for row in range(64)]
    assert all(float(states[0, 0]) == row and states.shape == (256, 1024) for row, states in enumerate(kept))
    assert sum(float(states.sum()) for states in kept) > 0
    assert _own_bytes() - before < 16 * 2**20


def _own_bytes() -> int:
    status = Path("/proc/self/status")
    if not status.exists():
        pytest.skip("needs /proc")
    line = next(line for line in status.read_text().splitlines() if line.startswith("RssAnon"))
    return int(line.split()[1]) * 1024


def test_encoded_split_is_untouched(tiny_base: TinyBase, tmp_path: Path) -> None:
    ground = top_ground(tiny_base("bert"))
    before: EncodedSplit = replace(ground.data.train)
    cache_of(ground, tmp_path).build()
    assert before == ground.data.train


def test_steps_that_are_timed_need_room_for_their_own_rows_alone(
    tiny_base: TinyBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = cache_of(top_ground(tiny_base("bert")), tmp_path)
    asked: list[int] = []
    monkeypatch.setattr(type(cache.store), "require_room", lambda store, room, key: asked.append(room))
    cache.build_some([0, 2])
    cache.build()
    tokens = cache.encoded.lengths
    assert asked[0] / asked[1] == pytest.approx((tokens[0] + tokens[2]) / sum(tokens))
