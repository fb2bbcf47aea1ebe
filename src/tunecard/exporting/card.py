"""The card of an export: what it is made of, how far its answers are from the adapter's, and how it is loaded."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.markdown import bullets, code, fenced, hub_link, is_repository_id
from tunecard.card.model_metadata import dump, metadata_of
from tunecard.card.naming import run_name
from tunecard.card.numbers import count, score_range, significant
from tunecard.evidence.files import sha256_of
from tunecard.exporting.compared_logits import LogitsCompared
from tunecard.exporting.format import Format
from tunecard.metrics.intervals import wilson_interval
from tunecard.reproduction.opened import Opened
from tunecard.version import __version__


def export_card(opened: Opened, form: Format, compared: LogitsCompared, split: str) -> str:
    """README.md of the export."""
    parts = [
        _metadata(opened, form),
        f"# {run_name(opened.findings)}, exported as {form.name}",
        f"{form.made_of} Nothing was trained or measured again but what stands under Compared.",
        "## Made of\n\n" + bullets(_made_of(opened)),
        "## Compared\n\n" + _compared(opened, form, compared, split),
        "## Use\n\n" + fenced(form.lines(opened), "python"),
        "## Limits\n\nThose of the adapter, which its own card tells: keep that card with the model.",
    ]
    return "\n\n".join(parts) + "\n"


# What the Hub reads of the adapter's card that holds for what is made of it; its scores were not measured again.
KEPT = ("base_model", "pipeline_tag", "license", "license_name", "language", "datasets")


def _metadata(opened: Opened, form: Format) -> str:
    known = metadata_of(opened.findings)
    record = {key: known[key] for key in KEPT if key in known} | {"library_name": form.library}
    if "base_model" in record:
        record["base_model_relation"] = form.relation
    return f"---\n{dump(record)}---"


def _made_of(opened: Opened) -> list[str]:
    findings, adapter = opened.findings, opened.folder.adapter_weights
    base = hub_link(opened.base.id) if is_repository_id(opened.base.id) else code(opened.base.id)
    lines = [
        f"the {facts.method_title(findings)} adapter whose `{adapter.name}` has sha256 {code(sha256_of(adapter))}",
        f"on {base}, weights sha256 {code(findings.value('base_model.weights_sha256'))}",
        f"by tunecard {__version__}",
    ]
    headline = facts.headline(findings)
    value = facts.number_of(headline)
    if headline is not None and value is not None:
        within = f" (95 % interval {score_range(headline.interval)})" if headline.interval else ""
        metric = facts.metric_name(findings, facts.headline_metric(findings))
        lines.append(f"{metric} of the adapter on its {headline.split or 'test'} rows: {value:.3f}{within}")
    return lines


def _compared(opened: Opened, form: Format, compared: LogitsCompared, split: str) -> str:
    low, high = wilson_interval(compared.flips, compared.rows) or (0.0, 1.0)
    rows = facts.row_word(opened.findings)
    return bullets([
        f"{count(compared.rows)} {rows} of {split}, each through the adapter on its base and through this export",
        f"largest difference of a logit: {significant(compared.largest)}",
        f"answers that became others: {count(compared.flips)} (95 % interval of their share {low:.4f} to {high:.4f}); "
        f"{count(compared.ties)} more were as likely but for rounding",
    ])  # fmt: skip
