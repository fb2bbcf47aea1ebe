"""One base with one task, ready for adapters that share its passes: each is checked and read as strictly as alone."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from tunecard.adapters import AdapterExpectation, check_expectation, load_adapter
from tunecard.adapters.learned_parts import LearnedParts, read_learned_parts
from tunecard.adapters.parts_file import PartsFiles
from tunecard.adapters.stacked_lora import fuse_shared, open_to
from tunecard.encoders import Encoder, load_encoder
from tunecard.encoders.borrowing import borrow_weights, share_weights
from tunecard.encoders.identity import hash_config, hash_weights
from tunecard.encoders.new_tokens import with_tokens_of
from tunecard.encoders.packed_forward import enable_packing, why_not_packed
from tunecard.errors import AdapterError
from tunecard.evidence import RunFolder
from tunecard.evidence.files import sha256_of
from tunecard.inference.adapter_folder import AdapterFolder, read_model_config
from tunecard.inference.devices import choose_device
from tunecard.inference.engine import Engine
from tunecard.inference.loading import check_heads, choose_tokenizer, find_base
from tunecard.inference.predictor import Predictor

# What config.json says of labels has no say in how words are split.
OF_LABELS = ("id2label", "label2id", "num_labels", "problem_type")
Chosen = tuple[PreTrainedTokenizerBase, list[str]]


class StackLoader:
    """Reads adapters of one task on one base.

    Args:
        first: says which task and base; the others are held to it.
        base: a folder or id in place of the one that the first names.
        lender: a model of another task on the same base, whose weights are shared.
    Raises: TunecardError: the base cannot be loaded.
    """

    def __init__(
        self, first: AdapterFolder, base: str | None, device: str, lender: PreTrainedModel | None = None
    ) -> None:
        self._first, self._is_base_given = first, base is not None
        self._device = torch.device(choose_device(device))
        self._files = find_base(first, base)
        self._tokenizers: dict[str, Chosen] = {}
        task = first.task
        with torch.random.fork_rng(devices=[]):  # heads are drawn before they are loaded; the caller's state stays
            self._encoder: Encoder = load_encoder(
                self._files, task.auto_class, task.labels, task.problem_type, seed=0
            )  # fmt: skip
        model: Any = self._encoder.model.requires_grad_(False)
        model.to(self._device)
        if lender is not None:
            share_weights(model, lender)
        if why_not_packed(model) is None:
            enable_packing(model)
        fuse_shared(model)
        self.model: PreTrainedModel = model
        self._plain = PartsFiles(model)

    def check(self, facts: AdapterFolder) -> None:
        """Raises: AdapterError: a folder of another task or base than the first one, or whose evidence disagrees."""
        place = str(facts.folder.path)
        if with_tokens_of(self._files, facts.folder.path).new_tokens:
            raise AdapterError(
                "adds tokens to the base's tokenizer, for which no other adapter has rows. Load it alone.", place=place
            )
        if getattr(self.model.config, "relative_attention", False):
            raise AdapterError(
                "is on a base whose layers read positions beside rows (relative attention), which no row owns. Load it "
                "alone.",
                place=place,
            )
        if facts.task.name != self._first.task.name:
            raise AdapterError(
                f"must be an adapter for {self._first.task.name}, as {self._first.folder.path} is. Got one for "
                f"{facts.task.name}.",
                place=place,
            )
        wanted, first = facts.expected.base_weights_sha256, self._first
        is_named = (facts.base_id, facts.revision) == (first.base_id, first.revision)
        if not wanted and not self._is_base_given and not is_named:
            raise AdapterError(
                f"must be on the base of {first.folder.path}, {first.base_id}. Got one on {facts.base_id}.",
                place=place,
            )
        found = AdapterExpectation(
            self._files.id, self._weights_digest if wanted else None, facts.task.labels, self._config_digest
        )
        check_expectation(found, facts.expected, place)

    def parts(self, facts: AdapterFolder) -> LearnedParts:
        """What an adapter learned, on the device; the model answers to it from then on.

        Raises: AdapterError: it cannot be read, or shares no pass.
        """
        labels = len(facts.task.labels)
        parts = self._plain.read(facts.folder, labels)
        if parts is None:
            loaded = load_adapter(borrow_weights(self.model, labels), facts.folder)
            parts = read_learned_parts(loaded, str(facts.folder.path))
        check_heads(parts.heads, self._encoder, facts.folder)
        open_to(self.model, parts)
        return parts.to(self._device)

    def parts_again(self, facts: AdapterFolder) -> LearnedParts:
        """The same of files that have not changed since, in less time. Raises: AdapterError: they cannot be read."""
        parts = self._plain.read_again(facts.folder, len(facts.task.labels))
        return self.parts(facts) if parts is None else parts.to(self._device)

    def predictor(self, facts: AdapterFolder) -> Predictor:
        """What encodes and decodes an adapter's rows. Raises: AdapterError: its tokenizer is not the base's."""
        tokenizer, unchecked = self._tokenizer_of(facts)
        longest = self._encoder.max_tokens
        engine = Engine(self.model, tokenizer, facts.task, min(facts.max_length or longest, longest))
        return Predictor(
            engine, self._files.id, facts.is_pair, facts.columns, (*facts.unchecked, *unchecked),
            method=facts.method, score=facts.score,
        )  # fmt: skip

    def _tokenizer_of(self, facts: AdapterFolder) -> Chosen:
        """Adapters with the same files share one, which is compared with the base's once."""
        key = json.dumps([facts.has_bases_tokenizer, tokenizer_facts(facts.folder)])
        if key not in self._tokenizers:
            self._tokenizers[key] = choose_tokenizer(
                facts.folder.path, self._encoder, is_bases=facts.has_bases_tokenizer
            )
        return self._tokenizers[key]

    @cached_property
    def _weights_digest(self) -> str:
        return hash_weights(self._files.folder)

    @cached_property
    def _config_digest(self) -> str:
        return hash_config(self._files.folder)


def tokenizer_facts(folder: RunFolder) -> list[Any]:
    """All in a folder that says how texts are split: hashes of the tokenizer's files, and what its config says."""
    config = {key: value for key, value in read_model_config(folder).items() if key not in OF_LABELS}
    files = [(path.name, sha256_of(path)) for path in folder.tokenizer_files()]
    return [files, json.dumps(config, sort_keys=True)]
