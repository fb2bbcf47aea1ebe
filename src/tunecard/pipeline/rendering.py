"""From findings to the files a reader sees; and the same again after a declaration changed."""

from __future__ import annotations

import datetime
from pathlib import Path

import yaml

from tunecard.card import (
    RENDERER_VERSION,
    count_card,
    write_cards,
    write_figures,
)
from tunecard.evidence import Findings, RunFolder
from tunecard.pipeline.declarations import declaration_findings
from tunecard.recipe import check_recipe


def write_card(folder: RunFolder, findings: Findings) -> None:
    """Writes evidence, figures, the cards in all their forms and, last, the manifest over all of them."""
    counted = {finding.id: finding for finding in count_card(findings)}
    findings = Findings([*(finding for finding in findings if finding.id not in counted), *counted.values()])
    folder.write_findings(findings)
    write_figures(folder, findings)
    write_cards(folder, findings)
    folder.write_manifest()


def render_again(path: Path) -> RunFolder:
    """Renders the card of a finished run anew, with what the `card:` block of its recipe.yaml declares now.

    A declaration that did not change keeps its date. Raises: RunFolderError, RecipeError.
    """
    folder = RunFolder(path)
    findings = folder.read_findings()
    recipe = check_recipe(yaml.safe_load(folder.recipe.read_text(encoding="utf-8")), place=str(folder.recipe))
    fresh = {finding.id: finding for finding in declaration_findings(recipe.card, datetime.date.today().isoformat())}
    kept = []
    for finding in findings:
        new = fresh.pop(finding.id, finding)
        is_same = new.value == finding.value and new.status == finding.status
        kept.append(finding if is_same else new)
    renewed = Findings([*kept, *fresh.values()])
    version = renewed["run.renderer_version"].model_copy(update={"value": RENDERER_VERSION})
    write_card(folder, Findings(version if finding.id == version.id else finding for finding in renewed))
    return folder
