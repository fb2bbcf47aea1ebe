"""The run folder: every file name a user gets, read and written here only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tunecard import notebook
from tunecard.counted import each
from tunecard.errors import RunFolderError
from tunecard.evidence.files import is_half, json_lines, json_text, sha256_of, write_json
from tunecard.evidence.finding import Finding, Findings, Source
from tunecard.evidence.folder_words import folder_in_words
from tunecard.evidence.predictions import Predictions, read_predictions, write_predictions
from tunecard.evidence.probabilities import FlatProbabilities, read_probabilities
from tunecard.untrusted.bounded_json import load_json
from tunecard.untrusted.plain_files import read_plain

SCHEMA_VERSION = 1
CARD, ORIGINAL_CARD, DATASET_CARD = "README.md", "original_README.md", "DATASET_CARD.md"
PAGE, BOM, CROISSANT = "card.html", "bom.json", "croissant.json"
ADAPTER_CONFIG, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
MODEL_CONFIG, TOKENIZER, TOKENIZER_CONFIG = "config.json", "tokenizer.json", "tokenizer_config.json"
RECIPE, EVIDENCE, MANIFEST = "recipe.yaml", "evidence.json", "manifest.json"
# What sentence-transformers reads beside an adapter: its parts, what the first of them reads, how tokens are pooled.
MODULES, READER, SIMILARITY = "modules.json", "sentence_bert_config.json", "config_sentence_transformers.json"
POOLING_FOLDER, HEADLESS = "1_Pooling", "encoder"
POOLING = f"{POOLING_FOLDER}/{MODEL_CONFIG}"
SIGNATURE, MODEL_SIGNATURE = "manifest.json.sig", "model.sig"
PREDICTIONS, FIGURES, CHECKPOINTS = "predictions", "figures", "checkpoints"
EVAL_RESULTS = ".eval_results"  # where the Hub looks for scores on its benchmarks
EVAL_RECORDS, EVAL_SAMPLES = "every_eval_ever", "_samples.jsonl"  # the paths below it are those of their format
# What a reader adds by scoring rows of his own: never part of what the author vouches for.
EVALUATIONS, COMPARISON, PREDICTED = "evaluations", "comparison.md", "predictions.parquet"
BEGAN_WITH, CHOSEN_LAYERS = "began_with.json", "layers.json"
LOCK, GIT_ATTRIBUTES = ".lock", ".gitattributes"
UNLISTED_FOLDERS = {CHECKPOINTS, EVALUATIONS, ".git", ".cache"}
UNLISTED_FILES = {MANIFEST, SIGNATURE, MODEL_SIGNATURE, GIT_ATTRIBUTES, LOCK}
TOKENIZER_FILES = {"vocab.txt", "vocab.json", "merges.txt", "sentencepiece.bpe.model", "spiece.model", "spm.model"}
MEGABYTE = 1_000_000
MOST_OF_A_PAGE = 4 * MEGABYTE  # what one cell of a notebook may keep
# What is read of a file that may be anybody's; no run writes a tenth of it.
MOST_BYTES = {
    EVIDENCE: 50 * MEGABYTE,
    MANIFEST: 20 * MEGABYTE,
    MODEL_CONFIG: 20 * MEGABYTE,
    ADAPTER_CONFIG: 5 * MEGABYTE,
    TOKENIZER_CONFIG: 20 * MEGABYTE,
    RECIPE: 2 * MEGABYTE,
    CARD: 20 * MEGABYTE,
    ORIGINAL_CARD: 20 * MEGABYTE,
    DATASET_CARD: 20 * MEGABYTE,
    PAGE: 200 * MEGABYTE,  # the pictures stand in it
    BOM: 50 * MEGABYTE,
    CROISSANT: 50 * MEGABYTE,
}
_MANIFEST_KEYS = {"path": str, "bytes": int, "sha256": str}


def evidence_of(findings: Iterable[Finding]) -> dict[str, Any]:
    """What evidence.json holds."""
    records = [finding.model_dump(mode="json") for finding in findings]
    return {"schema_version": SCHEMA_VERSION, "findings": records}


def is_tokenizer_file(path: Path) -> bool:
    """Whether a file belongs to a tokenizer, by its name."""
    return "token" in path.name or path.name in TOKENIZER_FILES


def record_lines(findings: Iterable[Finding]) -> list[int]:
    """The line of evidence.json on which each record begins, from 1, as `RunFolder.write_findings` lays it out."""
    above = json_text(evidence_of([])).partition("[")[0]
    lines, line = [], above.count("\n") + 2
    for finding in findings:
        lines.append(line)
        line += json_lines(finding.model_dump(mode="json"))
    return lines


@dataclass(frozen=True)
class RunFolder:
    """A folder that holds an adapter, its card and the evidence. Paths are properties; reading is strict."""

    path: Path

    @property
    def card(self) -> Path:
        return self.path / CARD

    def __repr__(self) -> str:
        try:
            findings = self.read_findings()
        except RunFolderError:
            findings = None
        return folder_in_words(self.path, findings, is_there=self.evidence.is_file())

    def _repr_html_(self) -> str | None:
        """What a notebook shows for a run: a line of what it is, and its card as a page; None without such a page."""
        try:
            content = self.read_text(self.page)
        except (OSError, ValueError):
            return None
        if len(content) > MOST_OF_A_PAGE:
            return None
        head = repr(self).removeprefix("RunFolder(").removesuffix(")").replace("'", "")
        return notebook.box(head, notebook.page(content, "the card"))

    def _repr_markdown_(self) -> str:
        """What is shown where no page is: the card, without the metadata."""
        if not self.card.is_file():
            return f"`{self.path.name}`: no card yet"
        return self.read_text(self.card).partition("\n---\n")[2]

    def read_text(self, path: Path) -> str:
        """The UTF-8 text of one of its files, byte for byte.

        Raises: OSError (UnfitFile, a ValueError, too): missing, no plain file, or larger than `MOST_BYTES` says.
            UnicodeDecodeError (a ValueError): it is no UTF-8.
        """
        return read_plain(path, MOST_BYTES.get(path.name, 20 * MEGABYTE)).decode("utf-8")

    def read_json(self, path: Path) -> Any:
        """The value of one of its JSON files. Raises: as `read_text`. ValueError: it is not JSON, or beyond reason."""
        return load_json(self.read_text(path))

    @property
    def original_card(self) -> Path:
        """The card that came with an adapter made elsewhere, as it was."""
        return self.path / ORIGINAL_CARD

    @property
    def dataset_card(self) -> Path:
        return self.path / DATASET_CARD

    @property
    def page(self) -> Path:
        return self.path / PAGE

    @property
    def bom(self) -> Path:
        return self.path / BOM

    @property
    def croissant(self) -> Path:
        return self.path / CROISSANT

    @property
    def eval_results(self) -> Path:
        """Where the Hub looks for scores on its benchmarks."""
        return self.path / EVAL_RESULTS

    @property
    def eval_records(self) -> Path:
        """Where the records of the evaluation lie, for readers of Every Eval Ever."""
        return self.path / EVAL_RECORDS

    def eval_record_files(self) -> dict[str, Path]:
        """Every file there by its path below; links too, which nobody follows."""
        found = sorted(path for path in self.eval_records.rglob("*") if path.is_symlink() or not path.is_dir())
        return {path.relative_to(self.eval_records).as_posix(): path for path in found}

    @property
    def adapter_config(self) -> Path:
        return self.path / ADAPTER_CONFIG

    @property
    def adapter_weights(self) -> Path:
        return self.path / ADAPTER_WEIGHTS

    @property
    def model_config(self) -> Path:
        """config.json with the labels of the head; of a model without a head it lies in a folder of its own.

        Beside an adapter_config.json, transformers takes a config.json for that of a whole model, and loads no base:
        neither would sentence-transformers, to which such an adapter is handed over.
        """
        apart = self.path / HEADLESS / MODEL_CONFIG
        return apart if apart.is_file() else self.path / MODEL_CONFIG

    @property
    def headless_config(self) -> Path:
        """Where the config of a model without a head is written."""
        return self.path / HEADLESS / MODEL_CONFIG

    @property
    def recipe(self) -> Path:
        return self.path / RECIPE

    @property
    def evidence(self) -> Path:
        return self.path / EVIDENCE

    @property
    def manifest(self) -> Path:
        return self.path / MANIFEST

    @property
    def signature(self) -> Path:
        return self.path / SIGNATURE

    @property
    def model_signature(self) -> Path:
        return self.path / MODEL_SIGNATURE

    @property
    def began_with(self) -> Path:
        """The settings that a run began with, for whoever goes on with it."""
        return self.path / CHECKPOINTS / BEGAN_WITH

    @property
    def chosen_layers(self) -> Path:
        """What a trial said of the layers to put an adapter in, for whoever goes on."""
        return self.path / CHECKPOINTS / CHOSEN_LAYERS

    @property
    def checkpoints(self) -> Path:
        return self.path / CHECKPOINTS

    @property
    def evaluations(self) -> Path:
        """Where evaluations on a reader's own rows lie, a folder each."""
        return self.path / EVALUATIONS

    @property
    def figures(self) -> Path:
        return self.path / FIGURES

    def pictures(self) -> dict[str, bytes]:
        """The pictures by the path that the card names, e.g. `figures/scores.png`; links are not followed."""
        found = sorted(path for path in self.figures.glob("*.png") if path.is_file() and not path.is_symlink())
        return {path.relative_to(self.path).as_posix(): path.read_bytes() for path in found}

    def predictions(self, split: str, predictor: str | None = None) -> Path:
        """The predictions file of the adapter on `split`, or of a named baseline or control."""
        return self.path / PREDICTIONS / (f"{split}.{predictor}.parquet" if predictor else f"{split}.parquet")

    def prediction_files(self) -> list[tuple[str, str | None, Path]]:
        """(split, predictor or None, path) of every predictions file, in name order."""
        found = []
        for path in sorted((self.path / PREDICTIONS).glob("*.parquet")):
            split, _, predictor = path.stem.partition(".")
            found.append((split, predictor or None, path))
        return found

    def read_predictions(
        self, split: str, predictor: str | None = None, *, with_probabilities: bool = True
    ) -> Predictions:
        """Reads one predictions file. Raises: RunFolderError: it is missing or broken."""
        return read_predictions(self.predictions(split, predictor), with_probabilities=with_probabilities)

    def read_probabilities(self, split: str, predictor: str | None = None) -> FlatProbabilities | None:
        """Probabilities of one predictions file as arrays. Raises: RunFolderError: it is missing or broken."""
        return read_probabilities(self.predictions(split, predictor))

    def write_predictions(self, predictions: Predictions, split: str, predictor: str | None = None) -> Path:
        """Writes one predictions file whole and returns its path."""
        path = self.predictions(split, predictor)
        write_predictions(path, predictions)
        return path

    def source(self, path: Path) -> Source:
        """The source record of a file of this run: its relative path and sha256 now."""
        return Source(file=path.relative_to(self.path).as_posix(), sha256=sha256_of(path))

    def tokenizer_files(self) -> list[Path]:
        """The files of the folder's own tokenizer, in name order; links are left out."""
        files = [path for path in self.path.iterdir() if path.is_file() and not path.is_symlink()]
        return sorted(path for path in files if is_tokenizer_file(path))

    def write_findings(self, findings: Iterable[Finding]) -> None:
        """Writes evidence.json whole."""
        write_json(self.evidence, evidence_of(findings))

    def read_findings(self) -> Findings:
        """Reads evidence.json. Raises: RunFolderError: missing, not JSON, another schema or a broken record."""
        place = str(self.evidence)
        try:
            content = self.read_json(self.evidence)
            if content["schema_version"] != SCHEMA_VERSION:
                raise RunFolderError(
                    f"schema_version must be {SCHEMA_VERSION}. Got {content['schema_version']!r}.", place=place
                )
            return Findings(Finding.model_validate(record) for record in content["findings"])
        except FileNotFoundError as error:
            raise RunFolderError(
                "no evidence.json here. A run folder is made by `tunecard run RECIPE`.", place=str(self.path)
            ) from error
        except (OSError, ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
            raise RunFolderError(f"cannot be read as evidence: {error}", place=place) from error

    def listed_files(self) -> list[Path]:
        """Every file that the manifest must cover, sorted by its path in the folder."""
        files = [path for path in self.path.rglob("*") if path.is_file() or path.is_symlink()]
        return sorted(path for path in files if self._is_listed(path.relative_to(self.path)))

    def read_manifest(self) -> list[dict[str, Any]]:
        """The records of manifest.json: path, bytes and sha256 of every file.

        Raises: FileNotFoundError: there is none. RunFolderError: it is no manifest, or cannot be read.
        """
        try:
            return _manifest_records(self.read_json(self.manifest))
        except FileNotFoundError:
            raise
        except (ValueError, TypeError, KeyError, RecursionError, OSError) as error:
            raise RunFolderError(f"{MANIFEST} cannot be read as a manifest: {error}") from error

    def write_manifest(self) -> None:
        """Writes manifest.json: path, bytes and sha256 of every listed file; halves of killed writes are left out."""
        records = [
            {
                "path": path.relative_to(self.path).as_posix(),
                "bytes": path.stat().st_size,
                "sha256": sha256_of(path),
            }
            for path in each(list(self.listed_files()), "Hashing files", "files")
            if not is_half(path.relative_to(self.path))
        ]
        write_json(self.manifest, {"files": records})

    @staticmethod
    def _is_listed(relative: Path) -> bool:
        return relative.parts[0] not in UNLISTED_FOLDERS and relative.as_posix() not in UNLISTED_FILES


def _manifest_records(manifest: Any) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = manifest["files"]
    if not isinstance(records, list) or set(manifest) != {"files"}:
        raise ValueError("it holds one list, `files`")
    for record in records:
        is_record = set(record) == set(_MANIFEST_KEYS)
        if not is_record or not all(isinstance(record[key], kind) for key, kind in _MANIFEST_KEYS.items()):
            raise ValueError(f"a record holds path, bytes and sha256. Got {record!r:.120}")
    return records
