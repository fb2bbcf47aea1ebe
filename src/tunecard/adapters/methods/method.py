"""What a PEFT method states of itself. Everything else that a recipe, a card or a verifier says of it follows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

WRAPPER = "base_model.model."  # what PEFT puts before the name of a module of the base
Settings = Mapping[str, Any]
Layers = Mapping[str, tuple[int, int]]  # linear layers of the base's blocks: name to inputs and outputs


@dataclass(frozen=True)
class Rule:
    """How `auto` becomes a value: in words, and by the settings before it and the base's layers."""

    words: str
    value: Callable[[Settings, Layers], Any]


@dataclass(frozen=True)
class Setting:
    """One key of the recipe's `adapter:` block.

    Attributes:
        key: in the recipe and, after `adapter.`, in the evidence.
        peft: PEFT's own name of it, with a dot where it lies in a group (`eva_config.rho`); "" where it is none of
            PEFT's, and no file holds it: a hook of the method reads it.
        name: what the card calls it.
        type: of its value, as pydantic reads it.
        must_be: completes "KEY must be ...".
        default: where the recipe is silent; None for a setting that then plays no part.
        rule: what `auto` becomes; None where there is no `auto`.
        names_modules: whether its value names layers of the base.
        names_tokens: whether its value names tokens, by their ids or as the tokenizer writes them.
        to_peft: the value as PEFT's own files hold it.
        comment: what `init` writes above it in place of `must_be`.
        of_training: whether it matters only while training, so that an adapter may go on with another value.
    """

    key: str
    peft: str
    name: str
    type: Any
    must_be: str
    default: Any = "auto"
    rule: Rule | None = None
    names_modules: bool = False
    names_tokens: bool = False
    to_peft: Callable[[Any], Any] = lambda value: value
    comment: str = ""
    of_training: bool = False

    def takes(self, value: Any) -> bool:
        """Whether a recipe could hold the value."""
        try:
            TypeAdapter(self.type, config=ConfigDict(allow_inf_nan=False)).validate_python(value)
        except ValidationError:
            return False
        return True


@dataclass(frozen=True)
class Reference:
    """The paper; `authors` as in BibTeX: "Hu, Edward J. and Shen, Yelong", with "others" for the rest.

    `url` where there is no arXiv number.
    """

    key: str
    authors: str
    title: str
    year: str
    arxiv: str = ""
    url: str = ""

    def record(self) -> dict[str, str]:
        """What is known of it, as the evidence holds it."""
        return {key: value for key, value in asdict(self).items() if value}


@dataclass(frozen=True)
class Product:
    """An update that is scaling x B A, with A (r, in) and B (out, r) the parts of that name.

    Attributes:
        scaling: of a module, by its name, its rank and adapter_config.json.
        why_not: why, with these settings of PEFT, the product is not the whole update; None where it is.
    """

    scaling: Callable[[str, int, Settings], float]
    why_not: Callable[[Settings], str | None]


@dataclass(frozen=True)
class AdapterPlan:
    """What to add to a base: `settings` without any `auto`, by their keys; `new_modules` are trained whole; `layers` is
    `all` or `top-N`."""

    method: str
    settings: Settings
    new_modules: Sequence[str]
    task_type: str
    layers: str = "all"


@dataclass(frozen=True)
class Control:
    """What is compared and never shipped: some weights of the plain model learn.

    Attributes:
        learns: whether a parameter learns, by its name and the new modules.
        is_low_rank: whether it adds products of small factors to weights, whatever stands between the factors.
        freezes_base: whether no weight of the base learns.
        learning_rate: of the base, where it is not the recipe's.
    """

    name: str
    learns: Callable[[str, Sequence[str]], bool]
    freezes_base: bool
    learning_rate: float | None = None


@dataclass(frozen=True)
class Method:
    """A PEFT method whose adapter is shipped.

    Attributes:
        name: in a recipe, and the tag on the Hub.
        title: as its authors write it.
        meaning: one sentence for the glossary.
        reference: its paper.
        peft_type: of PEFT, as adapter_config.json has it.
        settings: keys of the recipe, in their order.
        prefix: how names of its tensors begin, behind the module's where they belong to one: `lora_`.
        whole: names of further tensors that belong to the model as a whole.
        parts: what follows in the names of the tensors that each adapted module has; there may be others. None where
            its tensors belong to the model as a whole.
        preset: PEFT's fields, with their values, that are always written and make nothing another method.
        derived: names of tensors that are saved and never learn: drawn from a seed, or taken from the base.
        saves_each_once: whether a file holds every number that learned, each once, and no other but `derived`.
        switches: PEFT's names of variants, which are told where they are on, with the words for a value.
        unmerged: why its update cannot be put into the weights; empty where it can.
        unlayered: why a layer without its update is not what the frozen base has there; empty where it is.
        unpacked: why rows must be padded, and cannot lie end to end; empty where they may.
        virtual_tokens: how many learned tokens stand in front of each row, by the settings.
        injects: whether it was seen that transformers itself loads such an adapter, and stock PEFT merges it under any
            head.
        reads_task: whether PEFT's forward asks which of several tasks a row is of; here it is always the first.
        product: where its update is a product of two factors.
        is_low_rank: whether it adds products of small factors to weights, whatever stands between the factors.
        lays_out: whether PEFT can lay it out on weights that are not there, on device "meta".
        reads_weights: whether it computes with the base's weights themselves, which then are not rounded.
        freezes_base: whether no weight of the base's blocks learns, by the settings.
        learning_rate: for `auto`; None where the width of the base decides.
        head_learning_rate: the highest for modules that start new, where what the update learns at is too high.
        rate_from: whose these rates are, in words; empty where they are ours, without a source.
        faults: what is wrong between settings, as sentences.
        misfits: what is wrong between settings and the layers that they name, as sentences.
        fixed: PEFT's fields, with their values, that make a variant what it is; a mapping fits any that is not empty.
        asked: PEFT's fields that it asks for before anybody knows them; the rule puts true ones in their place.
        start: entry of `adapters/starts/registry.py`: how the adapter begins, from the weights or from training rows.
        moves_base: whether its start takes a part of the frozen weights into the factors. It is shipped as the
            difference to its start, a plain adapter of twice the rank on the base as it was.
        base_weights: how frozen layers must be stored while it learns, by what is better first; empty: as one likes.
        frozen_parts: of `parts`, those that stay as they were drawn.
        optimizer: entry of `adapters/optimizers/registry.py`.
        rule: entry of `adapters/rules/registry.py`: what is added to the loss, and done after a step; None for nothing.
        averages: whether weights of several trainings from one start may be averaged.
        rate_factor: of the rate for `auto`, where the width of the base decides.
    """

    name: str
    title: str
    meaning: str
    reference: Reference
    peft_type: str
    settings: tuple[Setting, ...]
    prefix: str
    parts: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    preset: Mapping[str, Any] = field(default_factory=dict)
    derived: tuple[str, ...] = ()
    saves_each_once: bool = True
    switches: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)
    unmerged: str = ""
    unlayered: str = ""
    unpacked: str = ""
    virtual_tokens: Callable[[Settings], int] = field(default=lambda settings: 0)
    injects: bool = False
    reads_task: bool = False
    product: Product | None = None
    is_low_rank: bool = False
    lays_out: bool = True
    reads_weights: bool = False
    freezes_base: Callable[[Settings], bool] = field(default=lambda settings: True)
    learning_rate: float | None = None
    head_learning_rate: float | None = None
    rate_from: str = ""
    faults: Callable[[Settings], Sequence[str]] = field(default=lambda settings: ())
    misfits: Callable[[Settings, Layers], Sequence[str]] = field(default=lambda settings, layers: ())
    fixed: Mapping[str, Any] = field(default_factory=dict)
    asked: Mapping[str, Any] = field(default_factory=dict)
    start: str | None = None
    moves_base: bool = False
    base_weights: tuple[str, ...] = ()
    frozen_parts: tuple[str, ...] = ()
    optimizer: str = "adamw"
    rule: str | None = None
    averages: bool = True
    rate_factor: float = 1.0

    @property
    def merges(self) -> bool:
        """Whether its update can be put into the weights that it belongs to."""
        return not self.unmerged

    def config(self, plan: AdapterPlan) -> dict[str, Any]:
        """The fields of PEFT's config, by PEFT's names."""
        fields: dict[str, Any] = {"peft_type": self.peft_type, "task_type": plan.task_type}
        fields |= {**self.preset, **self.fixed, **self.asked}
        for setting in self.settings:
            if setting.peft and setting.key in plan.settings:
                put_field(fields, setting.peft, setting.to_peft(plan.settings[setting.key]))
        return {**fields, "modules_to_save": list(plan.new_modules) or None}

    def fits(self, config: Mapping[str, Any]) -> bool:
        """Whether an adapter_config.json of its PEFT type has what makes the variant."""
        return all(_is(config.get(key), wanted) for key, wanted in self.fixed.items())

    def could_ship(self, config: Mapping[str, Any]) -> bool:
        """Whether an adapter_config.json could be what came of it: its own, or the plain one of the difference."""
        return self.fits(config) or (self.moves_base and all(not _is(config.get(k), v) for k, v in self.fixed.items()))

    def widening(self, config: Mapping[str, Any]) -> int:
        """By how much the rank in an adapter_config.json that came of it is larger than the rank that was trained."""
        return 2 if self.moves_base and not self.fits(config) else 1

    def as_trained(self, config: Mapping[str, Any]) -> Mapping[str, Any]:
        """An adapter_config.json that came of it, with rank and alpha as they were trained."""
        times = self.widening(config)
        if times == 1:
            return config
        return {**config, **{key: config[key] / times for key in ("r", "lora_alpha") if key in config}}

    def is_own(self, tensor: str) -> bool:
        """Whether the name is that of a tensor which the method adds, in a file or in a model."""
        return any(part.startswith(self.prefix) or part in self.whole for part in tensor.split("."))

    def is_derived(self, tensor: str) -> bool:
        """Whether the name is that of a tensor which is saved and never learned."""
        return any(f".{name}." in f".{tensor}." for name in self.derived)

    def parts_of(self, tensors: Iterable[str]) -> dict[str, dict[str, str]]:
        """Module of the base to its parts, each with the name of its tensor: `{"A": ..., "B": ...}`."""
        found: dict[str, dict[str, str]] = {}
        for name in tensors:
            if match := self._part.match(name):
                found.setdefault(match["module"].removeprefix(WRAPPER), {})[match["part"]] = name
        return found

    def adapted(self, tensors: Iterable[str]) -> dict[str, dict[str, str]]:
        """The same for modules that have all their parts."""
        return {module: found for module, found in self.parts_of(tensors).items() if len(found) == len(self.parts)}

    def learned_size(self, tensors: Mapping[str, Any], sizes: Mapping[str, int]) -> int:
        """Numbers that learned, of the tensors of a file: all but those that stay as they were drawn."""
        frozen = {
            parts[part] for parts in self.parts_of(tensors).values() for part in self.frozen_parts if part in parts
        }
        frozen |= {name for name in tensors if self.is_derived(name)}
        return sum(sizes.values()) - sum(sizes[name] for name in frozen if name in sizes)

    @cached_property
    def _part(self) -> re.Pattern[str]:
        parts = "|".join(map(re.escape, self.parts))
        return re.compile(rf"^(?P<module>.+)\.{self.prefix}(?:embedding_)?(?P<part>{parts})(?:\.weight)?$")


def put_field(fields: dict[str, Any], path: str, value: Any) -> None:
    """Puts a value where a setting's `peft` says.

    >>> fields = {"r": 8}
    >>> put_field(fields, "eva_config.rho", 1.0)
    >>> fields
    {'r': 8, 'eva_config': {'rho': 1.0}}
    """
    group, _, key = path.rpartition(".")
    if group:
        fields[group] = {**(fields.get(group) or {}), key: value}
    else:
        fields[key] = value


def field_of(config: Mapping[str, Any], path: str) -> Any:
    """What an adapter_config.json holds where a setting's `peft` says; None where it holds nothing."""
    group, _, key = path.rpartition(".")
    inside = config.get(group) if group else config
    return inside.get(key) if isinstance(inside, Mapping) and key else None


def _is(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(value, Mapping)
    if isinstance(wanted, str) and isinstance(value, str):  # "pissa_niter_4" is "pissa", in so many rounds
        return value == wanted or value.startswith(f"{wanted}_niter_")
    return bool(value == wanted)
