"""The recipe's keys, types and defaults. The description of a field completes the sentence "KEY must be ..."."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

Auto = Literal["auto"]


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _as_list(value: object) -> object:
    """One name where a list of names is meant is a list of one; with a comma it may be meant as several."""
    is_name = isinstance(value, str) and value not in ("", "auto", "all-linear") and "," not in value
    return [value] if is_name else value


def _no_bool(value: object) -> object:
    if isinstance(value, bool):  # Python counts true as 1; a recipe must not
        raise ValueError("not a number")
    return value


def _no_repeats(values: Sequence[object]) -> Sequence[object]:
    if len(set(values)) < len(values):
        raise ValueError("twice the same")
    return values


def _day_as_text(value: object) -> object:
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value


def _is_day(value: str) -> str:
    date.fromisoformat(value)  # pydantic makes a fault of a ValueError
    return value


_NOTATIONS = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"}  # Python has them, files do not


def _is_encoding(name: str) -> str:
    try:
        "".encode("utf-8" if name == "auto" else name)
        is_notation = name != "auto" and codecs.lookup(name).name.replace("-", "_") in _NOTATIONS
    except (LookupError, UnicodeError) as error:
        raise ValueError("not an encoding of text") from error
    if is_notation:
        raise ValueError("a notation for names or programs and not an encoding of files")
    return name


class _Block(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=(), allow_inf_nan=False)


OneOrMore = BeforeValidator(_as_list)
Whole = Annotated[int, BeforeValidator(_no_bool)]
Number = Annotated[float, BeforeValidator(_no_bool)]


Seed = Annotated[int, Field(ge=0, lt=2**32, strict=True)]
Different = AfterValidator(_no_repeats)
Seeds = Annotated[Seed | Annotated[tuple[Seed, ...], Field(min_length=1), Different], BeforeValidator(_as_tuple)]
Text = str | None
Day = Annotated[str, BeforeValidator(_day_as_text), Field(pattern=r"^\d{4}-\d\d-\d\d$"), AfterValidator(_is_day)] | None


class SampleRecipe(_Block):
    train: Annotated[Whole, Field(ge=1)] | None = Field(
        None, description="a number of rows of at least 1, or null for all"
    )
    validation: Annotated[Whole, Field(ge=1)] | None = Field(
        None, description="a number of rows of at least 1, or null for all"
    )
    test: Annotated[Whole, Field(ge=1)] | None = Field(
        None, description="a number of rows of at least 1, or null for all"
    )


class SplitNames(_Block):
    train: str = Field("train", description="the name of a split in the source")
    validation: Text = Field(
        "validation", description="the name of a split in the source, or null: none is read and one is made from train"
    )
    test: Text = Field("test", description="the name of a split in the source, or null: none is read and none is made")


class JoinedSource(_Block):
    """One of several sources that are joined, with what is its own."""

    path: Annotated[str, Field(min_length=1)] = Field(description="a Hub id, a file or a folder of split files")
    config: Text = Field(None, description="the name of a Hub configuration, or null: that of data.config")
    revision: Text = Field(None, description="a commit, branch or tag of the Hub data set, or null: data.revision")


class DataRecipe(_Block):
    """What rows to learn from, and how to read them."""

    source: str | Annotated[list[str | JoinedSource], Field(min_length=1)] | dict[str, str] = Field(
        description="a Hub id, a file, a folder of split files, {train:, validation:, test:}, or a list of Hub ids, "
        "files, folders and {path:, config:, revision:}"
    )
    config: Text = Field(None, description="the name of a Hub configuration, or null")
    revision: Text = Field(None, description="a commit, branch or tag of the Hub data set, or null")
    separator: Annotated[str, Field(pattern=r"^(auto|comma|semicolon|tab|pipe|[^\"\r\n])$")] = Field(
        "auto", description="auto, comma, semicolon, tab, pipe, or the one character between the columns of csv files"
    )
    encoding: Annotated[str, AfterValidator(_is_encoding)] = Field(
        "auto", description="the encoding of text files, such as utf-8, windows-1252 or gb18030, or auto"
    )
    splits: SplitNames = Field(SplitNames(), description="a mapping of train, validation, test to names in the source")
    columns: dict[str, str] | None = Field(None, description="a mapping such as {tokens: words, tags: ner}, or null")
    labels: list[str] | None = Field(None, description="a list of label names in the order of their ids, or null")
    labels_alike: Literal["refuse", "merge"] = Field(
        "refuse", description="refuse or merge: labels that differ only in case, blanks or Unicode form"
    )
    max_length: Annotated[Whole, Field(ge=8, le=65536)] | Auto = Field(
        "auto", description="an integer in [8, 65536], or auto"
    )
    on_long: Literal["auto", "truncate", "stride", "error"] = Field(
        "auto", description="truncate, stride (overlapping windows, in question answering), error, or auto"
    )
    sample: SampleRecipe = Field(SampleRecipe(), description="a mapping of train, validation, test to numbers of rows")


class AdapterRecipe(_Block):
    """Which weights learn. The further keys are the method's own: each method makes a block with them of this one."""

    method: str = Field(description="the name of a method")
    train_head: bool | Literal["auto", "from-probe"] = Field(
        "auto", description="true (a new head as stock PEFT makes it), from-probe, false, or auto"
    )
    start_from: Text = Field(
        None, description="an adapter to go on from: a run folder, a folder of stock PEFT, a Hub id; or null"
    )
    new_tokens: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=10_000), OneOrMore] = Field(
        [], description="a list of texts that become tokens of their own, each with a row of the embeddings that learns"
    )
    layers: Annotated[str, Field(pattern=r"^(all|auto|top-[1-9][0-9]{0,2})$")] = Field(
        "all",
        description="all, top-N such as top-3 (adapters in the top N layers of the base only), or auto: the upper half "
        "where a short trial finds all layers no better, and could save more than it costs",
    )

    @property
    def settings(self) -> dict[str, Any]:
        """The method's own keys, less those that ask for nothing (null)."""
        own = {key: value for key, value in self if key not in AdapterRecipe.model_fields}
        return {key: value for key, value in own.items() if value is not None}


class OpenAdapterRecipe(AdapterRecipe):
    """The block of a method that is not known: any further keys."""

    model_config = ConfigDict(extra="allow")


class TrainingRecipe(_Block):
    """How it learns."""

    epochs: Annotated[Whole, Field(ge=1, le=10000)] | Auto = Field(
        "auto", description="an integer in [1, 10000], or auto"
    )
    learning_rate: Annotated[Number, Field(gt=0, lt=1)] | Auto = Field(
        "auto", description="a number in (0, 1), or auto"
    )
    train_batch_size: Annotated[Whole, Field(ge=1, le=65536)] | Auto = Field(
        "auto", description="an integer in [1, 65536], or auto"
    )
    precision: str = Field("auto", description="auto, fp32, bf16-mixed, fp16-mixed, bf16, fp16 or fp8-mixed")
    base_weights: Literal["full", "int8", "nf4"] = Field(
        "full",
        description="full, or how frozen layers are stored in training: int8 or nf4 (a quarter, a seventh)",
    )
    frozen_products: Literal["as-precision", "int8"] | Auto = Field(
        "auto",
        description="as-precision, int8 (frozen layers are multiplied in int8, forward and backward), or auto",
    )
    head_learning_rate: Annotated[Number, Field(gt=0, lt=1)] | None = Field(
        None, description="a number in (0, 1), or null for that of the adapter"
    )
    seed: Seeds = Field(42, description="an integer of at least 0, or a list of different ones")
    weight_decay: Number = Field(0.01, ge=0, lt=1, description="a number in [0, 1)")
    warmup_ratio: Number = Field(0.06, ge=0, lt=1, description="a number in [0, 1)")
    schedule: Literal["linear", "cosine"] = Field("linear", description="linear or cosine")
    gradient_accumulation_steps: Whole = Field(1, ge=1, le=4096, description="an integer in [1, 4096]")
    max_grad_norm: Number = Field(1.0, gt=0, description="a number above 0")
    cache_frozen_prefix: bool | Auto = Field(
        "auto",
        description="true (layers below the lowest adapter run once and are read from disk; no dropout there), false, "
        "or auto: true where adapter.layers leaves layers below, the rows can be packed and the disk has room",
    )
    best_metric: str = Field("auto", description="the name of a metric of the task, loss, or auto")
    keep: Literal["best", "level", "last", "gain"] | Auto = Field(
        "auto",
        description="of the epochs: best, level (the last within a standard error of the best), last, gain (the best "
        "where it is more than a standard error above the first scored, else that), or auto",
    )
    early_stopping: Annotated[Whole, Field(ge=1)] | Literal[False] | Auto = Field(
        "auto", description="a number of epochs without gain (at least 1), false, or auto"
    )
    class_weights: Literal["none", "balanced"] = Field("none", description="none or balanced")
    warm_start: Literal["none", "mean", "apart"] | Auto = Field(
        "auto",
        description="mean (first learn, without labels, to read the mean of the frozen vectors), apart (what both "
        "texts of a pair say when each is read alone), none, or auto",
    )
    log_to: Annotated[list[Literal["tensorboard", "wandb", "mlflow"]], Different, OneOrMore] = Field(
        [], description="a list of tensorboard, wandb, mlflow, each at most once"
    )


class TargetRecipe(_Block):
    """A published score that the card sets the own one beside."""

    metric: str = Field(min_length=1, description="the key of a measure of the task, such as accuracy or f1")
    split: Literal["validation", "test"] = Field(description="validation or test: which rows the published score is of")
    value: Number = Field(description="a number, in the unit of the measure (0.906, not 90.6)")
    spread: Annotated[Number, Field(ge=0)] | None = Field(
        None, description="a number of at least 0: what was published as its spread, or null"
    )
    seeds: Annotated[Whole, Field(ge=1)] | None = Field(None, description="a number of runs behind it, or null")
    statistic: Text = Field(None, description="text: what of these runs it is, such as median or mean")
    protocol: Literal["held-out", "best-epoch-dev"] | None = Field(
        None, description="held-out, best-epoch-dev, or null where it is not known"
    )
    by: str = Field(min_length=1, description="text: whose score it is, and of what")
    source: str = Field(min_length=1, description="text: where it stands, with section or table")
    differs: Text = Field(None, description="text: what of this recipe differs from what was published")


class SuiteRecipe(_Block):
    """A file of behavioural tests."""

    path: str = Field(min_length=1, description="a file of tests in CheckList's form, relative to the recipe")
    labels: dict[str, str] = Field({}, description="a mapping of the file's label names to those of the data")


def _as_suite(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) else value


class OutOfScopeRecipe(_Block):
    """Rows that the adapter is not for."""

    source: Annotated[str, Field(min_length=1)] | None = Field(
        None, description="a Hub id, a file or a folder, or null: those of the scored rows that `labels` names"
    )
    split: Text = Field(None, description="the name of a split in the source, or null: the first of test, validation")
    config: Text = Field(None, description="the name of a Hub configuration, or null")
    revision: Text = Field(None, description="a commit, branch or tag of the Hub data set, or null")
    columns: dict[str, str] | None = Field(None, description="a mapping such as {text: question}, or null")
    labels: Annotated[list[str], Different, OneOrMore] = Field(
        [], description="a list of labels, each at most once: only rows that have one of them"
    )


def _as_outside(value: Any) -> Any:
    return {"source": value} if isinstance(value, str) else value


def _says_which(value: OutOfScopeRecipe) -> OutOfScopeRecipe:
    if value.source is None and not value.labels:
        raise ValueError("neither source nor labels")
    return value


class EvaluationRecipe(_Block):
    """How it is judged."""

    factors: Annotated[list[str], Different, OneOrMore] = Field(
        ["length", "auto"],
        description="a list of column names, each at most once; length is always known, auto adds what rows tell apart",
    )
    people: Annotated[list[str], Different, OneOrMore] = Field(
        [], description="a list of columns that say who a row is about or by, each at most once: groups are compared"
    )
    cluster: Text = Field(
        None, description="the name of a column whose equal values mark rows that belong together, or null"
    )
    protocol: Literal["held-out", "best-epoch-dev"] = Field("held-out", description="held-out or best-epoch-dev")
    budget: Annotated[Whole, Field(ge=0)] | Auto = Field(
        "auto", description="a number of forward passes that probes may make together, or auto"
    )
    probes: Annotated[list[str], Different, OneOrMore] | Auto = Field(
        "auto", description="a list of probes, each at most once, or auto for all of them"
    )
    show_text: bool = Field(False, description="true or false: whether words of the data may stand in what probes find")
    suites: Annotated[list[Annotated[SuiteRecipe, BeforeValidator(_as_suite)]], OneOrMore] = Field(
        [],
        description="a list of files of behavioural tests in CheckList's form: paths, or mappings of path and labels",
    )
    harmful: Annotated[list[str], Different, OneOrMore] | Auto = Field(
        "auto", description="a list of labels that say a text is harmful, such as toxic, or auto: by their names"
    )
    out_of_scope: Annotated[
        list[Annotated[OutOfScopeRecipe, BeforeValidator(_as_outside), AfterValidator(_says_which)]], OneOrMore
    ] = Field(
        [],
        max_length=20,
        description="a list of rows that it is not for: Hub ids or paths, or mappings of source, split, columns and "
        "labels (without source: those of the scored rows that have one of these labels)",
    )
    controls: Annotated[list[Literal["full", "head"]], Different, OneOrMore] = Field(
        [], description="a list of full, head, each at most once"
    )
    targets: list[TargetRecipe] = Field(
        [], max_length=20, description="a list of published scores: mappings of metric, split, value, by, source"
    )


class CardRecipe(_Block):
    """What only a person knows. Every key may stay null; the card then says that it is not declared."""

    developed_by: Text = Field(None, description="text: who made the adapter and answers for it")
    funded_by: Text = Field(None, description="text: who paid")
    shared_by: Text = Field(None, description="text: who publishes")
    provider: Text = Field(None, description="text: whose name it is placed on the market or put into service under")
    license: Text = Field(None, description="text: a licence id of the Hub, such as apache-2.0")
    language: str | list[str] | None = Field(None, description="a language code such as en, or a list of them (quoted)")
    direct_use: Text = Field(None, description="text: what it is for, as it is, and for whom")
    downstream_use: Text = Field(None, description="text: what larger systems may do with it")
    out_of_scope_use: Text = Field(None, description="text: what it must not be used for")
    foreseeable_misuse: Text = Field(None, description="text: how it may be misused all the same")
    risks: Text = Field(None, description="text: who may be harmed and how")
    recommendations: Text = Field(None, description="text: what users should do about the risks")
    human_oversight: Text = Field(None, description="text: who watches its answers, and how they stop or correct it")
    version_history: Text = Field(None, description="text: its version, and what changed since the ones before")
    repository: Text = Field(None, description="text: a link to the code")
    paper: Text = Field(None, description="text: a link to the paper")
    demo: Text = Field(None, description="text: a link to a demo")
    cloud_provider: Text = Field(None, description="text: who owns the machine it was trained on")
    region: Text = Field(None, description="text: ISO country code or name of where the machine stands")
    authors: Text = Field(None, description="text: who wrote the card")
    contact: Text = Field(None, description="text: whom to write to")
    example: str | list[str] | None = Field(
        None, description="text that the get-started code runs on (a list of two for pairs); it becomes public"
    )
    citation: Text = Field(None, description="text: BibTeX")
    citation_apa: Text = Field(None, description="text: APA")
    citation_file: Text = Field(None, description="text: a CITATION.cff, relative to the recipe")
    declared_by: Text = Field(None, description="text: who says all this")
    declared_on: Day = Field(None, description="a date such as 2026-11-20, or null")


class Recipe(_Block):
    """The whole recipe: frozen, the sole home of defaults."""

    base_model: str = Field("embedded", min_length=1, description="a Hub id, a folder, or embedded")
    revision: Text = Field(None, description="a commit, branch or tag of the base, or null")
    task: str = Field("auto", description="the name of a task, or auto")
    quality: Literal["fast", "balanced", "best"] = Field(
        "balanced", description="fast (a third of the steps), balanced, or best (a small search, three seeds, averaged)"
    )
    device: str = Field("auto", pattern=r"^(auto|cpu|cuda(:\d+)?|mps)$", description="auto, cpu, cuda, cuda:N or mps")
    data: DataRecipe = Field(description="a mapping with at least the key source")
    adapter: AdapterRecipe = Field(description="a mapping")
    training: TrainingRecipe = Field(TrainingRecipe(), description="a mapping")
    evaluation: EvaluationRecipe = Field(EvaluationRecipe(), description="a mapping")
    card: CardRecipe = Field(CardRecipe(), description="a mapping")

    def __repr__(self) -> str:
        source = self.data.source if isinstance(self.data.source, str) else "several sources"
        what = f"{self.task} on {self.base_model}, {self.adapter.method}, quality {self.quality}"
        return f"Recipe({source!r}: {what}, {self.training.epochs} epochs)"

    __str__ = __repr__

    @property
    def seeds(self) -> tuple[int, ...]:
        """All seeds, the first being the one of single-seed work such as made splits."""
        seed = self.training.seed
        return (seed,) if isinstance(seed, int) else seed
