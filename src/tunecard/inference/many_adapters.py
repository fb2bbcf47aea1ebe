"""Many adapters on one base in memory: rows of one batch, each with its own adapter and its own head.

What each adapter learned is asked for with every batch, so that it may come and go between two of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from transformers import PreTrainedModel

from tunecard.adapters.learned_parts import LearnedParts
from tunecard.adapters.stacked_lora import Assignment, assigned
from tunecard.encoders.outputs import forward_padded, outputs_of
from tunecard.encoders.packed_batch import pack
from tunecard.encoders.packed_forward import forward_packed, is_packed
from tunecard.errors import AdapterError, DataError, TunecardError, nearest
from tunecard.inference.adapter_folder import AdapterFolder, read_adapter_folder
from tunecard.inference.batches import collate, length_sorted_batches
from tunecard.inference.predictor import Predictor
from tunecard.inference.raw_text.kinds import kind_of_rows
from tunecard.inference.stack_loader import StackLoader
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
        parts: name to what that adapter learned; asked once for each batch that it has rows in.
    """

    model: PreTrainedModel
    predictors: Mapping[str, Predictor]
    parts: Mapping[str, LearnedParts]

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
        return self.predict_checked(rows)

    def predict_checked(self, rows: Sequence[tuple[str, Any]]) -> list[dict[str, Any]]:
        """What `predict` gives, for rows in which it finds no fault."""
        places: dict[str, list[int]] = {}
        for place, (name, _) in enumerate(rows):
            places.setdefault(name, []).append(place)
        results: list[dict[str, Any]] = [{}] * len(rows)
        for name, answers in self._answers({name: [rows[i][1] for i in at] for name, at in places.items()}).items():
            for place, answer in zip(places[name], answers, strict=True):
                results[place] = answer
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
        sequences = encoded.sequences
        lines = sequences.split
        of_line = [name for row, name in enumerate(adapter_of_row) for _ in range(sequences.count(row))]
        logits: list[np.ndarray] = [np.empty(0)] * len(lines)
        forward = self._packed if is_packed(self.model) else self._padded
        with torch.inference_mode():
            for rows in length_sorted_batches(lines.lengths):
                for row, values in forward(lines, rows, of_line).items():
                    labels = len(self.predictors[of_line[row]].labels)
                    logits[row] = values[..., :labels]  # heads with fewer labels are filled up with zeros
        damaged = {name for name, row in zip(of_line, logits, strict=True) if not np.isfinite(row).all()}
        if damaged:
            raise AdapterError(f"{', '.join(sorted(damaged))}: values that are not finite. Fetch the adapter again.")
        return sequences.by_row(logits)

    def _batch(
        self, rows: Sequence[int], of_line: Sequence[str]
    ) -> tuple[list[int], dict[int, int], list[LearnedParts]]:
        """Rows, those of one adapter and of one rank side by side where lengths are equal, which packing keeps: they
        share a product; the number of each row's adapter, and what the adapters learned."""
        learned = {name: self.parts[name] for name in dict.fromkeys(of_line[row] for row in rows)}
        ranked = sorted(learned, key=lambda name: learned[name].rank)
        number = {name: place for place, name in enumerate(ranked)}
        ordered = sorted(rows, key=lambda row: number[of_line[row]])
        return ordered, {row: number[of_line[row]] for row in ordered}, [learned[name] for name in ranked]

    def _packed(self, encoded: EncodedSplit, rows: Sequence[int], of_line: Sequence[str]) -> dict[int, np.ndarray]:
        ordered, number, parts = self._batch(rows, of_line)
        batch = pack(encoded.input_ids, ordered, type_ids=encoded.type_ids, fill_token=self._pad_id)
        batch = batch.to(self.model.device)
        reads_tokens = not outputs_of(self.model).of_sequences
        of_row = [number[row] for row in batch.rows]
        assignment = Assignment(batch.lengths, of_row, parts, len(batch.tokens), heads_read_tokens=reads_tokens)
        with assigned(assignment):
            output = forward_packed(self.model, batch).float().cpu().numpy()
        starts = batch.starts.tolist()
        return {
            row: output[starts[i] : starts[i + 1]] if reads_tokens else output[i] for i, row in enumerate(batch.rows)
        }

    def _padded(self, encoded: EncodedSplit, rows: Sequence[int], of_line: Sequence[str]) -> dict[int, np.ndarray]:
        ordered, number, parts = self._batch(rows, of_line)
        batch = {name: tensor.to(self.model.device) for name, tensor in collate(encoded, ordered, self._pad_id).items()}
        batch.pop("labels", None)
        count, longest = batch["input_ids"].shape
        of_row = [number[row] for row in ordered]
        assignment = Assignment([longest] * count, of_row, parts, count * longest, heads_read_tokens=False)
        with assigned(assignment):
            output = forward_padded(self.model, batch).float().cpu().numpy()  # (B, K) or (B, T, K)
        if outputs_of(self.model).of_sequences:
            return dict(zip(ordered, output, strict=True))
        return {row: values[: len(encoded.input_ids[row])] for row, values in zip(ordered, output, strict=True)}

    def _answers(self, inputs: Mapping[str, Sequence[Any]]) -> dict[str, list[dict[str, Any]]]:
        """Every predictor goes on until it asks for logits; one pass gives them to all."""
        steps = {name: self.predictors[name].steps(rows) for name, rows in inputs.items()}
        answers: dict[str, list[dict[str, Any]]] = {}
        logits: dict[str, list[np.ndarray]] = {}
        while steps:
            asked: dict[str, EncodedSplit] = {}
            for name in list(steps):
                try:
                    asked[name] = steps[name].send(logits[name]) if name in logits else next(steps[name])
                except StopIteration as end:
                    answers[name] = end.value
                    del steps[name]
            logits = self._logits_of_each(asked)
        return answers

    def _logits_of_each(self, asked: Mapping[str, EncodedSplit]) -> dict[str, list[np.ndarray]]:
        names = [name for name, split in asked.items() for _ in split.input_ids]
        read = iter(self.logits(_joined(list(asked.values())), names) if names else [])
        return {name: [next(read) for _ in split.input_ids] for name, split in asked.items()}

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


def load_many(folders: Sequence[Path | str], base: str | Path | None = None, device: str = "auto") -> ManyAdapters:
    """Loads plain LoRA adapters of one task over one base, for rows that each have their own.

    Each is checked as `load` checks it. Arguments and errors: `tunecard.load_many`.
    """
    by_name = _named(folders)
    facts = _each({name: partial(read_adapter_folder, path) for name, path in by_name.items()})
    loader = StackLoader(next(iter(facts.values())), None if base is None else str(base), device)
    _each({name: partial(loader.check, of) for name, of in facts.items()})
    loaded = _each({name: partial(_load_one, loader, of) for name, of in facts.items()})
    predictors = {name: predictor for name, (predictor, _) in loaded.items()}
    return ManyAdapters(loader.model, predictors, {name: parts for name, (_, parts) in loaded.items()})


def _load_one(loader: StackLoader, facts: AdapterFolder) -> tuple[Predictor, LearnedParts]:
    return loader.predictor(facts), loader.parts(facts)


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
