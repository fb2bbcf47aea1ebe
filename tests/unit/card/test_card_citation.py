"""How the adapter is cited: CITATION.cff into BibTeX and APA, makers into both, and no foreign text that does anything."""

from __future__ import annotations

import re
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from example_findings import token_run
from hypothesis import given
from hypothesis import strategies as st
from read_markdown import structure, uncited
from test_card_render import answers_of

from tunecard.adapters.methods.lora import LORA
from tunecard.adapters.methods.recipes import check_recipe
from tunecard.card import render_card
from tunecard.card.citation.citation_file import read_citation_file
from tunecard.card.citation.cited_work import Author, Work
from tunecard.card.citation.references import BERT, MODERNBERT, method_reference
from tunecard.card.sections import citation
from tunecard.errors import RecipeError
from tunecard.evidence import Finding, Findings, declared, measured
from tunecard.reporting.citation import citation_findings, read_cited, renewed_citation

# The example of the format's own guide.
SOFTWARE = """\
cff-version: 1.2.0
message: If you use this software, please cite it as below.
authors:
  - family-names: Druskat
    given-names: Stephan
    orcid: https://orcid.org/1234-5678-9101-1121
title: "My Research Software"
version: 2.0.4
identifiers:
  - type: doi
    value: 10.5281/zenodo.1234
date-released: 2021-08-11
"""
ARTICLE = """\
cff-version: 1.2.0
title: Tool
authors: [{name: Acme Lab}]
preferred-citation:
  type: article
  title: Entities & Co.
  authors:
    - {family-names: Berg, name-particle: van den, given-names: Jan-Willem P.}
    - {family-names: Núñez, given-names: Ana}
    - {name: Acme Lab}
  journal: Journal of Tags
  year: 2024
  volume: 3
  issue: 2
  start: 11
  end: 19
  doi: 10.1000/xyz
"""


def test_software_by_hand() -> None:
    work = read_citation_file(SOFTWARE, "CITATION.cff")
    assert work.bibtex == (
        "@misc{druskat2021my,\n  title = {My Research Software},\n  author = {Druskat, Stephan},\n  year = {2021},\n"
        "  version = {2.0.4},\n  doi = {10.5281/zenodo.1234}\n}"
    )
    assert work.apa == (
        "Druskat, S. (2021). My Research Software (Version 2.0.4) [Computer software]. "
        "https://doi.org/10.5281/zenodo.1234"
    )


def test_the_preferred_citation_goes_before_the_software() -> None:
    work = read_citation_file(ARTICLE, "CITATION.cff")
    assert work.bibtex == (
        "@article{vandenberg2024entities,\n  title = {Entities \\& Co.},\n"
        "  author = {van den Berg, Jan-Willem P. and Núñez, Ana and {Acme Lab}},\n  year = {2024},\n"
        "  journal = {Journal of Tags},\n  volume = {3},\n  number = {2},\n  pages = {11-19},\n  doi = {10.1000/xyz}\n}"
    )
    assert work.apa == (
        "van den Berg, J.-W. P., Núñez, A., & Acme Lab (2024). Entities & Co. Journal of Tags, 3(2), 11-19. "
        "https://doi.org/10.1000/xyz"
    )


def test_papers_that_do_not_depend_on_a_run() -> None:
    assert BERT.apa == (
        "Devlin, J., Chang, M.-W., Lee, K., & Toutanova, K. (2018). BERT: Pre-training of Deep Bidirectional "
        "Transformers for Language Understanding. arXiv:1810.04805."
    )
    paper = method_reference(Findings([measured("adapter.reference", LORA.reference.record(), section="x", name="x")]))
    assert paper is not None
    assert paper.bibtex.startswith("@article{hu2021lora,\n  title = {LoRA: Low-Rank Adaptation of Large Language")
    assert "  eprint = {2106.09685},\n  archivePrefix = {arXiv}\n}" in paper.bibtex
    elsewhere = {**LORA.reference.record(), "arxiv": "", "url": "https://openreview.net/forum?id=TwJrTz9cRS"}
    paper = method_reference(Findings([measured("adapter.reference", elsewhere, section="x", name="x")]))
    assert paper is not None
    assert "eprint" not in paper.bibtex and "  url = {https://openreview.net/forum?id=TwJrTz9cRS}" in paper.bibtex
    assert "author = {Warner, Benjamin and others}" in MODERNBERT.bibtex
    assert MODERNBERT.apa.startswith("Warner, B., et al. (2024). ")


def test_of_many_authors_the_first_nineteen_and_the_last() -> None:
    work = Work("T", [Author(f"A{number}", "B") for number in range(21)], "2020")
    assert "A18, B., . . . A20, B. (2020)" in work.apa and "A19" not in work.apa


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n- b", "must be a mapping with title and authors. Got ['a', 'b']."),
        ("title: [x", "is not YAML: "),
        ("title: {a: b}\nauthors: [{name: A}]", "title must be text. Got {'a': 'b'}."),
        ("title: x\nauthors: [{orcid: y}]", "authors must be a list in which each has family-names"),
        ("!!python/object/apply:os.system [true]", "is not YAML: could not determine a constructor"),
        ("[" * 5000, "is not YAML: "),
        ("x" * 600_000, "must be a citation of at most 500,000 characters. Got 600,000."),
    ],
)
def test_what_is_no_citation_is_one_clear_error(text: str, message: str) -> None:
    with pytest.raises(RecipeError) as error:
        read_citation_file(text, "CITATION.cff")
    assert "CITATION.cff" in str(error.value) and message in str(error.value)


def test_all_faults_at_once() -> None:
    with pytest.raises(RecipeError, match="2 problems"):
        read_citation_file("message: x", "CITATION.cff")


def card_with(found: list[Finding]) -> str:
    return render_card(Findings([*token_run(), *found]))


@given(st.text(min_size=1, max_size=60).filter(str.strip))
def test_a_hostile_citation_changes_no_structure(text: str) -> None:
    structures = []
    for words in (text, "A"):
        work = Work(words, [Author(words)], version=words)
        found = [
            declared(f"citation.{form}", value, section=f"citation_{form}", name="C", method=f"declared by {words}")
            for form, value in (("bibtex", work.bibtex), ("apa", work.apa))
        ]
        shown = citation.answers(Findings(found))
        structures.append([structure(answer.markdown) for answer in shown.values()])
    assert structures[0] == structures[1]


@given(st.text(min_size=1, max_size=60).filter(str.strip))
def test_no_word_leaves_its_field_of_bibtex(text: str) -> None:
    entry = Work(text, [Author(text), Author(text, text)], version=text, url=text, doi=text).bibtex
    unescaped = re.sub(r"\\[{}]", "", entry)
    depths = list(accumulate({"{": 1, "}": -1}.get(character, 0) for character in unescaped))
    assert depths[-1] == 0 and unescaped.endswith("}")
    assert 0 not in depths[depths.index(1) : -1]  # nothing but the last brace ends the entry


def recipe_card(**said: Any) -> Any:
    return check_recipe({"data": {"source": "x"}, "card": said}).card


def test_a_file_that_a_person_named_is_declared_with_its_sha256(tmp_path: Path) -> None:
    (tmp_path / "CITATION.cff").write_text(SOFTWARE)
    cited = read_cited(recipe_card(citation_file="CITATION.cff"), tmp_path)
    found = citation_findings(token_run(), cited)
    assert [finding.status for finding in found] == ["declared", "declared"]
    card = answers_of(uncited(card_with(found)))
    assert "title = {My Research Software}" in card["citation_bibtex"]
    assert "Declared by the citation file CITATION.cff (sha256 " in card["citation_bibtex"]
    assert card["citation_bibtex"].endswith("*declared*\n\n")
    assert "Druskat, S. (2021). My Research Software" in card["citation_apa"]


def test_a_file_that_nobody_named_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "CITATION.cff").write_text("this would be an error")
    assert read_cited(recipe_card(), tmp_path) is None


def test_a_named_file_that_is_missing_is_an_error_of_the_recipe(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"card\.citation_file must be a CITATION\.cff, relative to the recipe\. Got"):
        read_cited(recipe_card(citation_file="CITATION.cff"), tmp_path)


def test_without_a_file_the_declared_makers_are_cited() -> None:
    bibtex, apa = citation_findings(token_run(), None)
    assert bibtex.status == "derived"
    assert bibtex.method == "from declared.developed_by, run.name, run.date, base_model.id, declared.repository"
    assert apa.value == (
        "A. Author (2026). bionlp2004-minilm (adapter of sentence-transformers/all-MiniLM-L6-v2) [Adapter weights]. "
        "https://example.org/code"
    )
    card = answers_of(uncited(card_with([bibtex, apa])))
    assert "@misc{aauthor2026bionlp2004minilm," in card["citation_bibtex"] and "*derived*" in card["citation_bibtex"]
    assert "hu2021lora" in card["citation_bibtex"]  # the method's paper beside it


def test_where_nobody_made_it_nothing_is_made_up() -> None:
    found = citation_findings(Findings(), None)
    assert {finding.status for finding in found} == {"not measured"}
    assert "*not declared*" in answers_of(card_with(found))["citation_bibtex"]


def test_what_the_recipe_cites_goes_before_all() -> None:
    said = declared("declared.citation", "@misc{mine}", section="citation_bibtex", name="C", method="declared in recipe.yaml on 2026-11-20")  # fmt: skip
    found = citation_findings(token_run(), None)
    others = [finding for finding in token_run() if finding.id != "declared.citation"]
    card = answers_of(uncited(render_card(Findings([*others, said, *found]))))
    assert "@misc{mine}" in card["citation_bibtex"] and "@misc{aauthor" not in card["citation_bibtex"]
    assert "As declared (in recipe.yaml, 2026-11-20)." in card["citation_bibtex"]


def test_a_file_that_is_gone_when_rendering_again_is_quoted_as_it_was_read(tmp_path: Path) -> None:
    (tmp_path / "CITATION.cff").write_text(SOFTWARE)
    card = recipe_card(citation_file="CITATION.cff")
    run = Findings([*token_run(), *citation_findings(token_run(), read_cited(card, tmp_path))])
    assert [finding.id for finding in renewed_citation(run, card, tmp_path)] == ["citation.bibtex", "citation.apa"]
    (tmp_path / "CITATION.cff").unlink()
    assert renewed_citation(run, card, tmp_path) == []
