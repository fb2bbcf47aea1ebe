"""Records for Every Eval Ever: held to the format's own schemas, to its validator where it is installed, and to findings."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from example_findings import text_run, token_run
from jsonschema import Draft7Validator

from tiny_folders import text_folder, token_folder
from tunecard.card import render_eval_records, stored_answers, write_eval_records
from tunecard.evidence import Finding, Findings, Predictions, RunFolder, declared, measured, not_measured
from tunecard.tasks import task_named
from tunecard.tasks.registry import TASKS
from tunecard.verification.eval_records import check_eval_records
from tunecard.verification.report import Check

SCHEMAS = Path(__file__).parent / "every_eval_ever_schema"
PATH = re.compile(r"data/[^/]+/[^/]+/[^/]+/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.json")
BY_HAND = ["schema_version", "evaluation_id", "retrieved_timestamp", "source_metadata", "model_info", "eval_library",
           "evaluation_results"]  # fmt: skip


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunFolder]:
    made = {"text": text_folder, "token": token_folder}
    return {name: make(tmp_path_factory.mktemp(name) / "run").folder for name, make in made.items()}


def faults(name: str, content: Any) -> list[str]:
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    return [error.message for error in Draft7Validator(schema).iter_errors(content)]


def files_of(folder: RunFolder) -> dict[str, str]:
    findings = folder.read_findings()
    return render_eval_records(findings, stored_answers(folder, findings))


def record_of(files: dict[str, str]) -> dict[str, Any]:
    (name,) = (name for name in files if name.endswith(".json"))
    assert PATH.fullmatch(name)
    record: dict[str, Any] = json.loads(files[name])
    return record


def lines_of(files: dict[str, str]) -> list[dict[str, Any]]:
    return [json.loads(line) for name, text in files.items() if name.endswith(".jsonl") for line in text.splitlines()]


def alone(findings: Findings, **kwargs: Any) -> dict[str, Any]:
    return record_of(render_eval_records(findings, None, **kwargs))


def changed(findings: Findings, **values: Any) -> Findings:
    """The findings with other values, by ids in which `__` stands for a dot."""
    by_id = {key.replace("__", "."): value for key, value in values.items()}
    rest = [one.model_copy(update={"value": by_id.pop(one.id)}) if one.id in by_id else one for one in findings]
    new = [measured(id, value, section="results", name=id) for id, value in by_id.items()]
    return Findings([*rest, *new])


@pytest.mark.parametrize("name", ["text", "token"])
def test_both_files_are_valid(folders: dict[str, RunFolder], name: str) -> None:
    files = files_of(folders[name])
    record, lines = record_of(files), lines_of(files)
    assert faults("eval", record) == []
    assert [key for key in BY_HAND if key not in record] == [] and lines
    assert [fault for line in lines for fault in faults("instance_level_eval", line)] == []
    assert faults("eval", record | {"model_info": {}}) and faults("instance_level_eval", {})


@pytest.mark.parametrize("make", [text_run, token_run])
def test_a_full_run_is_valid_without_answers(make: Any) -> None:
    assert faults("eval", alone(make())) == []


def test_nothing_scored_is_no_record() -> None:
    assert render_eval_records(Findings(), None) == {}
    unscored = [one for one in text_run() if not one.id.startswith("results.")]
    assert render_eval_records(Findings(unscored), None) == {}


def test_the_package_s_validator_accepts_them(folders: dict[str, RunFolder], tmp_path: Path) -> None:
    validating = pytest.importorskip("every_eval_ever.validator.validate")
    for kind, folder in folders.items():
        for name, text in files_of(folder).items():
            (tmp_path / kind / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / kind / name).write_text(text, encoding="utf-8")
    paths = [str(path) for path in tmp_path.rglob("*.json*")]
    assert len(paths) == 2 * len(folders) and validating.main([*paths, "--format", "json"]) == 0


def test_scores_are_those_of_the_findings() -> None:
    findings = text_run()
    results = {one["evaluation_result_id"]: one for one in alone(findings)["evaluation_results"]}
    head = findings["results.test.accuracy"]
    assert head.interval is not None
    found = results[head.id]
    assert found["score_details"]["score"] == head.value
    interval = found["score_details"]["uncertainty"]["confidence_interval"]
    assert (interval["lower"], interval["upper"]) == head.interval and interval["confidence_level"] == head.level
    assert interval["method"] == head.method and found["score_details"]["uncertainty"]["num_samples"] == head.n
    assert "standard_error" not in json.dumps(results)
    assert found["metric_config"]["metric_id"] == "accuracy" and not found["metric_config"]["lower_is_better"]


@pytest.mark.parametrize("kind", TASKS)
def test_every_score_lies_between_its_bounds_and_says_which_way_is_better(kind: str) -> None:
    for score in task_named(kind, ("a", "b")).scoring.scores:
        assert score.least < score.most
        assert score.is_error == (score.key in {"ece", "brier", "mse", "mae", "hamming_loss"})
        if "lower is better" in score.meaning:
            assert score.is_error


def test_rows_are_told_by_position_and_add_up_to_the_score(folders: dict[str, RunFolder]) -> None:
    files = files_of(folders["text"])
    record, lines = record_of(files), lines_of(files)
    pointer = record["detailed_evaluation_results"]
    content = files[pointer["file_path"]].encode()
    assert pointer["checksum"] == hashlib.sha256(content).hexdigest() and pointer["total_rows"] == len(lines)
    findings = folders["text"].read_findings()
    accuracy = findings["results.test.accuracy"].value
    assert sum(line["evaluation"]["score"] for line in lines) / len(lines) == pytest.approx(accuracy)
    assert {line["evaluation_result_id"] for line in lines} == {"results.test.accuracy"}
    assert lines[0]["input"]["raw"] == "[the text is not shipped: row 0 of the source split]"
    assert {line["evaluation_id"] for line in lines} == {record["evaluation_id"]}


def test_answers_that_are_no_names_stay_where_they_are(folders: dict[str, RunFolder]) -> None:
    findings = folders["text"].read_findings()
    text = Predictions([0, 1], ["good", "bad"], ["good", "a sentence of the data"])
    assert list(render_eval_records(findings, text)) == list(render_eval_records(findings, None))
    assert len(render_eval_records(findings, Predictions([0], [None], ["good"]))) == 1  # nothing is known to be right


def test_a_line_separator_in_a_label_ends_no_line(folders: dict[str, RunFolder]) -> None:
    findings = changed(folders["text"].read_findings(), task__labels=["a\u2028b", "c"])
    files = render_eval_records(findings, Predictions([0], ["a\u2028b"], ["a\u2028b"]))
    assert [line["output"]["raw"] for line in lines_of(files)] == [["a\u2028b"]]


def test_only_a_run_that_trained_it_is_first_party() -> None:
    def relation(record: dict[str, Any]) -> str:
        assert faults("eval", record) == []
        return str(record["source_metadata"]["evaluator_relationship"])

    own = text_run()
    watched = changed(own, adapter__origin="made elsewhere")
    elsewhere = Findings([one for one in watched if one.id != "training.steps"])
    assert relation(alone(own)) == "first_party"
    assert relation(alone(elsewhere)) == "other"
    assert relation(alone(watched)) == "first_party"  # its training was seen
    assert relation(alone(own, author=own)) == "other"  # somebody's own rows: nobody knows whose
    assert alone(own, author=own)["source_metadata"]["source_organization_name"] == "not declared"


def developed(findings: Findings, **said: str) -> Findings:
    ids = {f"declared.{key}" for key in said}
    told = [declared(f"declared.{key}", value, section="x", name=key, method="m") for key, value in said.items()]
    return Findings([*(one for one in findings if one.id not in ids), *told])


@pytest.mark.parametrize(
    ("said", "id"),
    [
        ({}, "undeclared/"),
        ({"developed_by": "Data"}, "the-data/"),
        ({"developed_by": "../Ä/CON"}, "con/"),
        ({"repository": "https://huggingface.co/ada/tiny-adapter"}, "ada/tiny-adapter"),
        ({"repository": "https://github.com/ada/tiny"}, "undeclared/"),
    ],
)
def test_the_model_is_named_as_its_store_files_it(said: dict[str, str], id: str) -> None:
    bare = Findings([one for one in text_run() if one.id not in ("declared.developed_by", "declared.repository")])
    files = render_eval_records(developed(bare, **said), None)
    record = record_of(files)
    assert record["model_info"]["id"].startswith(id) or id == "con/"
    (path,) = files
    assert path.split("/")[2:4] == record["model_info"]["id"].split("/")


def test_the_source_of_the_rows_is_told_with_its_hash() -> None:
    local = alone(changed(text_run(), data__source="reviews.csv"))["evaluation_results"][0]["source_data"]
    assert local["source_type"] == "other" and local["additional_details"]["content_sha256"] == "9f" * 32
    hub = alone(changed(text_run(), data__source="ada/texts", data__revision="abc"))["evaluation_results"][0]
    assert hub["source_data"]["hf_repo"] == "ada/texts" and hub["source_data"]["hf_split"] == "test"
    assert hub["source_data"]["additional_details"]["revision"] == "abc"


def asked(folder: RunFolder) -> Check:
    return check_eval_records(folder, folder.read_findings())


def rewritten(folder: RunFolder, ending: str, old: str, new: str) -> None:
    (path,) = (path for name, path in folder.eval_record_files().items() if name.endswith(ending))
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


@pytest.fixture
def copy(folders: dict[str, RunFolder], tmp_path: Path) -> RunFolder:
    return RunFolder(shutil.copytree(folders["text"].path, tmp_path / "run"))


@pytest.mark.parametrize(
    ("ending", "old", "new"),
    [(".json", "first_party", "third_party"), (".jsonl", '"is_correct": false', '"is_correct": true')],
)
def test_verify_names_a_forged_file(copy: RunFolder, ending: str, old: str, new: str) -> None:
    assert asked(copy).ok
    rewritten(copy, ending, old, new)
    assert "is not what its evidence and answers render to" in asked(copy).detail


def test_verify_names_a_file_too_many_and_one_too_few(copy: RunFolder) -> None:
    (copy.eval_records / "data" / "more.json").write_text("{}")
    assert "more.json is no record of this evaluation" in asked(copy).detail
    for path in copy.eval_record_files().values():
        path.unlink()
    assert "is missing" in asked(copy).detail


def test_withheld_answers_leave_a_record_without_rows(copy: RunFolder) -> None:
    copy.predictions("test").unlink()
    assert asked(copy).ok is None  # the rows are compared with nothing, the record is
    rewritten(copy, ".json", "first_party", "third_party")
    assert asked(copy).ok is False
    files = render_eval_records(copy.read_findings(), None)
    for path in copy.eval_record_files().values():
        path.unlink()
    write_eval_records(copy, files)
    assert asked(copy).ok


def test_gaps_are_no_scores() -> None:
    gap: Finding = not_measured("results.test.mcc", reason="x", section="results", name="MCC")
    findings = Findings([one for one in text_run() if one.id != gap.id] + [gap])
    assert "results.test.mcc" not in json.dumps(alone(findings))
