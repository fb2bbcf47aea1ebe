"""Texts that say nothing, and short ones that do."""

from __future__ import annotations

import pytest

from tunecard.auditing import audit_text
from tunecard.auditing.emptiness import meaning, title_meaning

NOTHING = [
    "",
    "[More Information Needed]",
    "More information needed",
    "More information needed.",
    "[More Information Needed](https://github.com/huggingface/datasets)",
    "[Needs More Information]",
    "More information on training data needed",
    "This modelcard aims to be a base template for new models. It has been generated using"
    " [this raw template](https://github.com/huggingface/huggingface_hub/blob/main/template.md?plain=1).",
    "[More Information Needed] (address of the board to be added later)",
    "The scores of both teams will be published soon.",
    "None",
    "**None**",
    "N/A",
    "n/a.",
    "TBD",
    "TODO",
    "todo: ",
    "-",
    "—",
    "...",
    "unknown",
    "See above.",
    "As described above.",
    "see the section below",
    "Same as above",
    "(to be added)",
    "Coming soon 🚧",
    "???",
    "Wird noch ergänzt.",
    "À compléter",
    "待补充",
    "*Unknown*",
    "Not specified.",
    "<!-- something hidden -->",
    "<!-- a\n\nb -->",
    "<!-- never closed",
    "<details>\n<summary> Click to expand </summary>\n</details>",
    "![badge](https://example.org/badge.svg)",
    "[![badge](https://example.org/badge.svg)](https://example.org)",
    "| --- | --- |",
    "Users (both direct and downstream) should be made aware of the risks, biases and limitations of the model."
    " More information needed for further recommendations.",
    "Users (both direct and downstream) should be made\naware of the risks, biases and limitations of the model.",
    "Use the code below to get started with the model.",
    "Carbon emissions can be estimated using the [Machine Learning Impact calculator]"
    "(https://mlco2.github.io/impact#compute) presented in [Lacoste et al. (2019)](https://arxiv.org/abs/1910.09700).",
    "This model is a fine-tuned version of [a/b](https://huggingface.co/a/b) on an unknown dataset.",
    "This model is a fine-tuned version of [a/b](https://huggingface.co/a/b) on the None dataset.",
    "This model was trained from scratch on an unknown dataset.",
    "The following hyperparameters were used during training:",
]

SOMETHING = [
    "0",
    "0 g",
    "en",
    "mit",
    "Nonesuch Ltd",
    "See [the paper](https://example.org/paper.pdf) for the protocol above.",
    "Texts above 512 tokens are cut.",
    "无锡的报纸",
    "x",
    "日本語",
    "Noneless users (both direct and downstream).",
    "This model is a fine-tuned version of [a/b](https://huggingface.co/a/b) on the imdb dataset.",
    "More information needed was the title of our paper.",
    "Users (both direct and downstream) should be made aware of the risks, biases and limitations of the model."
    " It fails on negation.",
    "<https://github.com/example/repo>",
    "Unknown words become [UNK].",
    "This modelcard aims to be a base template for new models. Sorts mail.",
    "Letters to be added to a file at once.",
]


@pytest.mark.parametrize("text", NOTHING)
def test_it_says_nothing(text: str) -> None:
    assert meaning(text) == ""
    assert state_of(f"## Uses\n\n### Direct Use\n\n{text}") == "empty"


@pytest.mark.parametrize("text", SOMETHING)
def test_it_says_something(text: str) -> None:
    assert meaning(text)
    assert state_of(f"## Uses\n\n### Direct Use\n\n{text}") == "written"


def state_of(body: str) -> str:
    return next(field.state for field in audit_text(f"# Model\n\n{body}").fields if field.field == "direct_use")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Model Card for Model ID", ""),
        ("Model Card for", ""),
        ("Model card", ""),
        ("Model Trained Using AutoTrain", ""),
        ("Model Card for output", ""),
        ("README", ""),
        ("Model Card for bert-bias-probe", "bert-bias-probe"),
        ("BERT base (cased)", "BERT base (cased)"),
    ],
)
def test_a_title_names_a_model_or_not(title: str, name: str) -> None:
    assert title_meaning(title) == name


def test_notes_of_the_template_above_the_metadata_are_no_title() -> None:
    notes = (
        "# For reference on model card metadata, see the spec: https://example.org/spec.md\n"
        "# Doc / guide: https://huggingface.co/docs/hub/model-cards\n"
    )
    card = audit_text(f"{notes}---\nlicense: mit\n---\n\n# Model Card for letter-sorter\n\nSorts letters.")
    said = {field.field: field.text for field in card.fields if field.filled}
    assert (said["model_id"], said["model_summary"]) == ("letter-sorter", "Sorts letters.")


def test_a_title_about_bias_is_still_the_title() -> None:
    fields = {field.field: field for field in audit_text("# bias-in-bios-tagger\n\nA tagger of professions.").fields}
    assert fields["model_id"].text == "bias-in-bios-tagger"
    assert fields["model_summary"].filled
    assert not fields["bias_risks_limitations"].filled
