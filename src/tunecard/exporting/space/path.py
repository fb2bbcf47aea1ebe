"""From a run folder to one that is pushed as a Space: checked, searched for private things, tried, in that order."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from tunecard.card.examples import examples
from tunecard.counted import counted, one_of
from tunecard.encoders import BaseFiles
from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.files import json_text, write_bytes
from tunecard.evidence.ledger import CARD, MODEL_CONFIG, is_tokenizer_file
from tunecard.exporting.placing import check_free, placed
from tunecard.exporting.space.told import page, readme, requirements
from tunecard.inference import Predictor, load
from tunecard.inference.adapter_folder import read_adapter_folder
from tunecard.inference.loading import find_base
from tunecard.publishing.gates import check_consistency, check_private
from tunecard.publishing.upload_files import pack

APP, PAGE, REQUIREMENTS = "app.py", "space.json", "requirements.txt"
ADAPTER, BASE = "adapter", "base"
NOTHING = "Nothing was written."
Files = Mapping[str, Path | bytes]


def export_space(path: Path, out: Path, *, base: str | None = None, allow: Sequence[str] = ()) -> Path:
    """Writes a Gradio Space of an adapter.

    Args:
        path: of a run or a completion.
        out: the folder to make.
        base: where the base lies; None as the adapter says. One that is on no Hub goes into the Space.
        allow: texts that the search for private things lets pass.
    Returns: `out`.
    Raises: TunecardError: folder or base are not there or are others. CheckFailed, PrivacyError: what `push` would
        refuse, too. Then there is no folder.
    """
    check_free(out)
    folder = RunFolder(path)
    with counted("Making a Space", 4, "steps") as count:
        with one_of(count, "opening"):
            findings, own_base = folder.read_findings(), _own_base(path, base)
            predictor = load(path, base)
        with one_of(count, "checking"):
            check_consistency(folder, NOTHING)
            made_of = _files(folder, findings, predictor, own_base)
            check_private(folder, made_of, allow, NOTHING, allow_text=False)
        with placed(out) as made:
            with one_of(count, "writing"):
                _write(made_of, made)
            with one_of(count, "trying"):
                _try(made, findings, None if own_base else base)
    return out


def _own_base(path: Path, base: str | None) -> BaseFiles | None:
    """The base where it is a folder of somebody's, which no Space could fetch."""
    facts = read_adapter_folder(path)
    return find_base(facts, base) if facts.is_base_local else None


def _files(folder: RunFolder, findings: Findings, predictor: Predictor, base: BaseFiles | None) -> Files:
    """Path in the Space to a file here, or to what is written."""
    adapter = pack(folder, with_predictions=False).files
    weights = {} if base is None else {f"{BASE}/{one.name}": one for one in _of_base(base.folder)}
    return {
        CARD: readme(findings, has_base=base is not None).encode(),
        APP: files("tunecard.exporting").joinpath("space", "files", APP).read_bytes(),
        PAGE: json_text(page(findings, predictor.parts)).encode(),
        REQUIREMENTS: requirements(findings).encode(),
        **{f"{ADAPTER}/{name}": content for name, content in adapter.items()},
        **weights,
    }


def _of_base(folder: Path) -> list[Path]:
    """Its config, weights and tokenizer, and nothing else that lies there."""
    several = [one for one in sorted(folder.iterdir()) if one.is_file()]
    return [one for one in several if one.name == MODEL_CONFIG or ".safetensors" in one.name or is_tokenizer_file(one)]


def _write(made_of: Files, target: Path) -> None:
    for name, content in made_of.items():
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            write_bytes(place, content)
        else:
            shutil.copyfile(content, place)


def _try(made: Path, findings: Findings, base: str | None) -> None:
    """Loads what was written as app.py does, and asks it for the card's examples. Raises: TunecardError: it cannot."""
    own = made / BASE
    predictor = load(made / ADAPTER, own if own.is_dir() else base)
    for example in examples(findings):
        predictor.predict([predictor.row_of(*example.texts)])
