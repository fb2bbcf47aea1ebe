"""What a Space says of its adapter: the header that the Hub reads, what pip installs, and what the page shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunecard.card import facts
from tunecard.card.examples import examples
from tunecard.card.in_plain_words import limits_in_words, reliability
from tunecard.card.markdown import code, escape, hub_link, is_repository_id, one_line
from tunecard.card.model_metadata import dump, metadata_of
from tunecard.card.naming import run_name
from tunecard.encoders import EMBEDDED_ID
from tunecard.evidence import Findings
from tunecard.evidence.folder_words import headline_in_words
from tunecard.version import __version__

GRADIO = "6.31.0"  # that every Space is tried with
PYTHON = "3.11"
LONGEST_TITLE = 80


def header(findings: Findings, title: str) -> dict[str, Any]:
    """The YAML at the top of the Space's README.md, by the Hub's reference of Spaces."""
    told = metadata_of(findings)
    record = {
        "title": title, "emoji": "🏷️", "colorFrom": "blue", "colorTo": "gray", "sdk": "gradio", "sdk_version": GRADIO,
        "python_version": PYTHON, "app_file": "app.py", "pinned": False,
    }  # fmt: skip
    record |= {key: told[key] for key in ("license", "license_name") if key in told}
    return record | ({"models": [told["base_model"]]} if "base_model" in told else {})


def readme(findings: Findings, *, has_base: bool) -> str:
    """README.md of the Space."""
    title, base = title_of(findings), findings.value("base_model.id")
    named = hub_link(base) if is_repository_id(base) and not has_base else code(base)
    where = "which lies in `base/`" if has_base else "which is fetched when the Space starts"
    return (
        f"---\n{dump(header(findings, title))}---\n\n# {escape(title)}\n\n"
        f"A page to try the adapter in `adapter/`, on {named}, {where}. [Its card](adapter/README.md) says what it was "
        "trained on, how it was judged and where it fails; `tunecard verify adapter` asks that again.\n\n"
        "    pip install -r requirements.txt\n    python app.py\n\n"
        f"Written by tunecard {__version__}. `app.py` is the same in every Space; what is of this adapter stands in "
        "`space.json`, without a row of the data but those that the recipe let the card show.\n"
    )


def requirements(findings: Findings) -> str:
    """requirements.txt: what the Space is tried with."""
    extras = "train,embedded" if findings.value("base_model.id") == EMBEDDED_ID else "train"
    return f"gradio=={GRADIO}\ntunecard[{extras}]=={__version__}\n"


def page(findings: Findings, parts: Sequence[str]) -> dict[str, Any]:
    """What space.json holds.

    Args:
        parts: what a person fills in, by `Predictor.parts`: a box each.
    """
    about = [facts.task_of(findings).name, f"on {findings.value('base_model.id')}", headline_in_words(findings)]
    return {
        "title": title_of(findings),
        "about": one_line(" · ".join(said for said in about if said)),
        "examples": [_boxes(example.texts, parts) for example in examples(findings)],
        "limits": limits_in_words(findings),
        "reliability": reliability(findings),
    }


def title_of(findings: Findings) -> str:
    """The run's name on one line."""
    return one_line(run_name(findings), LONGEST_TITLE)


def _boxes(texts: Sequence[str], parts: Sequence[str]) -> list[str]:
    """A text a box; those of the last box, which may be several, a line each."""
    own = len(parts) - 1
    return [*texts[:own], "\n".join(texts[own:])]
