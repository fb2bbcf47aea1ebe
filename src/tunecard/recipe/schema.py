"""The recipe's keys, types and defaults. The description of a field completes the sentence "KEY must be ..."."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Auto = Literal["auto"]


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


class _Block(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


Seed = Annotated[int, Field(ge=0, lt=2**32, strict=True)]
Seeds = Annotated[Seed | Annotated[tuple[Seed, ...], Field(min_length=1)], BeforeValidator(_as_tuple)]
Text = str | None


class SampleRecipe(_Block):
    train: int | None = Field(None, ge=1, description="a number of rows of at least 1, or null for all")
    validation: int | None = Field(None, ge=1, description="a number of rows of at least 1, or null for all")
    test: int | None = Field(None, ge=1, description="a number of rows of at least 1, or null for all")


class SplitNames(_Block):
    train: str = Field("train", description="the name of a split in the source")
    validation: str = Field("validation", description="the name of a split in the source")
    test: str = Field("test", description="the name of a split in the source")


class DataRecipe(_Block):
    """What rows to learn from, and how to read them."""

    source: str | list[str] | dict[str, str] = Field(
        description="a Hub id, a file, a folder of split files, {train:, validation:, test:}, or a list of those"
    )
    config: Text = Field(None, description="the name of a Hub configuration, or null")
    revision: Text = Field(None, description="a commit, branch or tag of the Hub data set, or null")
    splits: SplitNames = Field(SplitNames(), description="a mapping of train, validation, test to names in the source")
    columns: dict[str, str] | None = Field(None, description="a mapping such as {tokens: words, tags: ner}, or null")
    labels: list[str] | None = Field(None, description="a list of label names in the order of their ids, or null")
    max_length: int | Auto = Field("auto", ge=8, le=65536, description="an integer in [8, 65536], or auto")
    on_long: Literal["truncate", "error"] = Field(
        "truncate", description="truncate or error (stride comes with a later version)"
    )
    sample: SampleRecipe = Field(SampleRecipe(), description="a mapping of train, validation, test to numbers of rows")


class AdapterRecipe(_Block):
    """Which weights learn."""

    method: str = Field("lora", description="the name of a method")
    rank: int | Auto = Field("auto", ge=1, le=1024, description="an integer in [1, 1024], or auto")
    alpha: float | Auto = Field("auto", gt=0, description="a number above 0, or auto")
    dropout: float | Auto = Field("auto", ge=0, lt=1, description="a number in [0, 1), or auto")
    target_modules: list[str] | str = Field("auto", description="a list of module names, all-linear, or auto")
    bias: Literal["none", "all", "lora_only"] = Field("none", description="none, all or lora_only")
    train_head: bool | Literal["auto", "from-probe"] = Field(
        "auto", description="true (a new head as stock PEFT makes it), from-probe, false, or auto"
    )


class TrainingRecipe(_Block):
    """How it learns."""

    epochs: int | Auto = Field("auto", ge=1, le=10000, description="an integer in [1, 10000], or auto")
    learning_rate: float | Auto = Field("auto", gt=0, lt=1, description="a number in (0, 1), or auto")
    train_batch_size: int | Auto = Field("auto", ge=1, le=65536, description="an integer in [1, 65536], or auto")
    precision: str = Field("auto", description="auto, fp32 or bf16-mixed")
    seed: Seeds = Field(42, description="an integer of at least 0, or a list of them")
    weight_decay: float = Field(0.01, ge=0, lt=1, description="a number in [0, 1)")
    warmup_ratio: float = Field(0.06, ge=0, lt=1, description="a number in [0, 1)")
    schedule: Literal["linear", "cosine"] = Field("linear", description="linear or cosine")
    gradient_accumulation_steps: int = Field(1, ge=1, le=4096, description="an integer in [1, 4096]")
    max_grad_norm: float = Field(1.0, gt=0, description="a number above 0")
    cache_frozen_prefix: Literal[False] = Field(False, description="false (the cache comes with a later version)")
    best_metric: str = Field("auto", description="the name of a metric of the task, loss, or auto")
    early_stopping: Annotated[int, Field(ge=1)] | Literal[False] | Auto = Field(
        "auto", description="a number of epochs without gain (at least 1), false, or auto"
    )
    class_weights: Literal["none", "balanced"] = Field("none", description="none or balanced")
    log_to: list[Literal["tensorboard", "wandb", "mlflow"]] = Field(
        [], description="a list of tensorboard, wandb, mlflow"
    )


class EvaluationRecipe(_Block):
    """How it is judged."""

    factors: list[str] = Field(["length"], description="a list of column names; length is always known")
    protocol: Literal["held-out", "best-epoch-dev"] = Field("held-out", description="held-out or best-epoch-dev")
    budget: Auto = Field("auto", description="auto (other budgets come with a later version)")
    out_of_scope: list[str] = Field(
        [], max_length=0, description="an empty list (out-of-scope sets come with a later version)"
    )
    controls: list[Literal["full", "head"]] = Field([], description="a list of full, head")


class CardRecipe(_Block):
    """What only a person knows. Every key may stay null; the card then says that it is not declared."""

    developed_by: Text = Field(None, description="text: who made the adapter and answers for it")
    funded_by: Text = Field(None, description="text: who paid")
    shared_by: Text = Field(None, description="text: who publishes")
    license: Text = Field(None, description="text: a licence id of the Hub, such as apache-2.0")
    language: str | list[str] | None = Field(None, description="a language code such as en, or a list of them (quoted)")
    direct_use: Text = Field(None, description="text: what it is for, as it is, and for whom")
    downstream_use: Text = Field(None, description="text: what larger systems may do with it")
    out_of_scope_use: Text = Field(None, description="text: what it must not be used for")
    risks: Text = Field(None, description="text: who may be harmed and how")
    recommendations: Text = Field(None, description="text: what users should do about the risks")
    repository: Text = Field(None, description="text: a link to the code")
    paper: Text = Field(None, description="text: a link to the paper")
    demo: Text = Field(None, description="text: a link to a demo")
    cloud_provider: Text = Field(None, description="text: who owns the machine it was trained on")
    region: Text = Field(None, description="text: ISO country code or name of where the machine stands")
    authors: Text = Field(None, description="text: who wrote the card")
    contact: Text = Field(None, description="text: whom to write to")
    citation: Text = Field(None, description="text: BibTeX")
    citation_apa: Text = Field(None, description="text: APA")


class Recipe(_Block):
    """The whole recipe: frozen, the sole home of defaults."""

    base_model: str = Field("embedded", description="a Hub id, a folder, or embedded")
    revision: Text = Field(None, description="a commit, branch or tag of the base, or null")
    task: Literal["auto", "token-classification", "text-classification"] = Field(
        "auto", description="auto, token-classification or text-classification"
    )
    device: str = Field("auto", pattern=r"^(auto|cpu|cuda(:\d+)?|mps)$", description="auto, cpu, cuda, cuda:N or mps")
    data: DataRecipe = Field(description="a mapping with at least the key source")
    adapter: AdapterRecipe = Field(AdapterRecipe(), description="a mapping")  # type: ignore[call-arg]
    training: TrainingRecipe = Field(TrainingRecipe(), description="a mapping")  # type: ignore[call-arg]
    evaluation: EvaluationRecipe = Field(EvaluationRecipe(), description="a mapping")  # type: ignore[call-arg]
    card: CardRecipe = Field(CardRecipe(), description="a mapping")  # type: ignore[call-arg]

    @property
    def seeds(self) -> tuple[int, ...]:
        """All seeds, the first being the one of single-seed work such as made splits."""
        seed = self.training.seed
        return (seed,) if isinstance(seed, int) else seed
