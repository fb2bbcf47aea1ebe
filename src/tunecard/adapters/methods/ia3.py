"""IA3: learned factors on keys, values and the inner activations of the feed-forward layers (Liu et al. 2022)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from tunecard.adapters.methods.method import Layers, Method, Reference, Rule, Setting, Settings
from tunecard.adapters.methods.variants import plainly
from tunecard.recipe.schema import Auto, OneOrMore

# Keys and values by the names that transformers gives them; Wqkv projects queries, too.
PROJECTIONS = ("key", "value", "k_lin", "v_lin", "k_proj", "v_proj", "Wqkv")


def _targets(settings: Settings, layers: Layers) -> list[str]:
    last_parts = {name.rpartition(".")[2] for name in layers}
    return [name for name in PROJECTIONS if name in last_parts] + _second_layers(layers)


def _feedforward(settings: Settings, layers: Layers) -> list[str]:
    return [name for name in _second_layers(layers) if name in settings["target_modules"]]


def _second_layers(layers: Layers) -> list[str]:
    """The layers that lead back from the wide inner activations, each by the shortest name that is its own."""
    narrowing = [name for name, (inputs, outputs) in layers.items() if inputs > outputs]
    return sorted({_own_name(name, narrowing, layers) for name in narrowing})


def _own_name(name: str, narrowing: Sequence[str], layers: Layers) -> str:
    """BERT's `output.dense` would be that of its attention, too: such a name begins with the block."""
    parts = name.split(".")
    block = next(place for place, part in enumerate(parts) if part.isdigit())
    short = ".".join(parts[block + 1 :])
    is_own = all(other in narrowing for other in layers if other.endswith("." + short))
    return short if is_own else ".".join(parts[block - 1 :])


def _faults(settings: Settings) -> list[str]:
    strange = sorted(set(settings["feedforward_modules"]) - set(settings["target_modules"]))
    if not strange:
        return []
    return [f"adapter.feedforward_modules must be among adapter.target_modules. Got {', '.join(strange)}."]


IA3 = Method(
    name="ia3",
    title="IA3",
    meaning="learned factors, one a channel, on keys, values and inner activations; the weights stay as they are.",
    reference=Reference(
        key="liu2022few",
        authors="Liu, Haokun and Tam, Derek and Muqeeth, Mohammed and Mohta, Jay and Huang, Tenghao and "
        "Bansal, Mohit and Raffel, Colin",
        title="Few-Shot Parameter-Efficient Fine-Tuning is Better and Cheaper than In-Context Learning",
        year="2022",
        arxiv="2205.05638",
    ),
    peft_type="IA3",
    settings=(
        Setting(
            "target_modules",
            "target_modules",
            "Modules with an update",
            Annotated[Annotated[list[str], Field(min_length=1)] | Auto, OneOrMore],
            "a list of module names, or auto",
            names_modules=True,
            rule=Rule("keys, values and the second layer of each feed-forward", _targets),
        ),
        Setting(
            "feedforward_modules",
            "feedforward_modules",
            "Modules whose inputs are scaled",
            Annotated[list[str] | Auto, OneOrMore],
            "a list of module names among target_modules, or auto",
            names_modules=True,
            rule=Rule("the second layer of each feed-forward, where it is a target", _feedforward),
        ),
    ),
    prefix="ia3_",
    parts=("l",),
    switches={"fan_in_fan_out": plainly("weights are stored with inputs first")},
    learning_rate=5e-3,
    faults=_faults,
)
