"""What each step is asked: this file alone unpacks a recipe, and `resolving.py` decides what the recipe leaves open.

Nothing here needs torch before a plan of adapters or of training is asked for: a recipe can be proposed without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tunecard.adapters.methods.method import AdapterPlan, Method
from tunecard.adapters.methods.registry import CONTROLS, METHODS
from tunecard.data import DataPlan
from tunecard.recipe import (
    CardRecipe,
    OutOfScopeRecipe,
    Recipe,
    SuiteRecipe,
    TargetRecipe,
    hyperparameters,
    recipe_to_yaml,
)

if TYPE_CHECKING:
    from tunecard.adapters.earlier import EarlierAdapter
    from tunecard.adapters.fused.frozen_weight import Stored
    from tunecard.encoders import Encoder
    from tunecard.rows.dataset import Dataset
    from tunecard.tasks import Task
    from tunecard.training import TrainingPlan


@dataclass(frozen=True)
class Plans:
    """A recipe as the steps of a path read it.

    Attributes:
        recipe: as it was asked for; after `resolve` without any `auto`.
        base_folder: what its relative paths are relative to.
        rules: which rule chose what, by the key that was `auto`; known after `resolve`.
        drawn_by: seed that draws samples and missing splits, where runs of several seeds shall see the same rows; None
            for the first of the recipe.
    """

    recipe: Recipe
    base_folder: Path = field(default_factory=Path)
    rules: Mapping[str, str] = field(default_factory=dict)
    drawn_by: int | None = None

    def check(self) -> None:
        """What recipe and machine tell before anything is read. Raises: RecipeError, MachineError: all at once."""
        from tunecard.pipeline.resolving import check_before_loading

        check_before_loading(self.recipe)

    def resolve(
        self, dataset: Dataset, task: Task, encoder: Encoder, longest_row: int, earlier: EarlierAdapter | None = None
    ) -> Plans:
        """The same without any `auto`, and with the rule that chose each.

        Args:
            longest_row: tokens of the longest row of any split, special tokens included.
            earlier: the adapter that training goes on from.
        Raises: RecipeError: values that this base or task cannot have, all at once.
        """
        from tunecard.pipeline.resolving import resolve

        recipe, rules = resolve(self.recipe, dataset, task, encoder, longest_row, earlier)
        return replace(self, recipe=recipe, rules=rules)

    def keeping_states(self, keeps: bool, rule: str) -> Plans:
        """The same with the states below the adapter kept or not, and the rule that says so."""
        training = self.recipe.training.model_copy(update={"cache_frozen_prefix": keeps})
        rules = {**self.rules, "cache_frozen_prefix": rule}
        return replace(self, recipe=self.recipe.model_copy(update={"training": training}), rules=rules)

    def in_layers(self, layers: str, rule: str) -> Plans:
        """The same with the adapter in these layers, `all` or `top-N`, and the rule that says so."""
        adapter = self.recipe.adapter.model_copy(update={"layers": layers})
        return replace(
            self, recipe=self.recipe.model_copy(update={"adapter": adapter}), rules={**self.rules, "layers": rule}
        )

    def data(self, source: str | Mapping[str, Any] | None = None) -> DataPlan:
        """Which rows to read, and how.

        Args:
            source: where they lie, or splits by name already loaded, in the place of `data.source`.
        """
        data = self.recipe.data
        given = dict(source) if isinstance(source, Mapping) else source
        return DataPlan(
            source=data.model_dump(include={"source"})["source"] if given is None else given,
            config=data.config,
            revision=data.revision,
            separator=data.separator,
            encoding=data.encoding,
            splits=data.splits.model_dump(),
            columns=data.columns,
            labels=data.labels,
            labels_alike=data.labels_alike,
            sample=data.sample.model_dump(),
            seed=self.seeds[0] if self.drawn_by is None else self.drawn_by,
            task=self.recipe.task,
            factors=list(dict.fromkeys([*self.recipe.evaluation.factors, *self.recipe.evaluation.people])),
            people=list(self.recipe.evaluation.people),
            cluster=self.recipe.evaluation.cluster,
            base_folder=self.base_folder,
        )

    @property
    def base(self) -> tuple[str, str | None]:
        """Name or folder of the base, and its revision."""
        beside = self.base_folder / self.recipe.base_model
        return str(beside) if beside.is_dir() else self.recipe.base_model, self.recipe.revision

    @property
    def max_length(self) -> int:
        """Tokens that are read of a row, once that is decided."""
        return int(self.recipe.data.max_length)

    @property
    def on_long(self) -> str:
        """What is done with rows that are longer than is read."""
        return self.recipe.data.on_long

    @property
    def refuses_long_rows(self) -> bool:
        """Whether a row that would be cut is a fault."""
        return self.on_long == "error"

    @property
    def method(self) -> str:
        """The PEFT method."""
        return self.recipe.adapter.method

    @property
    def starts_from_probe(self) -> bool:
        """Whether a new head starts from a linear probe of the frozen encoder."""
        return self.recipe.adapter.train_head == "from-probe"

    @property
    def start_from(self) -> str | None:
        """The adapter that training goes on from."""
        return self.recipe.adapter.start_from

    @property
    def new_tokens(self) -> Sequence[str]:
        """Texts that become tokens of their own."""
        return self.recipe.adapter.new_tokens

    @property
    def layers(self) -> str:
        """In which layers the adapter is: `all`, `top-N`."""
        return self.recipe.adapter.layers

    @property
    def warm_start(self) -> str:
        """What the head is taught to read before its labels: `mean` or `none`."""
        return self.recipe.training.warm_start

    @property
    def quality(self) -> str:
        """How much is spent on a better adapter: `fast`, `balanced` or `best`."""
        return self.recipe.quality

    def adapter(self, task: Task, new_modules: Sequence[str], method: str | None = None) -> AdapterPlan:
        """What to add to the base.

        Args:
            new_modules: of the base, trained whole.
            method: that of a control, in the place of the recipe's.
        """
        settings = self.recipe.adapter.settings
        return AdapterPlan(method or self.method, settings, list(new_modules), task.peft_task_type, self.layers)

    def training(self, seed: int, method: str | None = None) -> TrainingPlan:
        """How to learn; a control may learn at a rate of its own.

        Args:
            method: that of a control, in the place of the recipe's.
        """
        from tunecard.training import TrainingPlan

        training, control = self.recipe.training, CONTROLS.get(method or "")
        rate, peft = float(training.learning_rate), METHODS.get(method or self.method)
        return TrainingPlan(
            epochs=int(training.epochs),
            learning_rate=control.learning_rate or rate if control else rate,
            head_learning_rate=training.head_learning_rate or min(rate, (peft and peft.head_learning_rate) or rate),
            train_batch_size=int(training.train_batch_size),
            precision=self.precision,  # type: ignore[arg-type]  # checked when the recipe was resolved
            seed=seed,
            weight_decay=training.weight_decay,
            warmup_ratio=training.warmup_ratio,
            schedule=training.schedule,
            gradient_accumulation_steps=training.gradient_accumulation_steps,
            max_grad_norm=training.max_grad_norm,
            best_metric=training.best_metric,
            keep=training.keep,  # type: ignore[arg-type]  # resolved
            early_stopping=training.early_stopping,  # type: ignore[arg-type]  # resolved
            class_weights=training.class_weights,
            log_to=tuple(training.log_to),
            device=self.device,
            cache_frozen_prefix=training.cache_frozen_prefix is True and (control is None or control.freezes_base),
            scores_start=self.starts_from_probe,
            optimizer=peft.optimizer if peft else "adamw",
            rule=peft.rule if peft else None,
            method_settings=_unknown_to_peft(self.recipe.adapter.settings, peft),
            base_weights=self.base_weights,
            frozen_products=self.frozen_products,  # type: ignore[arg-type]  # resolved
        )

    @property
    def precision(self) -> str:
        """The regime of numbers."""
        return self.recipe.training.precision

    @property
    def base_weights(self) -> Literal["full", "int8", "nf4"]:
        """How frozen layers are stored in training."""
        return self.recipe.training.base_weights

    @property
    def frozen_products(self) -> str:
        """In what frozen layers are multiplied in training."""
        return self.recipe.training.frozen_products

    @property
    def learns_on(self) -> Stored:
        """How frozen layers are stored in training, by the recipe or the regime; full where nothing is trained here."""
        from tunecard.training.regime import stored_as

        # "auto" and "full", where an adapter is only completed
        return stored_as(self.precision, self.base_weights, self.frozen_products)

    @property
    def seeds(self) -> tuple[int, ...]:
        """One training each; the first decides made splits and samples, too."""
        return self.recipe.seeds

    @property
    def device(self) -> str:
        """Where training computes."""
        return self.recipe.device

    @property
    def controls(self) -> Sequence[str]:
        """Methods that are trained to be compared with."""
        return self.recipe.evaluation.controls

    @property
    def probes(self) -> Sequence[str]:
        """Names of what the saved adapter is asked, once that is decided."""
        return self.recipe.evaluation.probes

    @property
    def probe_budget(self) -> int:
        """Forward passes that probes may make together, once that is decided."""
        return int(self.recipe.evaluation.budget)

    @property
    def suites(self) -> Sequence[SuiteRecipe]:
        """Files of behavioural tests that the saved adapter is put to."""
        return self.recipe.evaluation.suites

    @property
    def out_of_scope(self) -> Sequence[OutOfScopeRecipe]:
        """Rows that the saved adapter is not for, and is asked about."""
        return self.recipe.evaluation.out_of_scope

    @property
    def harmful(self) -> Sequence[str] | None:
        """Labels that say a text is harmful; None: by their names."""
        named = self.recipe.evaluation.harmful
        return None if named == "auto" else named

    @property
    def shows_text(self) -> bool:
        """Whether words of the data may stand in what probes find."""
        return self.recipe.evaluation.show_text

    @property
    def protocol(self) -> str:
        """Which rows choose the epoch, and which are scored."""
        return self.recipe.evaluation.protocol

    @property
    def targets(self) -> Sequence[TargetRecipe]:
        """Published scores that the own ones are set beside."""
        return self.recipe.evaluation.targets

    @property
    def card(self) -> CardRecipe:
        """What only a person knows."""
        return self.recipe.card

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """Every setting that shapes training, as the card lists them."""
        return hyperparameters(self.recipe)

    def as_yaml(self, header: str, *, trained: bool = True) -> str:
        """The recipe as a file, under a header; without the defaults of a training that did not take place."""
        return recipe_to_yaml(self.recipe, header=header, trained=trained)


def _unknown_to_peft(settings: Mapping[str, Any], method: Method | None) -> dict[str, Any]:
    """What no config of PEFT holds, for the method's optimizer or rule to read."""
    own = [] if method is None else [setting.key for setting in method.settings if not setting.peft]
    return {key: settings[key] for key in own}
