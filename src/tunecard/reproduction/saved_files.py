"""The tokenizer and config.json that the folder holds, beside those that the base gives when it is saved again."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from tunecard.adapters.saving import save_model_config, save_tokenizer
from tunecard.encoders import Encoder
from tunecard.errors import TunecardError
from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.comparing import shown
from tunecard.inference.loading import choose_tokenizer
from tunecard.verification.report import Check, judged

TOKENIZER = "tokenizer again"
ITS_OWN = "the adapter folder's own"  # of an adapter made elsewhere: nobody says that it is the base's
OF_THIS_GO = {"transformers_version", "dtype", "torch_dtype", "architectures"}


def check_tokenizer_again(folder: RunFolder, outline: Encoder, findings: Findings) -> tuple[Check, Encoder | None]:
    """Whether the folder's tokenizer is the base's, and the base with the folder's tokenizer, for reading rows.

    Args:
        outline: the base, its weights not loaded.
    Returns: the check, and None where that tokenizer cannot be used with this base.
    """
    try:
        own, _ = choose_tokenizer(folder.path, outline)
    except TunecardError as error:
        return Check(TOKENIZER, False, "; ".join(line.strip() for line in str(error).splitlines())), None
    reader = replace(outline, tokenizer=own)
    if str(findings.value("adapter.tokenizer", "")).startswith(ITS_OWN):
        return Check(TOKENIZER, True, "it came with the adapter; rows are read with it"), reader
    problems = list(_differences(folder, outline, findings))
    if problems and not _is_same_software(findings):
        detail = f"saved by another version of transformers or tokenizers, which may differ: {problems[0]}"
        return Check(TOKENIZER, None, detail), reader
    covered = {"adapter.tokenizer_sha256"}
    return judged(TOKENIZER, problems, "the folder's tokenizer is the base's; rows are read with it", covered), reader


def _differences(folder: RunFolder, outline: Encoder, findings: Findings) -> Iterator[str]:
    """The base's tokenizer saved as the run saved it, file by file and key by key."""
    with tempfile.TemporaryDirectory(prefix="tunecard-tokenizer-") as name:
        again = RunFolder(Path(name))
        if "adapter.origin" not in findings:
            outline.tokenizer.model_max_length = findings.value("model.max_length")
        save_tokenizer(outline.tokenizer, again)
        ours, theirs = ({path.name: path for path in one.tokenizer_files()} for one in (folder, again))
        yield from (f"{file} is none of the base's" for file in sorted(ours.keys() - theirs.keys()))
        yield from (f"{file} is missing" for file in sorted(theirs.keys() - ours.keys()))
        for file in sorted(ours.keys() & theirs.keys()):
            yield from _other_keys(file, ours[file], theirs[file])


def _other_keys(file: str, ours: Path, theirs: Path) -> Iterator[str]:
    if ours.read_bytes() == theirs.read_bytes():
        return
    try:
        one, other = (json.loads(path.read_text(encoding="utf-8")) for path in (ours, theirs))
    except ValueError:
        one = other = None
    if not isinstance(one, dict) or not isinstance(other, dict):
        yield f"{file} is not the base's"
        return
    for key in sorted(one.keys() | other.keys()):
        if one.get(key) != other.get(key):
            yield f"{file}: {key} is {shown(one.get(key))}, the base's {shown(other.get(key))}"


def _is_same_software(findings: Findings) -> bool:
    return all(findings.value(f"software.{name}") == version(name) for name in ("transformers", "tokenizers"))


def with_config(base: Check, folder: RunFolder, outline: Encoder) -> Check:
    """The check of the base, which fails where config.json says other things of it than its own config does."""
    with tempfile.TemporaryDirectory(prefix="tunecard-config-") as name:
        again = RunFolder(Path(name))
        save_model_config(outline.model, again)
        saved, wanted = (json.loads(one.model_config.read_text(encoding="utf-8")) for one in (folder, again))
    keys = [key for key in wanted if key in saved and key not in OF_THIS_GO and not key.startswith("_")]
    problems = [
        f"config.json: {key} is {shown(saved[key])}, the base as fine-tuned has {shown(wanted[key])}"
        for key in keys
        if saved[key] != wanted[key]
    ]
    return replace(judged(base.name, problems, base.detail, base.covered), tier=base.tier) if problems else base
