"""Do the findings quote the recipe? Settings, protocol and declarations beside recipe.yaml, read again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from tunecard.adapters.methods.recipes import check_recipe
from tunecard.adapters.methods.registry import FAMILY, METHODS
from tunecard.errors import RecipeError
from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.comparing import disagreements, known, shown
from tunecard.evidence.conditions import was_completed
from tunecard.evidence.declaring import on_one_line, read_declared
from tunecard.evidence.ledger import RECIPE as FILE
from tunecard.recipe import AdapterRecipe, CardRecipe, Recipe, hyperparameters
from tunecard.untrusted.bounded_yaml import load_yaml
from tunecard.verification.report import Check, judged

NAME = "settings"
SETTINGS = "training.hyperparameters"
NOT_DECLARED = "example"  # of the card block: what the get-started code runs on


def check_settings(folder: RunFolder, findings: Findings) -> Check:
    """Every finding that was taken from recipe.yaml says what recipe.yaml says."""
    try:
        recipe = read_recipe_strictly(folder)
    except FileNotFoundError:
        return Check(NAME, None, f"there is no {FILE}: settings and declarations stand alone")
    except RecipeError as error:
        return Check(NAME, False, str(error))
    expected = quoted(recipe)
    if isinstance(recorded := findings.value(SETTINGS), dict) and not was_completed(findings):
        told = hyperparameters(recipe)  # what is left to a rule has the value that was recorded
        expected[SETTINGS] = {key: recorded.get(key) if value == "auto" else value for key, value in told.items()}
    if was_completed(findings):  # its recipe describes an evaluation: what it holds of training was not seen
        expected = known(findings, expected)
    problems = list(disagreements(findings, expected, FILE))
    problems += [f"{id} is not recorded, {FILE} says {shown(expected[id])}" for id in _dropped(findings, expected)]
    seeds, seed = recipe.seeds, findings.value("training.seed")
    if seed is not None and seed not in seeds:
        problems.append(f"training.seed is {shown(seed)}, {FILE} says {shown(list(seeds))}")
    if recipe.evaluation.cluster is None and findings.value("data.cluster") is not None:
        problems.append(f"data.cluster is recorded, and {FILE} names none")
    if recipe.adapter.layers == "all" and "adapter.layers" in findings:
        problems.append(f"adapter.layers is {shown(findings.value('adapter.layers'))}, {FILE} says all")
    tried = findings.value("adapter.layers_tried")
    if isinstance(tried, dict) and tried.get("chosen") != recipe.adapter.layers:
        problems.append(f"adapter.layers_tried chose {shown(tried.get('chosen'))}, {FILE} says {recipe.adapter.layers}")
    problems += [*_targets(recipe, findings), *_start(recipe, findings)]
    problems += _declarations(recipe.card, findings)
    covered = {*known(findings, expected), "training.seed"} & {finding.id for finding in findings}
    return judged(NAME, problems, f"{len(covered)} settings are those of {FILE}, and so are the declarations", covered)


def read_recipe_strictly(folder: RunFolder) -> Recipe:
    """recipe.yaml of a folder that may be hostile.

    Raises: FileNotFoundError: there is none. RecipeError: a link, no YAML, aliases, or no recipe.
    """
    if folder.recipe.is_symlink():
        raise RecipeError("is a link", place=FILE)
    try:
        return check_recipe(load_yaml(folder.read_text(folder.recipe), most_aliases=0), place=FILE)
    except FileNotFoundError:
        raise
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RecipeError(f"cannot be read: {error}", place=FILE) from error


def quoted(recipe: Recipe) -> dict[str, Any]:
    """Finding id to what the recipe says; what it leaves to a rule (`auto`) is left out."""
    adapter, training = recipe.adapter, recipe.training
    settings = hyperparameters(recipe)
    groups = {} if recipe.evaluation.cluster is None else {"data.cluster": recipe.evaluation.cluster}
    values = {
        **groups,
        **{f"target.{n}": one.model_dump(mode="json") for n, one in enumerate(recipe.evaluation.targets, 1)},
        "results.protocol": recipe.evaluation.protocol,
        SETTINGS: settings if "auto" not in settings.values() else "auto",
        "adapter.method": adapter.method,
        **({"adapter.new_tokens": list(adapter.new_tokens)} if adapter.new_tokens else {}),
        **({"adapter.layers": adapter.layers} if adapter.layers != "all" else {}),
        **{f"adapter.{key}": value for key, value in adapter.settings.items() if key not in _naming_modules(adapter)},
        "training.precision": training.precision,
        "training.class_weights": training.class_weights,
        "training.best_metric": training.best_metric,
        "model.max_length": recipe.data.max_length,
    }
    return {id: value for id, value in values.items() if value != "auto"}


def _naming_modules(adapter: AdapterRecipe) -> list[str]:
    """Settings that the evidence tells layer by layer: the adapter's own files are asked about those."""
    method = METHODS.get(adapter.method)
    return [setting.key for setting in (method or FAMILY).settings if setting.names_modules]


def _dropped(findings: Findings, expected: dict[str, Any]) -> list[str]:
    """Settings that a folder trained here must have recorded and has not."""
    if findings.value("training.hyperparameters") is None and findings.value("training.seconds") is None:
        return []
    return [id for id in expected if id not in findings]


def _targets(recipe: Recipe, findings: Findings) -> list[str]:
    """Published scores that the evidence names and the recipe does not."""
    named = {f"target.{number}" for number in range(1, len(recipe.evaluation.targets) + 1)}
    recorded = {".".join(finding.id.split(".")[:2]) for finding in findings.under("target")}
    return [f"{id} is recorded, and {FILE} names no such score" for id in sorted(recorded - named)]


def _start(recipe: Recipe, findings: Findings) -> list[str]:
    """The adapter that training started from is the one that the recipe names."""
    asked, recorded = recipe.adapter.start_from, findings.value("adapter.start_from")
    if findings.value("data.config") not in (None, recipe.data.config):
        return [f"data.config is {shown(findings.value('data.config'))}, {FILE} says {shown(recipe.data.config)}"]
    if asked is None:
        return [] if recorded is None else [f"adapter.start_from is recorded, and {FILE} names none"]
    name = recorded.get("name") if isinstance(recorded, dict) else None
    is_it = isinstance(name, str) and (name == asked or name == asked.rstrip("/").rpartition("/")[2])
    return [] if is_it else [f"adapter.start_from is {shown(name)}, {FILE} says {shown(asked)}"]


def _declarations(card: CardRecipe, findings: Findings) -> Iterator[str]:
    for key in type(card).model_fields:
        finding, value = findings.get(f"declared.{key}"), getattr(card, key)
        if key == NOT_DECLARED or finding is None:
            continue
        said = ", ".join(value) if isinstance(value, list) else value
        if said is not None and said != finding.value:
            yield f"{finding.id} is {shown(finding.value)}, {FILE} declares {shown(said)}"
        elif said is None and finding.status == "declared" and FILE in (finding.method or ""):
            yield f"{finding.id} is {shown(finding.value)}, {FILE} declares nothing"
        elif said is not None and finding.status == "not measured":
            yield f"{finding.id} is not declared, {FILE} declares {shown(said)}"
    yield from _declarers(card, findings)
    yield from _places(card, findings)


def _declarers(card: CardRecipe, findings: Findings) -> Iterator[str]:
    """Whoever is said to have declared something in the recipe is the one whom the recipe names."""
    who = on_one_line(card.declared_by)
    for finding in findings:
        said = read_declared(finding)
        if said is not None and said.who != who:
            yield f"{finding.id} is declared by {shown(said.who)}, {FILE} names {shown(who)} (card.declared_by)"


def _places(card: CardRecipe, findings: Findings) -> Iterator[str]:
    """Where it ran is declared in the same block, and recorded once more for what follows from it."""
    for id, told in (("environment.region", card.region), ("environment.cloud_provider", card.cloud_provider)):
        if id in findings and findings.value(id) != told:
            yield f"{id} is {shown(findings.value(id))}, {FILE} declares {shown(told)}"
