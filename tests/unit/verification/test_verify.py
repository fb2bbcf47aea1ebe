"""A consistent folder passes; each kind of tampering fails the check that is named for it."""

import dataclasses
import json
import random
import re

import pytest
from rich.console import Console

from tiny_folders import text_folder, text_rows, wrong_rows
from tunecard import card
from tunecard.errors import RunFolderError
from tunecard.evidence import Predictions, read_predictions, write_predictions
from tunecard.verification import Check, Report, render_report, verify
from tunecard.verification.files import check_files

NOT_MADE = {"signature", "inference re-run"}
# The words for the confusion count anew what the accuracy says; what a picture shows was not drawn anew.
ABOUT_PICTURES = {"figures in prose", "pictures"}


def failed(report):
    return {check.name for check in report.checks if check.ok is False}


def not_made(report):
    return {check.name for check in report.checks if check.ok is None}


@pytest.mark.parametrize("kind", ["text_run", "token_run"])
def test_an_untouched_folder_is_consistent(kind, request):
    run = request.getfixturevalue(kind)
    report = verify(run.folder.path)
    assert (failed(report), not_made(report)) == (set(), NOT_MADE)
    assert report.ok
    assert verify(str(run.folder.path)) == report
    assert "computed again: equal to 1e-06" in run.check(report, "scores").detail
    assert run.check(report, "inference re-run").detail.startswith("not run (--deep was not asked for)")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (text_rows(0, 0.9, has_probabilities=False), lambda findings: "results.test.ece" not in findings),
        (wrong_rows(), lambda findings: findings.value("results.test.mcc") < 0),
    ],
    ids=["no probabilities", "worse than chance"],
)
def test_an_honest_folder_out_of_the_ordinary_is_consistent(rows, told, tmp_path):
    run = text_folder(tmp_path / "run", rows)
    assert told(run.folder.read_findings())
    report = verify(run.folder.path)
    assert [check for check in report.checks if check.ok is False] == []
    assert not_made(report) == NOT_MADE


def test_the_json_is_that_of_the_contract(text_run):
    content = verify(text_run.folder.path).to_json()
    assert json.loads(json.dumps(content)) == content
    assert {"ok", "checks"} <= set(content)
    assert all({"name", "ok", "detail"} <= set(check) for check in content["checks"])


def test_moving_the_folder_changes_nothing(text_run, tmp_path):
    before = verify(text_run.folder.path)
    moved = text_run.folder.path.rename(tmp_path / "elsewhere")
    assert verify(moved) == before


def test_one_byte_of_any_file_is_seen(text_run):
    chance = random.Random(0)
    names = [path.relative_to(text_run.folder.path).as_posix() for path in text_run.folder.listed_files()]
    for name in [*names, "manifest.json"]:
        path = text_run.folder.path / name
        original = path.read_bytes()
        for place in {len(original) - 1, chance.randrange(len(original))}:
            changed = bytearray(original)
            changed[place] ^= 1 << chance.randrange(8)
            path.write_bytes(changed)
            check = check_files(text_run.folder)
            assert check.ok is False, (name, place)
            assert name == "manifest.json" or name in check.detail
        if path.suffix != ".png":  # the report goes on to its end, whatever a broken byte does to what reads the file
            assert "files" in failed(verify(text_run.folder.path))
        path.write_bytes(original)
    assert verify(text_run.folder.path).ok


def test_files_missing_and_added_are_named(text_run):
    text_run.folder.recipe.unlink()
    (text_run.folder.path / "notes.txt").write_text("x")
    (text_run.folder.path / "figures" / "new.png").write_text("x")
    detail = text_run.check(verify(text_run.folder.path), "files").detail
    assert detail == "recipe.yaml is missing; figures/new.png is not in the manifest; notes.txt is not in the manifest"


@pytest.mark.parametrize("name", [".gitattributes", ".git/HEAD", ".cache/x", "checkpoints/spending.json"])
def test_what_the_manifest_leaves_out_may_be_there(text_run, name):
    path = text_run.folder.path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("x")
    assert verify(text_run.folder.path).ok


def test_what_is_no_signature_fails_as_one(text_run):
    (text_run.folder.path / "manifest.json.sig").write_text("x")
    assert failed(verify(text_run.folder.path)) == {"signature"}


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/hostname", "a/../recipe.yaml", "./recipe.yaml", "a\\b", ""])
def test_a_manifest_that_points_elsewhere_is_refused(text_run, name):
    content = json.loads(text_run.folder.manifest.read_text())
    content["files"].append({"path": name, "bytes": 1, "sha256": "0" * 64})
    text_run.folder.manifest.write_text(json.dumps(content, indent=1) + "\n")
    assert f"{name!r} is no path inside the folder" in text_run.check(verify(text_run.folder.path), "files").detail


def test_links_are_refused_even_when_listed(text_run, tmp_path):
    outside = tmp_path / "outside.yaml"
    outside.write_bytes(text_run.folder.recipe.read_bytes())
    text_run.folder.recipe.unlink()
    text_run.folder.recipe.symlink_to(outside)
    report = verify(text_run.folder.path)
    assert failed(report) == {"files", "settings"}
    assert "recipe.yaml is a link" in text_run.check(report, "files").detail


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('"bytes"', '"size"', 1),
        lambda text: text.replace("\n ", "\n  ", 1),
        lambda text: text + "\n",
        lambda text: "[" * 100_000,
        lambda text: '{"files": [1]}',
        lambda text: '{"files": {}}',
    ],
)
def test_a_manifest_in_another_form_fails(text_run, change):
    text_run.folder.manifest.write_text(change(text_run.folder.manifest.read_text()))
    assert failed(verify(text_run.folder.path)) == {"files"}


def test_a_file_listed_twice_fails(text_run):
    content = json.loads(text_run.folder.manifest.read_text())
    content["files"].append(content["files"][0])
    text_run.folder.manifest.write_text(json.dumps(content, indent=1) + "\n")
    assert "is listed 2 times" in text_run.check(verify(text_run.folder.path), "files").detail


def replace_in(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_number_in_the_metadata_is_named_as_metadata(text_run):
    text = text_run.folder.card.read_text()
    metadata = text[: text.index("\n---\n", 4)]
    number = re.search(r"value: (0\.\d+)", metadata).group(1)
    replace_in(text_run.folder.card, f"value: {number}", "value: 0.99")
    text_run.folder.write_manifest()
    report = verify(text_run.folder.path)
    assert failed(report) == {"card", "metadata"}
    assert re.match(r"README\.md line \d+ \(metadata\) is .*0\.99", text_run.check(report, "card").detail)


def test_a_number_in_the_prose_is_named_as_prose(text_run):
    text = text_run.folder.card.read_text()
    prose = text[text.index("\n---\n", 4) :]
    number = re.search(r"\*\*\[(0\.\d+)\]", prose).group(1)
    replace_in(text_run.folder.card, f"**[{number}]", "**[0.999]")
    text_run.folder.write_manifest()
    report = verify(text_run.folder.path)
    assert failed(report) == {"card", "citations"}
    assert re.match(
        r"README\.md line \d+ \(prose\) is .*0\.999.*the evidence says", text_run.check(report, "card").detail
    )


def test_line_ends_count(text_run):
    text_run.folder.card.write_bytes(text_run.folder.card.read_bytes().replace(b"\n", b"\r\n"))
    text_run.folder.write_manifest()
    assert "card" in failed(verify(text_run.folder.path))


def test_a_changed_dataset_card_fails(text_run):
    text_run.folder.dataset_card.write_text(text_run.folder.dataset_card.read_text() + "Clean.\n")
    text_run.folder.write_manifest()
    assert failed(verify(text_run.folder.path)) == {"dataset card"}


RENDERED = {
    "card",
    "dataset card",
    "croissant",
    "page",
    "bill of materials",
    "evaluation records",
    "pictures",
    "records",
}


def test_another_renderer_of_another_tunecard_cannot_be_compared_and_the_verdict_is_loud(text_run):
    text_run.set("run.renderer_version", value=card.RENDERER_VERSION + 1)
    text_run.set("run.rendered_by", value="9.9.9")
    text_run.folder.write_manifest()
    report = verify(text_run.folder.path)
    assert report.ok
    assert not_made(report) == NOT_MADE | RENDERED
    assert text_run.check(report, "card").detail.endswith("tunecard 9.9.9 can render it again")
    assert report.to_json()["not_made"] == list(report.not_made)
    assert set(report.not_made) == RENDERED - {"pictures"}  # which may be for want of a library here
    assert "BUT 7 OF THEM ASK ABOUT THE FOLDER: card, dataset card, " in report.to_json()["verdict"]


def test_a_renderer_that_this_tunecard_has_not_fails(text_run):
    text_run.set("run.renderer_version", value=card.RENDERER_VERSION + 1)
    text_run.folder.write_manifest()
    report = verify(text_run.folder.path)
    assert failed(report) == RENDERED
    said = f"and tunecard 0.1.0, which the evidence names, has renderer {card.RENDERER_VERSION}"
    assert said in text_run.check(report, "card").detail


def test_an_untouched_folder_has_a_quiet_verdict(text_run):
    report = verify(text_run.folder.path)
    assert report.not_made == () and "BUT" not in report.to_json()["verdict"]


def test_an_unnamed_renderer_fails(text_run):
    text_run.drop("run.renderer_version")
    text_run.folder.write_manifest()
    assert {"card", "dataset card", "page", "bill of materials"} <= failed(verify(text_run.folder.path))


def test_a_renderer_that_stumbles_is_a_failed_check(text_run, monkeypatch):
    monkeypatch.setattr(card, "render_card", lambda findings: 1 / 0)
    report = verify(text_run.folder.path)
    assert failed(report) == {"card", "page"}  # the page shows the card
    assert "ZeroDivisionError" in text_run.check(report, "card").detail


def test_changed_code_in_the_card_fails_by_name(text_run):
    replace_in(text_run.folder.card, "import torch\n", "import torch, os\n")
    text_run.folder.write_manifest()
    assert {"card", "get-started code"} == failed(verify(text_run.folder.path))


def test_more_code_in_the_card_fails_by_name(text_run):
    text_run.folder.card.write_text(text_run.folder.card.read_text() + "\n````python\nevil()\n````\n")
    text_run.folder.write_manifest()
    assert "get-started code" in failed(verify(text_run.folder.path))


def test_code_without_a_finding_is_not_made_or_fails(text_run):
    text_run.drop("start.code")
    text_run.folder.write_manifest()
    assert "get-started code" in failed(verify(text_run.folder.path))
    text_run.render()
    report = verify(text_run.folder.path)
    assert failed(report) == {"records"}
    assert "get-started code" in not_made(report)


def test_a_placeholder_fails_with_its_line(text_run):
    text_run.folder.card.write_text("a\n[More Information Needed]\n")
    text_run.folder.write_manifest()
    report = verify(text_run.folder.path)
    assert {"card", "placeholders", "get-started code", "metadata"} == failed(report)
    assert text_run.check(report, "placeholders").detail == "README.md has 1 placeholders, the first in line 2"


def test_changed_predictions_fail_even_with_a_new_manifest(text_run):
    path = text_run.folder.predictions("test")
    predictions = read_predictions(path)
    wrong = next(i for i in range(40) if predictions.labels[i] != predictions.predictions[i])
    predictions.predictions[wrong] = predictions.labels[wrong]
    predictions.probabilities[wrong] = [
        0.8 if name == predictions.labels[wrong] else 0.1 for name in ("good", "bad", "mixed")
    ]
    write_predictions(path, predictions)
    text_run.folder.write_manifest()
    report = verify(text_run.folder.path)
    assert failed(report) == {"sources", "scores", "evaluation records"}
    assert (
        "predictions/test.parquet is not the file that results.test.accuracy"
        in text_run.check(report, "sources").detail
    )
    # and with the hashes in the findings forged as well, the scores still tell
    text_run.trust_predictions()
    text_run.render()
    report = verify(text_run.folder.path)
    assert failed(report) == {"scores"}
    assert "results.test.accuracy: value is" in text_run.check(report, "scores").detail


FORGERIES = {
    "value": ("results.test.accuracy", {"value": 0.99}),
    "barely": ("results.test.macro_f1", {"value": None, "by": 3e-6}),
    "interval": ("results.test.mcc", {"interval": [0.9, 0.99]}),
    "n": ("results.test.accuracy", {"n": 4000}),
    "slice": ("results.test.slice.length=1-8 words.accuracy", {"value": 1.0}),
    "class": ("results.test.class.bad.recall", {"value": 1.0}),
    "baseline": ("baseline.majority.test.accuracy", {"value": 0.1}),
    "difference": ("difference.full.test.accuracy", {"interval": [0.5, 0.6]}),
    "name": ("results.test.accuracy", {"name": "Accuracy on every language"}),
    "method": ("results.test.accuracy", {"method": "measured by an independent laboratory"}),
    "source": ("results.test.accuracy", {"source": None}),
    "headline": ("results.headline", {"value": "results.test.brier"}),
    "worst": ("results.worst", {"value": "results.test.class.good.f1"}),
    "status": ("results.test.ece", {"status": "not measured", "value": None, "reason": "no time"}),
}


@pytest.mark.parametrize("kind", FORGERIES)
def test_a_forged_finding_fails_although_all_else_was_made_to_fit(text_run, kind):
    id, fields = FORGERIES[kind]
    if "by" in fields:
        fields = {"value": text_run.folder.read_findings()[id].value + fields["by"]}
    text_run.set(id, **fields)
    text_run.render()
    report = verify(text_run.folder.path)
    also = {"citations"} if kind == "worst" else set()  # the card cites the interval that the worst part alone has
    assert failed(report) - ABOUT_PICTURES == {"scores"} | also
    assert id in text_run.check(report, "scores").detail


@pytest.mark.parametrize("id", ["results.test.class.mixed.f1", "difference.full.test.mcc", "results.worst"])
def test_an_unwelcome_finding_cannot_be_dropped(text_run, id):
    text_run.drop(id)
    text_run.render()
    report = verify(text_run.folder.path)
    assert failed(report) - {"records"} == {"scores"}
    assert f"{id} follows from the predictions and is not recorded" in text_run.check(report, "scores").detail


def test_a_welcome_finding_cannot_be_invented(text_run):
    text_run.change_findings(
        lambda record: (
            record | {"id": "results.test.exact_match", "value": 1.0}
            if record["id"] == "results.test.brier"
            else record
        )
    )
    text_run.render()
    detail = text_run.check(verify(text_run.folder.path), "scores").detail
    assert "results.test.exact_match is recorded and does not follow from the predictions" in detail


def change_predictions(run, predictor=None, **columns):
    path = run.folder.predictions("test", predictor)
    write_predictions(path, dataclasses.replace(read_predictions(path), **columns))


def probabilities_of(run, change):
    rows = read_predictions(run.folder.predictions("test")).probabilities
    change(rows)
    return rows


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda run: change_predictions(run, rows=[0, *range(39)]), "a row number comes twice"),
        (lambda run: change_predictions(run, predictions=["great"] * 40), "prediction 'great' is not one of the 3"),
        (lambda run: change_predictions(run, predictor="majority", labels=["x"] * 40), "label 'x' is not one of the 3"),
        (
            lambda run: change_predictions(run, predictions=[["good"]] * 40, probabilities=None),
            "does not hold label names",
        ),
        (lambda run: change_predictions(run, probabilities=[[0.9, 0.3, 0.1]] * 40), "do not sum to 1"),
        (lambda run: change_predictions(run, probabilities=[[1.5, -0.25, -0.25]] * 40), "are negative"),
        (lambda run: change_predictions(run, probabilities=[[0.5, 0.5]] * 40), "2 probabilities for 3 labels"),
        (
            lambda run: change_predictions(
                run, probabilities=probabilities_of(run, lambda rows: rows.__setitem__(3, None))
            ),
            "1 rows have no probabilities",
        ),
        (
            lambda run: change_predictions(run, probabilities=probabilities_of(run, lambda rows: rows.reverse())),
            "the prediction is not the likeliest label",
        ),
        (lambda run: change_predictions(run, factors={"length": [None] * 40}), "a factor has no value"),
        (
            lambda run: write_predictions(run.folder.predictions("test"), Predictions([0], ["good"], ["good"])),
            "1 rows, `data.test.rows` says 40",
        ),
        (lambda run: run.folder.predictions("test").write_bytes(b"PAR1PAR1"), "cannot be read as a predictions file"),
    ],
)
def test_predictions_that_make_no_sense_are_named(text_run, change, said):
    change(text_run)
    text_run.trust_predictions()
    text_run.render()
    report = verify(text_run.folder.path)
    assert "predictions" in failed(report)
    assert said in text_run.check(report, "predictions").detail


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("predictions", [["B-DNA", "I-DNA"], ["O", "O", "O", "O"]] * 10, "row 0: not as many predicted tags as words"),
        ("predictions", [["B-RNA", "O", "O"], ["O", "O", "O", "O"]] * 10, "'B-RNA' is not one of the 3 labels"),
        (
            "predictions",
            [["O", "O", "O"], ["O", "O", "O", "B-DNA"]] * 10,
            "without probabilities is predicted as something",
        ),
        ("probabilities", [[[0.5, 0.25, 0.25]] * 2, [[0.5, 0.25, 0.25]] * 4] * 10, "not as many probabilities"),
        ("unseen", [[True]] * 20, "not as many flags in the column unseen"),
    ],
)
def test_predicted_tags_that_make_no_sense_are_named(token_run, column, value, said):
    change_predictions(token_run, **{column: value})
    token_run.trust_predictions()
    token_run.render()
    assert said in token_run.check(verify(token_run.folder.path), "predictions").detail


def test_permuted_labels_are_named(text_run):
    config = json.loads(text_run.folder.model_config.read_text())
    config["id2label"] = {"0": "bad", "1": "good", "2": "mixed"}
    text_run.folder.model_config.write_text(json.dumps(config))
    text_run.folder.write_manifest()
    report = verify(text_run.folder.path)
    assert failed(report) == {"labels"}
    assert text_run.check(report, "labels").detail == "config.json: label 0 is 'bad', the evidence says 'good'"
    config["id2label"] = {"0": "good", "1": "bad", "2": "mixed"}
    config["label2id"] = {"good": 1, "bad": 0, "mixed": 2}
    text_run.folder.model_config.write_text(json.dumps(config))
    assert "label2id is not the inverse" in text_run.check(verify(text_run.folder.path), "labels").detail
    text_run.folder.model_config.write_text("{}")
    assert "labels" in failed(verify(text_run.folder.path))


def test_another_adapter_is_named(text_run):
    text_run.folder.adapter_weights.write_bytes(b"weighty")
    text_run.folder.write_manifest()
    report = verify(text_run.folder.path)
    assert failed(report) == {"adapter", "declarations"}
    assert "is not the adapter of `adapter.sha256`" in text_run.check(report, "adapter").detail
    text_run.set("adapter.bytes", value=8)
    assert "has 7 bytes, `adapter.bytes` says 8" in text_run.check(verify(text_run.folder.path), "adapter").detail
    text_run.folder.adapter_weights.unlink()
    assert text_run.check(verify(text_run.folder.path), "adapter").detail == "adapter_model.safetensors is missing"


def test_withheld_predictions_are_said_to_be_unchecked(text_run):
    for path in (text_run.folder.path / "predictions").iterdir():
        path.unlink()
    text_run.folder.write_manifest()
    report = verify(text_run.folder.path)
    assert report.ok
    assert not_made(report) == NOT_MADE | {"sources", "predictions", "rows", "scores", "evaluation records"}
    assert report.unchecked_headline == "results.test.accuracy"
    assert "BUT THE HEADLINE SCORE WAS NOT CHECKED" in report.to_json()["verdict"]
    assert "are withheld" in text_run.check(report, "scores").detail


def test_what_is_not_withheld_is_still_checked(text_run):
    text_run.folder.predictions("test", "full").unlink()
    text_run.folder.write_manifest()
    report = verify(text_run.folder.path)
    assert report.ok
    assert "as their predictions are withheld" in text_run.check(report, "scores").detail
    text_run.set("results.test.accuracy", value=0.99)
    text_run.render()
    assert failed(verify(text_run.folder.path)) - ABOUT_PICTURES == {"scores"}


def test_sources_stay_inside_the_folder(text_run, tmp_path):
    (tmp_path / "secret").write_text("x")
    text_run.set("adapter.bytes", source={"file": "../secret", "sha256": "0" * 64})
    detail = text_run.check(verify(text_run.folder.path), "sources").detail
    assert detail == "'../secret' is no path inside the folder (adapter.bytes)"


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"schema_version": 2, "findings": []}', "[" * 100_000])
def test_evidence_that_cannot_be_read_fails_and_the_rest_is_not_made(text_run, content):
    text_run.folder.evidence.write_text(content)
    report = verify(text_run.folder.path)
    assert failed(report) == {"files", "evidence"}
    assert text_run.check(report, "scores") == Check("scores", None, "the evidence cannot be read")


@pytest.mark.parametrize("id", ["task.labels", "task.name", "adapter.sha256"])
def test_what_checks_rest_on_cannot_be_dropped(text_run, id):
    text_run.drop(id)
    text_run.render()
    assert not verify(text_run.folder.path).ok


@pytest.mark.parametrize("value", [5, "good", [], ["good", "good"], [1, 2, 3], {"0": "good"}, None])
def test_labels_of_any_kind_do_not_stop_the_report(text_run, value):
    text_run.set("task.labels", value=value, interval=[0, 1])
    assert {"labels", "predictions", "scores"} <= failed(verify(text_run.folder.path))


def test_missing_manifest_and_cards_fail(text_run):
    for path in (text_run.folder.manifest, text_run.folder.card, text_run.folder.dataset_card):
        path.unlink()
    assert {"files", "card", "dataset card", "placeholders"} <= failed(verify(text_run.folder.path))


def test_only_run_folders_can_be_verified(tmp_path):
    with pytest.raises(RunFolderError, match="There is no such folder"):
        verify(tmp_path / "nowhere")
    with pytest.raises(RunFolderError, match=r"neither manifest\.json nor evidence\.json"):
        verify(tmp_path)


def shown(report: Report, width: int = 80, **how: bool) -> list[str]:
    console = Console(width=width, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    render_report(report, console, **how)
    lines = [line.rstrip() for line in console.export_text().splitlines()]
    assert max(map(len, lines)) <= width
    return lines


def test_the_report_begins_with_the_verdict_then_failures_in_full():
    problem = "results.test.f1: value is 0.99, the predictions give 0.7512345; "
    report = Report(
        (
            Check("files", True, "23 files are those of manifest.json"),
            Check("signature", None, "not signed [bold]or[/bold] so"),
            Check("scores", False, problem * 3),
        )
    )
    for width in (40, 80, 200):
        lines = shown(report, width)
        assert " ".join(lines).startswith("NOT consistent: 1 of 2 checks failed; 1 could not be made.")
        order = [lines.index(title) for title in ("Failed", "Not made", "Passed (--verbose shows each)")]
        assert order == sorted(order)
        assert "".join("".join(lines).split()).count("thepredictionsgive0.7512345") == 3
        assert any("[bold]or[/bold]" in line for line in lines)  # what a folder says is shown, never interpreted
        assert not any("23 files" in line for line in lines)
    assert any("23 files are those" in line for line in shown(report, verbose=True))


def test_checks_that_one_reason_kept_from_being_made_stand_in_one_row():
    checks = [Check(name, None, "the evidence cannot be read") for name in ("card", "scores", "rows")]
    lines = shown(Report((*checks, Check("signature", None, "not signed"), Check("files", False, "gone"))))
    assert "  3  the evidence cannot be read: card, scores, rows" in lines
    assert "  1  not signed: signature" in lines


def test_passed_checks_are_folded_to_a_line_a_kind():
    kinds = {"files": "hashes", "sources": "hashes", "card": "rendered again", "scores": "recomputed"}
    lines = shown(Report(tuple(Check(name, True, "as it was", tier) for name, tier in kinds.items())))
    assert lines[0] == "Consistent: 4 of 4 checks passed."
    assert "  hashes          2  files, sources" in lines
    assert "  recomputed      1  scores" in lines
    assert not any("as it was" in line for line in lines)


def test_what_makes_a_verdict_worth_less_stands_right_below_it():
    report = Report((Check("files", True, ""), Check("scores", None, "withheld")), unchecked_headline="results.test.f1")
    lines = shown(report, 200)
    assert lines[0] == "Consistent: 1 of 1 checks passed; 1 could not be made."
    assert lines[1] == "BUT 1 OF THOSE NOT MADE ASK ABOUT THE FOLDER: scores."
    assert lines[2] == "BUT THE HEADLINE SCORE WAS NOT CHECKED: nothing here recomputes results.test.f1."


@pytest.mark.parametrize("id", ["data.files", "training.rule", "data.test.sha256", "run.date", "energy.evaluation_kwh"])
def test_a_removed_record_is_named(text_run, id):
    text_run.drop(id)
    text_run.render()
    assert text_run.check(verify(text_run.folder.path), "records").detail == f"{id} must be recorded and is missing"


def test_an_invented_record_is_named(text_run):
    invented = {"id": "run.awards", "value": "best of its kind"}
    text_run.change_findings(lambda record: record | invented if record["id"] == "run.date" else record)
    text_run.render()
    detail = text_run.check(verify(text_run.folder.path), "records").detail
    assert "run.awards is no record that tunecard writes" in detail
    assert "run.date must be recorded and is missing" in detail


def test_a_record_known_in_another_way_or_unit_is_named(text_run):
    text_run.set("run.seconds", status="declared", unit="hours")
    detail = text_run.check(verify(text_run.folder.path), "records").detail
    assert "run.seconds is declared, and can only be measured" in detail
    assert "run.seconds has the unit 'hours', and must have seconds" in detail


def test_records_of_another_version_are_not_asked_about(text_run):
    text_run.set("run.renderer_version", value=1)
    text_run.set("run.rendered_by", value="0.0.9")
    text_run.drop("data.files")
    assert text_run.check(verify(text_run.folder.path), "records").ok is None


@pytest.mark.parametrize("value", [1.6, "much", -1.0])
def test_another_temperature_does_not_give_the_recorded_error(text_run, value):
    text_run.set("training.temperature", value=value)
    text_run.render()
    assert not text_run.check(verify(text_run.folder.path), "scores").ok


def test_without_its_temperature_the_error_before_does_not_follow(text_run):
    text_run.drop("training.temperature")
    text_run.render()
    detail = text_run.check(verify(text_run.folder.path), "scores").detail
    assert "results.test.ece_before is recorded and does not follow from the predictions" in detail
