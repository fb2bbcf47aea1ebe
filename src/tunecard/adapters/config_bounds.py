"""What an adapter_config.json may not ask of PEFT: files and code of elsewhere, rounds and layers without end."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from transformers import PreTrainedModel

from tunecard.adapters.methods.name_patterns import pattern_faults
from tunecard.errors import AdapterError

# PEFT opens, or imports, what these name: pickles, other adapters, other models, modules.
ELSEWHERE = ("prompt_tuning_init_state_dict_path", "adapters", "shadow_model", "megatron_config")
OWN = "mirror"  # a shadow that PEFT builds of the base itself
# Built one by one, or gone through again and again before the weights are read.
COUNTED = (
    "encoder_num_layers", "num_layers", "num_transformer_submodules", "shadow_num_hidden_layers",
    "num_cayley_neumann_terms", "psoft_svd_lowrank_niter", "depth", "n_skills", "n_splits", "n_tasks",
    "num_subspaces", "subspace_rank", "boft_n_butterfly_factor",
)  # fmt: skip
MOST_ROUNDS = 1_000
MOST_OF_A_VECTOR = 1_000_000
PROMPT_SIZES = ("num_virtual_tokens", "token_dim", "num_tasks", "num_ranks")
MOST_NUMBERS = 100_000_000  # of a learned prompt: a thousand tokens for a thousand tasks of width 100
# What PEFT may raise where a config, or a base, is not what it expects.
PEFTS_FAULTS = (
    ValueError, TypeError, RuntimeError, AttributeError, LookupError, ArithmeticError, AssertionError, ImportError
)  # fmt: skip


def check_bounds(model: PreTrainedModel, content: Mapping[str, Any], place: str) -> None:
    """Whether what a config asks of PEFT stays in its folder, and ends in reasonable time.

    Args:
        content: of adapter_config.json.
        place: of it, for the fault.
    Raises: AdapterError: what lies elsewhere, patterns that are none or not in bounds, more layers or rounds than
        anybody has; all at once.
    """
    faults = pattern_faults(content, [name for name, _ in model.named_modules()])
    faults += [
        f"{key} names what lies outside of the adapter's folder, which is not read. Got {str(content[key])[:80]!r}."
        for key in ELSEWHERE
        if content.get(key) and content[key] != OWN
    ]
    for key, count in _counts(content):
        if not isinstance(count, int) or not 0 <= count <= MOST_ROUNDS:
            faults.append(f"{key} must be a count, {MOST_ROUNDS:,} at most. Got {str(count)[:40]}.")
    shared = content.get("theta_d_length")  # Uni-LoRA's one vector, drawn by numpy, which knows no device "meta"
    if isinstance(shared, int) and shared > MOST_OF_A_VECTOR:
        faults.append(f"theta_d_length must be {MOST_OF_A_VECTOR:,} at most. Got {str(shared)[:40]}.")
    if _prompt_numbers(content) > MOST_NUMBERS:
        sizes = {key: content[key] for key in PROMPT_SIZES if isinstance(content.get(key), int)}
        faults.append(f"a prompt of {sizes} has more than {MOST_NUMBERS:,} numbers.")
    if faults:
        raise AdapterError(faults, place=place)


def _counts(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key in COUNTED:
        if content.get(key) is not None:
            yield key, content[key]
    if content.get("peft_type") == "UNILORA" and content.get("r") is not None:
        yield "r", content["r"]  # numpy draws a place for each of its numbers
    if content.get("layer_replication") is not None:
        yield "layer_replication", _replicated(content["layer_replication"])
    start = content.get("init_lora_weights")
    if isinstance(start, str) and "_niter_" in start:
        rounds = start.rpartition("_niter_")[2]
        yield "init_lora_weights", int(rounds) if rounds.isdecimal() and len(rounds) < 10 else start
    loftq = content.get("loftq_config")
    if isinstance(loftq, dict) and loftq.get("loftq_iter") is not None:
        yield "loftq_iter", loftq["loftq_iter"]


def _replicated(ranges: Any) -> Any:
    try:
        return sum(int(end) - int(start) for start, end in ranges)
    except (TypeError, ValueError, OverflowError):
        return repr(ranges)


def _prompt_numbers(content: Mapping[str, Any]) -> int:
    return math.prod(content[key] for key in PROMPT_SIZES if isinstance(content.get(key), int))
