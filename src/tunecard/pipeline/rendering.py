"""From findings to the files a reader sees; and the same again after a declaration changed."""

from __future__ import annotations

import datetime
from pathlib import Path

import yaml

from tunecard.adapters.methods.recipes import check_recipe
from tunecard.card import RENDERER_VERSION, make_card, write_cards, write_figures
from tunecard.evidence import Finding, Findings, RunFolder
from tunecard.evidence.files import sha256_of
from tunecard.measurement import renewed_carbon
from tunecard.pipeline.plans import Plans
from tunecard.recipe import CardRecipe
from tunecard.reporting.citation import renewed_citation
from tunecard.reporting.declarations import renewed_declarations
from tunecard.reporting.run import rendered_by_finding

PLACES = {"environment.region": "declared.region", "environment.cloud_provider": "declared.cloud_provider"}


def write_card(folder: RunFolder, findings: Findings) -> None:
    """Writes evidence, figures, the cards in all their forms and, last, the manifest over all of them."""
    card = make_card(findings)
    folder.write_findings(card.findings)
    write_figures(folder, card.findings)
    write_cards(folder, card)
    folder.write_manifest()


def render_again(path: Path, *, confirm: bool = False) -> RunFolder:
    """Renders the card of a finished run anew, with what the `card:` block of its recipe.yaml declares now.

    A declaration that did not change keeps its date, and is marked stale when the adapter's weights changed; a region
    declared only now gives grams.

    Args:
        confirm: dates every declaration today, as made for the adapter that is in the folder.
    Raises: RunFolderError, RecipeError: before anything is written.
    """
    folder = RunFolder(path)
    findings = folder.read_findings()
    recipe = check_recipe(yaml.safe_load(folder.recipe.read_text(encoding="utf-8")), place=str(folder.recipe))
    write_card(folder, _renewed(folder, findings, Plans(recipe).card, confirm=confirm))
    return folder


def _renewed(folder: RunFolder, findings: Findings, card: CardRecipe, *, confirm: bool) -> Findings:
    today = datetime.date.today().isoformat()
    weights = sha256_of(folder.adapter_weights)
    renewed = Findings(replaced(findings, renewed_declarations(findings, card, weights, today, confirm=confirm)))
    renewed = Findings(replaced(renewed, _places(renewed)))
    renewed = renewed_carbon(renewed, findings.value("declared.region"), card.region)
    renewed = Findings(replaced(renewed, renewed_citation(renewed, card, folder.path)))
    return Findings(replaced(renewed, renewed_versions(renewed)))


def renewed_versions(findings: Findings) -> list[Finding]:
    """Which renderer writes the card now, and of which tunecard it is; who made the run stays as it was."""
    renderer = findings["run.renderer_version"].model_copy(update={"value": RENDERER_VERSION})
    return [renderer, rendered_by_finding()]


def replaced(findings: Findings, fresh: list[Finding]) -> list[Finding]:
    """The findings in their order, each with its successor in its place; new ones last."""
    by_id = {finding.id: finding for finding in fresh}
    kept = [by_id.pop(finding.id, finding) for finding in findings]
    return [*kept, *by_id.values()]


def _places(findings: Findings) -> list[Finding]:
    """Where it took place, as declared now."""
    return [
        findings[said].model_copy(update={"id": id, "name": findings[id].name})
        for id, said in PLACES.items()
        if id in findings and said in findings
    ]
