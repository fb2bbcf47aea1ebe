"""`verify --deep`: an honest folder passes; forgeries that no file gives away are caught by predicting again."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from torch import nn

from forgeries import DEEP_FORGERIES, Forgery, better_seed, both, setting
from forgeries import forge as careful
from tiny_folders import Run
from tunecard.card import write_figures
from tunecard.encoders import BaseFiles, Encoder, locate_base, outline_encoder
from tunecard.encoders.identity import identify_base
from tunecard.evaluation import evaluate
from tunecard.evidence import Findings, Predictions, RunFolder
from tunecard.inference import take_fast_path
from tunecard.reproduction.deep_checks import DeepVerification, check_base, with_size
from tunecard.reproduction.predict_again import Rows, check_predictions_again, read_rows
from tunecard.reproduction.saved_files import check_tokenizer_again, with_config
from tunecard.stock.strict_reload import reload_strictly
from tunecard.tasks import TASKS, Task, task_named
from tunecard.verification import Check, Report, verify
from tunecard.verification.rows import recount

SEEDS = 3  # of each of seven kinds: 21 forgeries


@dataclass
class AtHand:
    """A finished run with its base, data and model, read once."""

    folder: RunFolder
    task: Task
    model: nn.Module
    rows: Rows

    def again(self, folder: RunFolder) -> Any:
        return check_predictions_again(folder, folder.read_findings(), self.task, self.model, self.rows)


def reader_of(files: BaseFiles, task: Task) -> Encoder:
    return outline_encoder(files, task.auto_class, task.labels, task.problem_type)


def read(folder: RunFolder, base: Path, data: Path) -> AtHand:
    findings = folder.read_findings()
    files = locate_base(str(base))
    task = TASKS[findings.value("task.name")](tuple(findings.value("task.labels")))
    model = reload_strictly(folder, files, task, findings).requires_grad_(False)
    take_fast_path(model)
    rows, check = read_rows(folder, reader_of(files, task), files, task, findings, str(data))
    assert rows is not None and check.ok, check
    return AtHand(folder, task, model, rows)


@pytest.fixture(scope="module")
def token_at_hand(token_run: RunFolder, tiny_base: Callable[[str], Path], token_data: Path) -> AtHand:
    return read(token_run, tiny_base("roberta"), token_data)


@pytest.fixture(scope="module")
def pair_at_hand(pair_run: RunFolder, tiny_base: Callable[[str], Path], pair_data: Path) -> AtHand:
    return read(pair_run, tiny_base("bert"), pair_data)


def made(report: Report, tier: str) -> dict[str, bool | None]:
    return {check.name: check.ok for check in report.checks if check.tier == tier}


def test_an_honest_folder_passes_whole(pair_run: RunFolder, tiny_base: Callable[[str], Path], pair_data: Path) -> None:
    report = verify(pair_run.path, DeepVerification(str(pair_data), str(tiny_base("bert"))))
    assert report.ok, [check for check in report.checks if check.ok is False]
    assert made(report, "deep") == {
        "base": True, "tokenizer again": True, "data": True, "predicted again": True, "probes asked again": True,
        "reloaded with stock PEFT": True,
        "get-started output": True, "update sizes": True,
    }  # fmt: skip
    checked = {id for claim in report.claims if claim.is_checked for id in claim.ids}
    assert {"results.test.accuracy", "start.output", "base_model.weights_sha256", "data.test.sha256"} <= checked


def test_what_is_not_at_hand_is_said_and_fails_nothing(pair_run: RunFolder, tiny_base: Callable[[str], Path]) -> None:
    report = verify(pair_run.path, DeepVerification())
    assert report.ok
    assert set(made(report, "deep").values()) == {None}
    said = next(check.detail for check in report.checks if check.name == "base")
    assert "trained on a local folder" in said and "--base FOLDER" in said


def test_another_base_is_named(token_run: RunFolder, tiny_base: Callable[[str], Path], token_data: Path) -> None:
    report = verify(token_run.path, DeepVerification(str(token_data), str(tiny_base("bert"))))
    assert "base_model.weights_sha256 is" in next(check.detail for check in report.checks if check.name == "base")
    assert made(report, "deep") == {
        "base": False, "tokenizer again": None, "data": None, "predicted again": None, "probes asked again": None,
        "reloaded with stock PEFT": None, "get-started output": None, "update sizes": None,
    }  # fmt: skip


def test_other_data_is_named(
    token_at_hand: AtHand, token_data: Path, tmp_path: Path, tiny_base: Callable[[str], Path]
) -> None:
    changed = Path(shutil.copytree(token_data, tmp_path / "data"))
    text = (changed / "test.jsonl").read_text()
    (changed / "test.jsonl").write_text(text.replace("Madrid", "Lisbon"))
    findings, files = token_at_hand.folder.read_findings(), locate_base(str(tiny_base("roberta")))
    task = token_at_hand.task
    rows, check = read_rows(token_at_hand.folder, reader_of(files, task), files, task, findings, str(changed))
    assert rows is None and check.ok is False
    assert check.detail.startswith("other data: data.test.sha256 is")


def test_a_folder_with_a_changed_file_is_not_run(pair_run: RunFolder, tmp_path: Path) -> None:
    folder = RunFolder(Path(shutil.copytree(pair_run.path, tmp_path / "run")))
    folder.model_config.write_text(folder.model_config.read_text() + "\n")
    report = verify(folder.path, lambda *_: pytest.fail("was run"))
    assert "files failed" in next(check.detail for check in report.checks if check.name == "inference re-run")


def likeliest(probabilities: Any, labels: tuple[str, ...], said: str, wanted: str) -> list[float]:
    """The same probabilities with those of two labels exchanged."""
    swapped = list(probabilities)
    one, other = labels.index(said), labels.index(wanted)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    return swapped


def right_answers(rows: Predictions, labels: tuple[str, ...], chance: random.Random) -> str:
    """Some wrong answers become right ones, probabilities and all."""
    wrong = [place for place in range(len(rows)) if rows.labels[place] != rows.predictions[place]]
    for place in chance.sample(wrong, min(3, len(wrong))):
        gold, said, likely = rows.labels[place], rows.predictions[place], rows.probabilities[place]
        if isinstance(gold, str):
            rows.probabilities[place] = likeliest(likely, labels, said, gold)
        else:
            pairs = zip(likely, said, gold, strict=True)
            rows.probabilities[place] = [word and likeliest(word, labels, a, b) for word, a, b in pairs]
        rows.predictions[place] = gold
    return "other labels"


def other_gold_labels(rows: Predictions, labels: tuple[str, ...], chance: random.Random) -> str:
    """Some gold labels become what was answered."""
    wrong = [place for place in range(len(rows)) if rows.labels[place] != rows.predictions[place]]
    for place in chance.sample(wrong, min(3, len(wrong))):
        rows.labels[place] = rows.predictions[place]
    return "other gold labels"


def surer(rows: Predictions, labels: tuple[str, ...], chance: random.Random) -> str:
    """Some right answers become surer, which makes the calibration better."""
    for place in chance.sample(range(len(rows)), 3):
        first = rows.probabilities[place]
        sharpen = lambda p: [x / sum(y**3 for y in p) for x in (y**3 for y in p)]  # noqa: E731
        rows.probabilities[place] = sharpen(first) if isinstance(first[0], float) else [w and sharpen(w) for w in first]
    return "probabilities that differ"


def another_factor(rows: Predictions, labels: tuple[str, ...], chance: random.Random) -> str:
    """Some rows move to another slice."""
    name = chance.choice(sorted(rows.factors))
    values = rows.factors[name]
    for place in chance.sample(range(len(rows)), 3):
        values[place] = "1-8 words" if values[place] != "1-8 words" else "9-16 words"
    return "another value of the factor"


def fewer_rows(rows: Predictions, labels: tuple[str, ...], chance: random.Random) -> str:
    """Rows that are answered wrongly are left out, and told of as rows that had no label."""
    wrong = [place for place in range(len(rows)) if rows.labels[place] != rows.predictions[place]]
    for place in sorted(chance.sample(wrong, 2), reverse=True):
        for column in (
            rows.rows,
            rows.labels,
            rows.predictions,
            rows.probabilities,
            rows.unseen,
            *rows.factors.values(),
        ):
            if column is not None:
                column.pop(place)
    return "rows of the data are left out"


FORGERIES = [right_answers, other_gold_labels, surer, another_factor, fewer_rows]


def made_to_fit(run: Run, rows: int, gone: int) -> None:
    """What else counts the rows of the test, and the score of the seed that was kept."""
    findings = run.folder.read_findings()
    score = findings.value(f"results.test.{findings.value('training.best_metric')}")

    headline = findings.value(str(findings.value("results.headline")))
    marks = [
        (split, run.folder.read_predictions(split, "probe").factors.get("doubted label", []).count("doubted"))
        for split in ("validation", "test")
        if run.folder.predictions(split, "probe").is_file()
    ]

    def fitting(record: dict[str, Any]) -> dict[str, Any]:
        for split, marked in marks:
            if record["id"] == f"data.suspect_labels.{split}" and record["value"]:
                record["value"]["rows"] = marked
        if record["id"] == "examination.as_used" and record["value"]:
            (read,) = record["value"]
            read["rows"] = read["rows"] - gone
            read |= {"on_annotated_words": headline, "difference": read["on_raw_text"] - headline}
        if record["id"].startswith("data.test.") and record["n"] == rows + gone:
            record["n"] = rows
        if record["id"].startswith("data.test.") and record["id"].endswith("_histogram"):
            counts = record["value"]["counts"]
            counts[counts.index(max(counts))] -= sum(counts) - rows
        return record

    run.change_findings(fitting)
    if "training.seeds" in findings:
        better_seed(run, findings.value("training.seed"), score)


def forge(folder: RunFolder, change: Callable[..., str], labels: tuple[str, ...], chance: random.Random) -> str:
    """Predictions changed, every score computed anew from them, cards rendered and all hashes written anew."""
    rows = folder.read_predictions("test")
    said = change(rows, labels, chance)
    folder.write_predictions(rows, "test")
    gold = dict(zip(rows.rows, rows.labels, strict=True))
    for split, predictor, _ in folder.prediction_files():
        if split == "test" and predictor:
            other = folder.read_predictions(split, predictor)
            kept = [place for place, row in enumerate(other.rows) if row in gold]
            answers = [other.predictions[place] for place in kept]
            likely = other.probabilities and [other.probabilities[place] for place in kept]
            factors = {name: [values[place] for place in kept] for name, values in other.factors.items()}
            again = Predictions(list(gold), list(gold.values()), answers, likely, factors)
            folder.write_predictions(again, split, predictor)
    findings = folder.read_findings()
    task = task_named(findings.value("task.name"), tuple(labels))
    scores = {finding.id: finding for finding in evaluate(folder, task, ["validation", "test"])}
    gone = findings.value("data.test.rows") - len(rows)
    facts = recount(task, rows, "test") | ({"data.test.dropped": {"without a label": gone}} if gone else {})
    families = ("results.", "baseline.", "control.", "difference.")
    kept = [f for f in findings if f.id == "results.protocol" or not f.id.startswith(families)]
    kept = [f.model_copy(update={"value": facts[f.id]}) if f.id in facts and f.value is not None else f for f in kept]
    folder.write_findings(Findings([*kept, *scores.values()]))
    run = Run(folder)
    made_to_fit(run, len(rows), gone)
    run.trust_predictions()
    write_figures(folder, folder.read_findings())
    run.render()
    return said


# The pairs are all answered rightly: nothing there could be made to look better but how sure it is.
@pytest.mark.parametrize(
    ("kind", "change"),
    [*(("token_at_hand", change) for change in FORGERIES), ("pair_at_hand", surer), ("pair_at_hand", another_factor)],
)
def test_forged_predictions_pass_every_file_and_not_a_second_go(
    kind: str, change: Callable[..., str], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    at_hand = request.getfixturevalue(kind)
    assert at_hand.again(at_hand.folder).ok
    for seed in range(SEEDS):
        folder = RunFolder(Path(shutil.copytree(at_hand.folder.path, tmp_path / str(seed))))
        said = forge(folder, change, at_hand.task.labels, random.Random(seed))
        report = verify(folder.path)
        assert report.ok, [check for check in report.checks if check.ok is False]
        check = at_hand.again(folder)
        assert check.ok is False and said in check.detail, (seed, check)
        assert "predictions/test.parquet: " in check.detail


@pytest.fixture(scope="module")
def told_data(pair_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pairs with a metadata.json beside them, which the run did not have."""
    folder = Path(shutil.copytree(pair_data, tmp_path_factory.mktemp("told") / "pairs"))
    (folder / "metadata.json").write_text('{"license": "cc-by-nc-4.0"}')
    return folder


@dataclass
class Asked:
    """What `--deep` asks of saved files and of the data, without predicting anything."""

    files: BaseFiles
    outline: Encoder
    data: Path

    def __call__(self, folder: RunFolder, task: Task) -> dict[str, Check]:
        findings = folder.read_findings()
        identity = identify_base(self.files)
        base = with_config(check_base(identity, findings), folder, self.outline)
        base = with_size(base, identity, self.outline, self.files, findings)
        tokenizer, reader = check_tokenizer_again(folder, self.outline, findings)
        assert reader is not None
        _, data = read_rows(folder, reader, self.files, task, findings, str(self.data))
        return {check.name: check for check in (base, tokenizer, data)}


@pytest.fixture(scope="module")
def asked(tiny_base: Callable[[str], Path], told_data: Path, pair_at_hand: AtHand) -> Asked:
    files = locate_base(str(tiny_base("bert")))
    return Asked(files, reader_of(files, pair_at_hand.task), told_data)


@pytest.mark.parametrize("forgery", DEEP_FORGERIES, ids=lambda forgery: forgery.name)
def test_what_the_files_say_consistently_is_seen_beside_base_and_data(
    forgery: Forgery, asked: Asked, pair_at_hand: AtHand, tmp_path: Path
) -> None:
    folder = RunFolder(Path(shutil.copytree(pair_at_hand.folder.path, tmp_path / "run")))
    honest = asked(folder, pair_at_hand.task)
    assert all(check.ok for check in honest.values()), honest  # no statement was recorded: that is none made up
    careful(folder, forgery.change)
    assert verify(folder.path).ok
    told = asked(folder, pair_at_hand.task)
    assert told[forgery.check].ok is False and forgery.said in told[forgery.check].detail, told
    assert {name for name, check in told.items() if check.ok is False} - forgery.besides == {forgery.check}


def test_rows_are_predicted_with_the_tokenizer_of_the_folder(
    pair_run: RunFolder, tiny_base: Callable[[str], Path], pair_data: Path, tmp_path: Path
) -> None:
    folder = RunFolder(Path(shutil.copytree(pair_run.path, tmp_path / "run")))
    careful(folder, both(DEEP_FORGERIES[0].change, setting("reload.label_agreement", value=0.5)))
    report = verify(folder.path, DeepVerification(str(pair_data), str(tiny_base("bert"))))
    told = {check.name: check.detail for check in report.checks if check.ok is False}
    assert "do_lower_case" in told["tokenizer again"]
    assert "data.test.tokens is" in told["data"]
    assert "predictions are other labels" in told["predicted again"]
    assert "reload.label_agreement is 0.5, and now 1.0" in told["reloaded with stock PEFT"]


@pytest.mark.parametrize(("changed", "ok"), [(0, True), (4, False)])
def test_a_simple_thing_made_weaker_is_named(pair_at_hand: AtHand, tmp_path: Path, changed: int, ok: bool) -> None:
    folder = RunFolder(Path(shutil.copytree(pair_at_hand.folder.path, tmp_path / "run")))
    rows = folder.read_predictions("test", "probe")
    other = {"same": "other", "other": "same"}
    weaker = [other[said] if place < changed else said for place, said in enumerate(rows.predictions)]
    folder.write_predictions(replace(rows, predictions=weaker), "test", "probe")
    check = pair_at_hand.again(folder)
    assert check.ok is ok
    assert ok or "predictions/test.probe.parquet: 4 predictions are other labels" in check.detail
