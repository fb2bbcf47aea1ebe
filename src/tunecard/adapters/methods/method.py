"""What a PEFT method states of itself. Everything else that a recipe, a card or a verifier says of it follows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
        peft: PEFT's own name of it.
        name: what the card calls it.
        type: of its value, as pydantic reads it.
        must_be: completes "KEY must be ...".
        default: where the recipe is silent.
        rule: what `auto` becomes; None where there is no `auto`.
        names_modules: whether its value names layers of the base.
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
    """The paper; `authors` as in BibTeX: "Hu, Edward J. and Shen, Yelong", with "others" for the rest."""

    key: str
    authors: str
    title: str
    year: str
    arxiv: str


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
    """What to add to a base: `settings` without any `auto`, by their keys; `new_modules` are trained whole."""

    method: str
    settings: Settings
    new_modules: Sequence[str]
    task_type: str


@dataclass(frozen=True)
class Control:
    """What is compared and never shipped: some weights of the plain model learn.

    Attributes:
        learns: whether a parameter learns, by its name and the new modules.
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
        prefix: how names of its tensors begin, behind the module's: `lora_`.
        parts: what follows in the names of the tensors that each adapted module has.
        switches: PEFT's names of variants, which are told where they are on, with the words for a value.
        merges: whether its update can be added to the weight that it belongs to.
        product: where its update is a product of two factors.
        freezes_base: whether no weight of the base's blocks learns, by the settings.
        learning_rate: for `auto`; None where the width of the base decides.
        faults: what is wrong between settings, as sentences.
    """

    name: str
    title: str
    meaning: str
    reference: Reference
    peft_type: str
    settings: tuple[Setting, ...]
    prefix: str
    parts: tuple[str, ...]
    switches: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)
    merges: bool = True
    product: Product | None = None
    freezes_base: Callable[[Settings], bool] = field(default=lambda settings: True)
    learning_rate: float | None = None
    faults: Callable[[Settings], Sequence[str]] = field(default=lambda settings: ())

    def config(self, plan: AdapterPlan) -> dict[str, Any]:
        """The fields of PEFT's config, by PEFT's names."""
        own = {setting.peft: setting.to_peft(plan.settings[setting.key]) for setting in self.settings}
        whole = list(plan.new_modules) or None
        return {"peft_type": self.peft_type, "task_type": plan.task_type, **own, "modules_to_save": whole}

    def is_own(self, tensor: str) -> bool:
        """Whether the name is that of a tensor which the method adds, in a file or in a model."""
        return f".{self.prefix}" in tensor

    def parts_of(self, tensors: Iterable[str]) -> dict[str, dict[str, str]]:
        """Module of the base to its parts, each with the name of its tensor: `{"A": ..., "B": ...}`."""
        found: dict[str, dict[str, str]] = {}
        for name in tensors:
            if match := self._part.match(name):
                found.setdefault(match["module"].removeprefix(WRAPPER), {})[match["part"]] = name
        return found

    def adapted(self, tensors: Iterable[str]) -> dict[str, dict[str, str]]:
        """The same for modules that have all their parts."""
        return {module: parts for module, parts in self.parts_of(tensors).items() if len(parts) == len(self.parts)}

    @cached_property
    def _part(self) -> re.Pattern[str]:
        parts = "|".join(map(re.escape, self.parts))
        return re.compile(rf"^(?P<module>.+)\.{self.prefix}(?:embedding_)?(?P<part>{parts})(?:\.weight)?$")
