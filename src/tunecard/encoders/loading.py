"""Loading an unmodified transformers model under a task's head, and saying which modules are new."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import transformers
from huggingface_hub.errors import StrictDataclassError
from safetensors import SafetensorError
from tokenizers.pre_tokenizers import ByteLevel
from transformers import AutoConfig, AutoTokenizer, PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase
from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES

from tunecard.encoders.growing import grow
from tunecard.encoders.locating import BaseFiles
from tunecard.encoders.outputs import outputs_of
from tunecard.encoders.positions import count_usable_positions
from tunecard.encoders.stored_weights import load_model, outline_model
from tunecard.encoders.tokenizer_file import check_tokenizer_files
from tunecard.errors import BaseModelError
from tunecard.evidence.ledger import MODEL_CONFIG, MOST_BYTES, TOKENIZER
from tunecard.untrusted.bounded_json import read_json

# Keys by which a config could make transformers import or execute something of its choice.
FORBIDDEN_CONFIG_KEYS = ("auto_map", "_attn_implementation_internal", "custom_pipelines")

# What transformers calls the layers that give logits; PEFT trains the same names whole.
OUTPUT_NAMES = ("classifier", "score", "qa_outputs")
POOLER = "pooler"
Load = Callable[[PretrainedConfig], tuple[PreTrainedModel, set[str]]]
# What transformers says of a config or weights that do not make a model: a list where a number is meant, and so on.
LOADING_FAULTS = (
    ValueError, OSError, RuntimeError, ImportError, SafetensorError, TypeError, LookupError, AttributeError,
    ArithmeticError, StrictDataclassError,
)  # fmt: skip
VOCABULARY_FILES = (TOKENIZER, "vocab.txt", "vocab.json", "*.model")


@dataclass(frozen=True)
class Encoder:
    """A base under a new head.

    Attributes:
        model: the stock transformers model in evaluation mode; in fp32, but for what `load_encoder` was told otherwise.
        tokenizer: the base's own, with the tokens that an adapter adds.
        new_modules: the modules that loading left newly initialised, and the head, e.g. ["classifier"].
        max_tokens: the longest input, special tokens included.
    """

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    new_modules: list[str]
    max_tokens: int


def load_encoder(
    files: BaseFiles,
    auto_class: str,
    labels: Sequence[str],
    problem_type: str | None,
    seed: int,
    dtype: torch.dtype = torch.float32,
) -> Encoder:
    """Loads a base with a head for `labels`.

    Args:
        auto_class: transformers' class of models with the task's head, e.g. "AutoModelForTokenClassification".
        labels: names in id order.
        problem_type: stored in the config, e.g. "single_label_classification".
        seed: decides the new head's weights.
        dtype: what linear layers inside blocks are stored in from the first moment on, if rows of this base can be
            packed; embeddings, norms and the head are fp32 in any case.
    Raises: BaseModelError: not an encoder, custom code, or a tokenizer that does not fit the weights.
    """
    encoder = _under_head(
        files, labels, problem_type, seed, lambda config: load_model(files.folder, auto_class, config, dtype)
    )
    _check_finite(files, encoder.model)
    return encoder


def outline_encoder(files: BaseFiles, auto_class: str, labels: Sequence[str], problem_type: str | None) -> Encoder:
    """As `load_encoder` with every check of it, but without weights: what can be known of a base before it is needed.

    Returns: an encoder whose model lies on the device "meta".
    """
    return _under_head(files, labels, problem_type, 0, lambda config: outline_model(files.folder, auto_class, config))


def _under_head(files: BaseFiles, labels: Sequence[str], problem_type: str | None, seed: int, load: Load) -> Encoder:
    config = read_base_config(files)
    config.num_labels = len(labels)
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: position for position, label in enumerate(labels)}
    config.problem_type = problem_type  # type: ignore[assignment]
    torch.manual_seed(seed)
    with quiet_transformers():
        try:
            model, new_keys = load(config)
        except LOADING_FAULTS as error:
            raise BaseModelError(f"base_model: {files.id} cannot be loaded: {_first_line(error)}") from error
    tokenizer = load_tokenizer(files)
    _check_tokenizer(files, model, tokenizer)
    grow(model, tokenizer, files.new_tokens)
    new = _modules_of(new_keys, model.base_model_prefix) | _output_modules(model)
    if POOLER in new and outputs_of(model).is_pooled:
        model.pooler = None  # type: ignore[assignment]  # the mean over tokens passes it by, and nobody has trained it
        new -= {POOLER}
    new_modules = sorted(new)
    _check_only_head_is_new(files, model, new_modules)
    model.eval()  # type: ignore[no-untyped-call]
    return Encoder(model, tokenizer, new_modules, count_usable_positions(model, tokenizer))


def read_base_config(files: BaseFiles) -> PretrainedConfig:
    """The config of a base, refused when it is no encoder or wants code of its own to run."""
    content = _read_config(files)
    forbidden = [key for key in content if _wants_code(key, content[key])]
    if forbidden:
        raise BaseModelError(
            f"base_model: {files.id} wants code of its own to run ({forbidden[0]}); that is refused. Name another "
            "base, or a copy of it without that key in config.json where transformers has the architecture itself."
        )
    try:
        config: PretrainedConfig = AutoConfig.from_pretrained(files.folder, trust_remote_code=False)
    except LOADING_FAULTS as error:
        raise BaseModelError(
            f"base_model: {files.id} is not known to transformers: {_first_line(error)[:120]}"
        ) from error
    is_decoder = config.is_encoder_decoder or getattr(config, "is_decoder", False)
    if config.model_type not in MODEL_FOR_MASKED_LM_MAPPING_NAMES or is_decoder:
        raise BaseModelError(
            f"base_model must be an encoder such as roberta, bert, distilbert, electra or modernbert. "
            f"Got {files.id}, a {config.model_type!r}."
        )
    return config


def _read_config(files: BaseFiles) -> dict[str, Any]:
    try:
        content = read_json(files.folder / MODEL_CONFIG, MOST_BYTES[MODEL_CONFIG])
    except (OSError, ValueError) as error:
        raise BaseModelError(f"base_model: config.json of {files.id} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise BaseModelError(f"base_model: config.json of {files.id} must be a mapping. Got {type(content).__name__}.")
    return content


def _wants_code(key: str, value: Any) -> bool:
    # An attention "owner/kernel" is fetched from the Hub and run.
    return key in FORBIDDEN_CONFIG_KEYS or (key.endswith("_implementation") and "/" in str(value))


def load_tokenizer(files: BaseFiles) -> PreTrainedTokenizerBase:
    """The base's fast tokenizer, made ready for words that are already split.

    Raises: BaseModelError: there is none, it has no fast form, cannot be built, or wants code of its own.
    """
    if not any(path for pattern in VOCABULARY_FILES for path in files.folder.glob(pattern)):
        # transformers would hand out an empty tokenizer of the right class, which reads every word as unknown.
        raise BaseModelError(
            f"base_model: {files.id} has no tokenizer ({', '.join(VOCABULARY_FILES)}). "
            "Put the one it was trained with there."
        )
    config = AutoConfig.from_pretrained(files.folder)
    # Byte-level vocabularies (RoBERTa and kin) tell word starts by a leading space.
    space = {"add_prefix_space": True} if config.model_type in {"roberta", "longformer", "deberta", "bart"} else {}
    with quiet_transformers():
        try:
            check_tokenizer_files(files.folder)
            tokenizer = AutoTokenizer.from_pretrained(files.folder, use_fast=True, trust_remote_code=False, **space)
            tokenizer(
                "a \ue000"
            )  # a table that leads nowhere shows at the first word, as does no word for unknown ones
        except BaseException as error:
            if not _is_loading_fault(error):
                raise
            said = _first_line(error)
            raise BaseModelError(f"base_model: the tokenizer of {files.id} cannot be loaded: {said}") from error
    if int(getattr(config, "type_vocab_size", 0) or 0) < 2:
        # Segment ids that the base has no rows for overflow its table (RoBERTa), or are ignored (DistilBERT).
        tokenizer.model_input_names = [name for name in tokenizer.model_input_names if name != "token_type_ids"]
    if not tokenizer.is_fast:
        raise BaseModelError(f"base_model: {files.id} has no fast tokenizer (tokenizer.json), which words need.")
    _mark_word_starts(tokenizer)
    return tokenizer


def _is_loading_fault(error: BaseException) -> bool:
    """The tokenizers library has one fault for all, `Exception` itself, and lets its panics pass as no `Exception`."""
    return isinstance(error, LOADING_FAULTS) or type(error) is Exception or type(error).__name__ == "PanicException"


def _mark_word_starts(tokenizer: PreTrainedTokenizerBase) -> None:
    """Makes a byte-level tokenizer put the space in front of every word: without it "the river" reads "theriver".

    transformers passes `add_prefix_space` on only for some of its classes; ModernBERT's is not among them.
    """
    splitter = tokenizer.backend_tokenizer.pre_tokenizer
    if isinstance(splitter, ByteLevel) and not splitter.add_prefix_space:
        tokenizer.backend_tokenizer.pre_tokenizer = ByteLevel(
            add_prefix_space=True, trim_offsets=splitter.trim_offsets, use_regex=splitter.use_regex
        )


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Silences the loading report and progress bars: what is new is checked and told by tunecard itself."""
    from transformers.utils import logging as transformers_logging

    level = transformers.logging.get_verbosity()
    had_bars = transformers_logging.is_progress_bar_enabled()
    transformers.logging.set_verbosity(logging.ERROR)
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        transformers.logging.set_verbosity(level)
        if had_bars:
            transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def _check_tokenizer(files: BaseFiles, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
    embeddings: Any = model.get_input_embeddings()
    rows = int(embeddings.weight.shape[0])
    faults = []
    if len(tokenizer) > rows:
        faults.append(
            f"the tokenizer has {len(tokenizer)} tokens, the weights only {rows}. "
            "Use the tokenizer they were trained with."
        )
    if tokenizer.pad_token_id is None:
        faults.append("the tokenizer has no padding token. Set pad_token in its tokenizer_config.json.")
    elif model.config.pad_token_id not in (None, tokenizer.pad_token_id):
        faults.append(
            f"the tokenizer pads with id {tokenizer.pad_token_id}, "
            f"the model's config says {model.config.pad_token_id}. "
            "Make them equal: positions are counted from it."
        )
    if faults:
        raise BaseModelError(faults, place=f"base_model {files.id}")


def _check_finite(files: BaseFiles, model: PreTrainedModel) -> None:
    """One NaN in the base makes every answer one. A sum is finite only where all of its terms are, and costs less."""
    broken = [
        name
        for name, weight in model.named_parameters()
        if not weight.detach().sum().isfinite() and not weight.detach().isfinite().all()
    ]
    if broken:
        raise BaseModelError(
            f"base_model: {files.id} holds values that are not finite in {', '.join(broken[:3])}"
            f"{f' and {len(broken) - 3} more' if len(broken) > 3 else ''}. Fetch it again, or use another base."
        )


def _modules_of(keys: set[str], prefix: str) -> set[str]:
    """Modules of the missing keys: `classifier.dense.weight` -> `classifier`, `bert.pooler.dense.bias` -> `pooler`."""
    return {key.removeprefix(prefix + ".").split(".")[0] for key in keys}


def _output_modules(model: PreTrainedModel) -> set[str]:
    """The head that gives the logits: it learns even where the base brings one of the same shape, for other labels."""
    return {name for name, _ in model.named_children() if name in OUTPUT_NAMES}


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def _check_only_head_is_new(files: BaseFiles, model: PreTrainedModel, new_modules: Sequence[str]) -> None:
    outside = {name for name, _ in model.named_children() if name != model.base_model_prefix}
    inside = [name for name in new_modules if name not in outside | {"pooler"}]
    if inside:
        raise BaseModelError(
            f"base_model: {files.id} lacks weights of {', '.join(inside)}: its files do not fit its config.json."
        )
