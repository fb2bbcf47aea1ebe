"""Is it the tokenizer that the run saved? The hash of each of its files, and no file more."""

from __future__ import annotations

from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.files import sha256_of
from tunecard.verification.report import Check, judged

NAME = "tokenizer"
ID = "adapter.tokenizer_sha256"


def check_tokenizer(folder: RunFolder, findings: Findings) -> Check:
    """The tokenizer's files in the folder are those of `adapter.tokenizer_sha256`, byte for byte."""
    recorded = findings.value(ID)
    if not isinstance(recorded, dict):
        return Check(NAME, False, f"the evidence holds no hashes of the tokenizer (`{ID}`)")
    found = {path.name: sha256_of(path) for path in folder.tokenizer_files()}
    problems = [f"{name} is not in `{ID}`" for name in sorted(found.keys() - recorded.keys())]
    problems += [f"{name} is missing" for name in sorted(recorded.keys() - found.keys())]
    problems += [
        f"{name} is not the file of `{ID}`" for name in sorted(found.keys() & recorded) if found[name] != recorded[name]
    ]
    return judged(NAME, problems, f"{len(found)} files of the tokenizer are those that were saved", {ID})
