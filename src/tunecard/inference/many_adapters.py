"""Many adapters on one base in memory: rows of one batch, each with its own adapter and its own head.

Every adapter is loaded as strictly as alone, onto a model that borrows the base's weights; then its updates and its
head are kept and the borrowing model is dropped.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedModel

from tunecard.adapters import AdapterExpectation, check_expectation, load_adapter
from tunecard.adapters.fused.fused_layers import fuse_layers
from tunecard.adapters.stacked_lora import Assignment, LearnedParts, assigned, install_adapters, read_learned_parts
from tunecard.encoders import BaseFiles, Encoder, load_encoder
from tunecard.encoders.identity import hash_config, hash_weights
from tunecard.encoders.new_tokens import with_tokens_of
from tunecard.encoders.outputs import forward_padded, outputs_of
from tunecard.encoders.packed_batch import pack
from tunecard.encoders.packed_forward import enable_packing, forward_packed, is_packed, why_not_packed
from tunecard.errors import AdapterError, DataError, TunecardError, nearest
from tunecard.inference.adapter_folder import AdapterFolder, read_adapter_folder
from tunecard.inference.batches import collate, length_sorted_batches
from tunecard.inference.devices import choose_device
from tunecard.inference.engine import Engine
from tunecard.inference.loading import check_heads, choose_tokenizer, find_base
from tunecard.inference.predictor import Predictor
from tunecard.inference.raw_text.kinds import kind_of_rows
from tunecard.rows.encoded import EncodedSplit

T = TypeVar("T")
SHOWN = 3  # problems of one folder
ROW_PARTS = 2


@dataclass(frozen=True)
class ManyAdapters:
    """Adapters of one task over one base.

    Attributes:
        model: the base, whose layers give each row the update of its adapter.
        predictors: name to what encodes and decodes that adapter's rows. They share `model`, which computes only here.
    """

    model: PreTrainedModel
    predictors: dict[str, Predictor]

    def __repr__(self) -> str:
        first = next(iter(self.predictors.values()))
        shown = ", ".join(self.names[:SHOWN]) + (f", ... {len(self.names) - SHOWN} more" * (len(self.names) > SHOWN))
        return f"ManyAdapters({len(self.names)} for {first.task} on {first.base_id}: {shown})"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the adapters, in the order of the folders: the folder's name, with its parents' where two agree."""
        return tuple(self.predictors)

    def labels_of(self, name: str) -> tuple[str, ...]:
        """Label names in id order. Raises: AdapterError: no such adapter."""
        self._check_names([name])
        return self.predictors[name].labels

    def predict(self, rows: Sequence[tuple[str, Any]]) -> list[dict[str, Any]]:
        """Predicts rows, each with its adapter, in the order given.

        Args:
            rows: (name of an adapter, what `Predictor.predict` takes as one row).
        Returns: one dict a row, as `Predictor.predict` of that adapter gives it.
        Raises:
            AdapterError: names that are not loaded; all are listed.
            DataError: rows that cannot be predicted, each named by its position.
        """
        wrong = [i for i, row in enumerate(rows) if not (isinstance(row, (tuple, list)) and len(row) == ROW_PARTS)]
        if wrong:
            raise DataError([f"row {i}: must be (name of an adapter, input)." for i in wrong], place="inputs")
        names = [name for name, _ in rows]
        self._check_names(names)
        self._check_rows(rows)
        places = {name: [i for i, other in enumerate(names) if other == name] for name in dict.fromkeys(names)}
        inputs = {name: [rows[i][1] for i in at] for name, at in places.items()}
        results: list[dict[str, Any]] = [{}] * len(rows)
        for name, decoded in self._predict_each(inputs).items():
            for place, result in zip(places[name], decoded, strict=True):
                results[place] = result
        return results

    def logits(self, encoded: EncodedSplit, adapter_of_row: Sequence[str]) -> list[np.ndarray]:
        """Logits of every row by its own adapter, in row order, shaped as those of `predict_logits`.

        Args:
            encoded: N rows of token ids.
            adapter_of_row: (N,) names.
        Raises: AdapterError: a name that is not loaded, or a value that is not finite.
        """
        if len(encoded) != len(adapter_of_row):
            raise AdapterError(f"each row must have one adapter. Got {len(encoded)} rows, {len(adapter_of_row)} names.")
        self._check_names(adapter_of_row)
        numbers = {name: number for number, name in enumerate(self.names)}
        sequences = encoded.sequences
        lines = sequences.split
        name_of = [name for row, name in enumerate(adapter_of_row) for _ in range(sequences.count(row))]
        numbered = [numbers[name] for name in name_of]
        logits: list[np.ndarray] = [np.empty(0)] * len(lines)
        forward = self._packed if is_packed(self.model) else self._padded
        with torch.inference_mode():
            for rows in length_sorted_batches(lines.lengths):
                # Among rows of equal length neighbours of one adapter share a product: packing keeps this order.
                for row, values in forward(lines, sorted(rows, key=lambda row: numbered[row]), numbered).items():
                    labels = len(self.predictors[name_of[row]].labels)
                    logits[row] = values[..., :labels]  # heads with fewer labels are filled up with zeros
        damaged = {name for name, row in zip(name_of, logits, strict=True) if not np.isfinite(row).all()}
        if damaged:
            raise AdapterError(f"{', '.join(sorted(damaged))}: values that are not finite. Fetch the adapter again.")
        return sequences.by_row(logits)

    def _packed(self, encoded: EncodedSplit, rows: list[int], numbered: list[int]) -> dict[int, np.ndarray]:
        batch = pack(encoded.input_ids, rows, type_ids=encoded.type_ids, fill_token=self._pad_id).to(self.model.device)
        reads_tokens = not outputs_of(self.model).of_sequences
        assignment = Assignment(
            batch.lengths, [numbered[row] for row in batch.rows], len(batch.tokens), self.model.device,
            heads_read_tokens=reads_tokens,
        )  # fmt: skip
        with assigned(assignment):
            output = forward_packed(self.model, batch).float().cpu().numpy()
        starts = batch.starts.tolist()
        return {
            row: output[starts[i] : starts[i + 1]] if reads_tokens else output[i] for i, row in enumerate(batch.rows)
        }

    def _padded(self, encoded: EncodedSplit, rows: list[int], numbered: list[int]) -> dict[int, np.ndarray]:
        batch = {name: tensor.to(self.model.device) for name, tensor in collate(encoded, rows, self._pad_id).items()}
        batch.pop("labels", None)
        count, longest = batch["input_ids"].shape
        of_row = [numbered[row] for row in rows]
        assignment = Assignment([longest] * count, of_row, count * longest, self.model.device, heads_read_tokens=False)
        with assigned(assignment):
            output = forward_padded(self.model, batch).float().cpu().numpy()  # (B, K) or (B, T, K)
        if outputs_of(self.model).of_sequences:
            return dict(zip(rows, output, strict=True))
        return {row: values[: len(encoded.input_ids[row])] for row, values in zip(rows, output, strict=True)}

    def _predict_each(self, inputs: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
        """Every predictor runs up to the logits that it asks for; one pass gives them all; each then runs on."""
        decoded, asking = {}, {}
        for name, rows in inputs.items():
            engine = _Asking.like(self.predictors[name].engine)
            try:
                decoded[name] = replace(self.predictors[name], engine=engine).predict(rows)  # it had nothing to ask
            except _Waiting:
                asking[name] = engine
        asked = {name: engine.encoded[-1] for name, engine in asking.items()}
        names = [name for name, split in asked.items() for _ in split.input_ids]
        logits = iter(self.logits(_joined(list(asked.values())), names) if asked else [])
        for name, split in asked.items():
            engine = _Answering.like(asking[name])
            engine.encoded.extend(asking[name].encoded)
            engine.answer.extend(next(logits) for _ in split.input_ids)
            decoded[name] = replace(self.predictors[name], engine=engine).predict(inputs[name])
        return decoded

    @property
    def _pad_id(self) -> int:
        return int(next(iter(self.predictors.values())).engine.tokenizer.pad_token_id)

    def _check_names(self, names: Sequence[str]) -> None:
        unknown = [name for name in dict.fromkeys(names) if name not in self.predictors]
        if unknown:
            faults = [f"no adapter {name!r} is loaded.{nearest(name, self.names)} See `names`." for name in unknown]
            raise AdapterError(faults)

    def _check_rows(self, rows: Sequence[tuple[str, Any]]) -> None:
        found = [(i, self.predictors[name].fault_of(row)) for i, (name, row) in enumerate(rows)]
        faults = [f"row {i}: {fault}" for i, fault in found if fault]
        if not faults:
            kind = kind_of_rows(next(iter(self.predictors.values())).engine.task)
            names = dict.fromkeys(name for name, _ in rows)
            of_each = {name: [row for other, row in rows if other == name] for name in names}
            faults = [f"{name}: {fault}" for name, own in of_each.items() if (fault := kind.fault_together(own))]
        if faults:
            raise DataError(faults, place="inputs")


class _Waiting(Exception):
    """An engine has encoded its rows and waits for the pass that it shares with others."""


@dataclass(frozen=True)
class _Asking(Engine):
    """Encodes, and stops where logits are asked for: always those of the rows that were encoded last."""

    encoded: list[EncodedSplit] = field(default_factory=list)
    answer: list[np.ndarray] = field(default_factory=list)

    @classmethod
    def like(cls, engine: Engine) -> Self:
        return cls(engine.model, engine.tokenizer, engine.task, engine.max_length)

    def encode(self, inputs: Mapping[str, list[Any]]) -> EncodedSplit:
        self.encoded.append(super().encode(inputs))
        return self.encoded[-1]

    def logits(self, encoded: EncodedSplit) -> list[np.ndarray]:
        raise _Waiting


@dataclass(frozen=True)
class _Answering(_Asking):
    """Gives back in the same order what was encoded, and the logits of it."""

    def encode(self, inputs: Mapping[str, list[Any]]) -> EncodedSplit:
        return self.encoded.pop(0)

    def logits(self, encoded: EncodedSplit) -> list[np.ndarray]:
        return self.answer


def load_many(folders: Sequence[Path | str], base: str | Path | None = None, device: str = "auto") -> ManyAdapters:
    """Loads plain LoRA adapters of one task over one base, for rows that each have their own.

    Each is checked as `load` checks it. Arguments and errors: `tunecard.load_many`.
    """
    computes_on = torch.device(choose_device(device))
    by_name = _named(folders)
    facts = _each({name: partial(read_adapter_folder, path) for name, path in by_name.items()})
    first = next(iter(facts.values()))
    files = find_base(first, None if base is None else str(base))
    _check_common(facts, files, is_base_given=base is not None)
    task = first.task
    with torch.random.fork_rng(devices=[]):  # heads are drawn before they are loaded; the caller's state stays
        encoder = load_encoder(files, task.auto_class, task.labels, task.problem_type, seed=0)
        loaded = _each({name: partial(_load_one, encoder, of, files) for name, of in facts.items()})
    model: Any = encoder.model.requires_grad_(False)
    model.to(computes_on)
    if why_not_packed(model) is None:
        enable_packing(model)
    fuse_layers(model)
    install_adapters(model, [parts for parts, _ in loaded.values()], computes_on)
    return ManyAdapters(model, {name: predictor for name, (_, predictor) in loaded.items()})


def _load_one(encoder: Encoder, facts: AdapterFolder, files: BaseFiles) -> tuple[LearnedParts, Predictor]:
    model = load_adapter(borrow_weights(encoder.model, len(facts.task.labels)), facts.folder)
    check_heads(model, encoder, facts.folder)
    parts = read_learned_parts(model, str(facts.folder.path))
    tokenizer, unchecked = choose_tokenizer(facts.folder.path, encoder, is_bases=facts.has_bases_tokenizer)
    max_length = min(facts.max_length or encoder.max_tokens, encoder.max_tokens)
    engine = Engine(encoder.model, tokenizer, facts.task, max_length)
    unchecked = [*facts.unchecked, *unchecked]
    return parts, Predictor(
        engine, files.id, facts.is_pair, facts.columns, tuple(unchecked), method=facts.method, score=facts.score
    )  # fmt: skip


def borrow_weights(model: PreTrainedModel, labels: int) -> PreTrainedModel:
    """A second model over the same tensors, with room for a head of `labels` outputs where that has another shape."""
    config = copy.deepcopy(model.config)
    config.num_labels = labels
    with torch.device("meta"):
        borrower: PreTrainedModel = type(model)(config)
    tensors: dict[str, Any] = dict(model.named_parameters(remove_duplicate=False))
    tensors |= dict(model.named_buffers(remove_duplicate=False))
    for path, module in borrower.named_modules():
        for name, empty in [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]:
            own = tensors[f"{path}.{name}" if path else name]
            if own.shape != empty.shape:
                own = nn.Parameter(torch.zeros(empty.shape))
            registered = module._parameters if name in module._parameters else module._buffers
            registered[name] = own
    borrower.train(False)
    return borrower


def _named(folders: Sequence[Path | str]) -> dict[str, Path]:
    """Folders by the shortest ends of their paths that tell them apart."""
    paths = [Path(folder) for folder in folders]
    if not paths:
        raise AdapterError("folders must be one or more. Got none.")
    whole = [path.resolve().parts for path in paths]
    twice = sorted({str(path) for path, parts in zip(paths, whole, strict=True) if whole.count(parts) > 1})
    if twice:
        raise AdapterError(f"each folder must be given once. Got {', '.join(twice)} more than once.")
    depth = next(depth for depth in count(1) if len({parts[-depth:] for parts in whole}) == len(whole))
    return {"/".join(parts[-depth:]): path for parts, path in zip(whole, paths, strict=True)}


def _each(steps: Mapping[str, Callable[[], T]]) -> dict[str, T]:
    """The result of every step. Raises: AdapterError: one problem for each folder whose step failed, so that a long
    list of keys hides no other folder."""
    results, faults = {}, []
    for name, step in steps.items():
        try:
            results[name] = step()
        except TunecardError as error:
            more = f" ... and {len(error.problems) - SHOWN} more" if len(error.problems) > SHOWN else ""
            faults.append(f"{error.place or name}: {' '.join(error.problems[:SHOWN])}{more}")
    if faults:
        raise AdapterError(faults)
    return results


def _check_common(facts: Mapping[str, AdapterFolder], files: BaseFiles, is_base_given: bool) -> None:
    """Raises: AdapterError: folders of another task or base than the first one, or whose evidence disagrees."""
    first = next(iter(facts.values()))
    has_hash = any(of.expected.base_weights_sha256 for of in facts.values())
    digest = hash_weights(files.folder) if has_hash else None
    config_digest = hash_config(files.folder)

    def check(of: AdapterFolder) -> None:
        if with_tokens_of(files, of.folder.path).new_tokens:
            raise AdapterError(
                "adds tokens to the base's tokenizer, for which no other adapter has rows. Load it alone.",
                place=str(of.folder.path),
            )
        if of.task.name != first.task.name:
            raise AdapterError(
                f"must be an adapter for {first.task.name}, as {first.folder.path} is. Got one for {of.task.name}.",
                place=str(of.folder.path),
            )
        wanted = of.expected.base_weights_sha256
        if not wanted and not is_base_given and (of.base_id, of.revision) != (first.base_id, first.revision):
            raise AdapterError(
                f"must be on the base of {first.folder.path}, {first.base_id}. Got one on {of.base_id}.",
                place=str(of.folder.path),
            )
        found = AdapterExpectation(files.id, digest if wanted else None, of.task.labels, config_digest)
        check_expectation(found, of.expected, str(of.folder.path))

    _each({name: partial(check, of) for name, of in facts.items()})


def _joined(splits: Sequence[EncodedSplit]) -> EncodedSplit:
    """Token ids of all splits end to end; segment ids are 0 where a split has none."""
    type_ids = None
    if any(split.type_ids is not None for split in splits):
        type_ids = [ids for split in splits for ids in split.type_ids or [[0] * length for length in split.lengths]]
    input_ids = [ids for split in splits for ids in split.input_ids]
    pieces = None
    if any(split.pieces is not None for split in splits):
        pieces = [row for split in splits for row in split.pieces or [[length] for length in split.lengths]]
    return EncodedSplit(
        input_ids, type_ids, None, [False] * len(input_ids), lost_words=[0] * len(input_ids), pieces=pieces
    )
