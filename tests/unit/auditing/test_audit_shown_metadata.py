"""What the Hub shows of the metadata answers a field; what says nothing there does not."""

from __future__ import annotations

import pytest

from tunecard.auditing import audit_text

TEXT = "# sorter\n\nSorts letters.\n"
INDEX = """model-index:
- name: m
  results:
  - task: {type: text-classification}
    dataset: {type: a/letters, name: Letters}
    metrics: [{type: accuracy, value: 0.91}]"""


def by_metadata(front: str, body: str = TEXT) -> dict[str, str]:
    return {
        field.field: field.text
        for field in audit_text(f"---\n{front}\n---\n{body}").fields
        if field.filled and "(metadata:" in field.text
    }


@pytest.mark.parametrize(
    ("front", "field", "text"),
    [
        ("language: cy", "language", "cy (metadata: language)"),
        ("language: [cy, en]", "language", "cy, en (metadata: language)"),
        ("language: English", "language", "English (metadata: language)"),
        ("license: mit", "license", "mit (metadata: license)"),
        ("license: other\nlicense_name: town-terms", "license", "other: town-terms (metadata: license)"),
        ("base_model: a/b", "base_model", "a/b (metadata: base_model)"),
        ("datasets: [a/letters]", "training_data", "a/letters (metadata: datasets)"),
        ("co2_eq_emissions: 12.5", "co2_emitted", "12.5 g (metadata: co2_eq_emissions)"),
        (INDEX, "results", "accuracy 0.91 (metadata: model-index)"),
    ],
)
def test_a_key_that_the_hub_shows_answers_its_field(front: str, field: str, text: str) -> None:
    assert by_metadata(front) == {field: text}


def test_emissions_tell_the_machine_and_its_place() -> None:
    front = "co2_eq_emissions: {emissions: 3, hardware_used: 1 x T4, geographical_location: 'Cardiff, UK'}"
    assert set(by_metadata(front)) == {"co2_emitted", "hardware_type", "cloud_region"}


@pytest.mark.parametrize(
    "front",
    [
        "language: unk",
        "language: lang1",
        "license: unknown",
        "license: other",
        "license: any valid license identifier",
        "base_model: ./out/checkpoint-3",
        "datasets: [None]",
        "datasets: [generator]",
        "datasets: the letters of a town",
        "co2_eq_emissions: 0",
        "co2_eq_emissions: {emissions: 0.0}",
        "co2_eq_emissions: -3",
        "model-index: [{name: m, results: []}]",
        "tags: [lora]\nlibrary_name: peft",
        "pipeline_tag: text-classification",
    ],
)
def test_a_key_that_says_nothing_answers_nothing(front: str) -> None:
    assert by_metadata(front) == {}


def test_what_the_text_says_comes_first() -> None:
    assert by_metadata("license: mit", TEXT + "\n## License\n\nMIT, see the file.\n") == {}


def test_the_base_that_peft_writes_into_an_untouched_template_is_no_answer() -> None:
    untouched = "# Model Card for Model ID\n\n## Model Details\n\n- **Developed by:** [More Information Needed]\n"
    assert by_metadata("base_model: a/b\nlibrary_name: peft", untouched) == {}
    assert set(by_metadata("base_model: a/b\nlicense: mit", untouched)) == {"license"}


def test_an_answer_of_the_metadata_is_of_unknown_origin_and_cannot_steer_a_terminal() -> None:
    card = audit_text("---\nlicense: other\nlicense_name: 'x\\e[2J'\n---\n# m\n\nx")
    field = next(field for field in card.fields if field.field == "license")
    assert field.state == "written"
    assert "\x1b" not in field.text
