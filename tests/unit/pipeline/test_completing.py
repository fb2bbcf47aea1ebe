"""An adapter made by stock PEFT alone becomes a run folder: from its files, its base and labelled rows."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from foreign_adapters import (
    CLASSES,
    TAGS,
    as_saved_by_0_7_1,
    change_config,
    declare_order,
    make_foreign,
    stock_logits,
    write_rows,
)
from peft import LoraConfig
from safetensors.torch import load_file, save_file

import tunecard
from tunecard.errors import AdapterError, BaseModelError, DataError, RecipeError, RunFolderError, TunecardError
from tunecard.evidence import RunFolder
from tunecard.evidence.files import sha256_of
from tunecard.pipeline import Completion, complete, render_again

pytestmark = pytest.mark.usefixtures("warm_processes")
TinyBase = Callable[[str], Path]
CARD = """---
license: mit
---
# Sorter of small news

It sorts headlines for **Ada's** archive.

## Model Details
- **Developed by:** Ada Łoś & friends
- **Funded by [optional]:** [More Information Needed]

### Direct Use

Sorting `headlines` | not tweets.

A second paragraph.

## Acknowledgements

Thanks to 3 readers.
"""
PLACEHOLDER_FIELDS = 44


class Trap:
    """What it is pickled to raises when it is opened."""

    def __reduce__(self) -> Any:
        return (exec, ("raise RuntimeError('the pickle was opened')",))


@pytest.fixture(scope="module")
def text_adapter(tmp_path_factory: pytest.TempPathFactory, tiny_base: TinyBase) -> Path:
    folder = tmp_path_factory.mktemp("made") / "sorter"
    return make_foreign(folder, tiny_base("roberta"), LoraConfig(task_type="SEQ_CLS", r=4, target_modules=["query"]))


@pytest.fixture
def adapter(text_adapter: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    copy = tmp_path / "sorter"
    copy.mkdir()
    for path in text_adapter.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    return copy


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "rows", "SEQ_CLS")


def asked(adapter: Path, rows: Path, base: Path, *, nameless: bool = False, **changes: Any) -> Completion:
    given = {"labels": list(CLASSES), "out": adapter.parent / "sorter-completed", "base": str(base), **changes}
    return Completion(adapter=adapter, data=str(rows), **{**given, **({"base": None} if nameless else {})})


def refused(kind: type[TunecardError], completion: Completion) -> str:
    with pytest.raises(kind) as caught:
        complete(completion)
    assert not completion.out.exists()
    assert not list(completion.out.parent.glob(".sorter-completed*"))
    return str(caught.value)


# What only somebody who saw the training can say.
CLAIMS = ("held-out", "one seed", "seen in training", "in training:", "found in training", "trained to do", "trained whole",
          "trainable", "supervised", "training rows", "has seen", "no test text in training", "trained and tested on")  # fmt: skip


def claims_of_training(folder: RunFolder) -> list[str]:
    """The claims that stand in any text of a completion; what the old card said is quoted in it, and not ours."""
    files = [folder.card, folder.dataset_card, folder.path / "bom.json", folder.path / "croissant.json"]
    files += folder.eval_record_files().values()
    texts = [path.read_text(encoding="utf-8").lower() for path in [*files, folder.path / "card.html"]]
    ids = ("model.trainable_parameters", "adapter.trainable_token_indices")
    for said in (*ids, "trained and tested on rows made to agree"):  # ids; an author who lies
        texts = [text.replace(said, "") for text in texts]
    return [claim for claim in CLAIMS if any(claim in text for text in texts)]


def test_a_text_classifier_gets_a_full_card(adapter: Path, rows: Path, tiny_base: TinyBase) -> None:
    base = tiny_base("roberta")
    as_saved_by_0_7_1(adapter, task_type="SEQ_CLS", r=4, target_modules=["query"])
    (adapter / "README.md").write_text(CARD)
    (adapter / "training_args.bin").write_bytes(pickle.dumps(Trap()))
    (adapter / "trainer_state.json").write_text(json.dumps({"global_step": 40, "epoch": 2.0, "log_history": []}))
    before = {path.name: sha256_of(path) for path in adapter.iterdir()}
    suite = adapter.parent / "tests.jsonl"
    suite.write_text(json.dumps({"text": "It rains.", "label": "weather", "capability": "rain"}))

    folder = complete(asked(adapter, rows, base, suites=[str(suite)]))

    assert {path.name: sha256_of(path) for path in adapter.iterdir()} == before
    assert [one["capability"] for one in folder.read_findings()["examination.suites"].value] == ["rain"]
    assert "path: tests.jsonl" in folder.recipe.read_text()
    (record,) = [path for path in folder.eval_record_files().values() if path.suffix == ".json"]
    assert json.loads(record.read_text())["source_metadata"]["evaluator_relationship"] == "other"
    for name in ("adapter_model.safetensors", "adapter_config.json"):
        assert sha256_of(folder.path / name) == before[name]
    assert folder.original_card.read_text() == CARD
    findings = folder.read_findings()
    assert {finding.id for finding in findings.under("fit")} == {"fit.tfidf", "fit.probe"}
    assert all(findings[f"difference.{name}.test.accuracy"].interval for name in ("majority", "tfidf", "probe"))
    split = [json.loads(line) for line in (rows / "test.jsonl").read_text().splitlines()]
    logits = stock_logits(base, adapter, "SEQ_CLS", [row["text"] for row in split])
    right = sum(CLASSES[int(row.argmax())] == gold["label"] for row, gold in zip(logits, split, strict=True))
    assert findings["results.test.accuracy"].value == pytest.approx(right / len(split))
    assert findings["reload.max_logit_difference"].value < 1e-3
    assert findings["task.labels"].value == list(CLASSES)
    assert findings["task.labels_declared_by"].value == "--labels"
    assert findings["base_model.id"].value == "anna/tiny-roberta"
    assert findings["training.steps"].status == "declared"
    assert findings["training.seconds"].reason.startswith("trained elsewhere")
    assert "was not opened" in findings["training.unread"].value[0]

    assert findings["declared.developed_by"].value == "Ada Łoś & friends"
    assert findings["declared.direct_use"].value == "Sorting `headlines` | not tweets.\n\nA second paragraph."
    assert findings["declared.license"].value == "mit"
    assert "the README.md that came with the adapter" in (findings["declared.license"].method or "")
    assert findings["declared.funded_by"].status == "not measured"
    card = folder.card.read_text()
    for said in ("Ada's", "Sorter of small news", "Thanks to 3 readers.", "Acknowledgements", "not tweets"):
        assert said in card

    assert "| Most frequent class, learned from the train split given |" in card
    assert "Rows also in the train split given:" in card
    assert claims_of_training(folder) == []

    assert tunecard.verify(folder.path).ok
    audited = tunecard.audit(folder.path).to_json()["cards"][0]
    assert (audited["filled"], audited["metadata_errors"]) == (PLACEHOLDER_FIELDS, [])
    render_again(folder.path)
    again = folder.read_findings()
    assert again["declared.license"].method == findings["declared.license"].method
    assert tunecard.load(folder.path, base=base).predict(["Marta Ruiz joined"])[0]["label"] in CLASSES


def test_tags_take_their_order_from_metadata_and_a_path_is_mended(tmp_path: Path, tiny_base: TinyBase) -> None:
    base = tiny_base("roberta")
    config = LoraConfig(task_type="TOKEN_CLS", r=4, target_modules=["query", "value"], bias="all")
    path = "C:\\Users\\bob\\roberta"
    adapter = as_saved_by_0_7_1(make_foreign(tmp_path / "tagger", base, config, base_name=path), bias="all")
    rows = write_rows(tmp_path / "rows", "TOKEN_CLS", ("test",))
    declare_order(rows, "TOKEN_CLS")
    folder = complete(Completion(adapter, str(rows / "test.jsonl"), tmp_path / "out", base=str(base)))
    findings = folder.read_findings()
    assert findings["task.labels"].value == list(TAGS)
    assert findings["task.labels_declared_by"].value == "metadata.json of the data given"
    assert findings["adapter.bias"].value == "all"
    assert findings["data.train.rows"].status == "not measured"
    assert findings["results.test.f1"].n == 24
    assert (
        findings["baseline.majority.test.f1"].value is not None
        and findings["difference.majority.test.f1"].value is not None
    )
    fits = {fit.id: fit.value for fit in findings.under("fit")}
    assert fits == {"fit.majority": {"learned_from": "other rows of the same split", "folds": 5}}
    assert "| Frequent-tag baseline, learned from other rows of the same split |" in folder.card.read_text()
    assert claims_of_training(folder) == []
    assert json.loads(folder.adapter_config.read_text())["base_model_name_or_path"] == base.name
    assert findings["adapter.files"].value.endswith(f"in adapter_config.json the base is named {base.name}")
    assert "bob" not in folder.evidence.read_text() + folder.card.read_text() + folder.recipe.read_text()
    assert tunecard.verify(folder.path).ok


def test_labels_are_never_guessed(adapter: Path, rows: Path, tiny_base: TinyBase) -> None:
    said = refused(AdapterError, asked(adapter, rows, tiny_base("roberta"), labels=None))
    assert "which of the head's 3 outputs" in said
    assert "news, sport, weather" in said
    assert "--labels NAME-0,NAME-1,NAME-2 in the order of the ids in training" in said


def test_a_head_of_another_size_is_told(adapter: Path, rows: Path, tiny_base: TinyBase) -> None:
    said = refused(AdapterError, asked(adapter, rows, tiny_base("roberta"), labels=["a", "b"]))
    assert "the head tells 3 labels apart, and --labels names 2: a, b." in said


def test_declared_names_of_another_number_are_told(adapter: Path, rows: Path, tiny_base: TinyBase) -> None:
    (rows / "metadata.json").write_text(json.dumps({"columns": {"label": {"names": [*CLASSES, "opinion"]}}}))
    said = refused(AdapterError, asked(adapter, rows, tiny_base("roberta"), labels=None))
    assert "the head tells 3 labels apart, and the data declares 4" in said


def test_names_of_the_adapters_config_win_and_contradictions_are_told(
    adapter: Path, rows: Path, tiny_base: TinyBase
) -> None:
    names = {str(id): name for id, name in enumerate(reversed(CLASSES))}
    (adapter / "config.json").write_text(json.dumps({"id2label": names}))
    said = refused(AdapterError, asked(adapter, rows, tiny_base("roberta")))
    assert "config.json of the adapter names the labels weather, sport, news. Got --labels news,sport,weather" in said


def test_placeholder_names_do_not_count(adapter: Path, rows: Path, tiny_base: TinyBase) -> None:
    (adapter / "config.json").write_text(json.dumps({"id2label": {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}}))
    assert "nothing says which name" in refused(AdapterError, asked(adapter, rows, tiny_base("roberta"), labels=None))


def test_another_base_is_told_by_its_shapes(adapter: Path, rows: Path, tmp_path: Path) -> None:
    from tiny_models import make_base

    other = make_base(tmp_path / "wider", "roberta", layers=1)
    said = refused(AdapterError, asked(adapter, rows, other))
    assert "does not belong to this base" in said


def test_another_architecture_is_told(adapter: Path, rows: Path, tiny_base: TinyBase) -> None:
    assert "does not fit this base" in refused(AdapterError, asked(adapter, rows, tiny_base("distilbert")))


def test_a_missing_head_is_refused(adapter: Path, rows: Path, tiny_base: TinyBase) -> None:
    weights = adapter / "adapter_model.safetensors"
    save_file({name: tensor for name, tensor in load_file(weights).items() if "classifier" not in name}, weights)
    said = refused(AdapterError, asked(adapter, rows, tiny_base("roberta")))
    assert "holds no weights of the head" in said and "random" in said


def test_a_pickled_adapter_is_refused(adapter: Path, rows: Path, tiny_base: TinyBase) -> None:
    (adapter / "adapter_model.safetensors").unlink()
    (adapter / "adapter_model.bin").write_bytes(pickle.dumps(Trap()))
    said = refused(AdapterError, asked(adapter, rows, tiny_base("roberta")))
    assert "is a pickle, which can run code when it is read" in said


def test_another_task_is_told(adapter: Path, rows: Path, tiny_base: TinyBase) -> None:
    said = refused(AdapterError, asked(adapter, rows, tiny_base("roberta"), task="token-classification"))
    assert "adapter_config.json says SEQ_CLS, which is text-classification. Got --task token-classification" in said


def test_rows_of_another_task_are_told(adapter: Path, tmp_path: Path, tiny_base: TinyBase) -> None:
    rows = write_rows(tmp_path / "tagged", "TOKEN_CLS")
    said = refused(DataError, asked(adapter, rows, tiny_base("roberta")))
    assert "Say --column text=NAME" in said


def test_a_base_named_by_a_path_is_asked_for(adapter: Path, rows: Path, tiny_base: TinyBase) -> None:
    change_config(adapter, base_model_name_or_path="/home/bob/models/roberta")
    said = refused(BaseModelError, asked(adapter, rows, tiny_base("roberta"), nameless=True))
    assert (
        "names the base by a path, 'roberta' on another machine" in said and "/home/bob" not in said.split(": ", 1)[1]
    )


def test_unlabelled_rows_are_told(adapter: Path, tmp_path: Path, tiny_base: TinyBase) -> None:
    rows = write_rows(tmp_path / "bare", "SEQ_CLS", ("test",))
    lines = [json.loads(line) for line in (rows / "test.jsonl").read_text().splitlines()]
    (rows / "test.jsonl").write_text("".join(json.dumps({"text": line["text"]}) + "\n" for line in lines))
    assert "has labels: nothing can be scored" in refused(DataError, asked(adapter, rows, tiny_base("roberta")))


def test_a_folder_with_files_of_others_is_left_alone(adapter: Path, rows: Path, tiny_base: TinyBase) -> None:
    out = adapter.parent / "sorter-completed"
    out.mkdir()
    (out / "thesis.tex").write_text("x")
    with pytest.raises(RunFolderError, match="holds files that tunecard did not make"):
        complete(asked(adapter, rows, tiny_base("roberta"), out=out))
    assert [path.name for path in out.iterdir()] == ["thesis.tex"]


def test_no_folder_is_told_with_the_nearest(adapter: Path, rows: Path, tiny_base: TinyBase) -> None:
    said = refused(
        RunFolderError, asked(adapter.with_name("sortr"), rows, tiny_base("roberta"), out=adapter.parent / "o")
    )
    assert "Did you mean 'sorter'?" in said
    assert RunFolder(adapter).adapter_config.is_file()


def test_labels_that_the_adapter_lacks_are_told_in_one_sentence(adapter: Path, rows: Path, tiny_base: TinyBase) -> None:
    said = refused(AdapterError, asked(adapter, rows, tiny_base("roberta"), labels=["news", "sports", "weather"]))
    assert said == (
        "the data has labels that the adapter does not: sport. Did you mean 'sports'? "
        "--labels names news, sports, weather."
    )


def test_a_file_in_the_place_of_the_folder_is_told(adapter: Path, rows: Path, tiny_base: TinyBase) -> None:
    wrong = asked(adapter / "adapter_config.json", rows, tiny_base("roberta"), out=adapter.parent / "sorter-completed")
    assert "is a file. Give the folder that it lies in." in refused(RunFolderError, wrong)


def test_the_card_does_not_say_that_it_was_trained_here(adapter: Path, rows: Path, tiny_base: TinyBase) -> None:
    """Rendered from the findings of a completion without traces; the judges are not asked again."""
    from tunecard.card import render_card
    from tunecard.evidence import Findings, declared, measured
    from tunecard.foreign.traces import Trace
    from tunecard.foreign.training import all_traces, elsewhere_findings

    origin = declared("adapter.origin", "made elsewhere", section="model_description", name="Origin", method="copied")
    rank = measured("data.test.rows", 24, section="testing_data", name="Rows", n=24, split="test")
    traces = all_traces(adapter, Trace("README.md"))
    text = render_card(Findings([origin, rank, *elsewhere_findings(traces)]))
    assert "trained elsewhere; scored here on" in text
    assert "it was trained and tested so" not in text and "Objective: cross-entropy" not in text
    assert "Not measured: trained elsewhere, and nothing that came with the adapter tells it." in text


def test_a_column_of_groups_that_is_not_there_is_told_in_the_commands_words(
    adapter: Path, rows: Path, tiny_base: TinyBase
) -> None:
    as_saved_by_0_7_1(adapter, task_type="SEQ_CLS", r=4, target_modules=["query"])
    wanted = replace(asked(adapter, rows, tiny_base("roberta")), cluster="topic")
    with pytest.raises(DataError, match="`--cluster` names 'topic' and"):
        complete(wanted)


def test_a_suite_that_cannot_be_read_is_told_before_anything_is_made(
    adapter: Path, rows: Path, tiny_base: TinyBase
) -> None:
    said = refused(RecipeError, asked(adapter, rows, tiny_base("roberta"), suites=["nowhere.jsonl"]))
    assert "evaluation.suites" in said and "nowhere.jsonl" in said
