"""What the files of a folder say beside what its evidence recorded of them, asked before any of it is used.

Some changes leave every name and shape as it was: another alpha, another way to scale, another order of merges.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from transformers import PreTrainedTokenizerBase

from tunecard.adapters.methods.registry import method_of, settings_of, switches_of
from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.comparing import disagreements, is_equal, shown
from tunecard.evidence.files import sha256_of
from tunecard.evidence.ledger import ADAPTER_CONFIG

PARTS = ("normalizer", "pre_tokenizer", "post_processor", "decoder")


def setting_faults(config: Mapping[str, Any], findings: Findings) -> list[str]:
    """A sentence for each setting of adapter_config.json that the evidence records otherwise."""
    named = findings.value("adapter.method")
    method = method_of(config, named)
    stated = {f"adapter.{key}": value for key, value in settings_of(config, named).items()}
    stated |= {"adapter.method": method.name} if method else {}
    faults = list(disagreements(findings, stated, ADAPTER_CONFIG))
    if named is None:
        return faults
    recorded, on = findings.value("adapter.switches") or {}, switches_of(config, named)
    if not is_equal(recorded, on):
        faults.append(f"{ADAPTER_CONFIG} switches on {shown(on)}. The evidence says {shown(recorded)}.")
    return faults


def weights_faults(folder: RunFolder, findings: Findings) -> list[str]:
    """Whether adapter_model.safetensors is the file that was scored; nothing where no hash is recorded."""
    recorded = findings.value("adapter.sha256")
    if not isinstance(recorded, str) or sha256_of(folder.adapter_weights) == recorded:
        return []
    return [f"{folder.adapter_weights.name} is not the file that the evidence speaks of (`adapter.sha256`)."]


def tokenizer_faults(own: PreTrainedTokenizerBase, base: PreTrainedTokenizerBase, *, is_whole: bool) -> list[str]:
    """How a folder's tokenizer splits otherwise than the base's, although its tokens have the same ids.

    Args:
        is_whole: also compares what happens before and after splitting, which an adapter may bring of its own.
    """
    mine, theirs = _state(own), _state(base)
    keys = [key for key in mine["model"].keys() | theirs["model"].keys() if key != "vocab"]
    differs = [key for key in sorted(keys) if mine["model"].get(key) != theirs["model"].get(key)]
    if isinstance(theirs["model"].get("vocab"), list) and not _scores(theirs).items() <= _scores(mine).items():
        differs.append("the scores of its pieces")
    differs += [part for part in PARTS if is_whole and mine.get(part) != theirs.get(part)]
    return [f"the tokenizer in the folder is not the base's: it has other {', '.join(differs)}."] if differs else []


def _state(tokenizer: PreTrainedTokenizerBase) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(tokenizer.backend_tokenizer.to_str())
    return state


def _scores(state: dict[str, Any]) -> dict[str, float]:
    return {str(piece): float(score) for piece, score in state["model"]["vocab"]}
