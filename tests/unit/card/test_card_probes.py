"""Records of any probe are shown by the shape of their value, every figure as a link, and curves are drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from example_findings import token_run

from tunecard.card.pictures import draw_figures, pictures_of, sources_of
from tunecard.card.sections.examination import answers
from tunecard.evidence import Finding, Findings

ONE: dict[str, Any] = {"value": 0.125, "unit": "flips a row", "n": 40}
TABLE: dict[str, Any] = {
    "value": [{"kind": "typos", "drop_in_f1": 0.25, "held": True}, {"kind": "case", "drop_in_f1": None}]
}
PAIRS: dict[str, Any] = {"value": {"upper case": 0.5, "no | commas": 3}, "unit": "share"}
CURVE: dict[str, Any] = {"value": [[0, 0.9], [5, 0.2], [10, 0.6]]}


def made_up(key: str, status: str = "measured", **fields: Any) -> Finding:
    about = {"section": "model_examination", "name": f"Made-up {key}", "status": status}
    return Finding(id=f"examination.made_up.{key}", **about, **fields)  # type: ignore[arg-type]


def section(*findings: Finding, run: Findings | None = None) -> str:
    return answers(Findings([*(run or token_run()), *findings]))["model_examination"].text


@pytest.mark.parametrize(
    ("key", "fields", "expected"),
    [
        ("one", ONE, "**Made-up one**: [0.125][{at}] flips a row."),
        ("word", {"value": "steady"}, "**Made-up word**: `steady`."),
        ("span", {"value": None, "interval": (0.5, 2.0)}, "**Made-up span**: [0.500][{at}] to [2][{at}]."),
        (
            "table",
            TABLE,
            "| [kind][{at}] | [drop in f1][{at}] | [held][{at}] |\n| --- | --: | --: |\n| `typos` | 0.250 | yes |",
        ),
        ("table", TABLE, "| `case` | - | - |"),
        ("pairs", PAIRS, "| of | [share][{at}] |\n| --- | --: |\n| `upper case` | 0.500 |"),
        ("pairs", PAIRS, "| no \\| commas | 3 |"),
        ("curve", CURVE, "[0.900][{at}] at [0][{at}], [0.600][{at}] at [10][{at}]; least [0.200][{at}] at [5][{at}]"),
    ],
)
def test_each_shape_is_shown(key: str, fields: dict[str, Any], expected: str) -> None:
    at = len(token_run()) + 1
    assert expected.replace("{at}", str(at)) in section(made_up(key, **fields))


def test_a_long_table_says_how_long_it_is() -> None:
    shown = section(made_up("many", value=[{"row": number} for number in range(30)]))
    assert f"**Made-up many** (the first of [30][{len(token_run()) + 1}]):" in shown
    assert "[8][" not in shown.partition("Made-up many")[2]


def test_a_gap_tells_its_reason() -> None:
    shown = section(made_up("gap", "not measured", reason="the budget was spent"))
    assert "**Made-up gap**: Not measured: the budget was spent." in shown


def test_the_sizes_of_updates_stand_as_before_and_first() -> None:
    before, note = section().rsplit("\n\n", 1)
    assert section(made_up("one", **ONE)).startswith(before)
    assert section(made_up("one", **ONE)).endswith(note)


def test_a_probe_alone_is_measured() -> None:
    bare = Findings(finding for finding in token_run() if not finding.id.startswith("examination."))
    assert answers(bare)["model_examination"].status == "not measured"
    assert answers(Findings([*bare, made_up("one", **ONE)]))["model_examination"].status == "measured"


def test_curves_are_drawn(tmp_path: Path) -> None:
    findings = Findings([made_up("curve", **CURVE), made_up("one", **ONE)])
    assert pictures_of(findings) == ["curves"]
    assert sources_of(findings, "curves") == ["examination.made_up.curve"]
    assert [path.name for path in draw_figures(tmp_path, findings)] == ["curves.png"]
    assert "![Curves of probes: Made-up curve from 0.900 to 0.600.](figures/curves.png)" in section(*findings)


def test_no_string_of_a_probe_formats_anything() -> None:
    shown = section(made_up("rude", value={"<b>|*x*": "[a](http://b)"}))
    assert "<b>" not in shown
    assert "[a](http" not in shown
