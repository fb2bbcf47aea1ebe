"""The models and rows that both sides of a benchmark get: random weights of a known shape, texts of known lengths.

Speed does not depend on what the weights are, so no download is needed; the tokenizer is the embedded base's, so that
real texts have real lengths.
"""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rounds import Skipped, silent_libraries

SHARED_DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"
MAX_LENGTH = 128  # run_glue's max_seq_length
MEAN_TOKENS = 20
SPECIAL = 2  # tokens of a text that are no words
SIGMA = 0.5  # of the logarithm of a short text's length
SHORT_LABELS = 6
# What both sides learn, in tunecard's words.
LORA: dict[str, Any] = {"rank": 8, "alpha": 16, "dropout": 0.1, "targets": ["query", "value"]}


@dataclass(frozen=True)
class Shape:
    """An encoder's measures; `batch` is the batch size that its users take."""

    kind: str
    hidden: int
    intermediate: int
    heads: int
    layers: int
    vocabulary: int
    batch: int


SHAPES = {
    "roberta-large": Shape("roberta", 1024, 4096, 16, 24, 50265, 16),
    "minilm": Shape("bert", 384, 1536, 12, 6, 30522, 32),
    "tiny": Shape("bert", 32, 128, 4, 2, 64, 4),
}


@dataclass(frozen=True)
class Workload:
    """What a child is told, as JSON beside the base.

    Attributes:
        shape, layers: of the model.
        task: "text" or "token".
        texts: (N,) words with one space between.
        labels: (N,) class ids, in training only.
        batch: rows a step; warm_up: steps that are not timed, the first ones.
        tokens: of a step or batch in the mean: what the ceiling's products are measured with.
    """

    shape: str
    layers: int
    task: str
    texts: list[str]
    labels: list[int]
    n_labels: int
    batch: int
    warm_up: int
    seed: int
    tokens: int

    def save(self, folder: Path) -> None:
        (folder / "workload.json").write_text(json.dumps(asdict(self)))

    @staticmethod
    def read(folder: Path) -> Workload:
        return Workload(**json.loads((folder / "workload.json").read_text()))

    @property
    def label_names(self) -> tuple[str, ...]:
        """Classes, or tags of one entity type."""
        return (
            tuple(f"class {number}" for number in range(self.n_labels)) if self.task == "text" else ("O", "B-X", "I-X")
        )


def make_base(folder: Path, name: str, layers: int, seed: int) -> Path:
    """`folder/base`: config.json, random weights as safetensors, tokenizer files."""
    import torch
    from transformers import BertConfig, BertModel, RobertaConfig, RobertaModel

    shape, tokenizer = SHAPES[name], _tokenizer(name)
    settings: dict[str, Any] = {
        "hidden_size": shape.hidden, "intermediate_size": shape.intermediate, "num_attention_heads": shape.heads,
        "num_hidden_layers": layers, "vocab_size": max(shape.vocabulary, len(tokenizer)),
        "pad_token_id": tokenizer.pad_token_id,
    }  # fmt: skip
    torch.manual_seed(seed)
    if shape.kind == "roberta":
        model: Any = RobertaModel(
            RobertaConfig(**settings, max_position_embeddings=514, type_vocab_size=1), add_pooling_layer=False
        )
    else:
        model = BertModel(BertConfig(**settings))
    base = folder / "base"
    with silent_libraries():
        model.save_pretrained(base)
    tokenizer.save_pretrained(base)
    return base


def read_texts(data: str, base: Path, count: int, seed: int) -> tuple[list[str], list[int], int]:
    """`count` texts, their class ids, and the number of classes.

    Args:
        data: "short" (random words, log-normal lengths of 20 tokens in the mean), "banking77", or a .txt (a text a
            line), .csv or .parquet with a column `text` and perhaps one `label`.
    Raises: Skipped: the data is not here, or has too few rows.
    """
    if data == "short":
        return _short_texts(base, count, seed)
    path = (
        banking77("train", "Take --data short.") if data == "banking77" else _existing(Path(data), "Take --data short.")
    )
    texts, labels = _read_file(path)
    if len(texts) < count:
        raise Skipped(f"{path.name} has {len(texts)} texts and {count} are needed. Take fewer --steps or --rows.")
    chosen = random.Random(seed).sample(range(len(texts)), count)
    names = sorted(set(labels))
    return [" ".join(texts[row].split()) for row in chosen], [names.index(labels[row]) for row in chosen], len(names)


def banking77(split: str, instead: str = "Put the data set there.") -> Path:
    """The file of a split. Raises: Skipped: it is not here; `instead` says what to do then."""
    return _existing(SHARED_DATA / "banking77" / f"{split}.parquet", instead)


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a .parquet as dicts of their columns."""
    import pyarrow.parquet

    rows: list[dict[str, Any]] = pyarrow.parquet.read_table(path).to_pylist()
    return rows


def name_base(folder: Path, name: str, seed: int) -> str:
    """`name` as a recipe takes it; for "tiny" the folder of a base of random weights, made in `folder`."""
    return str(make_base(folder, name, SHAPES[name].layers, seed)) if name == "tiny" else name


def token_lengths(base: Path, texts: Sequence[str]) -> list[int]:
    """Tokens of every text, special tokens included."""
    from transformers import AutoTokenizer

    return [
        len(ids)
        for ids in AutoTokenizer.from_pretrained(base)(list(texts), truncation=True, max_length=MAX_LENGTH)["input_ids"]
    ]


def in_batches(rows: Sequence[int], size: int) -> list[list[int]]:
    """Neighbouring rows, `size` at a time."""
    return [list(rows[start : start + size]) for start in range(0, len(rows), size)]


def _existing(path: Path, instead: str) -> Path:
    if not path.is_file():
        raise Skipped(f"no {path.name} here; it is looked for in {path.parent}. {instead}")
    return path


def _tokenizer(name: str) -> Any:
    from transformers import AutoTokenizer, BertTokenizerFast

    from tunecard.encoders import locate_base

    if name != "tiny":
        return AutoTokenizer.from_pretrained(locate_base("embedded").folder)
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *["##" + letter for letter in letters]]
    return BertTokenizerFast(vocab={piece: number for number, piece in enumerate(pieces)}, model_max_length=512)


def texts_of(base: Path, lengths: Sequence[int], dice: random.Random) -> list[str]:
    """Random words of one token each: `lengths` says how many tokens a text has, with the two special ones."""
    from transformers import AutoTokenizer

    words = sorted(token for token in AutoTokenizer.from_pretrained(base).get_vocab() if re.fullmatch("[a-z]+", token))
    return [" ".join(dice.choice(words) for _ in range(length - SPECIAL)) for length in lengths]


def _short_texts(base: Path, count: int, seed: int) -> tuple[list[str], list[int], int]:
    dice = random.Random(seed)
    middle = math.log(MEAN_TOKENS - SPECIAL) - SIGMA**2 / 2
    words = [max(1, round(dice.lognormvariate(middle, SIGMA))) for _ in range(count)]
    texts = texts_of(base, [min(MAX_LENGTH, SPECIAL + one) for one in words], dice)
    return texts, [dice.randrange(SHORT_LABELS) for _ in range(count)], SHORT_LABELS


def _read_file(path: Path) -> tuple[list[str], list[Any]]:
    import pyarrow.csv
    import pyarrow.parquet

    if path.suffix == ".txt":
        texts = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        return texts, [row % SHORT_LABELS for row in range(len(texts))]
    table = pyarrow.parquet.read_table(path) if path.suffix == ".parquet" else pyarrow.csv.read_csv(path)
    texts = table.column("text").to_pylist()
    labels = (
        table.column("label").to_pylist()
        if "label" in table.column_names
        else [row % SHORT_LABELS for row in range(len(texts))]
    )
    return texts, labels
