"""What an adapter does otherwise than its method plainly does, in one line: ranks by module, another scale, tokens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tunecard.card import facts
from tunecard.card.markdown import code, listing
from tunecard.card.numbers import count, plain_number
from tunecard.card.record_links import cite
from tunecard.evidence import Findings

SWITCHES = "adapter.switches"
SHOWN = 6  # patterns; more are in the record
LONGEST = 60  # characters of a module's name
PATTERNS = {"rank_pattern": "rank", "alpha_pattern": "alpha"}
PLAIN = {
    "use_rslora": "the update is multiplied by alpha divided by the square root of the rank, not by the rank (rsLoRA)",
    "use_dora": "each column of an updated weight is scaled besides (DoRA)",
    "fan_in_fan_out": "weights are stored with inputs first",
}


def variant_line(findings: Findings) -> str:
    """The variants that are switched on, as a sentence; empty where none is."""
    switches = facts.mapping_of(findings, SWITCHES)
    said = [part for key, value in switches.items() for part in _said(findings, key, value)]
    return f"Variants: {'; '.join(said)}." if said else ""


def _said(findings: Findings, key: str, value: Any) -> Iterator[str]:
    if key in PATTERNS and isinstance(value, Mapping):
        yield f"{PATTERNS[key]} by module, {_by_module(findings, value)}"
    elif key == "trainable_token_indices":
        yield f"{cite(findings, SWITCHES, count(_tokens(value)))} rows of the embeddings learned too"
    elif key == "layers_to_transform":
        layers = value if isinstance(value, list) else [value]
        yield f"only layers {cite(findings, SWITCHES, ', '.join(map(str, layers)))}"
    elif key in PLAIN:
        yield cite(findings, SWITCHES, PLAIN[key])
    else:
        yield code(key, LONGEST)


def _by_module(findings: Findings, values: Mapping[str, Any]) -> str:
    shown = [
        f"{cite(findings, SWITCHES, plain_number(value))} where a name fits {code(name, LONGEST)}"
        for name, value in list(values.items())[:SHOWN]
        if isinstance(value, int | float)
    ]
    return listing(shown) + (" and so on" if len(values) > SHOWN else "")


def _tokens(value: Any) -> int:
    """How many rows, of one embedding or of several by name."""
    several = list(value.values()) if isinstance(value, Mapping) else [value]
    return sum(len(rows) for rows in several if isinstance(rows, list))
