"""Which fields of a card count as filled: the seed, the bare template, hand-labelled cards in the styles in use.

How `cards/*.json` were labelled: by reading the card as it is shown. A field is filled when the card states what the
field asks, under whatever heading. What is only implied is not stated: "a German tagger" fills no `language`. Metadata that
the Hub shows on the page (language, licence, base, data sets, scores, emissions) is stated; in a template that nobody
touched the base is not, since PEFT writes it. Sentences that a generator writes into every card fill nothing, nor do
addresses of the generator's own library, prompts, deferrals and losses without a score. Code shows how to use a model,
not what for.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import ModelCard, ModelCardData

from tunecard.auditing import AuditReport, audit_cards, audit_text, iterate_audits
from tunecard.errors import DataError
from tunecard.hub.fields import FIELDS, VARIABLES

CARDS = Path(__file__).parent / "cards"
LABELLED = sorted(CARDS.glob("*.md"))


def filled(report: AuditReport) -> set[str]:
    return {field.field for field in report.cards[0].fields if field.filled}


@pytest.mark.shared
def test_the_seed_card_has_nothing_filled(shared_data: Path) -> None:
    card = audit_cards([shared_data.parent / "seed" / "README.md"]).cards[0]
    assert (card.filled, card.total, card.percent) == (0, 44, 0.0)
    assert {field.state for field in card.fields} == {"empty"}
    assert card.metadata_errors == ()


@pytest.mark.shared
def test_a_card_that_stock_peft_saved_has_nothing_filled(shared_data: Path) -> None:
    assert audit_cards([shared_data.parent / "adapters"]).cards[0].filled == 0


def test_the_bare_template_with_pefts_version_has_nothing_filled() -> None:
    card_of_peft = ModelCard.from_template(ModelCardData())
    card_of_peft.data["library_name"], card_of_peft.data["base_model"] = "peft", "roberta-large"
    card = audit_text(f"{card_of_peft}\n### Framework versions\n\n- PEFT 0.7.1")
    assert [field.field for field in card.fields if field.filled] == []
    assert sum("More Information Needed" in (field.reason or "") for field in card.fields) == 40


def test_a_full_template_has_everything_filled() -> None:
    """Every variable of the Hub's own template, given a text, is found where the template puts it."""
    said = {variable: f"Something about {variable} in 2024." for variable in VARIABLES}
    said["citation_bibtex"] = "@misc{x, year={2024}}"
    card = audit_text(str(ModelCard.from_template(ModelCardData(), **said)))
    assert [field.field for field in card.fields if not field.filled] == []
    texts = {field.field: field.text for field in card.fields}
    assert {variable for variable in VARIABLES if said[variable] not in texts[variable]} == set()


@pytest.mark.parametrize("variable", VARIABLES)
def test_each_variable_fills_its_own_field_alone(variable: str) -> None:
    said = {"citation_bibtex": "@misc{x, year={2024}}"}.get(variable, "Something that was said in 2024.")
    card = audit_text(str(ModelCard.from_template(ModelCardData(), **{variable: said})))
    assert [field.field for field in card.fields if field.filled] == [variable]


@pytest.mark.parametrize("path", LABELLED, ids=lambda path: path.stem)
def test_a_hand_labelled_card(path: Path) -> None:
    labels = json.loads(path.with_suffix(".json").read_text())
    assert sorted(labels["filled"] + labels["empty"]) == sorted(VARIABLES)
    assert filled(audit_cards([path])) == set(labels["filled"])


def test_there_are_enough_labelled_cards_and_no_label_without_a_card() -> None:
    assert len(LABELLED) >= 60
    assert {path.stem for path in CARDS.glob("*.json")} == {path.stem for path in LABELLED}


def test_states_follow_the_marks() -> None:
    states = {field.field: field.state for field in audit_cards([CARDS / "marked.md"]).cards[0].fields}
    assert states["model_id"] == "written"
    assert states["model_summary"] == "measured"
    assert states["model_description"] == "derived"
    assert states["developers"] == "declared"
    assert states["funded_by"] == "explained"
    assert states["co2_emitted"] == "explained"
    assert states["results"] == "measured"  # the mark stands below the table
    assert states["get_started_code"] == "measured"  # a mark inside the code is none
    assert states["direct_use"] == "written"  # an escaped mark is none
    assert states["shared_by"] == "empty"  # a mark without a reason explains nothing
    assert states["results_summary"] == "empty"


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Sorts mail. *measured*", "measured"),
        ("Sorts mail. *Derived*", "derived"),
        ("Sorts mail. *measured* Sorts letters. *declared*", "declared"),  # the last mark is the field's
        ("Nobody tried. *not measured*", "explained"),
        ("Not measured. *not measured*", "empty"),
        ("*measured*", "empty"),
        ("[More Information Needed] *declared*", "empty"),
        ("It was **measured** by hand.", "written"),
        (r"It claims to be \*measured*.", "written"),
        ("It was _measured_ by hand.", "written"),
        ("It is measured.", "written"),
        ("```\n# *measured*\n```", "written"),
        ("Sorts mail.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n*measured*", "measured"),
    ],
)
def test_the_state_of_a_field(text: str, state: str) -> None:
    fields = {field.field: field.state for field in audit_text(f"# m\n\n## Glossary\n\n{text}").fields}
    assert fields["glossary"] == state


@pytest.mark.parametrize(
    ("heading", "text", "field", "state"),
    [
        ("Model Examination", "Attributions were not computed.", "model_examination", "explained"),
        ("Evaluation\n\n### Results", "The tagger has not yet been evaluated.", "results", "explained"),
        ("Evaluation\n\n### Results", "F1 is 0.7; speech was not tested.", "results", "written"),
        ("Limitations", "It was not tested on speech.", "bias_risks_limitations", "written"),
        ("Evaluation\n\n### Results", "Not evaluated.", "results", "explained"),
    ],
)
def test_a_sentence_that_says_why_there_is_no_figure_explains(heading: str, text: str, field: str, state: str) -> None:
    assert {one.field: one.state for one in audit_text(f"# m\n\n## {heading}\n\n{text}").fields}[field] == state


def test_only_required_states_count() -> None:
    every = audit_cards([CARDS / "marked.md"]).cards[0]
    strict = audit_cards([CARDS / "marked.md"], require=frozenset({"measured", "declared"})).cards[0]
    assert {field.field for field in strict.fields if field.filled} == {
        field.field for field in every.fields if field.state in ("measured", "declared")
    }
    reasons = {field.field: field.reason for field in strict.fields}
    assert reasons["model_description"] == "only declared or measured counts"
    assert reasons["results"] is None


def test_a_card_of_explanations_is_not_a_full_card() -> None:
    gap = "Not declared. Set this key in the recipe. *not declared*"
    said = dict.fromkeys(VARIABLES, gap) | {"model_id": "some-model"}
    text = str(ModelCard.from_template(ModelCardData(), **said))
    assert audit_text(text).percent == 100
    assert audit_text(text, require=frozenset({"measured", "declared"})).percent == 0


def test_json_has_the_agreed_shape() -> None:
    report = json.loads(json.dumps(audit_cards([CARDS / "marked.md", CARDS / "trl.md"]).to_json()))
    assert list(report) == ["cards"]
    assert [card["path"] for card in report["cards"]] == [str(CARDS / "marked.md"), str(CARDS / "trl.md")]
    for card in report["cards"]:
        check_card(card)


def check_card(card: dict[str, Any]) -> None:
    keys = ["path", "fields", "filled", "total", "percent", "said", "backed", "metadata_errors", "language", "judged"]
    assert list(card) == keys
    assert [field["field"] for field in card["fields"]] == [field.variable for field in FIELDS]
    for field in card["fields"]:
        assert list(field) == ["field", "section", "state", "filled", "reason"]
        assert field["state"] in ("measured", "derived", "declared", "explained", "written", "empty")
        assert field["filled"] is (field["state"] != "empty")
        assert field["reason"] if field["state"] in ("empty", "explained") else field["reason"] is None
        assert isinstance(field["section"], str)
        assert field["section"]
    assert card["filled"] == sum(field["filled"] for field in card["fields"])
    assert card["total"] == 44
    assert card["said"] == card["filled"]
    assert card["backed"] == sum(field["state"] in ("measured", "derived", "declared") for field in card["fields"])
    assert card["percent"] == pytest.approx(100 * card["filled"] / 44)
    assert all(isinstance(error, str) for error in card["metadata_errors"])


def test_a_folder_is_its_card_or_all_cards_below(tmp_path: Path) -> None:
    for name in ("b", "a", ".git", "a/deeper"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "README.md").write_text("# x")
    found = [Path(card.path).relative_to(tmp_path).as_posix() for card in audit_cards([tmp_path]).cards]
    assert found == ["a/README.md", "a/deeper/README.md", "b/README.md"]
    assert [card.path for card in audit_cards([tmp_path / "a"]).cards] == [str(tmp_path / "a" / "README.md")]
    twice = audit_cards([tmp_path / "a", tmp_path / "a" / "README.md"])
    assert len(twice.cards) == 1


def test_a_folder_of_cards_by_any_name(tmp_path: Path) -> None:
    for name in ("tagger.md", "sorter.markdown", "LICENSE.md", "notes.txt", ".hidden.md"):
        (tmp_path / name).write_text("# x")
    assert [Path(card.path).name for card in audit_cards([tmp_path]).cards] == ["sorter.markdown", "tagger.md"]
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "README.md").write_text("# y")
    assert [Path(card.path).parent.name for card in audit_cards([tmp_path]).cards] == ["below"]
    (tmp_path / "tagger.md").write_text("---\nlicense: mit\n---\n# x")
    assert [Path(card.path).name for card in audit_cards([tmp_path]).cards] == ["README.md", "tagger.md"]
    (tmp_path / "README.md").write_text("# one card")
    assert [Path(card.path).name for card in audit_cards([tmp_path]).cards] == ["README.md"]


def test_what_is_said_and_what_is_backed_are_two_figures() -> None:
    card = audit_cards([CARDS / "marked.md"], require=frozenset({"declared"})).cards[0]
    states = [field.state for field in card.fields]
    assert card.said == sum(state != "empty" for state in states)
    assert card.backed == sum(state in ("measured", "derived", "declared") for state in states)
    assert 0 < card.filled < card.backed < card.said


def test_paths_without_a_card_are_told_together(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "LICENSE.md").write_text("MIT")
    (tmp_path / "model.bin").write_bytes(b"x")
    (tmp_path / "latin.md").write_bytes("# caf\xe9".encode("latin-1"))
    with pytest.raises(DataError) as caught:
        audit_cards([tmp_path / "none", tmp_path / "empty", tmp_path / "model.bin"])
    assert len(caught.value.problems) == 3
    assert "no such file or folder" in str(caught.value)
    with pytest.raises(DataError, match="UTF-8"):
        audit_cards([tmp_path / "latin.md"])


def test_a_broken_card_among_others_is_told_and_stops_nothing(tmp_path: Path) -> None:
    for name, content in (("a", b"# a"), ("b", bytes(range(256))), ("c", b"x" * 5_000_001), ("d", b"# d")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "README.md").write_bytes(content)
    (tmp_path / "e").mkdir()
    (tmp_path / "e" / "README.md").symlink_to("nowhere")
    (tmp_path / "f" / "README.md").mkdir(parents=True)
    cards = audit_cards([tmp_path]).cards
    assert [(Path(card.path).parent.name, card.is_readable, card.filled) for card in cards] == [
        ("a", True, 1),
        ("b", False, 0),
        ("c", False, 0),
        ("d", True, 1),
        ("e", False, 0),
    ]
    said = [error for card in cards if not card.is_readable for error in card.metadata_errors]
    assert said == [
        "file: a card must be UTF-8, but byte 128 is not. Save it as UTF-8.",
        "file: a card is at most 5 MB of text. Give a README.md.",
        "file: the card is no file that can be read.",
    ]
    assert {field.reason for field in cards[1].fields} == {"the card cannot be read"}
    check_card(cards[1].to_json())


def test_cards_come_one_at_a_time_and_faults_of_the_paths_before_the_first(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "README.md").write_text("# x")
    audits = iterate_audits([tmp_path])
    assert Path(next(audits).path).parent.name == "a"
    (tmp_path / "b" / "README.md").unlink()
    assert not next(audits).is_readable
    with pytest.raises(DataError, match="no such file"):
        iterate_audits([tmp_path, tmp_path / "none"])


def test_an_unknown_state_is_refused() -> None:
    with pytest.raises(DataError, match=r"Did you mean 'measured'"):
        audit_cards([CARDS], require=frozenset({"mesured"}))
