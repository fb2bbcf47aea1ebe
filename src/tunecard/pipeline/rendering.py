"""From findings to the files a reader sees; and the same again after a declaration changed."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

import yaml

from tunecard.adapters.methods.recipes import check_recipe
from tunecard.card import RENDERER_VERSION, known_figures, make_card, stored_answers, write_cards, write_figures
from tunecard.counted import counted
from tunecard.errors import RecipeError
from tunecard.evidence import Finding, Findings, RunFolder
from tunecard.evidence.disk_faults import disk_faults
from tunecard.evidence.files import half_folder, sha256_of, write_text
from tunecard.evidence.output_folder import locked_folder
from tunecard.measurement import renewed_carbon
from tunecard.pipeline.plans import Plans
from tunecard.recipe import CardRecipe, Recipe
from tunecard.reporting.citation import renewed_citation
from tunecard.reporting.declarations import renewed_declarations
from tunecard.reporting.run import rendered_by_finding
from tunecard.tasks.other_libraries import files_for_others
from tunecard.untrusted.bounded_yaml import load_yaml

PLACES = {"environment.region": "declared.region", "environment.cloud_provider": "declared.cloud_provider"}


def write_card(folder: RunFolder, findings: Findings) -> None:
    """Writes evidence, figures, the cards in all their forms and, last, the manifest over all of them.

    All of it is made before the first file is put in its place: a disk that fills up, or a stop, leaves the card that
    was there.
    """
    with counted("Writing sentences and tables"):
        card = make_card(findings)
    with disk_faults(folder.card), half_folder(folder.path) as beside:
        made = RunFolder(beside)
        made.write_findings(card.findings)
        write_figures(made, card.findings)
        with counted("Writing the card in all its forms"):
            write_cards(made, card, stored_answers(folder, card.findings))
        for name, text in files_for_others(card.findings).items():
            (made.path / name).parent.mkdir(exist_ok=True)
            write_text(made.path / name, text)
        _put(made, folder)
    folder.write_manifest()


def _put(made: RunFolder, folder: RunFolder) -> None:
    """Moves what was made to its place, and removes figures that no card shows any more, and records of other names."""
    fresh = made.eval_record_files()
    for name, old in folder.eval_record_files().items():
        if name not in fresh:
            old.unlink()
    for old in folder.eval_results.glob("*"):
        if not (made.eval_results / old.name).exists():
            old.unlink()
    for name in known_figures() - {path.name for path in made.figures.glob("*")}:
        (folder.figures / name).unlink(missing_ok=True)
    for path in sorted(path for path in made.path.rglob("*") if path.is_file()):
        place = folder.path / path.relative_to(made.path)
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, place)


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
    recipe = _read_recipe(folder)
    with locked_folder(path):
        write_card(folder, _renewed(folder, findings, Plans(recipe).card, confirm=confirm))
    return folder


def _read_recipe(folder: RunFolder) -> Recipe:
    try:
        content = load_yaml(folder.read_text(folder.recipe))
    except (OSError, ValueError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())
        raise RecipeError(f"cannot be read: {said}. A card is rendered from it.", place=str(folder.recipe)) from error
    return check_recipe(content, place=str(folder.recipe))


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
