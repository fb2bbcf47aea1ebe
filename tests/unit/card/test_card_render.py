"""The whole card: pure, complete, in the template's order, honest about gaps."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from example_findings import START, text_run, token_run
from read_markdown import headings, parse, uncited

from tunecard.card import RENDERER_VERSION, document, make_card, render_card, write_cards
from tunecard.card.answer import Answer
from tunecard.card.document import Section, count_states
from tunecard.evidence import Finding, Findings, RunFolder, not_measured
from tunecard.hub.fields import FIELDS

RUNS = {"token": token_run, "text": text_run, "nothing": Findings}
MARK = re.compile(r"(?<![\\*\w])\*(measured|derived|declared|not measured|not declared)\*")


@pytest.fixture(params=RUNS, scope="module")
def card(request: pytest.FixtureRequest) -> str:
    return render_card(RUNS[request.param]())


def answers_of(card: str) -> dict[str, str]:
    """variable -> the text in its place, found by heading and label from the table of fields."""
    body = card.split("\n---\n", 1)[1]
    parts = re.split(r"^(#{1,4}) (.+)$", body, flags=re.MULTILINE)
    path: list[str] = []
    found: dict[tuple[str, ...], str] = {}
    for hashes, title, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        path[len(hashes) - 1 :] = [title]
        found[tuple(path[1:])] = text
    answers = {}
    for field in FIELDS:
        text = parts[2] if field.kind == "title" else found[field.heading]
        if field.kind == "bullet":
            text = re.search(rf"^- \*\*{re.escape(field.label)}:\*\* (.*)$", text, re.MULTILINE).group(1)  # type: ignore[union-attr]
        if field.kind == "bold":
            text = re.search(rf"^\*\*{field.label}:\*\*\n(.*?)(?=^\*\*|\Z)", text, re.MULTILINE | re.DOTALL).group(1)  # type: ignore[union-attr]
        answers[field.variable] = text
    return answers


@pytest.mark.parametrize("make", RUNS.values())
def test_same_findings_same_bytes(make: type[Findings]) -> None:
    copy = Findings(Finding.model_validate(json.loads(finding.model_dump_json())) for finding in make())
    assert render_card(copy) == render_card(make())


def test_no_placeholder_and_no_none(card: str) -> None:
    assert "More Information Needed" not in card
    assert not re.search(r"\bNone\b|\bnan\b|Undefined", card)


def test_every_field_says_something_and_ends_with_its_mark(card: str) -> None:
    answers = answers_of(card)
    assert len(answers) == 44
    for variable, text in answers.items():
        if variable == "model_id":
            continue
        own = text.split("\n- **Developed by")[0] if variable == "model_description" else text
        marks = MARK.findall(own)
        assert len(marks) == 1, (variable, marks)
        said, _, rest = own.rpartition(f"*{marks[0]}*")
        assert len(said.split()) >= 1
        assert not rest.strip()


def test_headings_are_those_of_the_hubs_template() -> None:
    import huggingface_hub

    template = Path(huggingface_hub.__file__).parent / "templates" / "modelcard_template.md"
    wanted = [(level, re.sub(r" \[optional\]", "", text)) for level, text in headings(template.read_text())]
    card = headings(render_card(token_run()))
    assert card[0][1] == "Model Card for bionlp2004-minilm"
    own = ["Provider", "Version History", "Foreseeable Misuse", "Human Oversight", "Not Declared"]
    own.append("Index by the EU AI Act, Annex IV")
    assert [heading for heading in card[1:-1] if heading[1] not in own] == wanted[1:]
    assert {text for _, text in card} >= set(own)
    assert card[-1] == (3, "Framework versions")


def test_the_first_screen_counts_the_marks_of_the_fields(card: str) -> None:
    marks = [MARK.findall(text)[-1] for variable, text in answers_of(card).items() if variable != "model_id"]
    counts = {state: marks.count(state) for state in ("measured", "derived", "declared")}
    gaps = len(marks) - sum(counts.values())
    said = ", ".join(f"{number} {state}" for state, number in counts.items())
    assert f"**Fields of this card:** {said}, {gaps} explained gaps" in card


def test_the_code_block_is_the_finding() -> None:
    fences = [token for token in parse(render_card(token_run())) if token.type == "fence"]
    assert fences[0].info == "python"
    assert fences[0].content == START
    assert fences[1].content == "B-protein IL-2\nO gene\n"


def test_what_was_never_recorded_reads_as_not_measured() -> None:
    card = render_card(Findings())
    assert "Not measured (not recorded). *not measured*" in card
    assert "**No score:** not recorded." in card


def test_any_area_may_be_missing() -> None:
    every = list(token_run())
    for area in (
        "run",
        "task",
        "base_model",
        "adapter",
        "model",
        "data",
        "training",
        "results",
        "control",
        "difference",
    ):
        card = render_card(Findings(f for f in every if not f.id.startswith(area + ".")))
        assert "None" not in card, area


@pytest.mark.parametrize(
    "id", ["task.name", "task.labels", "base_model.id", "adapter.alpha", "results.test.f1", "results.headline"]
)
def test_single_findings_may_be_missing(id: str) -> None:
    assert "None" not in render_card(Findings(f for f in token_run() if f.id != id))


def gap_of(finding: Finding) -> Finding:
    return not_measured(finding.id, section=finding.section, name=finding.name, reason="a reason of its own")


@pytest.mark.parametrize("make", [token_run, text_run])
def test_any_area_may_be_explained_gaps(make: type[Findings]) -> None:
    every = list(make())
    for area in {finding.id.split(".")[0] for finding in every}:
        card = render_card(Findings(gap_of(f) if f.id.startswith(area + ".") else f for f in every))
        assert not re.search(r"\bNone\b", card), area
    nothing = render_card(Findings(map(gap_of, every)))
    assert not re.search(r"\bNone\b", nothing)
    assert "Not measured: a reason of its own. *not measured*" in nothing


def test_no_absolute_path(card: str) -> None:
    assert not re.search(r"(?<![\w.:/~-])/(?:home|root|tmp|usr|work|var|Users)\b", card)


def test_a_gap_names_the_key_to_set() -> None:
    card = render_card(text_run())
    assert "- **Funded by:** Open: `card.funded_by`. *not declared*" in card
    listed = card.partition("### Not Declared\n\n")[2].partition("\n")[0]
    assert "`card:` block of `recipe.yaml`" in listed and "`tunecard card DIR`" in listed
    assert "`funded_by`" in listed and "`provider`" in listed and card.count("`tunecard card DIR`") == 1


def test_gaps_carry_their_reason() -> None:
    every = [f for f in token_run() if f.id != "examination.update_norms"]
    hole = not_measured(
        "examination.update_norms", section="model_examination", name="norms", reason="run `tunecard examine DIR`"
    )
    assert "Not measured: run `tunecard examine DIR`. *not measured*" in render_card(Findings([*every, hole]))


def test_the_glossary_lists_the_terms_that_occur() -> None:
    glossary = answers_of(render_card(token_run()))["glossary"]
    assert "**LoRA:**" in glossary
    assert "**IOB2:**" in glossary
    assert "**Slice:**" in glossary


def test_carbon_is_a_range_with_a_region_and_never_zero() -> None:
    every = [f for f in token_run() if f.id != "co2.grams"]
    grams = Finding(
        id="co2.grams",
        section="co2_emitted",
        name="Carbon",
        status="derived",
        interval=(0.12, 3.4),
        method="kWh x grid",
    )
    answers = answers_of(uncited(render_card(Findings([*every, grams]))))
    assert answers["co2_emitted"].startswith("0.12-3.4 g CO2eq (kWh x grid).")
    without = answers_of(uncited(render_card(token_run())))["co2_emitted"]
    assert " g CO2eq" not in without
    assert "1.7-20 Wh" in without


def test_renderer_version_is_whole() -> None:
    assert isinstance(RENDERER_VERSION, int)


def test_count_states_sums_to_the_fields() -> None:
    assert sum(count_states({}, Findings()).values()) == 2


def test_sections_answer_once_for_the_card_in_all_its_forms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def watched(section: Section) -> Section:
        def answer(findings: Findings) -> dict[str, Answer]:
            asked.append(section.__module__ + section.__qualname__)
            return section(findings)

        return answer

    monkeypatch.setattr(document, "SECTIONS", [watched(section) for section in document.SECTIONS])
    made = make_card(token_run())
    write_cards(RunFolder(tmp_path), made)
    assert len(asked) == len(set(asked)) == len(document.SECTIONS)
    assert made.markdown == (tmp_path / "README.md").read_text(encoding="utf-8") == render_card(made.findings)


def test_a_made_card_quotes_its_own_counts_and_forgets_those_of_an_earlier_one() -> None:
    made = make_card(token_run())
    assert [finding.id for finding in made.findings][-2:] == ["card.fields", "card.checks"]
    again = make_card(made.findings)
    assert (list(again.findings), again.markdown) == (list(made.findings), made.markdown)


def test_a_field_that_two_sections_answer_names_both(monkeypatch: pytest.MonkeyPatch) -> None:
    def usurper(_: Findings) -> dict[str, Answer]:
        return {"direct_use": Answer("For everything.", "derived")}

    monkeypatch.setattr(document, "SECTIONS", (*document.SECTIONS, usurper))
    both = rf"direct_use is answered by tunecard\.card\.sections\.uses and by {__name__}"
    with pytest.raises(ValueError, match=both):
        render_card(token_run())


def test_rendering_imports_neither_torch_nor_matplotlib() -> None:
    code = (
        "import sys; from tunecard.card import render_card; from tunecard.evidence import Findings;"
        "render_card(Findings());"
        "print([m for m in ('torch', 'transformers', 'peft', 'datasets', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
