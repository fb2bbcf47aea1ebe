"""The 44 fields of the Hub's model card, as data.

The card writes these fields and the audit reads them; both take the names, the headings and the labels from
this one table, so that what is written under a heading is what is looked for under it.

Source: `modelcard_template.md` in huggingface_hub, whose 45 variables are these 44 and `card_data` (the front matter).
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["title", "summary", "text", "bullet", "bold"]


@dataclass(frozen=True)
class Field:
    """One template variable and its place in the card.

    `section` is the heading of level two it belongs to ("" above the first one); `heading` the path of heading texts
    below the title that it stands under; `label` the text of its bullet or of the bold line above it, "" for
    running text.
    """

    variable: str
    section: str
    heading: tuple[str, ...]
    label: str
    kind: Kind


_DESCRIPTION = ("Model Details", "Model Description")
_SOURCES = ("Model Details", "Model Sources")
_PROCEDURE = ("Training Details", "Training Procedure")
_TESTING = ("Evaluation", "Testing Data, Factors & Metrics")
_SPECIFICATIONS = ("Technical Specifications",)
_INFRASTRUCTURE = (*_SPECIFICATIONS, "Compute Infrastructure")


def _text(variable: str, *heading: str) -> Field:
    return Field(variable, heading[0], heading, "", "text")


def _bullet(variable: str, label: str, *heading: str) -> Field:
    return Field(variable, heading[0], heading, label, "bullet")


FIELDS: tuple[Field, ...] = (
    Field("model_id", "", (), "", "title"),
    Field("model_summary", "", (), "", "summary"),
    _text("model_description", *_DESCRIPTION),
    _bullet("developers", "Developed by", *_DESCRIPTION),
    _bullet("funded_by", "Funded by", *_DESCRIPTION),
    _bullet("shared_by", "Shared by", *_DESCRIPTION),
    _bullet("model_type", "Model type", *_DESCRIPTION),
    _bullet("language", "Language(s) (NLP)", *_DESCRIPTION),
    _bullet("license", "License", *_DESCRIPTION),
    _bullet("base_model", "Finetuned from model", *_DESCRIPTION),
    _bullet("repo", "Repository", *_SOURCES),
    _bullet("paper", "Paper", *_SOURCES),
    _bullet("demo", "Demo", *_SOURCES),
    _text("direct_use", "Uses", "Direct Use"),
    _text("downstream_use", "Uses", "Downstream Use"),
    _text("out_of_scope_use", "Uses", "Out-of-Scope Use"),
    _text("bias_risks_limitations", "Bias, Risks, and Limitations"),
    _text("bias_recommendations", "Bias, Risks, and Limitations", "Recommendations"),
    _text("get_started_code", "How to Get Started with the Model"),
    _text("training_data", "Training Details", "Training Data"),
    _text("preprocessing", *_PROCEDURE, "Preprocessing"),
    _bullet("training_regime", "Training regime", *_PROCEDURE, "Training Hyperparameters"),
    _text("speeds_sizes_times", *_PROCEDURE, "Speeds, Sizes, Times"),
    _text("testing_data", *_TESTING, "Testing Data"),
    _text("testing_factors", *_TESTING, "Factors"),
    _text("testing_metrics", *_TESTING, "Metrics"),
    _text("results", "Evaluation", "Results"),
    _text("results_summary", "Evaluation", "Results", "Summary"),
    _text("model_examination", "Model Examination"),
    _bullet("hardware_type", "Hardware Type", "Environmental Impact"),
    _bullet("hours_used", "Hours used", "Environmental Impact"),
    _bullet("cloud_provider", "Cloud Provider", "Environmental Impact"),
    _bullet("cloud_region", "Compute Region", "Environmental Impact"),
    _bullet("co2_emitted", "Carbon Emitted", "Environmental Impact"),
    _text("model_specs", *_SPECIFICATIONS, "Model Architecture and Objective"),
    _text("compute_infrastructure", *_INFRASTRUCTURE),
    _text("hardware_requirements", *_INFRASTRUCTURE, "Hardware"),
    _text("software", *_INFRASTRUCTURE, "Software"),
    Field("citation_bibtex", "Citation", ("Citation",), "BibTeX", "bold"),
    Field("citation_apa", "Citation", ("Citation",), "APA", "bold"),
    _text("glossary", "Glossary"),
    _text("more_information", "More Information"),
    _text("model_card_authors", "Model Card Authors"),
    _text("model_card_contact", "Model Card Contact"),
)

VARIABLES: tuple[str, ...] = tuple(field.variable for field in FIELDS)

SECTIONS: tuple[str, ...] = tuple(dict.fromkeys(field.section for field in FIELDS))

BY_VARIABLE: dict[str, Field] = {field.variable: field for field in FIELDS}
