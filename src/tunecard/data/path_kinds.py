"""What a path holds, told by its own signs without reading rows, and the command that takes such a thing."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from tunecard.evidence.ledger import ADAPTER_CONFIG, CARD, CHECKPOINTS, EVIDENCE, MODEL_CONFIG, TOKENIZER_CONFIG
from tunecard.untrusted.bounded_yaml import load_yaml
from tunecard.untrusted.plain_files import read_plain_text

YAML_SUFFIXES = (".yaml", ".yml")
MOST_BYTES = 500_000
MOST_VALUES = 5_000
WEIGHTS = (".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".onnx")
BASE_FILES = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", TOKENIZER_CONFIG)
SAVED_DATASET = ("dataset_dict.json", "dataset_info.json")  # what `save_to_disk` of datasets leaves
DOCUMENTS = (".pdf", ".doc", ".docx", ".odt", ".rtf", ".ppt", ".pptx", ".html", ".htm", ".epub")
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".bmp", ".tiff")
PROGRAMS = (".py", ".ipynb", ".sh", ".js", ".r", ".rs", ".c")


@dataclass(frozen=True)
class PathKind:
    """A kind of thing that a command takes or is given by mistake.

    Attributes:
        name: for telling kinds apart.
        is_a: completes "PATH is ...".
        commands: lines to type, with {path}; empty where no command takes it.
        advice: what to do where no command takes it as it is.
    """

    name: str
    is_a: str
    commands: tuple[str, ...] = ()
    advice: str = ""

    def lines(self, path: Path | str) -> list[str]:
        """The lines to type for this path, quoted for a shell."""
        return [line.format(path=shlex.quote(str(path))) for line in self.commands]


RECIPE = PathKind("recipe", "a recipe", ("tunecard run {path}",))
RUN = PathKind(
    "run", "a run folder", ("tunecard verify {path}", "tunecard predict {path} INPUT", "tunecard card {path}")
)
STOPPED = PathKind(
    "stopped run", "the folder of a run that did not end", ("tunecard run recipe.yaml --out {path} --resume",)
)
CARD_FILE = PathKind("card", "a card", ("tunecard audit {path}",))
ADAPTER = PathKind("adapter", "an adapter", ("tunecard complete {path} --data DATA", "tunecard predict {path} INPUT"))
BASE = PathKind("base", "a base model", ("tunecard run recipe.yaml --set base_model={path}",))
DATA = PathKind("data", "a file of rows", ("tunecard init {path}",))
DATA_FOLDER = PathKind("data folder", "a folder of rows", ("tunecard init {path}",))
PROGRAM = PathKind("program", "a program", advice="Give the file of rows that it reads or writes.")
PICTURE = PathKind("picture", "a picture", advice="Rows of text are needed: a csv, jsonl, parquet or CoNLL file.")
DOCUMENT = PathKind("document", "a document", advice="Bring its texts into rows: a csv with a column text.")
WEIGHTS_FILE = PathKind("weights", "a file of weights", advice="Name the folder that it lies in.")
EMPTY_FOLDER = PathKind(
    "folder without data", "a folder without a file of rows",
    advice="It must hold train.csv, .tsv, .jsonl, .parquet or .conll, or such a file must be named.",
)  # fmt: skip


def kind_of(path: Path) -> PathKind | None:
    """What lies there; None where nothing does, or nothing that is known."""
    try:
        return _of_folder(path) if path.is_dir() else _of_file(path) if path.is_file() else None
    except OSError:  # not ours to read, or a name too long: whoever opens it says so
        return None


def other_kind(path: Path, takes: Collection[str], wanted: str) -> str | None:
    """The sentence about a path of another kind than is taken, with the lines to type; None where it may be taken.

    Args:
        takes: names of kinds.
        wanted: what takes which of them: "`tunecard run` takes a recipe".
    """
    kind = kind_of(path)
    if kind is None or kind.name in takes:
        return None
    lines = [f"  {line}" for line in kind.lines(path)]
    return f"is {kind.is_a}; {wanted}." + ("\n".join([" Type:", *lines]) if lines else f" {kind.advice}")


def _of_folder(path: Path) -> PathKind | None:
    signs: Mapping[PathKind, Callable[[], bool]] = {
        RUN: (path / EVIDENCE).is_file,
        STOPPED: (path / CHECKPOINTS).is_dir,
        ADAPTER: (path / ADAPTER_CONFIG).is_file,
        BASE: lambda: (path / MODEL_CONFIG).is_file() and any((path / name).is_file() for name in BASE_FILES),
    }
    found = next((kind for kind, is_it in signs.items() if is_it()), None)
    return found or (DATA_FOLDER if _holds_rows(path) else EMPTY_FOLDER)


def _holds_rows(path: Path) -> bool:
    """Whether rows may lie in a folder: files of rows, or folders below it, which a reader looks into."""
    from tunecard.data.readers.folders import data_files

    is_saved = any((path / name).is_file() for name in SAVED_DATASET)
    return (
        is_saved
        or bool(data_files(path))
        or any(below.is_dir() and not below.name.startswith(".") for below in path.iterdir())
    )


def _of_file(path: Path) -> PathKind | None:
    suffix = path.suffix.lower()
    if suffix in YAML_SUFFIXES:
        return RECIPE if _is_recipe(path) else None
    if suffix == ".md" or path.name == CARD:
        return CARD_FILE
    by_suffix = {PROGRAM: PROGRAMS, PICTURE: PICTURES, DOCUMENT: DOCUMENTS, WEIGHTS_FILE: WEIGHTS}
    found = next((kind for kind, suffixes in by_suffix.items() if suffix in suffixes), None)
    return found or (DATA if _is_rows(path) else None)


def _is_rows(path: Path) -> bool:
    from tunecard.data.readers.formats import TRAINING

    return any(suffix.lower() in TRAINING for suffix in path.suffixes[-2:])


def _is_recipe(path: Path) -> bool:
    """Whether a YAML file has a recipe's own key; one that cannot be read is taken for one, since its reader tells."""
    try:
        content = load_yaml(read_plain_text(path, MOST_BYTES), most_values=MOST_VALUES)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return True
    return isinstance(content, Mapping) and ("data" in content or "base_model" in content)
