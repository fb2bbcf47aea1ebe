"""Front matter that the Hub refuses, each fault on its own, and front matter that it takes."""

from __future__ import annotations

import pytest
from huggingface_hub import EvalResult, ModelCardData

from tunecard.auditing import audit_text

INDEX = """model-index:
- name: m
  results:
  - task: {type: token-classification}
    dataset: {type: org/set, name: Set, config: default, split: test}
    metrics:
    - {type: f1, value: 0.7412}
"""


def errors(front: str, body: str = "# m\n\nF1 0.741.") -> tuple[str, ...]:
    return audit_text(f"---\n{front}\n---\n{body}").metadata_errors


@pytest.mark.parametrize(
    "front",
    [
        "license: apache-2.0",
        "license: [mit, cc-by-4.0]",
        "license: other\nlicense_name: my-licence-1.0\nlicense_link: LICENSE",
        "license: openrail++",
        "language: en",
        "language: [en, zho, ger, ber, code, multilingual]",
        "base_model: FacebookAI/roberta-large\nbase_model_relation: adapter",
        "base_model: bert-base-cased",
        "base_model: [a/b, c/d_e.f-1]",
        "datasets: [tner/bionlp2004, glue]",
        "tags: [lora, 'base_model:adapter:a/b']",
        "metrics: [f1, accuracy]",
        "pipeline_tag: token-classification",
        "library_name: peft",
        "co2_eq_emissions: 3.5",
        "co2_eq_emissions: {emissions: 3.5, source: codecarbon, training_type: fine-tuning, on_cloud: false}",
        "new_version: a/b",
        INDEX,
        "model-index:\n- name: m\n  results: []",
        "license: mit\nsomething_unknown: {a: [1, 2]}\nwidget:\n- text: x",
    ],
)
def test_sound_metadata_has_no_errors(front: str) -> None:
    assert errors(front) == ()


@pytest.mark.parametrize(
    ("front", "key", "came", "advice"),
    [
        ("license: Apache 2.0", "license", "'Apache 2.0'", "apache-2.0"),
        ("license: apache2", "license", "'apache2'", "Did you mean 'apache-2.0'"),
        ("license:", "license", "nothing", "Take an id"),
        ("license: [mit, nope]", "license[1]", "'nope'", "Take an id"),
        ("license: 2.0", "license", "2.0", "Take an id"),
        ("license: other", "license_name", "nothing", "Add license_name"),
        ("license: other\nlicense_name: My Licence", "license_name", "'My Licence'", "Add license_name"),
        ("licence: mit", "licence", "licence", "Rename the key"),
        ("language: zh-CN", "language", "'zh-CN'", "Write zh"),
        ("language: es-ES", "language", "'es-ES'", "Write es"),
        ("language: [en, en_unnorm]", "language[1]", "'en_unnorm'", "Write en"),
        ("language: jp", "language", "'jp'", "ISO 639"),
        ("language: noinfo", "language", "'noinfo'", "ISO 639"),
        ("language: english", "language", "'english'", "ISO 639"),
        ("language: EN", "language", "'EN'", "Write en"),
        ("language:", "language", "nothing", "leave the key out"),
        ("language: []", "language", "nothing", "leave the key out"),
        ("language: no", "language", "False", "Quote it"),
        ("base_model: /home/me/models/roberta", "base_model", "local path", "Write the id"),
        ("base_model: ./roberta-large", "base_model", "local path", "Write the id"),
        ("base_model: ~/roberta", "base_model", "local path", "Write the id"),
        (r"base_model: C:\models\roberta", "base_model", "local path", "Write the id"),
        ("base_model: runs/one/checkpoint-500", "base_model", "local path", "Write the id"),
        ("base_model: a/b/c", "base_model", "'a/b/c'", "Write the id"),
        ("base_model: a--b/c", "base_model", "'a--b/c'", "Write the id"),
        ("base_model: null", "base_model", "nothing", "Write the id"),
        ("base_model: a b", "base_model", "'a b'", "Write the id"),
        (
            "base_model: a/b\nbase_model_relation: lora",
            "base_model_relation",
            "'lora'",
            "adapter, merge, quantized or finetune",
        ),
        ("base_model_relation: adapter", "base_model_relation", "base_model", "Add base_model"),
        ("datasets: null", "datasets", "nothing", "Write an id"),
        ("datasets: [null]", "datasets[0]", "nothing", "Write an id"),
        ("datasets: [librispeech 960h]", "datasets[0]", "'librispeech 960h'", "describe data"),
        ("datasets: Wikipedia and books", "datasets", "'Wikipedia and books'", "describe data"),
        ("tags: autotrain", "tags", "'autotrain'", "list"),
        ("tags: [lora, 7]", "tags[1]", "7", "Quote"),
        ("tags: [lora, [a]]", "tags[1]", "a list of 1", "Quote"),
        ("metrics: f1", "metrics", "'f1'", "list"),
        (
            "pipeline_tag: token_classification",
            "pipeline_tag",
            "'token_classification'",
            "Did you mean 'token-classification'",
        ),
        ("pipeline_tag: [text-classification]", "pipeline_tag", "a list of 1", "task of the Hub"),
        ("co2_eq_emissions: 3 kg", "co2_eq_emissions", "'3 kg'", "grams"),
        ("co2_eq_emissions: -0.4", "co2_eq_emissions", "-0.4", "0 or more"),
        ("co2_eq_emissions: {emissions: -12}", "co2_eq_emissions.emissions", "-12", "0 or more"),
        ("co2_eq_emissions: {emissions: .inf}", "co2_eq_emissions.emissions", "inf", "0 or more"),
        ("co2_eq_emissions: {source: codecarbon}", "co2_eq_emissions.emissions", "nothing", "grams"),
        ("co2_eq_emissions: {emissions: 3 g}", "co2_eq_emissions.emissions", "'3 g'", "grams"),
        ("co2_eq_emissions: {emissions: 3, source: 7}", "co2_eq_emissions.source", "7", "Write a text"),
        ("library_name: [peft]", "library_name", "a list of 1", "Write a text"),
        ("base_model: https://huggingface.co/a/b", "base_model", "'https://huggingface.co/a/b'", "Write the id"),
        ("datasets:", "datasets", "nothing", "Write an id"),
        ("new_version: a b", "new_version", "'a b'", "Write the id"),
        ("model-index: 0.7", "model-index", "0.7", "list of models"),
        ("model-index:\n- results: []", "model-index[0].name", "nothing", "Add it"),
        ("model-index:\n- name: m", "model-index[0].results", "nothing", "list"),
        (
            INDEX.replace("type: token-classification", "name: x"),
            "model-index[0].results[0].task.type",
            "nothing",
            "Add it",
        ),
        (INDEX.replace("type: org/set, ", ""), "model-index[0].results[0].dataset.type", "nothing", "Add it"),
        (INDEX.replace("name: Set, ", ""), "model-index[0].results[0].dataset.name", "nothing", "Add it"),
        (INDEX.replace("config: default", "config: 3"), "model-index[0].results[0].dataset.config", "3", "Quote it"),
        (INDEX.replace("type: f1, ", ""), "model-index[0].results[0].metrics[0].type", "nothing", "Add it"),
        (
            INDEX.replace(", value: 0.7412", ""),
            "model-index[0].results[0].metrics[0].value",
            "nothing",
            "Give the score",
        ),
        (INDEX.replace("0.7412", ".nan"), "model-index[0].results[0].metrics[0].value", "nan", "Give the score"),
    ],
)
def test_each_fault_is_flagged_alone(front: str, key: str, came: str, advice: str) -> None:
    found = errors(front)
    assert len(found) == 1, found
    assert found[0].startswith(f"{key}: ")
    assert came in found[0]
    assert advice in found[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# m\n\nNo metadata.", "has none"),
        ("---\n---\n# m", "has none"),
        ("---\n# only a comment\n---\n# m", "has none"),
        ("---\nlicense: mit\n# m", "never closed"),
        ("---\n- license\n- mit\n---\n# m", "is a list"),
        ("---\njust words\n---\n# m", "is a str"),
        ("---\nlicense: mit\nlicense: mit\n---\n# m", "line 3 repeats the key `license`"),
        ("---\nlicense: [mit\n---\n# m", "must be YAML"),
        ("---\ntags:\n\t- lora\n---\n# m", "line 3"),
        ("---\nmodel-index:\n- name: a\n  name: b\n---\n# m", "line 4 repeats the key `name`"),
        ("---\ntags: a: b\n---\n# m", "line 2"),
        ("---\ndate: 2024-13-45\n---\n# m", "must be YAML"),
        ("---\nlicense: !!python/object/apply:os.getcwd []\n---\n# m", "must be YAML"),
    ],
)
def test_front_matter_that_cannot_be_read(text: str, said: str) -> None:
    found = audit_text(text).metadata_errors
    assert len(found) == 1
    assert found[0].startswith("front matter: ")
    assert said in found[0]


def test_what_the_hubs_own_client_writes_is_sound() -> None:
    result = EvalResult("token-classification", "org/set", "Set", "f1", 0.7412, dataset_split="test")
    data = ModelCardData(license="mit", language=["en"], model_name="m", eval_results=[result], tags=["lora"])
    assert errors(data.to_yaml()) == ()
