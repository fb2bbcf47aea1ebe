"""While a run goes on: each stage counts what takes long in it, every count reaches its end, and results stay."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from small_runs import token_recipe

import tunecard
from tunecard.counted import watched_by
from tunecard.evidence import RunFolder
from tunecard.pipeline import run
from tunecard.pipeline.progress import Silence
from tunecard.reproduction.deep_checks import DeepVerification
from tunecard.verification import verify

pytestmark = pytest.mark.usefixtures("warm_processes")

# What takes long in each stage of a run, where rows are many and the base is large. A stage that is new, or counts none
# of this any more, leaves people waiting without a word.
COUNTED = {
    "Reading data and base": {
        "Reading files", "Checking rows", "Tokenising train", "Tokenising test",
        "Reading texts for near-duplicates", "Looking for near-duplicates",
    },
    "Reading rows with the frozen base": {"Loading the base", "Reading rows with the frozen base"},
    "Fitting simple things on the same rows": {"Simple things", "Choosing view and penalty"},
    "Training lora, seed 42": {
        "Loading the base", "Reading what the head reads", "Fitting the probe that the head starts from", "Steps",
        "Validating", "Looking for suspect labels", "Hashing the base", "Counting what the data holds",
    },
    "Evaluating the saved adapter": {
        "Loading what was saved", "Predicting test", "Predicting validation",
        "Loading the adapter with stock peft, in a fresh process", "The get-started code, in a fresh process",
        "Asking the adapter",
    },
    "Scoring what was predicted": {
        "Scores of test, with intervals", "Scores of each class", "Scores by length", "Judging probabilities",
        "Beside the simple things",
    },
    "Writing the card": {
        "Writing sentences and tables", "Drawing pictures", "Writing the card in all its forms", "Hashing files",
    },
}  # fmt: skip
# Ends early by its budget of seconds, or has nobody to wait for here.
UNFINISHED: set[str] = set()
# Nobody knows how long another library takes.
OF_UNKNOWN_LENGTH = {
    "Comparing the fast way through the base with the plain one", "Reading files", "Loading the base", "Loading what was saved", "Judging probabilities", "Fitting what was chosen",
    "Writing sentences and tables", "Writing the card in all its forms", "Compiling kernels, once on this machine",
    "Loading the adapter with stock peft, in a fresh process", "The get-started code, in a fresh process",
    "Merging a copy of the adapter",
}  # fmt: skip
OF_TIME = ("environment", "energy", "co2", "prediction", "run", "start", "measurement", "software", "reload")


@dataclass
class Counted:
    title: str
    total: int | None
    done: int
    told: list[str] = field(default_factory=list)

    def advance(self, n: int = 1) -> None:
        self.done += n

    def tell(self, text: str) -> None:
        self.told.append(text)


class Watching(Silence):
    """Keeps the counts of every stage."""

    def __init__(self) -> None:
        self.stages: dict[str, list[Counted]] = {"": []}
        self.depth = 0

    def stage(self, title: str) -> None:
        assert self.depth == 0, "a count of the stage before is still open"
        self.stages[title] = []

    @contextmanager
    def counted(self, title: str, total: int | None, unit: str, done: int = 0) -> Iterator[Counted]:
        count = Counted(title, total, done)
        self.stages[list(self.stages)[-1]].append(count)
        self.depth += 1
        try:
            yield count
        finally:
            self.depth -= 1

    @property
    def counts(self) -> list[Counted]:
        return [count for several in self.stages.values() for count in several]


@pytest.fixture(scope="module")
def watched(
    tmp_path_factory: pytest.TempPathFactory, tiny_base: Callable[[str], Path], pair_data: Path
) -> tuple[Watching, RunFolder]:
    """The run of `pair_run`, with somebody who watches."""
    recipe = token_recipe(tiny_base("bert"), pair_data, evaluation={"protocol": "held-out"})
    listener = Watching()
    return listener, run(recipe, out=tmp_path_factory.mktemp("watched") / "out", listener=listener)


def test_every_stage_counts_what_takes_long_in_it(watched: tuple[Watching, RunFolder]) -> None:
    stages = {title: {count.title for count in counts} for title, counts in watched[0].stages.items() if title}
    assert stages.keys() == COUNTED.keys()
    missing = {title: COUNTED[title] - heard for title, heard in stages.items() if COUNTED[title] - heard}
    assert missing == {}


def test_every_count_has_a_size_and_reaches_it(watched: tuple[Watching, RunFolder]) -> None:
    counts = watched[0].counts
    assert {count.title for count in counts if count.total is None} <= OF_UNKNOWN_LENGTH
    sized = [count for count in counts if count.total is not None and count.title not in UNFINISHED]
    assert [(count.title, count.done, count.total) for count in sized if count.done != count.total] == []


def test_the_seed_and_the_epoch_are_named(watched: tuple[Watching, RunFolder]) -> None:
    steps = next(count for count in watched[0].stages["Training lora, seed 42"] if count.title == "Steps")
    assert steps.told[0].startswith("seed 42, epoch 1 of 2, loss ")


def test_who_watches_changes_no_result(watched: tuple[Watching, RunFolder], pair_run: RunFolder) -> None:
    alone, seen = pair_run, watched[1]
    assert alone.adapter_weights.read_bytes() == seen.adapter_weights.read_bytes()
    for path in sorted(alone.path.glob("predictions/*.parquet")):
        assert alone.read_predictions(*_named(path)) == seen.read_predictions(*_named(path))
    assert _timeless(alone) == _timeless(seen)


def _named(path: Path) -> tuple[str, str | None]:
    split, _, predictor = path.stem.partition(".")
    return split, predictor or None


def _timeless(folder: RunFolder) -> dict[str, str]:
    """The records as they are written, by id, without those that tell of time and of the machine."""
    records = json.loads(folder.evidence.read_text())["findings"]
    kept = [one for one in records if not one["id"].startswith(OF_TIME) and "second" not in json.dumps(one)]
    assert len(kept) > 200
    return {one["id"]: json.dumps({**one, "source": None}) for one in kept}


def test_a_deep_verification_names_each_check_as_it_runs(
    watched: tuple[Watching, RunFolder], tiny_base: Callable[[str], Path], pair_data: Path
) -> None:
    listener = Watching()
    with watched_by(listener):
        report = verify(watched[1].path, DeepVerification(str(pair_data), str(tiny_base("bert"))))
    assert report.ok
    checks, again = (next(c for c in listener.counts if c.title == title) for title in ("Verifying", "Doing it again"))
    assert {"scores", "pictures", "records"} <= set(checks.told)
    assert again.told == [
        "base", "tokenizer again", "update sizes", "data", "predicted again", "probes asked again", "reloaded with stock PEFT", "get-started output",
    ]  # fmt: skip
    assert all(count.done == count.total for count in (checks, again))


def test_a_completion_counts_in_every_stage(
    pair_run: RunFolder, tiny_base: Callable[[str], Path], pair_data: Path, tmp_path: Path
) -> None:
    listener = Watching()
    tunecard.complete(
        pair_run.path, str(pair_data), base=str(tiny_base("bert")), out=tmp_path / "out", listener=listener
    )
    counted = {title: {count.title for count in counts} for title, counts in listener.stages.items() if title}
    reads, reads_base, fits, *_, scores, writes = counted
    assert (reads, scores, writes) == (
        "Reading adapter, data and base", "Scoring what was predicted", "Writing the card",
    )  # fmt: skip
    for title in (reads_base, fits, scores, writes):
        assert COUNTED[title] <= counted[title]
    assert COUNTED["Reading data and base"] <= counted[reads]
    of_a_run = {"Loading what was saved", "Predicting validation"}  # the rows given have no validation split
    assert COUNTED["Evaluating the saved adapter"] - of_a_run <= counted["Evaluating the adapter"]
    assert "Loading base and adapter" in counted[fits]
