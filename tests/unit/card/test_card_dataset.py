"""The dataset card: every variable of the Hub's template, what was found cited, gaps that say what to set."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import huggingface_hub
import jinja2
import pytest
import yaml
from example_data import looked_at
from example_findings import text_run, token_run
from huggingface_hub import DatasetCard
from read_markdown import front_matter, headings, structure, uncited
from test_card_markdown import PAYLOADS

from tunecard.card import render_dataset_card
from tunecard.card.dataset.card import dataset_answers
from tunecard.card.dataset.dataset_metadata import dataset_metadata, size_category, task_ids
from tunecard.evidence import Finding, Findings, declared, measured
from tunecard.hub.dataset_fields import TEMPLATE

HUB_TEMPLATE = Path(huggingface_hub.__file__).parent / "templates" / "datasetcard_template.md"
Make = Callable[[], Findings]
RUNS: dict[str, Make] = {
    "token": token_run,
    "text": text_run,
    "nothing": Findings,
    "token looked at": lambda: looked_at(token_run()),
    "text looked at": lambda: looked_at(text_run(), suspects=False),
}


@pytest.fixture(params=RUNS.values(), ids=RUNS)
def findings(request: pytest.FixtureRequest) -> Findings:
    made: Findings = request.param()
    return made


def test_it_reads_back_and_says_no_placeholder(findings: Findings) -> None:
    card = render_dataset_card(findings)
    assert yaml.safe_load(front_matter(card))["tags"] == ["tunecard"]
    assert DatasetCard(card).data.tags == ["tunecard"]
    assert "More Information Needed" not in card
    assert not re.search(r"\bNone\b", card)
    assert card == render_dataset_card(findings)


def test_headings_are_the_templates() -> None:
    wanted = [(level, re.sub(r" \[optional\]", "", text)) for level, text in headings(_filled({}))]
    ours = headings(render_dataset_card(token_run()))
    assert [level for level, _ in ours] == [level for level, _ in wanted]
    assert ours[1:] == wanted[1:]


def test_every_variable_of_the_template_has_its_answer_in_its_place(findings: Findings) -> None:
    order = re.findall(r"{{\s*(\w+)", HUB_TEMPLATE.read_text())
    assert order[0] == "card_data"
    assert re.findall(r"{(\w+)}", TEMPLATE) == order[1:]
    answers = dataset_answers(findings)
    assert set(answers) == set(order) - {"card_data", "pretty_name", "dataset_summary"}
    assert all(answer.text.strip() for answer in answers.values())


def test_the_hubs_template_filled_with_the_answers_is_the_card(findings: Findings) -> None:
    """The same text under every heading: no answer has slipped to another place."""
    texts = {variable: answer.markdown for variable, answer in dataset_answers(findings).items()}
    theirs = re.sub(r"<!--.*?-->|^---\n.*?\n---\n", "", _filled(texts), flags=re.DOTALL).replace(" [optional]", "")
    ours = render_dataset_card(findings).split("\n## Dataset Details", 1)[1]
    ours = re.split(r"\n\[\d+\]: evidence", ours)[0]
    assert _lines(ours) == _lines(theirs.split("\n## Dataset Details", 1)[1])


def _filled(values: dict[str, str]) -> str:
    return jinja2.Template(HUB_TEMPLATE.read_text()).render(card_data="x: y", **values)


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def test_it_quotes_the_counts() -> None:
    card = uncited(render_dataset_card(looked_at(token_run())))
    assert "| test | 3,856 | 96,400 | 8,662 | 24 | 131 |" in card
    assert "CC BY 3.0 *declared*" in card
    assert "| test, also in train | 7 of 3,856 | 6 of 3,856 |" in card
    assert "| within train | 3 | 13 of 2,000 |" in card
    assert "| phone numbers | 4 | 0 |" in card
    assert "Rows with any: 4 of 2,000 in train and 0 of 2,000 in test." in card
    assert "Not found: e-mail addresses and user names (\\@name)." in card
    assert "Suspect labels in train: 41 of 2,000 words (2.1 %), by a probe that agrees with 91.3 %" in card
    assert "`B-DNA` as `B-protein` 17" in card
    assert "by position in the source split from 0: 604, 65." in card
    assert "Strict F1 on the rows of test that are not found in train: 0.731 (n = 3,843); on all: 0.741." in card
    assert "| `train part.parquet` | train | 964 kB | `" + "3c" * 32 + "` |" in card
    assert "| DNA | 1,056 | 1,056 |" in card


def test_every_figure_that_was_measured_leads_to_its_record() -> None:
    """Outside of code, addresses, the glossary and what is quoted no number stands without a citation."""
    body = render_dataset_card(looked_at(token_run())).split("---\n\n", 1)[1]
    body = re.sub(r"## Glossary.*?\n## ", "", re.split(r"\n\[\d+\]: evidence", body)[0], flags=re.DOTALL)
    body = body.replace("Bio-entities 2004", "").replace("CC BY 3.0", "")
    kept = re.sub(r"\[(?:\\.|[^\]\\])*\]\[\d+\]|`[^`]*`|\(https?[^)]*\)|^Collier.*$", "", body, flags=re.MULTILINE)
    kept = re.sub(r"^(\| [^|\n]* \| +\|).*$", r"\1", kept, flags=re.MULTILINE)  # the cells that a row's link serves
    numbers = [number.strip(".,") for number in re.findall(r"(?<![\w#])\d[\d.,]*", kept)]
    assert [number for number in numbers if number != "0"] == []  # positions are counted from 0


def test_what_the_source_states_stands_in_its_place() -> None:
    card = render_dataset_card(looked_at(token_run()))
    assert card.split("---\n\n", 1)[1].startswith("# Dataset Card for Bio-entities 2004\n")
    assert "- **Curated by:** The curators *declared*" in card
    assert "- **Paper:** <https://example.org/paper> *declared*" in card
    assert "### Curation Rationale\n\nTo compare systems. *declared*" in card
    assert "Authors are not named.\n\n| found in the texts |" in card
    assert "Home page: <https://example.org/home>." in card
    assert "Not declared" in card.split("- **Demo:**")[1].splitlines()[0]


def test_recommendations_follow_from_what_was_found() -> None:
    said = dataset_answers(looked_at(token_run()))["bias_recommendations"].text
    assert "rows not found in train" in said
    assert "suspect labels again" in said
    assert "personal data" in said
    nothing = dataset_answers(Findings())["bias_recommendations"].text
    assert "training" not in nothing
    assert "suspect" not in nothing


def test_metadata_is_what_the_hub_takes() -> None:
    assert dataset_metadata(looked_at(token_run())) == {
        "language": ["en"],
        "license": "cc-by-3.0",
        "size_categories": ["1K<n<10K"],
        "task_categories": ["token-classification"],
        "task_ids": ["named-entity-recognition"],
        "pretty_name": "Bio-entities 2004",
        "tags": ["tunecard"],
    }
    hub = Findings([measured("data.source", "owner/name", section="training_data", name="Data set")])
    assert dataset_metadata(hub) == {"source_datasets": ["owner/name"], "tags": ["tunecard"]}


@pytest.mark.parametrize(
    ("rows", "category"),
    [(999, "n<1K"), (1000, "1K<n<10K"), (99_999, "10K<n<100K"), (5_000_000, "1M<n<10M"), (10**9, "n>10M")],
)
def test_size_categories(rows: int, category: str) -> None:
    assert size_category(Findings([measured("data.train.rows", rows, section="training_data", name="Rows")])) == [
        category
    ]


@pytest.mark.parametrize(
    ("task", "labels", "is_pair", "stated", "expected"),
    [
        ("token-classification", ["O", "B-x", "I-x"], False, None, ["named-entity-recognition"]),
        ("token-classification", ["NN", "VB"], False, None, []),
        ("text-classification", ["a", "b", "c"], False, None, ["multi-class-classification"]),
        ("text-classification", ["a", "b"], False, None, []),
        ("text-classification", ["a", "b"], False, "sentiment-classification, no such task", ["sentiment-classification"]),
        ("text-classification", ["a", "b"], False, "no such task", []),
        (
            "text-classification", ["Entailment", "neutral", "contradiction"], True, None,
            ["multi-input-text-classification", "natural-language-inference", "multi-class-classification"],
        ),
    ],
)  # fmt: skip
def test_task_ids_only_where_they_are_clear(
    task: str, labels: list[str], is_pair: bool, stated: str | None, expected: list[str]
) -> None:
    values = {"task.name": task, "task.labels": labels, "task.is_pair": is_pair}
    found = [measured(id, value, section="model_type", name=id) for id, value in values.items()]
    if stated:
        found.append(declared("data.task_ids", stated, section="training_data", name="Tasks", method="by hand"))
    assert task_ids(Findings(found)) == expected


def poisoned(payload: str) -> Findings:
    """Every string that a file, a source or a label can put into the data's findings, with `payload` before it."""
    ours = {"task.name", "data.train.origin", "results.headline", "data.language"}
    found = []
    for finding in looked_at(token_run()):
        value = (
            finding.value
            if finding.id in ours or not finding.id.startswith(("data.", "task."))
            else _poison(finding.value, payload)
        )
        found.append(Finding.model_validate(finding.model_dump() | {"value": value}))
    return Findings(found)


def _poison(value: Any, payload: str) -> Any:
    if isinstance(value, str):
        return f"{payload} {value}"
    if isinstance(value, list):
        return [_poison(item, payload) for item in value]
    if isinstance(value, dict):
        return {key: _poison(item, payload) for key, item in value.items()}
    return value


def _seen(card: str) -> tuple[list[tuple[str, str]], list[str]]:
    kept = [token for token in structure(card) if token[0] != "code_inline"]
    return kept, sorted(set(yaml.safe_load(front_matter(card))) - {"license_name"})


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_string_of_the_data_changes_the_structure(payload: str) -> None:
    payload = re.sub(r"[\n\r]\s*[\n\r]", "\n", payload)
    assert _seen(render_dataset_card(poisoned(payload))) == _seen(render_dataset_card(poisoned("harmless")))


@pytest.mark.parametrize("value", ["text", 3, True, [], [1], {}, {"found": 3, "rows": "x"}, {"count": "x", "pairs": 3}])
def test_records_of_another_shape_do_not_break_it(value: Any) -> None:
    """Evidence may come from anywhere: what is not understood is not shown."""
    ids = ["data.personal.train", "data.suspect_labels.train", "data.files", "data.columns", "data.train.labels",
           "data.near_duplicates.train", "data.pretty_name", "data.language", "data.license", "data.curators"]  # fmt: skip
    found = [measured(id, value, section="training_data", name=id) for id in ids]
    assert "# Dataset Card for" in render_dataset_card(Findings(found))
