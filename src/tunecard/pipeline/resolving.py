"""Every `auto` becomes a value, by a written rule, and every wish that cannot be met is told at once.

The rules and the trials behind them: docs/log.md, "Defaults that work unseen".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tunecard.adapters.earlier import EarlierAdapter
from tunecard.adapters.methods.method import Method
from tunecard.adapters.methods.no_methods import why_no_method
from tunecard.adapters.methods.registry import CONTROLS, METHODS
from tunecard.adapters.targets import layers_in_blocks
from tunecard.adapters.token_names import token_ids
from tunecard.adapters.top_layers import ALL
from tunecard.encoders import Encoder
from tunecard.encoders.hidden_layer import has_open_head, with_open_head
from tunecard.errors import RecipeError, nearest
from tunecard.examination import budget, known_probes, probe_faults
from tunecard.fitting.choosing import LEAST_TO_CHOOSE
from tunecard.hub.asked_back import declaration_faults
from tunecard.inference import choose_device
from tunecard.measurement import find_grid
from tunecard.metrics.election import Keep
from tunecard.pipeline.frozen_layers import check_products, faults_of_frozen_layers
from tunecard.pipeline.impossible import check_resolved, prompt_tokens
from tunecard.recipe import AdapterRecipe, Recipe
from tunecard.rows.dataset import Dataset
from tunecard.rows.vectors import APART, MEAN
from tunecard.tasks import Task
from tunecard.training.objectives import objective_of
from tunecard.training.regime import REGIMES, choose_precision
from tunecard.training.trackers import check_trackers

PRECISIONS = ("auto", *REGIMES)
LONGEST_DEFAULT = 512
MOST_EPOCHS = 20
SEEDS_OF_BEST = 3
# Starting at the mean paid in the cells of up to 50 rows a class, and brought nothing or less from 71 on (docs/log.md).
FEW_ROWS_A_GROUP = 60
WARM_START = (
    f"mean, or apart of texts that are compared, where low-rank updates, up to {FEW_ROWS_A_GROUP} rows a group of "
    "labels (all rows of choices are one group), meet a head with one hidden layer that starts from a probe"
)
FROM_PROBE = "the head starts from a linear probe of the frozen encoder"
OF_EARLIER = "that of the adapter it starts from"
BATCH = "16; 32 where the loss compares the rows of a batch with each other"
PHASE = "a phase without labels"
KEEP = (
    "where nothing starts new, the start unless the best is more than a standard error above it; else the last that is "
    f"level with the best; the last where validation has under {LEAST_TO_CHOOSE} labels; "
    "the best where it is the headline"
)
CACHE = "true where adapter.layers leaves layers below, rows are packed, one process trains and the disk has room"
PRECISION = "bf16-mixed where it is native, else fp16-mixed where that is (GPUs), else fp32"
RATE = "by the width of the base: 1e-3 up to 512, 5e-4 up to 768, 3e-4 above; a tenth of it where nothing starts new"


@dataclass(frozen=True)
class Effort:
    """What a preset of `quality` gives a training: steps that are enough, the fewest epochs, epochs without gain."""

    steps: int
    fewest: int
    patience: int


EFFORTS = {"fast": Effort(200, 1, 2), "balanced": Effort(600, 3, 3), "best": Effort(600, 3, 3)}


def check_before_loading(recipe: Recipe) -> None:
    """What can be told from recipe and machine alone. Raises: RecipeError, MachineError: all faults at once."""
    faults = []
    if recipe.adapter.method not in METHODS:
        why = why_no_method(recipe.adapter.method)
        hint = f" {why}" if why else ""
        if recipe.adapter.method in CONTROLS:
            hint = " It is a control: name it in evaluation.controls."
        faults.append(
            f"adapter.method must be one of {', '.join(METHODS)}. Got {recipe.adapter.method!r}."
            f"{hint or nearest(recipe.adapter.method, METHODS)}"
        )
    else:
        faults += _faults_of_new_tokens(METHODS[recipe.adapter.method], recipe.adapter)
    if recipe.training.precision not in PRECISIONS:
        faults.append(
            f"training.precision must be one of {', '.join(PRECISIONS)}. "
            f"Got {recipe.training.precision!r}.{nearest(recipe.training.precision, PRECISIONS)}"
        )
    faults += faults_of_frozen_layers(recipe)
    if recipe.adapter.train_head is False:
        faults.append(
            "adapter.train_head must be true, from-probe or auto: the head of a new task knows nothing. Got False."
        )
    if recipe.card.region is not None:
        try:
            find_grid(recipe.card.region)
        except RecipeError as error:
            faults += error.problems
    faults += _faults_of_splits(recipe)
    faults += [] if recipe.evaluation.probes == "auto" else probe_faults(recipe.evaluation.probes)
    faults += declaration_faults(recipe.card.license, recipe.card.language)
    if faults:
        raise RecipeError(faults, place="recipe")
    check_products(recipe, choose_device(recipe.device))
    check_trackers(recipe.training.log_to)


def _faults_of_new_tokens(method: Method, adapter: AdapterRecipe) -> list[str]:
    if not adapter.new_tokens or any(setting.names_tokens for setting in method.settings):
        return []
    able = [name for name, other in METHODS.items() if any(setting.names_tokens for setting in other.settings)]
    return [
        "adapter.new_tokens must be empty with a method that lets no rows of the embeddings learn: a new one "
        f"would stay as it began. Got adapter.method {method.name}. Those that can: {', '.join(able)}."
    ]


def _faults_of_splits(recipe: Recipe) -> list[str]:
    if recipe.data.splits.test is None and recipe.evaluation.protocol != "best-epoch-dev":
        return [
            "data.splits.test must name a split where evaluation.protocol is held-out: without test rows the headline "
            "is of the rows that chose the epoch. Got null. Set evaluation.protocol to best-epoch-dev to say so."
        ]
    return []


@dataclass
class _Decisions:
    """What each `auto` of a recipe became, and by which rule."""

    recipe: Recipe
    chosen: dict[str, dict[str, Any]] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)

    def decide(self, block: str, key: str, rule: str, value: Callable[[], Any]) -> Any:
        """What the recipe says, or, where that is `auto`, the value by this rule."""
        given = getattr(getattr(self.recipe, block), key)
        if given != "auto":
            return given
        self.rules[key] = rule
        return self.put(block, key, value())

    def resolved_adapter(self) -> AdapterRecipe:
        """The adapter block with what has been decided of it."""
        return self.recipe.adapter.model_copy(update=self.chosen.get("adapter", {}))

    def put(self, block: str, key: str, value: Any) -> Any:
        """A value in the place of what the recipe says."""
        self.chosen.setdefault(block, {})[key] = value
        return value


def resolve(
    recipe: Recipe,
    dataset: Dataset,
    task: Task,
    encoder: Encoder,
    longest_row: int,
    earlier: EarlierAdapter | None = None,
) -> tuple[Recipe, dict[str, str]]:
    """Decides every `auto` from the base, the data and the machine.

    Args:
        longest_row: tokens of the longest row of any split, special tokens included.
        earlier: the adapter that training goes on from.
    Returns: the recipe without any `auto`, and which rule chose what, by key.
    Raises: RecipeError: values that this base or task cannot have.
    """
    decisions = _Decisions(recipe)
    _decide_adapter(decisions, encoder, earlier, task)
    room = encoder.max_tokens - prompt_tokens(decisions.resolved_adapter())
    decisions.decide("data", "max_length", "the longest row, but at least 512 where the base reads as much",
                     lambda: length_for(longest_row, room))  # fmt: skip
    decisions.decide("data", "on_long", "windows where the task reads such, else what is too long is cut",
                     lambda: task.long_rows[0])  # fmt: skip
    _decide_effort(decisions, len(dataset.splits["train"]), compares=objective_of(task).needs_whole_batch)
    # Tried with low-rank updates alone: what only rescales, as IA3 does, may not reach the mean.
    can_be_warm = METHODS[recipe.adapter.method].is_low_rank and opens_head(encoder, recipe.adapter)
    can_be_warm = can_be_warm and earlier is None
    can_be_warm = can_be_warm and has_few_rows(dataset, task)
    view = APART if dataset.compares_texts else MEAN
    warm = decisions.decide("training", "warm_start", WARM_START, lambda: view if can_be_warm else "none")
    _decide_rate(decisions, encoder, is_warm=warm != "none", is_whole=not encoder.new_modules)
    _decide_epoch(decisions, held_labels(dataset), is_warm=warm != "none", is_whole=not encoder.new_modules)
    if recipe.adapter.layers == ALL:  # else `choosing_layers.py` decides, once it knows what is kept
        decisions.decide("training", "cache_frozen_prefix", CACHE, lambda: False)
    decisions.decide("training", "best_metric", "the task's first metric", lambda: task.best_metrics[0])
    decisions.decide("training", "precision", PRECISION, lambda: choose_precision(choose_device(recipe.device)))
    decisions.decide("training", "frozen_products", "int8 only where it is asked for", lambda: "as-precision")
    decisions.decide("evaluation", "budget", budget.RULE, lambda: budget.budget_for(len(dataset.splits["train"])))
    decisions.decide("evaluation", "probes", "all of them", lambda: list(known_probes()))
    resolved = _with(recipe, decisions.chosen, {"task": dataset.kind, "device": choose_device(recipe.device)})
    check_resolved(resolved, task, encoder, compares_texts=dataset.compares_texts)
    return resolved, decisions.rules


def _decide_adapter(decisions: _Decisions, encoder: Encoder, earlier: EarlierAdapter | None, task: Task) -> None:
    adapter, layers = decisions.recipe.adapter, layers_in_blocks(encoder.model)
    settings, told = dict(adapter.settings), earlier.settings if earlier is not None else {}
    for key, rule in ((setting.key, setting.rule) for setting in METHODS[adapter.method].settings if setting.rule):
        if key in told:
            settings[key] = decisions.decide("adapter", key, OF_EARLIER, partial(told.__getitem__, key))
        else:
            settings[key] = decisions.decide("adapter", key, rule.words, partial(rule.value, settings, layers))
    for setting in METHODS[adapter.method].settings:
        named = [*(settings.get(setting.key) or []), *adapter.new_tokens] if setting.names_tokens else []
        if named:
            decisions.put("adapter", setting.key, token_ids(encoder.tokenizer, named, setting.key))
    if earlier is not None and earlier.has_head_for(task.labels):
        decisions.decide("adapter", "train_head", OF_EARLIER, lambda: True)
    else:
        decisions.decide("adapter", "train_head", FROM_PROBE, lambda: "from-probe")


def _decide_effort(decisions: _Decisions, rows: int, *, compares: bool) -> None:
    training, effort = decisions.recipe.training, EFFORTS[decisions.recipe.quality]
    batch = decisions.decide("training", "train_batch_size", BATCH, lambda: 32 if compares else 16)
    steps = math.ceil(rows / (batch * training.gradient_accumulation_steps))
    if decisions.recipe.quality == "best" and isinstance(training.seed, int):
        seeds = tuple((training.seed + number) % 2**32 for number in range(SEEDS_OF_BEST))
        decisions.put("training", "seed", seeds)
        decisions.rules["seed"] = f"{SEEDS_OF_BEST} from the one given, as quality is best"
    decisions.decide(
        "training", "epochs", f"enough for {effort.steps} steps, at least {effort.fewest}, at most {MOST_EPOCHS}",
        lambda: max(effort.fewest, min(MOST_EPOCHS, math.ceil(effort.steps / steps))),
    )  # fmt: skip


def _decide_rate(decisions: _Decisions, encoder: Encoder, *, is_warm: bool, is_whole: bool) -> None:
    method = METHODS[decisions.recipe.adapter.method]
    if method.learning_rate:
        head = f"; the head learns at {method.head_learning_rate:g} at most" if method.head_learning_rate else ""
        rule = f"that of {method.title}{head}"
        decisions.decide("training", "learning_rate", rule, lambda: method.learning_rate)
        return
    halved = f", half of it where {PHASE} is asked for" if is_warm else ""
    width = int(encoder.model.config.hidden_size)
    decisions.decide(
        "training", "learning_rate", RATE + halved + _times(method),
        lambda: learning_rate_for(width, is_warm=is_warm, is_whole=is_whole) * method.rate_factor,
    )  # fmt: skip


def _times(method: Method) -> str:
    return "" if method.rate_factor == 1 else f", times {method.rate_factor:g} for {method.title}"


def _decide_epoch(decisions: _Decisions, held: int, *, is_warm: bool, is_whole: bool) -> None:
    patience = EFFORTS[decisions.recipe.quality].patience
    protocol = decisions.recipe.evaluation.protocol
    kept = decisions.decide("training", "keep", KEEP, lambda: epoch_to_keep(held, protocol, is_whole=is_whole))
    # The rate is at its highest where a warm start is first left: what comes of that is seen at the end.
    stops = kept != "last" and not is_warm
    decisions.decide(
        "training", "early_stopping",
        f"{patience} epochs without gain; never where the last is kept, or {PHASE} is asked for",
        lambda: patience if stops else False,
    )  # fmt: skip


def length_for(longest_row: int, max_tokens: int) -> int:
    """How many tokens are read of a row: the longest one's, but at least 512 where the base reads as much.

    >>> [length_for(longest, 512) for longest in (30, 600)], length_for(600, 8192)
    ([512, 512], 640)
    """
    return min(max_tokens, max(LONGEST_DEFAULT, _round_up(longest_row, 64)))


def learning_rate_for(hidden_size: int, *, is_warm: bool = False, is_whole: bool = False) -> float:
    """The peak learning rate by the width of the base; half of it where the adapter has learned something already.

    A tenth of it where nothing starts new: what the base knows is not to be overwritten (docs/log.md, "Sentence
    embeddings").

    >>> [learning_rate_for(width) for width in (384, 768, 1024)], learning_rate_for(384, is_warm=True)
    ([0.001, 0.0005, 0.0003], 0.0005)
    """
    rate = 1e-3 if hidden_size <= 512 else 5e-4 if hidden_size <= 768 else 3e-4
    return rate / 10 if is_whole else rate / 2 if is_warm else rate


def held_labels(dataset: Dataset) -> int:
    """Labelled rows of validation."""
    return sum(label is not None for label in dataset.splits["validation"].labels)


def epoch_to_keep(held: int, protocol: str, *, is_whole: bool = False) -> Keep:
    """Where labels do not tell one epoch from another, the last one, at a rate near 0, varies least.

    Args:
        held: labelled validation rows.
        is_whole: nothing starts new: the base is a whole model that no epoch may make worse, as sentence encoders are.

    >>> [epoch_to_keep(held, "held-out") for held in (10, 500)], epoch_to_keep(500, "best-epoch-dev")
    (['last', 'level'], 'best')
    """
    if protocol == "best-epoch-dev":
        return "best"
    if is_whole:
        return "gain"
    return "level" if held >= LEAST_TO_CHOOSE else "last"


def has_few_rows(dataset: Dataset, task: Task) -> bool:
    """Whether there are so few training rows that a view of the base tells more than what can be learned of them."""
    return rows_a_group(dataset, task) <= FEW_ROWS_A_GROUP


def rows_a_group(dataset: Dataset, task: Task) -> float:
    """Training rows of a class, or of a range of numbers, on average over those that occur; all where labels are places
    in their own rows, and group nothing."""
    known = [label for label in dataset.splits["train"].labels if label is not None]
    if objective_of(task).labels_are_places:
        return len(known)
    counts = task.count_labels(known)
    return sum(counts.values()) / max(1, sum(count > 0 for count in counts.values()))


def opens_head(encoder: Encoder, adapter: AdapterRecipe) -> bool:
    """Whether a head can be taught to read a view of the base: its hidden layer learns, and a probe follows."""
    return adapter.train_head in {"auto", "from-probe"} and has_open_head(with_open_head(encoder))


def _with(recipe: Recipe, blocks: Mapping[str, Mapping[str, Any]], top: Mapping[str, Any]) -> Recipe:
    changes = {name: getattr(recipe, name).model_copy(update=dict(values)) for name, values in blocks.items()}
    return recipe.model_copy(update={**changes, **top})


def _round_up(value: int, step: int) -> int:
    return -(-value // step) * step
