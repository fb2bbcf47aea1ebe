"""Findings about an adapter's weights: how far each adapted module moved, and where it moved most."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean
from typing import Any

from torch import Tensor

from tunecard.adapters import read_adapter_config
from tunecard.adapters.low_rank_updates import LowRankUpdate, read_updates, why_no_updates
from tunecard.adapters.without_updates import layer_of
from tunecard.errors import AdapterError
from tunecard.evidence import Finding, Source, derived, measured, not_measured
from tunecard.evidence.files import sha256_of
from tunecard.evidence.records.examination import UPDATE_SIZES
from tunecard.examination.base_weights import BaseState, base_weight
from tunecard.examination.low_rank import UpdateSize, measure_update
from tunecard.examination.subject import Subject

SHOWN_MODULES = 3
MOST_VALUES = 64  # a spectrum's shape shows long before; without a limit a high rank would fill the evidence
DIGITS = 4
Record = dict[str, Any]


class UpdateSizes:
    """How far the adapter moves each frozen matrix, and over how many directions: read from its weights alone."""

    name = "update-sizes"

    def price(self, subject: Subject) -> int:
        """Nothing is predicted."""
        return 0

    def run(self, subject: Subject, budget: int) -> list[Finding]:
        """`examine_adapter` of the saved adapter against the frozen base that it is on."""
        config = read_adapter_config(subject.folder)
        return examine_adapter(subject.folder.adapter_weights, config, subject.model.state_dict())


def examine_adapter(adapter_weights: Path, adapter_config: dict[str, Any], base_state: BaseState) -> list[Finding]:
    """`examination.update_norms`, `.singular_values`, `.most_changed` and `.layers` of a low-rank adapter.

    Args:
        adapter_weights: adapter_model.safetensors as PEFT saved it, at the top of its run folder.
        adapter_config: the content of adapter_config.json.
        base_state: the frozen base's state dict, or a function from key to tensor that raises KeyError.
    Returns: four findings; not measured, with the reason, where the update is no product of two factors.
    Raises: AdapterError: a tensor is not finite, lacks its partner, or does not fit the base; names each.
    """
    reason = why_no_updates(adapter_config)
    if reason:
        return [not_measured(record.pattern, reason=reason) for record in UPDATE_SIZES]
    place = adapter_weights.name
    updates = read_updates(adapter_weights, adapter_config)
    weights = _base_weights(updates, base_state, place)
    sizes = [measure_update(update, weights[update.module]) for update in updates]
    records = [_record(update, size) for update, size in zip(updates, sizes, strict=True)]
    source = Source(file=place, sha256=sha256_of(adapter_weights))
    spectra = _spectra_finding(updates, sizes, source)
    return [_norms_finding(records, source), spectra, _most_changed_finding(records), _layers_finding(records)]


def _base_weights(updates: list[LowRankUpdate], base_state: BaseState, place: str) -> dict[str, Tensor]:
    weights: dict[str, Tensor] = {}
    problems = []
    for update in updates:
        weight = base_weight(base_state, update.module)
        entries = update.up.shape[0] * update.down.flatten(1).shape[1]
        if weight is None:
            problems.append(f"{update.module} must be a module of the base model. The base has no such weight.")
        elif weight.numel() != entries:
            problems.append(f"{update.module} must fit the base's weight {tuple(weight.shape)}. Got {update.shapes}.")
        else:
            weights[update.module] = weight
    if problems:
        raise AdapterError(problems, place=place)
    return weights


def _record(update: LowRankUpdate, size: UpdateSize) -> Record:
    return {
        "module": update.module,
        "layer": layer_of(update.module),
        "relative_norm": size.relative_norm,
        "effective_rank": size.effective_rank,
        "rank": update.rank,
    }


def _norms_finding(records: list[Any], source: Source) -> Finding:
    return measured(
        "examination.update_norms",
        records,
        n=len(records),
        method="Frobenius norm of the scaled product of the factors over that of the frozen weight; effective rank is "
        "the exponential of the entropy of the normalised singular values",
        source=source,
    )


def _spectra_finding(updates: list[LowRankUpdate], sizes: list[UpdateSize], source: Source) -> Finding:
    spectra: list[Any] = [
        {
            "module": update.module,
            "values": [float(f"{value:.{DIGITS}g}") for value in size.singular_values[:MOST_VALUES]],
        }
        for update, size in zip(updates, sizes, strict=True)
    ]
    return measured(
        "examination.singular_values",
        spectra,
        n=len(spectra),
        method=f"singular values of the scaled product of the factors, largest first, {DIGITS} significant digits, "
        f"at most {MOST_VALUES} a module",
        source=source,
    )


def _most_changed_finding(records: list[Record]) -> Finding:
    id = "examination.most_changed"
    known = [record for record in records if record["relative_norm"]]
    if not known:
        return not_measured(id, reason="every update is zero: the adapter leaves the base as it is")
    ranked = sorted(known, key=lambda record: record["relative_norm"], reverse=True)
    shown = ", ".join(f"{record['module']} ({_percent(record['relative_norm'])})" for record in ranked[:SHOWN_MODULES])
    text = f"Most changed, as a share of the frozen weight's norm: {shown}."
    if len(ranked) > SHOWN_MODULES:
        text += f" Least: {ranked[-1]['module']} ({_percent(ranked[-1]['relative_norm'])})."
    return derived(id, text, method="examination.update_norms, sorted", n=len(known))


def _layers_finding(records: list[Record]) -> Finding:
    id = "examination.layers"
    by_layer: dict[int, list[float]] = {}
    for record in records:
        if record["layer"] is not None and record["relative_norm"] is not None:
            by_layer.setdefault(record["layer"], []).append(record["relative_norm"])
    if not by_layer:
        return not_measured(id, reason="no adapted module lies in a numbered layer")
    value: list[Any] = [
        {"layer": layer, "relative_norm": fmean(norms), "modules": len(norms)}
        for layer, norms in sorted(by_layer.items())
    ]
    method = "mean relative norm over the adapted modules of each layer, from examination.update_norms"
    return derived(id, value, method=method, n=len(value))


def _percent(share: float) -> str:
    """Two significant digits: 0.123 is "12 %", 0.00123 is "0.12 %"."""
    return f"{share * 100:.2g} %" if share < 1 else f"{share * 100:.0f} %"
