"""From a folder to a predictor: the base found and checked, the adapter put on it, nothing passed over in silence.

One adapter is served, so a LoRA update is merged into the weights, and the model then takes the fast path.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import huggingface_hub.constants
import torch
from peft import PeftModel
from transformers import PreTrainedTokenizerBase

from tunecard.adapters import AdapterExpectation, check_expectation, load_adapter
from tunecard.adapters.merging import merge_adapter
from tunecard.data.reachability import offline_if_unreachable
from tunecard.encoders import EMBEDDED, EMBEDDED_ID, BaseFiles, Encoder, load_encoder, load_tokenizer, locate_base
from tunecard.encoders.embedded import EMBEDDED_WEIGHTS_SHA256
from tunecard.encoders.identity import hash_config, hash_weights
from tunecard.encoders.loading import read_base_config
from tunecard.encoders.new_tokens import with_tokens_of
from tunecard.errors import AdapterError, BaseModelError, MachineError
from tunecard.evidence import RunFolder
from tunecard.evidence.ledger import TOKENIZER, TOKENIZER_CONFIG
from tunecard.inference.adapter_folder import AdapterFolder, read_adapter_folder
from tunecard.inference.against_evidence import tokenizer_faults
from tunecard.inference.devices import choose_device
from tunecard.inference.engine import Engine
from tunecard.inference.fast_path import take_fast_path
from tunecard.inference.predictor import Predictor
from tunecard.inference.products import FP32, INT8, storage_for


def load(folder: str | Path, base: str | Path | None = None, device: str = "auto", precision: str = FP32) -> Predictor:
    """Loads an adapter for predicting; strict about base, labels and keys. Arguments and errors: `tunecard.load`.

    Where the folder has no evidence.json (an adapter made elsewhere), there is nothing to check base and labels
    against; `Predictor.unchecked` then says what was taken on trust.
    """
    computes_on = choose_device(device)
    storage = storage_for(precision, computes_on)
    facts = read_adapter_folder(Path(folder))
    files = find_base(facts, None if base is None else str(base))
    _check_base_and_labels(facts, files)
    task = facts.task
    with torch.random.fork_rng(devices=[]):  # heads are drawn before they are loaded; the caller's state stays
        encoder = load_encoder(files, task.auto_class, task.labels, task.problem_type, seed=0)
        model = load_adapter(encoder.model, facts.folder)
    check_heads(heads_of(model), encoder, facts.folder)
    tokenizer, unchecked = choose_tokenizer(facts.folder.path, encoder, is_bases=facts.has_bases_tokenizer)
    max_length = min(facts.max_length or encoder.max_tokens, encoder.max_tokens)
    merged = merge_adapter(model)  # one adapter is served: nothing need stay beside the weights
    served = merged.model.to(torch.device(computes_on))
    take_fast_path(served, storage.compute, storage.stored)
    return Predictor(
        engine=Engine(served, tokenizer, task, max_length),
        base_id=files.id,
        is_pair=facts.is_pair,
        columns=facts.columns,
        unchecked=(*facts.unchecked, *unchecked),
        merged_difference=merged.largest_difference,
        method=facts.method,
        score=facts.score,
        precision=precision,
        changed=facts.changed_in_int8 if precision == INT8 else "",
    )


def find_base(facts: AdapterFolder, base: str | None) -> BaseFiles:
    """The files of the base, as the caller says, else as the folder says, without the network where that will do.

    With them go the tokens that the adapter adds.
    """
    return with_tokens_of(_files_of(facts, base), facts.folder.path)


def _files_of(facts: AdapterFolder, base: str | None) -> BaseFiles:
    if base is not None:
        return locate_base(base)
    if Path(facts.base_id).expanduser().is_dir():
        return locate_base(facts.base_id)
    if facts.is_base_local or facts.base_id.startswith(("/", ".", "~", "\\")):
        # A local folder's name may be somebody else's repository on the Hub: it is never looked up there.
        raise BaseModelError(
            f"the adapter was trained on a local folder, {facts.base_id!r}, which is not here. "
            "Say where the base lies: base='FOLDER' in Python, --base FOLDER on the command line.",
            place=str(facts.folder.path),
        )
    if facts.base_id == EMBEDDED_ID and facts.expected.base_weights_sha256 == EMBEDDED_WEIGHTS_SHA256:
        embedded = _embedded_if_installed()
        if embedded:
            return embedded
    with offline_if_unreachable():
        is_offline = huggingface_hub.constants.HF_HUB_OFFLINE
        embedded = _embedded_if_installed() if facts.base_id == EMBEDDED_ID and is_offline else None
        return embedded or locate_base(facts.base_id, facts.revision)


def _embedded_if_installed() -> BaseFiles | None:
    try:
        return locate_base(EMBEDDED)
    except MachineError:
        return None  # the extra is not installed: the Hub has the same base


def _check_base_and_labels(facts: AdapterFolder, files: BaseFiles) -> None:
    wanted = facts.expected.base_weights_sha256
    found = AdapterExpectation(
        base_id=files.id,
        base_weights_sha256=hash_weights(files.folder) if wanted else None,
        labels=facts.task.labels,
        base_config_sha256=hash_config(files.folder),
    )
    check_expectation(found, facts.expected, str(facts.folder.path))


def heads_of(model: PeftModel) -> set[str]:
    """Paths of the modules that an adapter brings whole."""
    return {name.split(".modules_to_save.")[0] for name, _ in model.named_modules() if ".modules_to_save." in name}


def check_heads(brought: Collection[str], encoder: Encoder, folder: RunFolder) -> None:
    """Raises: AdapterError: a module that the base has no weights for, and that is not among those brought."""
    random = [name for name in encoder.new_modules if not any(f".{path}".endswith(f".{name}") for path in brought)]
    if random:
        raise AdapterError(
            f"the base has no weights for {', '.join(random)} and the adapter brings none: it would be random. "
            f"Train again with {', '.join(random)} in modules_to_save.",
            place=str(folder.path),
        )


@contextmanager
def _beside_config(path: Path) -> Iterator[Path]:
    """A folder with the tokenizer's files and the config, which says how words are split."""
    folder = RunFolder(path)
    if folder.model_config.parent == path:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="tunecard-tokenizer-") as name:
        for file in (*folder.tokenizer_files(), folder.model_config):
            shutil.copyfile(file, Path(name) / file.name)
        yield Path(name)


def choose_tokenizer(
    path: Path, encoder: Encoder, *, is_bases: bool = False
) -> tuple[PreTrainedTokenizerBase, list[str]]:
    """The folder's own tokenizer, which must give the base's tokens the base's ids; the base's where it has none.

    Args:
        is_bases: the evidence says that it is the base's in all that it does.
    Raises: AdapterError: other ids, or another way to split.
    """
    if not (path / TOKENIZER).is_file() and not (path / TOKENIZER_CONFIG).is_file():
        return encoder.tokenizer, ["the tokenizer; the base's own is used (none in the folder)"]
    with _beside_config(path) as place:
        own = BaseFiles(path.resolve().name, place, None, is_local=True)
        read_base_config(own)  # refuses code of its own before transformers reads the folder
        tokenizer = load_tokenizer(own)
    ids = tokenizer.get_vocab()
    moved = [token for token, id in encoder.tokenizer.get_vocab().items() if ids.get(token) != id]
    if moved:
        raise AdapterError(
            f"the tokenizer in the folder is not the base's: {len(moved)} tokens have another id or none, such as "
            f"{min(moved)!r}. Put the base's tokenizer there.",
            place=str(path),
        )
    rows = len(encoder.model.get_input_embeddings().weight)  # type: ignore[arg-type]
    if max(ids.values()) >= rows:
        raise AdapterError(f"the tokenizer has ids up to {max(ids.values())}, the base only {rows}.", place=str(path))
    if faults := tokenizer_faults(tokenizer, encoder.tokenizer, is_whole=is_bases):
        raise AdapterError([f"{fault} Put the base's tokenizer there." for fault in faults], place=str(path))
    return tokenizer, []
