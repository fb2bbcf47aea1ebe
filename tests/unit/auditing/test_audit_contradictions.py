"""Metadata against text: what is told as a contradiction, and what is left alone."""

from __future__ import annotations

import pytest

from tunecard.auditing import audit_text

INDEX = """model-index:
- name: m
  results:
  - task: {type: token-classification}
    dataset: {type: org/set, name: Set, config: default, split: test}
    metrics:
    - {type: f1, value: 0.7412}
"""


def errors(front: str, body: str) -> tuple[str, ...]:
    return audit_text(f"---\n{front}\n---\n{body}").metadata_errors


@pytest.mark.parametrize(
    ("licence", "prose", "is_wrong"),
    [
        ("mit", "MIT", False),
        ("mit", "[MIT License](https://opensource.org/licenses/MIT)", False),
        ("mit", "Apache License, Version 2.0", True),
        ("apache-2.0", "Apache 2.0", False),
        ("apache-2.0", "apache-2.0. Base: apache-2.0. Data: CC BY 3.0.", False),
        ("cc-by-4.0", "CC BY-NC-SA 4.0", True),
        ("cc-by-nc-sa-4.0", "cc-by-nc-sa-4.0", False),
        ("cc", "CC BY 4.0", False),
        ("gpl-3.0", "LGPL v3", True),
        ("other\nlicense_name: x", "MIT", False),
        ("mit", "See the LICENSE file; permitted for research.", False),
    ],
)
def test_a_licence_that_differs_in_prose(licence: str, prose: str, is_wrong: bool) -> None:
    found = errors(f"license: {licence}", f"# m\n\n## Model Details\n\n- **License:** {prose}")
    assert [error.partition(":")[0] for error in found] == (["license"] if is_wrong else [])


@pytest.mark.parametrize(
    ("value", "prose", "is_told"),
    [
        ("0.7412", "F1 is 0.741", True),
        ("0.7412", "F1 is 0.74", True),
        ("0.7412", "F1 is 74.1 %", True),
        ("0.7412", "F1 is 74.12", True),
        ("0.7412", "F1 [0.741][120]", True),
        ("0.7412", "| F1 |\n|---|\n| [0.741][120] |", True),
        ("0.7412", "F1 [0.751][120]", False),
        ("0.7412", "| split | F1 |\n|---|---|\n| test | [0.751][120] |", False),
        ("0.7412", "F1 on the test set: 75.1%", False),
        ("0.7412", "F1 on the dev set: 75.1%", True),  # another split
        ("0.7412", "F1 on WNUT: 0.61", True),  # another data set
        ("0.7412", "F1 on Set: 0.61", False),
        ("0.7412", 'All is well.\n\n[120]: evidence.json#L9 "F1 = 0.61"', True),  # no reader sees a definition
        ("0.7412", "F1 with 95% confidence", True),
        ("0.7412", "F1 rises by 2.3 points", True),
        ("0.7412", "F1 0.61 in epoch 1, F1 0.741 in epoch 2", True),
        ("74.12", "F1 is 0.7412", True),
        ("0.7412", "| F1 | **0.7412** |", True),
        ("0.7412", "F1 is 0.69 with a cut-off of 0.2 and 0.741 with 0.6", True),
        ("0.7412", "F1: 0.69 (plain), 0.7412 (with a dictionary)", True),
        ("0.7412", "F1 is 0.69, accuracy 0.7412", False),  # the other number is of another metric
        ("0.7412", "F1 is 0.69 with a loss of 0.7412", False),
        ("0.7412", "<table><tr><th>score</th><th>test</th></tr><tr><td>F1</td><td>0.69</td></tr></table>", False),
        ("0.7412", "<table><tr><th>score</th><th>test</th></tr><tr><td>F1</td><td>0.741</td></tr></table>", True),
        ("0.7412", "F1 is 0.75", False),
        ("0.7412", "F1 is 0.742", False),
        ("0.7412", "F1 is good", True),  # silence contradicts nothing
        ("0.7412", "F1 is 0.71 for tagger-v0.7412", False),
        ("0.7412", "trained on 74 rows of version 2.74.1", True),
        ("1", "accuracy 1", True),
        ("-0.031", "MCC -0.031", True),
        ("'0.74 ± 0.01'", "no number", True),
    ],
)
def test_a_result_of_the_metadata_and_the_text_agree_or_not(value: str, prose: str, is_told: bool) -> None:
    found = errors(INDEX.replace("0.7412", value), f"# m\n\n{prose}")
    assert [error.partition(":")[0] for error in found] == ([] if is_told else ["model-index"])


def test_the_card_that_says_91_3_and_0_9106() -> None:
    front = """model-index:
- name: sst2
  results:
  - task: {type: text-classification}
    dataset: {type: glue, name: glue, config: sst2, split: validation}
    metrics:
    - {type: accuracy, value: 0.9105504587155964, name: Accuracy}
"""
    found = errors(front, "# m\n\nThis model reaches an accuracy of 91.3 on the dev set (bert-base reaches 92.7).")
    assert found == (
        "model-index: metadata and text must agree, but the metadata says Accuracy 0.91055 and the text says 91.3. "
        "Correct the one that is wrong.",
    )


@pytest.mark.parametrize(
    ("base", "prose", "is_wrong"),
    [
        (
            "FacebookAI/roberta-large",
            "[FacebookAI/roberta-large](https://huggingface.co/FacebookAI/roberta-large)",
            False,
        ),
        ("FacebookAI/roberta-large", "roberta-large", False),
        ("roberta-large", "`FacebookAI/roberta-large`, commit 722cf37b1afa", False),
        ("FacebookAI/roberta-large", "RoBERTa (large)", False),
        ("FacebookAI/roberta-large", "our own pretrained encoder", False),
        ("FacebookAI/roberta-large", "bert-base-cased", True),
        ("FacebookAI/roberta-large", "[BERT](https://huggingface.co/google-bert/bert-base-cased)", True),
        ("[a/one-7b, b/two-7b]", "a/one-7b", False),
        ("/home/me/roberta", "bert-base-cased", False),  # told as a local path already
    ],
)
def test_a_base_model_that_differs_in_prose(base: str, prose: str, is_wrong: bool) -> None:
    body = f"# m\n\n## Model Details\n\n- **Finetuned from model:** {prose}"
    found = errors(f"base_model: {base}", body)
    assert [error for error in found if "must agree" in error] == ([found[0]] if is_wrong else [])


def test_the_base_of_a_sentence_counts_too() -> None:
    found = errors("base_model: roberta-base", "# m\n\nA fine-tuned version of [bert-base-cased](https://x.org).")
    assert [error.partition(":")[0] for error in found] == ["base_model"]


@pytest.mark.parametrize(
    ("language", "prose", "is_wrong"),
    [
        ("en", "English", False),
        ("en", "en. Letters in the data: Latin and Greek.", False),
        ("[en, fr]", "French", False),
        ("en", "English and German", False),
        ("en", "multilingual", False),
        ("multilingual", "German", False),
        ("en", "Python", False),
        ("en", "as it is spoken in court", False),
        ("gsw", "German", False),
        ("en", "German", True),
        ("[en, fr]", "de", True),
        ("zh", "Japanese (and some Korean)", True),
    ],
)
def test_a_language_that_differs_in_prose(language: str, prose: str, is_wrong: bool) -> None:
    found = errors(f"language: {language}", f"# m\n\n## Model Details\n\n- **Language(s) (NLP):** {prose}")
    assert [error.partition(":")[0] for error in found] == (["language"] if is_wrong else [])


@pytest.mark.parametrize(
    ("datasets", "prose", "is_wrong"),
    [
        ("[stanfordnlp/imdb]", "[IMDB](https://huggingface.co/datasets/stanfordnlp/imdb)", False),
        ("[stanfordnlp/imdb]", "[IMDB](https://huggingface.co/datasets/imdb)", False),
        ("[stanfordnlp/imdb]", "25,000 film reviews", False),
        ("[stanfordnlp/imdb]", "[SST-2](https://huggingface.co/datasets/stanfordnlp/sst2)", True),
        ("[a/one, b/two]", "[two](https://huggingface.co/datasets/b/two)", False),
        ("[a/one]", "[Two](https://huggingface.co/datasets/b/two), on top of a/one", False),
    ],
)
def test_a_dataset_that_differs_in_prose(datasets: str, prose: str, is_wrong: bool) -> None:
    found = errors(f"datasets: {datasets}", f"# m\n\n## Training Details\n\n### Training Data\n\n{prose}")
    assert [error.partition(":")[0] for error in found] == (["datasets"] if is_wrong else [])


def test_the_dataset_of_a_trainers_sentence_counts_too() -> None:
    said = "# m\n\nThis model is a fine-tuned version of [a/b](https://x.org) on the {} dataset."
    assert len(errors("datasets: [emotion]", said.format("imdb"))) == 1
    assert errors("datasets: [stanfordnlp/imdb]", said.format("imdb")) == ()
    assert errors("datasets: [emotion]", said.format("None")) == ()


@pytest.mark.parametrize(
    ("grams", "prose", "is_wrong"),
    [
        ("840", "The training emitted 0.84 kg of CO2.", False),
        ("840", "Emissions: 840 g", False),
        ("840", "Emissions: 0.8 kg of CO2eq", False),  # the same, rounded
        ("840", "CO2 Emissions (in grams): 840.0", False),
        ("840", "The training emitted 3 kg of CO2.", True),
        ("840", "CO2 Emissions (in grams): 0.84", True),
        ("840", "About 12 tonnes of carbon.", True),
        ("840", "Emissions of pretraining: 3 kg of CO2", False),  # of another training
        ("840", "We offset 3 kg of CO2", False),
        ("840", "0.4 kg of CO2 per kWh", False),
        ("840", "A letter of 20 g emits nothing; 0.84 kg came from training.", False),
        ("840", "The model weighs 3 kg.", False),  # speaks of no emission
        ("0", "The training emitted 3 kg of CO2.", False),  # a generator's zero states nothing
        ("1,710", "1,710 g of CO2", False),
        ("1234.5", "1,234.5 g of CO2 were emitted", False),
    ],
)
@pytest.mark.parametrize("front", ["co2_eq_emissions: {}", "co2_eq_emissions:\n  emissions: {}"])
def test_emissions_that_differ_in_prose(front: str, grams: str, prose: str, is_wrong: bool) -> None:
    found = errors(front.format(grams.replace(",", "")), f"# m\n\n## Environmental Impact\n\n{prose}")
    assert [error.partition(":")[0] for error in found] == (["co2_eq_emissions"] if is_wrong else [])


def test_many_scores_take_time_by_their_number_alone() -> None:
    """Five thousand results against five thousand numbers: compared one by one they take minutes."""
    rows = 5_000
    results = "".join(
        f"  - task: {{type: t}}\n    dataset: {{type: s{row}, name: Set{row}, split: test}}\n"
        f"    metrics: [{{type: f1, value: 0.5{row:05d}}}]\n"
        for row in range(rows)
    )
    prose = "\n".join(f"F1 on Other{row}: 0.4{row:05d}" for row in range(rows))
    found = errors(f"model-index:\n- name: m\n  results:\n{results}", f"# m\n\n{prose}\n\nF1 on Set3: 0.9")
    assert len(found) == 1
    assert found[0].startswith("model-index: metadata and text must agree")
