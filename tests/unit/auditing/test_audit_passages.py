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


OUT = "Never to decide who gets a loan."


@pytest.mark.parametrize(
    "lines",
    [
        f"**Out-of-scope use cases:** {OUT}",
        f"**Out-of-scope use cases**: {OUT}",
        f"**Out-of-scope use cases.** {OUT}",
        f"**Out-of-scope use cases** {OUT}",
        f"**Out of scope** - {OUT}",
        f"- **Out-of-scope uses:** {OUT}",
        f"* __Misuse__ {OUT}",
        f"**Out-of-scope use**\n\n{OUT}",
        f"### Out-of-Scope Use Cases\n\n{OUT}",
    ],
)
def test_what_is_out_of_scope_is_not_credited_to_direct_use(lines: str) -> None:
    found = texts(f"## Intended use\n\n**Primary use cases:** Sorting the letters of a town.\n\n{lines}")
    assert set(found) == {"model_id", "direct_use", "out_of_scope_use"}
    assert found["out_of_scope_use"] == OUT
    assert "loan" not in found["direct_use"]


def test_bold_words_inside_a_sentence_are_no_heading() -> None:
    found = texts("## Direct Use\n\n**Limitations** of the law apply. **Results** come by mail.")
    assert set(found) == {"model_id", "direct_use"}


def test_bold_words_before_a_full_stop_are_a_heading() -> None:
    found = texts(
        "## Evaluation\n\n### Testing Data, Factors & Metrics\n\n**Testing data.** 300 letters of May.\n\n"
        "**Metrics.** Exact match of the folder.\n\n#### Compute\n\nOne T4 for ninety minutes, or 1.5 hours. "
        "Emissions were not recorded."
    )
    assert found["testing_data"] == "300 letters of May."
    assert found["testing_metrics"] == "Exact match of the folder."
    assert found["hardware_type"].startswith("One T4")
    assert "1.5 hours" in found["hours_used"]
    assert found["co2_emitted"] == "Emissions were not recorded."


def test_a_data_set_below_evaluation_is_what_it_was_tested_on() -> None:
    found = texts("## Training\n\n- **Dataset:** letters of 2019\n\n## Evaluation\n\n- **Dataset:** letters of 2020")
    assert (found["training_data"], found["testing_data"]) == ("letters of 2019", "letters of 2020")


def test_what_folds_open_stands_under_its_summary_and_ends_with_it() -> None:
    found = texts(
        "Sorts letters.\n\n<details>\n<summary><b>Limitations</b></summary>\n\nIt reads no handwriting.\n\n</details>\n\n"
        "It was built in May.\n\n<details><summary>Click to expand</summary>\n\nBy two people.\n\n</details>"
    )
    assert found["bias_risks_limitations"] == "It reads no handwriting."
    assert found["model_summary"] == "Sorts letters. It was built in May. By two people."


def test_a_table_in_html_is_a_table() -> None:
    found = texts(
        "<h2>Details</h2>\n<table>\n<tr><th>key</th><th>value</th></tr>\n"
        "<tr><td><b>License</b></td><td>mit</td></tr>\n<tr><td>Language</td><td>cy</td></tr></table>"
    )
    assert (found["license"], found["language"]) == ("mit", "cy")
    code = "<table><tr><td>License</td><td>mit</td></tr></table>"
    assert set(texts(f"## How to use\n\n```html\n{code}\n```")) == {"model_id", "get_started_code"}


@pytest.mark.parametrize("line", ["Maintainer: the post room, post@example.org", "the post room, post@example.org"])
def test_a_maintainer_is_whom_to_ask(line: str) -> None:
    assert texts(f"## Maintainer\n\n{line}")["model_card_contact"] == "the post room, post@example.org"


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        ("## Results\n\nEvaluated on a test set of 300 letters.", "testing_data", "test set of 300 letters"),
        ("## Results\n\nAccuracy on 300 held-out letters and texts: 0.9", "testing_data", "300 held-out"),
        ("## Direct Use\n\nSorts mail. It is not designed to read handwriting.", "out_of_scope_use", "handwriting"),
        ("A sorter.\n\nDo not use it to decide on people.", "out_of_scope_use", "decide on people"),
        ("A bert-base-multilingual-cased model finetuned for letters.", "base_model", "bert-base-multilingual-cased"),
        ("It is based on HerBERT and sorts letters.", "base_model", "HerBERT"),
        ("## Training\n\nTrained with:\n- Encoder: DeBERTa-v3-small\n- Noise: none", "base_model", "DeBERTa-v3-small"),
        ("Code lives in the [GitHub repository](https://github.com/a/b).", "repo", "GitHub repository"),
        ("Sorts.\n\n- Code and data: https://github.com/a/b", "repo", "https://github.com/a/b"),
        ("Its design is in our [paper](https://example.org/p.pdf).", "paper", "Its design"),
        ("Sorts.\n\n## In action\n\n> Created by Ada Person", "developers", "Ada Person"),
        ("## Cite\n\nFor questions contact me by mail or on the forum.", "model_card_contact", "contact me by mail"),
        ("## Training\n\nThree epochs, trained on Apple M4 (fp32).", "hardware_type", "Apple M4"),
        ("It is intended for direct use on letters, or for further finetuning on faxes.", "downstream_use", "on faxes"),
        ("It is intended for direct use on letters.", "direct_use", "direct use on letters"),
        ("## Purpose\n\nSorting the letters of a town.", "direct_use", "Sorting the letters"),
        ("## Model and Data\n\n| set | F1 |\n|---|---|\n| letters | 0.9 |", "results", "0.9"),
        ("## Test set performance\n\nF1 is 0.9.", "results", "F1 is 0.9."),
        ("## Uses\n\n### ⚠️ Not recommended\n\nDecisions on people.", "out_of_scope_use", "Decisions on people."),
        ("## Limitations\n\n- Slow on faxes\n- Not meant for letters to courts", "out_of_scope_use", "to courts"),
        ("## Limitations\n\nDo not use its predictions to fine a sender.", "out_of_scope_use", "fine a sender"),
        ("Sorts letters. It is based on a pre-trained version of RoBERTa.", "base_model", "RoBERTa"),
        ("## Citation\n\nThis model was built on ELECTRA.", "base_model", "ELECTRA"),
        ("It is a *xlm-roberta-base* model which was fine-tuned for post.", "base_model", "xlm-roberta-base"),
        ("## Training\n\nIt has 14M parameters in a dual-tower architecture.", "model_specs", "14M parameters"),
        ("Sorts letters; tested twice on a sealed 90-letter benchmark.", "testing_data", "90-letter benchmark"),
        ("## Results (test split, 410 rows)\n\nF1 is 0.9.", "testing_data", "410 rows"),
        ("## Training Data\n\nPost of 2019. Preprocessing included cutting stamps off.", "preprocessing", "stamps"),
        ("## Training Data\n\nPost of 2019, whose lines were deduplicated.", "preprocessing", "deduplicated"),
        ("## Data\n\n- Source: a town\n- **Filtering:** short letters left out", "preprocessing", "short letters"),
        ("## Safety and Responsible Use\n\nHave a clerk look.", "bias_recommendations", "a clerk look"),
        ("## Safety and Responsible Use\n\nHave a clerk look.", "bias_risks_limitations", "a clerk look"),
        ("## Responsible usage\n\nHave a clerk look.", "bias_recommendations", "a clerk look"),
    ],
)
def test_a_statement_counts_wherever_it_stands(body: str, field: str, said: str) -> None:
    assert said in texts(body)[field]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("## Results\n\nF1 is 0.9 on the test set.", "testing_data"),
        ("## Direct Use\n\nSorts mail that is not for the mayor.", "out_of_scope_use"),
        ("A sorter based on letters of 2019.", "base_model"),
        ("Made with [SomeTool on GitHub](https://github.com/some/tool).", "repo"),
        ("See the [paper](docs/paper.md).", "paper"),
        ("A sorter that was evaluated on the test set.", "testing_data"),
        ("## Results\n\nEvaluated on an unknown dataset.", "testing_data"),
        ("## Results (test split)\n\nF1 is 0.9.", "testing_data"),
        ("## Limitations\n\nMostly sure, if not designed for it.", "out_of_scope_use"),
        ("It has 14M parameters.", "model_specs"),
        ("## Citation\n\nOthers were built on ELECTRA.", "base_model"),
        ("## Responsible usage\n\nHave a clerk look.", "bias_risks_limitations"),
        ("## Results\n\n| Model | score |\n|---|---|\n| this one | 0.9 |\n| other | 0.8 |", "model_type"),
    ],
)
def test_what_only_resembles_a_statement_counts_for_nothing(body: str, field: str) -> None:
    assert field not in texts(body)


def test_authors_made_the_model_and_the_card() -> None:
    assert set(texts("## Authors\n\nAda Person")) == {"model_id", "developers", "model_card_authors"}
