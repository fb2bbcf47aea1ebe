"""What counts as a heading and a label, and where a passage belongs."""

from __future__ import annotations

import pytest

from tunecard.auditing import audit_text


def texts(body: str) -> dict[str, str]:
    return {field.field: field.text for field in audit_text(f"# Model Card for m\n\n{body}").fields if field.filled}


def test_code_is_never_a_heading() -> None:
    found = texts("## Usage\n\n```python\n# Training Data\nload()\n## Citation\n```\n\n    # Glossary\n    x = 1\n")
    assert set(found) == {"model_id", "get_started_code"}


def test_a_heading_inside_a_comment_is_none() -> None:
    assert set(texts("<!--\n## Glossary\n\nF1 is a mean.\n-->\n\n## Uses\n\nSorting mail.")) == {
        "model_id",
        "direct_use",
    }


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("### direct use", "direct_use"),
        ("# DIRECT USE [optional]", "direct_use"),
        ("###### 1.2 Direct Use:", "direct_use"),
        ("## **Direct Use**", "direct_use"),
        ("## Direct Use (optional) 🚀", "direct_use"),
        ("<h2 align='center'>Direct Use</h2>", "direct_use"),
        ("Direct Use\n----------", "direct_use"),
        ("## Intended uses", "direct_use"),
        ("## Bias, Risks and Limitations", "bias_risks_limitations"),
        ("## Limitations", "bias_risks_limitations"),
        ("## Known limitations and biases of the model", "bias_risks_limitations"),
        ("## Out-of-scope use", "out_of_scope_use"),
        ("## Misuse and malicious use", "out_of_scope_use"),
        ("## How to use", "get_started_code"),
        ("## Quickstart", "get_started_code"),
        ("## Training Data", "training_data"),
        ("## Dataset", "training_data"),
        ("## Training hyper-parameters", "training_regime"),
        ("## Evaluation results", "results"),
        ("## Performance on the test set", "results"),
        ("## Evaluation\n\n### Dataset", "testing_data"),
        ("## Model architecture", "model_specs"),
        ("## Framework versions", "software"),
        ("## License", "license"),
        ("## Authors", "model_card_authors"),
        ("## Contact", "model_card_contact"),
        ("## Interpretability", "model_examination"),
    ],
)
def test_headings_are_matched_by_meaning(heading: str, field: str) -> None:
    assert set(texts(f"{heading}\n\nSomething was said here.")) == {"model_id", field}


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("- **Developed by:** A. Person", "developers", "A. Person"),
        ("- **Developed by**: A. Person", "developers", "A. Person"),
        ("* __Language(s)__: English", "language", "English"),
        ("**License:** Apache 2.0", "license", "Apache 2.0"),
        ("License: Apache 2.0", "license", "Apache 2.0"),
        ("- **Parent Model:** bert-base-cased", "base_model", "bert-base-cased"),
        ("- **Finetuned from model [optional]:** x/y", "base_model", "x/y"),
        ("| License | mit |\n|---|---|", "license", "mit"),
    ],
)
def test_labels_are_matched_by_meaning(line: str, field: str, value: str) -> None:
    if not line.startswith("|"):
        assert texts(f"## Model Details\n\n{line}")[field] == value
    else:
        assert texts(f"## Model Details\n\n| key | value |\n|---|---|\n{line.splitlines()[0]}")[field] == value


def test_a_label_counts_only_where_it_belongs() -> None:
    assert "license" not in texts("## Evaluation\n\n### Results\n\n- License: plates read in 93 % of images")


def test_one_heading_can_fill_two_fields_only_if_both_are_spoken_of() -> None:
    assert set(texts("## Intended uses & limitations\n\nSorting mail.")) == {"model_id", "direct_use"}
    both = texts("## Intended uses & limitations\n\nSorting mail. It cannot read French.")
    assert set(both) == {"model_id", "direct_use", "bias_risks_limitations"}


def test_a_sentence_above_a_rule_is_no_heading() -> None:
    found = texts(
        "## Direct Use\n\nSorting the mail of a small office into nine folders, once a day, by night.\n---\nAlso fax."
    )
    assert (
        found["direct_use"] == "Sorting the mail of a small office into nine folders, once a day, by night. Also fax."
    )


def test_a_card_without_a_title_has_none() -> None:
    found = {field.field for field in audit_text("It sorts mail.\n\n## Notes of mine\n\nx").fields if field.filled}
    assert found == {"model_summary"}
    found = {field.field for field in audit_text("## mail-sorter\n\nIt sorts mail.").fields if field.filled}
    assert found == {"model_id", "model_summary"}


def test_a_table_without_rows_or_with_empty_cells_says_nothing() -> None:
    assert "results" not in texts("## Results\n\n| metric | value |\n|---|---|")
    assert "results" not in texts("## Results\n\n| metric | value |\n|---|---|\n| F1 | TBD |\n| MCC | |")
    assert "results" in texts("## Results\n\nOn the test set:\n| metric | value |\n|---|---|\n| F1 | 0.7 |")


def test_an_unknown_heading_belongs_to_the_known_one_above() -> None:
    found = texts("## Evaluation\n\n### Results\n\n#### On long texts\n\nF1 0.6.\n\n## Thanks\n\nTo all.")
    assert found["results"] == "F1 0.6."
    assert set(found) == {"model_id", "results"}


def test_the_version_of_peft_alone_is_no_software_stack() -> None:
    assert "software" not in texts("## Contact\n\nx\n\n### Framework versions\n\n- PEFT 0.18.0")
    assert "software" in texts("### Framework versions\n\n- PEFT 0.18.0\n- Transformers 4.57.1")
