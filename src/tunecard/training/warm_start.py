"""A start without labels: the adapter learns to put a view of the frozen token vectors where the head reads.

Heads of most architectures read the first token, which a base need not have been trained to fill. Where the mean of
all tells more, or, of pairs, what both texts say when each is read alone, some steps bring it there, in files that
stock PEFT loads: the hidden layer of the head starts as the identity, and the adapter learns, of rows without labels,
what the head would read if it were handed those vectors. Then comes the linear probe, then fine-tuning (docs/log.md,
"A head that reads the mean" and "Pairs that are compared").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from tunecard.adapters import put_trainable_state, trainable_state
from tunecard.counted import each
from tunecard.encoders import forward_padded
from tunecard.encoders.hidden_layer import hidden_layer
from tunecard.rows.encoded import EncodedSplit
from tunecard.rows.vectors import APART, MEAN
from tunecard.training.arrangement import LABELS
from tunecard.training.frozen_features import caught_inputs
from tunecard.training.output_layer import output_layer
from tunecard.training.plan import TrainingData, TrainingPlan
from tunecard.training.probed_products import onto_fast_path
from tunecard.training.result import NoWarmStart, WarmStart
from tunecard.training.temperature import outputs_of_head
from tunecard.training.trainer import NotFiniteError, Trainer

ROWS_A_STEP = 32
# Vectors of length 1 become values of this spread: where tanh is nearly a line.
SPREAD = 0.3
# What an activation that is no odd function (ReLU, GELU) is fed beside them, so that it is nearly a line there, too.
SHIFT = 1.0
ODD = 0.05
# Of the spread that is wanted over the rows. Below it the head reads the same of every row, and knows less than before.
LEAST_SPREAD = 0.1
TOLD_BY = 256
AT_ONCE = 512
# The fewest and the most steps for each view; between them, as many as would read the training rows TIMES, were they
# alone.
STEPS = {MEAN: (50, 100), APART: (300, 300)}
TIMES = 2


def steps_for(view: str, rows: int) -> int:
    """How long a view, one of `STEPS`, is learned where there are so many training rows.

    >>> [steps_for("mean", rows) for rows in (20, 1200, 9000)]
    [50, 75, 100]
    """
    fewest, most = STEPS[view]
    return max(fewest, min(most, TIMES * rows // ROWS_A_STEP))


class _Vectors:
    """Squared distance and cosine to the vector of each row; a label is the number of the row."""

    sees, needs_whole_batch = LABELS, False

    def __init__(self, targets: Tensor) -> None:
        self.targets = targets
        self.size = float(targets.square().sum(dim=1).mean())

    def loss_sum(self, logits: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
        read, wanted = logits.reshape(len(labels), -1).float(), self.targets[labels]
        distance = (read - wanted).square().sum() / self.size
        return distance + (1 - functional.cosine_similarity(read, wanted)).sum()

    def weight_of(self, labels: Tensor, weights: Sequence[float] | None) -> float:
        return float(len(labels))


@dataclass(frozen=True)
class ReadRows:
    """Rows, and a view of the frozen vectors, one of `STEPS`, that the head shall be handed of each: (N, H), about 1
    long."""

    view: str
    encoded: EncodedSplit
    vectors: np.ndarray

    def targets(self, read: Callable[[Tensor], Tensor]) -> Tensor:
        """(N, H) what the head would read of them, by what it reads of vectors."""
        return read(torch.from_numpy(self.vectors) * SPREAD * self.vectors.shape[1] ** 0.5)


def start_at_view(  # noqa: PLR0913 - a plan, what it works on, and the rows to learn from and to tell by
    model: nn.Module,
    data: TrainingData,
    plan: TrainingPlan,
    head_modules: Sequence[str],
    learned: ReadRows,
    held: ReadRows,
    *,
    folder: Path = Path(),
) -> WarmStart | NoWarmStart:
    """Lets the head read a view of the rows, as nearly as the adapter learns to.

    Args:
        model: with a new adapter; its hidden layer is among what learns (`with_open_head`).
        data: of the training that follows; how many rows it has counts, its rows and labels are not read.
        plan: whose rates, seed, precision and device count.
        learned: rows to learn from.
        held: others, to tell by what came of it.
        folder: of the training that follows. Where that keeps what frozen layers make of its rows, and these are the
            same, it is made here, read, and left for it.
    Returns: what came of it; the reason where nothing did, for the head has no hidden layer to teach, or came to read
        other rows no nearer to what is wanted, or the same of every row: the model is then as it came.
    """
    began, steps = perf_counter(), steps_for(learned.view, len(data.train))
    onto_fast_path(model.to(torch.device(plan.device)), data, plan)
    layer, output = hidden_layer(model), output_layer(model, head_modules, outputs_of_head(data.task))
    if layer is None or output is None:
        return NoWarmStart("the head has no hidden layer to teach")
    as_it_came = {name: tensor.detach().clone() for name, tensor in trainable_state(model).items()}
    first_token = learned.encoded.input_ids[0][0]
    _start_as_identity(model, layer[1], output, first_token)
    targets, wanted = (
        rows.targets(lambda vectors: _read_by_head(model, layer[1], output, vectors, first_token))
        for rows in (learned, held)
    )
    numbered = replace(learned.encoded, label_ids=list(range(len(learned.encoded))))
    with _without_output(model, output):
        is_kept = plan.cache_frozen_prefix and learned.encoded.input_ids == data.train.sequences.split.input_ids
        plan = replace(plan, cache_frozen_prefix=is_kept)
        trainer = _trainer(model, replace(data, train=numbered), plan, head_modules, targets, folder)
        trainer.total_steps = steps
        before = _cosine(_read(trainer, held.encoded), wanted)
        try:
            _learn(trainer, steps, len(numbered))
        except NotFiniteError:
            put_trainable_state(model, as_it_came)
            return NoWarmStart("it was taken back: its loss or gradient was not finite")
        after = _cosine(_read(trainer, held.encoded), wanted)
        spread = _spread(_read(trainer, learned.encoded.take(TOLD_BY))) / _spread(targets[:TOLD_BY])
    if not (after > before and spread >= LEAST_SPREAD):
        put_trainable_state(model, as_it_came)
        return NoWarmStart(
            "it was taken back: the head came to read other rows no nearer to what is wanted"
            if spread >= LEAST_SPREAD
            else "it was taken back: the head came to read nearly the same of every row"
        )
    return WarmStart(learned.view, steps, len(numbered), before, after, perf_counter() - began)


def _learn(trainer: Trainer, steps: int, rows: int) -> None:
    for step in each(range(steps), "Teaching the head what to read, without labels", "steps"):
        reading = trainer.step(_rows_of(step, rows, trainer.plan.seed))
        trainer.result.steps += 1
        trainer.require_finite(reading)


def _trainer(
    model: nn.Module,
    data: TrainingData,
    plan: TrainingPlan,
    head_modules: Sequence[str],
    targets: Tensor,
    folder: Path,
) -> Trainer:
    plan = replace(
        plan, train_batch_size=ROWS_A_STEP, weight_decay=0.0,
        gradient_accumulation_steps=1, class_weights="none", schedule="linear", log_to=(),
        optimizer="adamw", rule=None,
    )  # fmt: skip
    trainer = Trainer(model, data, plan, head_modules, folder, loss=_Vectors(targets.to(plan.device)))
    if trainer.cache is not None:
        trainer.cache.build()
    model.train()
    return trainer


def _rows_of(step: int, rows: int, seed: int) -> list[int]:
    """Rows in seeded rounds over all of them, so that few are read as often as each other."""
    size = min(ROWS_A_STEP, rows)
    first, last = step * size, (step + 1) * size - 1
    rounds = range(first // rows, last // rows + 1)
    order = np.concatenate([np.random.default_rng([seed, number]).permutation(rows) for number in rounds])
    begin = first - rounds.start * rows
    return [int(row) for row in order[begin : begin + size]]


def _start_as_identity(model: nn.Module, layer: nn.Linear, output: nn.Linear, first_token: int) -> None:
    with torch.no_grad():
        layer.weight.copy_(torch.eye(layer.in_features))
        layer.bias.zero_()
        probe = torch.linspace(-SPREAD, SPREAD, layer.in_features)[None]
        there, back = (_read_by_head(model, layer, output, sign * probe, first_token) for sign in (1, -1))
        if float((there + back).abs().max()) > ODD:
            layer.bias.fill_(SHIFT)


def _read_by_head(model: nn.Module, layer: nn.Linear, output: nn.Linear, vectors: Tensor, first_token: int) -> Tensor:
    """(N, H) what the output layer reads where the hidden layer is handed `vectors`, (N, H), whatever the texts say."""
    device = layer.weight.device
    with caught_inputs(model, output) as read:
        for part in torch.split(vectors, AT_ONCE):
            inputs = torch.full((len(part), 1), first_token, device=device)
            with _handed(layer, part.to(device)):
                forward_padded(model, {"input_ids": inputs, "attention_mask": torch.ones_like(inputs)})
    return torch.cat([part.reshape(-1, part.shape[-1]).float() for part in read]).clone()


@contextmanager
def _handed(layer: nn.Linear, vectors: Tensor) -> Iterator[None]:
    hook = layer.register_forward_pre_hook(lambda module, inputs: (vectors.view_as(inputs[0]).to(inputs[0].dtype),))
    try:
        yield
    finally:
        hook.remove()


@contextmanager
def _without_output(model: nn.Module, output: nn.Linear) -> Iterator[None]:
    """The model whose logits are what its output layer reads."""
    path = [name for name, module in model.named_modules(remove_duplicate=False) if module is output]
    places = [(model.get_submodule(name.rpartition(".")[0]), name.rpartition(".")[2]) for name in path]
    for parent, name in places:
        setattr(parent, name, nn.Identity())
    try:
        yield
    finally:
        for parent, name in places:
            setattr(parent, name, output)


def _read(trainer: Trainer, encoded: EncodedSplit) -> Tensor:
    """(N, H) what the output layer reads of rows."""
    logits = trainer.predict(trainer.model, encoded, trainer.data.pad_token_id)
    return torch.from_numpy(np.stack(logits)).reshape(len(encoded), -1)


def _cosine(read: Tensor, wanted: Tensor) -> float:
    return float(functional.cosine_similarity(read, wanted.cpu()).mean())


def _spread(vectors: Tensor) -> float:
    return max(float(vectors.float().std(dim=0, correction=0).mean()), 1e-12)
