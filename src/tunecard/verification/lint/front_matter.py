"""Does the front matter say what the findings say? Parsed and compared key by key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from tunecard.card.model_metadata import metadata_of
from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.comparing import is_equal, shown
from tunecard.untrusted.bounded_yaml import load_yaml
from tunecard.verification.lint.card_text import FRONT_MATTER
from tunecard.verification.report import Check, judged

NAME = "metadata"
KEYS = ("base_model", "license", "license_name", "language", "datasets", "pipeline_tag", "library_name", "metrics")


def check_metadata(folder: RunFolder, findings: Findings) -> Check:
    """Scores, licence, base, language and data of the front matter are those of the findings."""
    try:
        if folder.card.is_symlink():
            return Check(NAME, False, f"{folder.card.name} is a link")
        content = _front_matter(folder.read_text(folder.card))
    except (OSError, ValueError, yaml.YAMLError) as error:
        return Check(NAME, False, f"{folder.card.name} has no front matter that can be read: {error}")
    try:
        expected = metadata_of(findings)
    except Exception:  # noqa: BLE001 evidence is foreign input: the check of the card names what it trips over
        return Check(NAME, None, "the findings give no metadata to compare with")
    problems = [
        f"{key} is {shown(content.get(key))}, the findings say {shown(expected.get(key))}"
        for key in KEYS
        if not is_equal(content.get(key), expected.get(key))
    ]
    problems += _index_problems(_index(content), _index(expected))
    return judged(NAME, problems, f"{len(_index(expected))} scores and {len(KEYS)} keys are those of the findings")


def _front_matter(text: str) -> dict[str, Any]:
    match = FRONT_MATTER.match(text)
    if match is None:
        raise ValueError("no block between two lines of ---")
    content = load_yaml(match.group()[4:-4], most_aliases=0)
    if not isinstance(content, dict):
        raise ValueError("it is no mapping")
    return content


def _index(content: dict[str, Any]) -> dict[str, Any]:
    """Name of a metric to its record, of the whole model-index; a shape that is none gives nothing."""
    found: dict[str, Any] = {}
    try:
        for model in content.get("model-index") or []:
            for result in model["results"]:
                found[f"dataset {result['dataset']['name']}"] = result["dataset"]
                for metric in result["metrics"]:
                    found[str(metric["name"])] = metric
    except (TypeError, KeyError, AttributeError):
        return {}
    return found


def _index_problems(content: dict[str, Any], expected: dict[str, Any]) -> Iterator[str]:
    for name in [*expected, *(name for name in content if name not in expected)]:
        if not is_equal(content.get(name), expected.get(name), 0.0):
            yield f"model-index: {name} is {shown(content.get(name))}, the findings say {shown(expected.get(name))}"
