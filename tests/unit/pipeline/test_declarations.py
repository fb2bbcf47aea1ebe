"""Who declared what, when, and for which adapter; rendered again, nothing is lost, invented or silently carried on."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tunecard.adapters.methods.recipes import check_recipe
from tunecard.errors import RecipeError
from tunecard.evidence import Finding, Findings, RunFolder, derived, measured
from tunecard.evidence.declaring import is_stale, read_declared
from tunecard.evidence.files import sha256_of
from tunecard.measurement import carbon
from tunecard.pipeline import estimate, render_again, run
from tunecard.pipeline.rendering import write_card
from tunecard.recipe import CardRecipe
from tunecard.reporting.declarations import declaration_findings, for_adapter_finding, renewed_declarations

TODAY = datetime.date.today().isoformat()
THEN = "2026-01-20"


def card_of(**declared: Any) -> CardRecipe:
    return check_recipe({"data": {"source": "x"}, "card": declared}).card


def declared_in(findings: list[Finding] | Findings) -> dict[str, Finding]:
    return {finding.id.removeprefix("declared."): finding for finding in findings}


def earlier(today: str = THEN, weights: str = "old", **declared: Any) -> Findings:
    return Findings([*declaration_findings(card_of(**declared), today), for_adapter_finding(weights)])


def test_a_declaration_says_who_and_when() -> None:
    found = declared_in(declaration_findings(card_of(license="mit", declared_by="A.\nAuthor"), THEN))
    assert found["license"].method == "declared by A. Author in recipe.yaml on 2026-01-20"
    said = read_declared(found["license"])
    assert said is not None and (said.who, said.when) == ("A. Author", THEN)


def test_whoever_made_it_did_not_therefore_declare_it() -> None:
    found = declared_in(declaration_findings(card_of(developed_by="Acme", authors="B. Writer"), THEN))
    assert found["developed_by"].method == "declared in recipe.yaml on 2026-01-20"


def test_what_was_declared_before_the_run_says_so() -> None:
    found = declared_in(declaration_findings(card_of(license="mit", declared_on="2026-01-10"), THEN))
    assert found["license"].method == "declared in recipe.yaml on 2026-01-10, before this adapter was trained"
    same_day = declared_in(declaration_findings(card_of(license="mit", declared_on=THEN), THEN))
    assert same_day["license"].method == "declared in recipe.yaml on 2026-01-20"


@pytest.mark.parametrize("day", ["2026-13-01", "yesterday", "20260101", 20260101, "2026-02-30"])
def test_a_date_is_a_date(day: object) -> None:
    with pytest.raises(RecipeError, match=r"card\.declared_on must be a date such as 2026-11-20, or null\. Got"):
        card_of(declared_on=day)


def test_yaml_may_read_the_date_as_one() -> None:
    assert card_of(declared_on=datetime.date(2026, 11, 20)).declared_on == "2026-11-20"


def test_nothing_declared_is_not_measured_and_names_its_key() -> None:
    found = declared_in(declaration_findings(card_of(), THEN))
    assert {finding.status for finding in found.values()} == {"not measured"}
    assert found["risks"].reason == "not declared: set `card.risks` in the recipe"


def test_what_did_not_change_keeps_its_date_and_what_did_is_dated_today() -> None:
    before = earlier(license="mit", language=["en", "de"])
    card = card_of(license="apache-2.0", language=["en", "de"], contact="a@example.org")
    found = declared_in(renewed_declarations(before, card, "old", TODAY))
    assert (found["language"].method or "").endswith(THEN)
    assert found["license"].value == "apache-2.0" and (found["license"].method or "").endswith(TODAY)
    assert (found["contact"].method or "").endswith(TODAY)
    assert not any(map(is_stale, found.values()))


def test_what_is_taken_back_is_not_declared_any_more() -> None:
    found = declared_in(renewed_declarations(earlier(license="mit"), card_of(), "old", TODAY))
    assert found["license"].status == "not measured"


def test_another_name_declares_anew_and_so_does_none() -> None:
    before = earlier(license="mit", declared_by="A. Author")
    other = declared_in(renewed_declarations(before, card_of(license="mit", declared_by="B. Boss"), "old", TODAY))
    assert other["license"].method == f"declared by B. Boss in recipe.yaml on {TODAY}"
    nobody = declared_in(renewed_declarations(before, card_of(license="mit"), "old", TODAY))
    assert nobody["license"].method == f"declared in recipe.yaml on {TODAY}"  # the recipe names her no more


def test_other_weights_make_stale_what_did_not_change() -> None:
    before = earlier(license="mit", risks="None known", declared_by="A. Author")
    card = card_of(license="apache-2.0", risks="None known", declared_by="A. Author")
    found = declared_in(renewed_declarations(before, card, "new", TODAY))
    assert found["risks"].status == "declared" and is_stale(found["risks"])
    assert found["risks"].method == (
        "declared for other weights (sha256 old) by A. Author in recipe.yaml on 2026-01-20; not confirmed since"
    )
    assert not is_stale(found["license"])
    assert found["for_adapter"].value == "new"


def test_staleness_lasts_until_confirmed_and_tells_the_first_weights() -> None:
    card = card_of(license="mit", risks="None known")
    second = Findings(renewed_declarations(earlier(license="mit", risks="Some"), card, "second", TODAY))
    assert is_stale(second["declared.license"]) and not is_stale(second["declared.risks"])
    again = Findings(renewed_declarations(second, card, "second", TODAY))
    assert list(again) == list(second)
    third = Findings(renewed_declarations(again, card, "third", TODAY))
    assert "(sha256 old)" in (third["declared.license"].method or "")
    assert "(sha256 second)" in (third["declared.risks"].method or "")
    confirmed = declared_in(renewed_declarations(third, card, "third", TODAY, confirm=True))
    assert confirmed["license"].method == confirmed["risks"].method == f"declared in recipe.yaml on {TODAY}"


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A finished run, as far as its card goes: two stages whose energy is on record, no region."""
    made = RunFolder(tmp_path / "run")
    made.path.mkdir()
    made.adapter_weights.write_bytes(b"weights")
    energy = {"section": "co2_emitted", "name": "Energy", "unit": "kWh", "method": "assumed"}
    write_recipe(made)
    write_card(
        made,
        Findings([
            measured("run.renderer_version", 1, section="more_information", name="Renderer"),
            measured("run.name", "tags", section="more_information", name="Run"),
            measured("run.date", THEN, section="more_information", name="Date"),
            measured("adapter.sha256", sha256_of(made.adapter_weights), section="model_specs", name="sha256"),
            derived("energy.training_kwh", None, interval=(0.005, 0.0512), **energy),
            measured("energy.evaluation_kwh", 0.01, **energy),
            *declaration_findings(card_of(license="mit"), THEN),
        ]),
    )  # fmt: skip
    return made


def write_recipe(folder: RunFolder, **card: Any) -> None:
    folder.recipe.write_text(yaml.safe_dump({"data": {"source": "x"}, "card": {"license": "mit", **card}}))


def test_a_region_declared_later_gives_grams_from_the_recorded_energy(folder: RunFolder) -> None:
    grams = carbon.load_grids()["FRA"].grams_per_kwh
    write_recipe(folder, region="France")
    found = render_again(folder.path).read_findings()
    # Training is a range with the overhead in it; evaluation was metered, so 1.0 to 1.6 times what was counted.
    assert found["co2.grams"].interval == pytest.approx(((0.005 + 0.01) * grams, (0.0512 + 0.016) * grams))
    assert found["co2.evaluation_grams"].interval == pytest.approx((0.01 * grams, 0.016 * grams))
    assert found["energy.total_kwh"].interval == pytest.approx((0.015, 0.0672))
    assert "g CO2eq]" in folder.card.read_text()
    assert (found["declared.license"].method or "").endswith(THEN)


def test_a_region_taken_back_takes_its_grams(folder: RunFolder) -> None:
    write_recipe(folder, region="France")
    render_again(folder.path)
    write_recipe(folder)
    found = render_again(folder.path).read_findings()
    assert found["co2.grams"].status == "not measured" and "co2.training_grams" not in found
    assert set(found["co2.table"].value) == {"FRA", "DEU", "USA", "POL"}  # type: ignore[arg-type]


def test_grams_on_record_stay_where_no_grid_is_known(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    write_recipe(folder, region="France")
    before = render_again(folder.path).read_findings()["co2.grams"]
    monkeypatch.setattr(carbon, "load_grids", dict)
    assert render_again(folder.path).read_findings()["co2.grams"] == before


def test_an_unknown_region_changes_nothing(folder: RunFolder) -> None:
    write_recipe(folder, region="Germny")
    before = {path: path.read_bytes() for path in folder.listed_files()}
    with pytest.raises(RecipeError, match="Did you mean 'Germany'"):
        render_again(folder.path)
    assert {path: path.read_bytes() for path in folder.listed_files()} == before


def test_the_card_shows_what_was_declared_for_other_weights_until_it_is_confirmed(folder: RunFolder) -> None:
    write_recipe(folder, funded_by="Nobody", declared_by="A. Author")
    render_again(folder.path)
    assert "Nobody ([by A. Author, " in folder.card.read_text()
    folder.adapter_weights.write_bytes(b"others")
    render_again(folder.path)
    card = folder.card.read_text()
    assert f"Nobody (**[declared for other weights on {TODAY}, not confirmed since]" in card
    assert "**Declared for other weights and not confirmed since:** [Funded by]" in card
    found = render_again(folder.path, confirm=True).read_findings()
    assert "other weights" not in folder.card.read_text()
    assert found["declared.for_adapter"].value == sha256_of(folder.adapter_weights)


def test_rendering_twice_changes_no_byte(folder: RunFolder) -> None:
    write_recipe(folder, region="FRA", developed_by="Acme", declared_by="A. Author")
    render_again(folder.path)
    before = {path: path.read_bytes() for path in folder.listed_files()}
    render_again(folder.path)
    assert {path: path.read_bytes() for path in folder.listed_files()} == before


@pytest.mark.parametrize("begin", [run, estimate])
def test_a_citation_file_that_is_missing_is_told_before_anything_is_read(begin: Any, tmp_path: Path) -> None:
    recipe = check_recipe({"data": {"source": "nothing-here.csv"}, "card": {"citation_file": "no.cff"}})
    more = {"out": tmp_path / "out"} if begin is run else {}
    with pytest.raises(RecipeError, match="card.citation_file must be a CITATION.cff"):
        begin(recipe, base_folder=tmp_path, **more)
    assert list(tmp_path.iterdir()) == []
