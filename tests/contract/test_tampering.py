"""Two hundred single changes and fifty consistent forgeries: each is caught, and the report names the file or finding.

No model is loaded: the folders are made up (`tiny_folders`), and all else follows from their predictions.
"""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tiny_folders import CLASSES, Run, text_folder, token_folder
from tunecard.card import write_figures
from tunecard.evidence import Predictions, RunFolder, read_predictions, write_predictions
from tunecard.verification import verify

pytestmark = pytest.mark.slow

CHANGES = 200
FORGERIES = 50
Change = Callable[[RunFolder, random.Random], list[str]]


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    made = {kind: make(tmp_path_factory.mktemp(kind) / "run") for kind, make in MAKERS.items()}
    for run in made.values():
        write_figures(run.folder, run.folder.read_findings())
        run.render()  # the page shows the pictures
        report = verify(run.folder.path)
        assert report.ok, [check for check in report.checks if check.ok is False]
    return made


MAKERS = {"text": text_folder, "token": token_folder}


def flip_a_bit(path: Path, chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def another_digit(text: str, begin: int, end: int, chance: random.Random) -> str:
    place = chance.choice([match.start() for match in re.finditer(r"\d", text) if begin <= match.start() < end])
    digit = chance.choice([digit for digit in "0123456789" if digit != text[place]])
    return text[:place] + digit + text[place + 1 :]


def a_byte(folder: RunFolder, chance: random.Random) -> list[str]:
    path = chance.choice(folder.listed_files())
    flip_a_bit(path, chance)
    return [path.name]


def a_digit_in_prose(folder: RunFolder, chance: random.Random) -> list[str]:
    text = folder.card.read_text()
    folder.card.write_text(another_digit(text, text.index("\n---\n", 4), len(text), chance))
    return ["README.md"]


def a_digit_in_metadata(folder: RunFolder, chance: random.Random) -> list[str]:
    text = folder.card.read_text()
    folder.card.write_text(another_digit(text, 0, text.index("\n---\n", 4), chance))
    return ["README.md", "model-index"]


def a_number_in_evidence(folder: RunFolder, chance: random.Random) -> list[str]:
    content = json.loads(folder.evidence.read_text())
    record = chance.choice([record for record in content["findings"] if type(record["value"]) in (int, float)])
    record["value"] = record["value"] + 1 if isinstance(record["value"], int) else record["value"] + 0.013
    folder.evidence.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    return ["evidence.json", record["id"]]


def a_swapped_label_name(folder: RunFolder, chance: random.Random) -> list[str]:
    config = json.loads(folder.model_config.read_text())
    one, other = chance.sample(sorted(config["id2label"]), 2)
    names = config["id2label"]
    names[one], names[other] = names[other], names[one]
    folder.model_config.write_text(json.dumps(config))
    return ["config.json"]


def a_replaced_figure(folder: RunFolder, chance: random.Random) -> list[str]:
    path, other = chance.sample(sorted(folder.figures.iterdir()), 2)
    shutil.copy(other, path)
    return [path.name, "card.html"]  # where the picture stands, too


def a_dropped_row(folder: RunFolder, chance: random.Random) -> list[str]:
    path = chance.choice([path for _, _, path in folder.prediction_files()])
    rows = read_predictions(path)
    gone = chance.randrange(len(rows))
    kept = [place for place in range(len(rows)) if place != gone]
    write_predictions(path, chosen(rows, kept))
    return [path.name]


def an_added_file(folder: RunFolder, chance: random.Random) -> list[str]:
    name = f"{chance.choice(['', 'figures/', 'predictions/', 'notes/'])}extra-{chance.randrange(1000)}.txt"
    (folder.path / name).parent.mkdir(exist_ok=True)
    (folder.path / name).write_text("x")
    return [name]


def a_missing_file(folder: RunFolder, chance: random.Random) -> list[str]:
    path = chance.choice(folder.listed_files())
    path.unlink()
    return [path.name]


def another_base(folder: RunFolder, chance: random.Random) -> list[str]:
    config = json.loads(folder.adapter_config.read_text())
    key = chance.choice(["base_model_name_or_path", "revision"])
    config[key] = f"somebody/else-{chance.randrange(1000)}"
    folder.adapter_config.write_text(json.dumps(config))
    return ["adapter_config.json", "base_model."]


def another_setting(folder: RunFolder, chance: random.Random) -> list[str]:
    text = folder.recipe.read_text()
    changed = chance.choice(
        [("epochs: 3", "epochs: 4"), ("precision: fp32", "precision: bf16"), ("rank: 2", "rank: 3")]
    )
    assert changed[0] in text
    folder.recipe.write_text(text.replace(*changed, 1))
    return ["recipe.yaml"]


def chosen(rows: Predictions, kept: list[int]) -> Predictions:
    def pick(values: list[Any] | None) -> list[Any] | None:
        return None if values is None else [values[place] for place in kept]

    factors = {name: [values[place] for place in kept] for name, values in rows.factors.items()}
    return Predictions(
        [rows.rows[place] for place in kept], [rows.labels[place] for place in kept],
        [rows.predictions[place] for place in kept], pick(rows.probabilities), factors, pick(rows.unseen),
    )  # fmt: skip


# What no hash is needed to catch: the manifest may be written anew after these.
WITHOUT_HASHES: list[Change] = [
    a_digit_in_prose, a_digit_in_metadata, a_number_in_evidence, a_swapped_label_name, a_dropped_row, another_base,
    another_setting, a_replaced_figure,
]  # fmt: skip
SINGLE: list[Change] = [a_byte, a_byte, an_added_file, a_missing_file, *WITHOUT_HASHES]


def complaints(path: Path) -> str:
    report = verify(path)
    return "; ".join(f"{check.name}: {check.detail}" for check in report.checks if check.ok is False)


@pytest.mark.parametrize("begin", range(0, CHANGES, 20))
def test_single_changes_are_caught_and_named(originals: dict[str, Run], tmp_path: Path, begin: int) -> None:
    for seed in range(begin, begin + 20):
        chance = random.Random(seed)
        change = SINGLE[seed % len(SINGLE)]
        folder = RunFolder(shutil.copytree(originals[["text", "token"][seed % 2]].folder.path, tmp_path / str(seed)))
        named = change(folder, chance)
        said = complaints(folder.path)
        assert any(name in said for name in named), (seed, change.__name__, named, said)
        if change in WITHOUT_HASHES and "run.renderer_version" not in named:  # another renderer: not made, by contract
            folder.write_manifest()
            said = complaints(folder.path)
            # a digit that a card rounds away still shows in a form that is rendered again
            shown = (*named, "the evidence says") if change is a_number_in_evidence else named
            assert any(name in said for name in shown), (seed, change.__name__, "with a new manifest", named, said)


def forge_a_number(run: Run, chance: random.Random, families: tuple[str, ...]) -> str:
    """A better value, a narrower interval or a larger n of one finding."""
    records = [
        finding for finding in run.folder.read_findings()
        if finding.id.startswith(families) and type(finding.value) in (int, float) and finding.id != "run.renderer_version"
    ]  # fmt: skip
    finding = chance.choice(records)
    forged: list[dict[str, Any]] = [{"value": finding.value + (1 if isinstance(finding.value, int) else 0.0123)}]
    if finding.interval is not None:
        low, high = finding.interval
        forged.append({"interval": [low + (high - low) / 4, high]})
    if finding.n is not None and finding.id.startswith(("results", "baseline", "difference")):
        forged.append({"n": finding.n * 10})
    run.set(finding.id, **chance.choice(forged))
    return finding.id


FACTS: list[tuple[str, Any]] = [
    ("results.protocol", "best-epoch-dev"), ("results.headline", "results.test.brier"), ("task.labels", CLASSES[::-1]),
    ("adapter.rank", 16), ("adapter.alpha", 32.0), ("adapter.target_modules", ["key", "query"]),
    ("adapter.modules_to_save", []), ("base_model.id", "somebody/famous-encoder"), ("base_model.layers", 24),
    ("model.trainable_parameters", 12), ("training.precision", "bf16-mixed"), ("training.seed", 7),
    ("training.best_validation", 0.99), ("training.epochs_run", 2), ("environment.hours", 0.001),
    ("declared.license", "mit"), ("declared.direct_use", "Medical decisions."), ("declared.for_adapter", "0" * 64),
    ("start.code", "import os\n"), ("data.test.rows", 4000),
]  # fmt: skip


@pytest.mark.parametrize("begin", range(0, FORGERIES, 10))
def test_consistent_forgeries_are_caught_from_the_files(originals: dict[str, Run], tmp_path: Path, begin: int) -> None:
    """Evidence changed, counted anew, cards rendered anew, hashes of sources and manifest written anew."""
    for seed in range(begin, begin + 10):
        chance = random.Random(seed)
        original = originals["text" if seed % 3 else "token"]
        run = Run(RunFolder(shutil.copytree(original.folder.path, tmp_path / str(seed))))
        if seed < len(FACTS):
            id, value = FACTS[seed]
            run = Run(RunFolder(shutil.copytree(originals["text"].folder.path, tmp_path / f"{seed}-text")))
            run.set(id, value=value)
        else:
            id = forge_a_number(run, chance, ("results.", "baseline.", "difference."))
        run.trust_predictions()
        run.render()
        report = verify(run.folder.path)
        said = "; ".join(check.detail for check in report.checks if check.ok is False)
        assert id in said, (seed, id, said)
        assert next(check.ok for check in report.checks if check.name == "files")


def test_what_only_the_machine_knew_is_not_caught_and_said_to_be_unchecked(
    originals: dict[str, Run], tmp_path: Path
) -> None:
    run = Run(RunFolder(shutil.copytree(originals["text"].folder.path, tmp_path / "run")))
    run.set("training.seconds", value=0.5)
    run.render()
    report = verify(run.folder.path)
    assert report.ok
    unchecked = {id for claim in report.claims if not claim.is_checked for id in claim.ids}
    assert "training.seconds" in unchecked and "results.test.accuracy" not in unchecked
