"""What a prompt and a notebook show of findings, run folders and reports: short, escaped, bounded; and their rows."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import tunecard
from tiny_folders import CLASSES, text_folder
from tunecard import notebook
from tunecard.adapters.methods.recipes import check_recipe
from tunecard.auditing.report import AuditReport, CardAudit, FieldAudit
from tunecard.errors import MachineError
from tunecard.evidence import Findings, RunFolder, measured, not_measured
from tunecard.rows.dataset import Dataset, Split
from tunecard.verification.report import Check, Claim, Report

NASTY = "<script>alert(1)</script>\x1b[2J\u202e" + "x" * 5_000
LONGEST = 300


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return text_folder(tmp_path_factory.mktemp("run")).folder


class Tags(HTMLParser):
    """Which tags a text has, whether they are closed, and what they would fetch."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.feed(content)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.open.append(tag)
        self.fetched += [str(value) for name, value in attributes if name in ("src", "href", "action", "background")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def stands_alone(content: str, most: int = 200_000) -> Tags:
    """Escaped, closed, bounded, and nothing that is fetched or run."""
    tags = Tags(content)
    assert tags.open == [] and tags.fetched == [] and len(content) < most
    assert not {"script", "img", "link", "form", "object"} & set(tags.seen)
    assert "\x1b" not in content and "\u202e" not in content and "url(" not in content
    return tags


def split(rows: int = 3) -> Split:
    return Split(
        "test", list(range(rows)), {"text": ["a"] * rows}, ["good"] * rows, {"length": ["1"] * rows}, "given", {}
    )


def card_of(fields: int, text: str = "said") -> CardAudit:
    parts = [
        FieldAudit(f"f{i}", "Uses", "written" if i % 2 else "empty", bool(i % 2), text, text) for i in range(fields)
    ]
    return CardAudit("cards/README.md", tuple(parts), ("license is missing",))


def test_everything_public_is_a_line(folder: RunFolder) -> None:
    findings, report = folder.read_findings(), tunecard.verify(folder.path)
    audit = tunecard.audit(folder.card)
    long = measured("run.name", NASTY, name="x", section="y")
    data = Dataset("rows.csv", "text-classification", tuple(CLASSES), {"test": split(5_000)}, {}, None, {})
    recipe = check_recipe({"data": {"source": "rows.csv"}})
    many = [folder, findings, long, not_measured("co2.grams", reason=NASTY), *findings, report, *report.checks,
            *report.claims, audit, *audit.cards, *audit.cards[0].fields, folder.read_predictions("test"), data,
            data.splits["test"], recipe, Check("x", False, NASTY), card_of(50, NASTY),
            FieldAudit("f", "Uses", "written", True, None, NASTY), Claim("recomputed", True, tuple("a" * 999))]  # fmt: skip
    for one in many:
        for said in (repr(one), str(one)):
            assert len(said) < LONGEST and "\n" not in said and "\x1b" not in said, said
            assert said.startswith(type(one).__name__ + "(")


def test_a_line_says_what_it_is_and_how_good(folder: RunFolder, tmp_path: Path) -> None:
    findings = folder.read_findings()
    score = findings["results.test.accuracy"]
    low, high = score.interval or (0, 0)
    assert f"accuracy = {score.value:.3g} [{low:.3g}, {high:.3g}], measured)" in repr(score)
    assert repr(folder).startswith(f"RunFolder({str(folder.path)!r}: text-classification on somebody/tiny-encoder, ")
    headline = findings[str(findings["results.headline"].value)]
    assert f"{headline.name} {headline.value:.3g} [" in repr(folder) and repr(folder).endswith("on test)")
    assert repr(findings).startswith(f"Findings({len(findings)}: ")
    assert repr(Findings()) == "Findings(0: none yet)"
    assert repr(RunFolder(tmp_path)) == f"RunFolder({str(tmp_path)!r}: no evidence yet)"
    (tmp_path / "evidence.json").write_text("{")
    assert repr(RunFolder(tmp_path)) == f"RunFolder({str(tmp_path)!r}: evidence.json cannot be read)"
    report = Report((Check("scores", False, "differ"), Check("files", True, "same"), Check("signature", None, "none")))
    assert repr(report) == "Report(NOT consistent: 1 failed, 1 passed, 1 not made (scores))"
    recipe = check_recipe({"data": {"source": "rows.csv"}})
    assert repr(recipe) == "Recipe('rows.csv': auto on embedded, lora, quality balanced, auto epochs)"
    assert repr(AuditReport((card_of(4), card_of(2)))) == "AuditReport(2 cards, 50.0 % of the fields filled on average)"


def test_a_verification_shows_what_failed_first_and_folds_the_rest() -> None:
    checks = (Check("files", True, "same"), Check("scores", False, NASTY), Check("signature", None, "none"))
    shown = Report(checks, (Claim(NASTY, True, ("a",)),))._repr_html_()
    tags = stands_alone(shown)
    assert tags.seen.count("details") == 4
    assert shown.index("Not consistent") < shown.index("&lt;script&gt;") < shown.index("same")
    assert shown.count("<details open>") == 1 and ">failed</span>" in shown
    good = Report((Check("files", True, "same"),))._repr_html_()
    assert ">passed</span>" in good and "<details open>" not in good
    loud = Report((Check("files", True, "same"), Check("scores", None, "withheld")))._repr_html_()
    assert ">look</span>" in loud and "BUT 1 OF THEM" in loud and loud.count("<details open>") == 1


def test_an_audit_shows_what_does_not_count_first() -> None:
    shown = card_of(44, NASTY)._repr_html_()
    stands_alone(shown)
    assert shown.index("license is missing") < shown.index("22 fields that do not count")
    assert shown.index("22 fields that do not count") < shown.index("22 fields that say something")
    full = replace(card_of(4), metadata_errors=(), fields=tuple(replace(f, filled=True) for f in card_of(4).fields))
    assert ">passed</span>" in full._repr_html_() and ">failed</span>" in shown
    many = AuditReport(tuple(replace(card_of(2), path=f"{i}/README.md") for i in range(1_000)))._repr_html_()
    stands_alone(many)
    assert "and 800 more" in many
    assert AuditReport((card_of(4),))._repr_html_() == card_of(4)._repr_html_()


def test_a_run_shows_its_card_where_nothing_in_it_can_act(folder: RunFolder, tmp_path: Path) -> None:
    shown = str(folder._repr_html_())
    tags = stands_alone(shown, most=10_000_000)
    assert tags.seen.count("iframe") == 1 and 'sandbox=""' in shown
    page = re.search(r'srcdoc="([^"]*)"', shown)
    assert page is not None
    assert html.unescape(page[1]) == folder.page.read_text()
    strange = RunFolder(tmp_path)
    assert strange._repr_html_() is None  # then the card's Markdown is shown
    strange.page.write_text('"></iframe><script>alert(1)</script>' + "x")
    assert "script" not in stands_alone(str(strange._repr_html_())).seen
    strange.page.write_text("x" * 4_000_001)
    assert strange._repr_html_() is None


@pytest.mark.parametrize("ground", notebook.GROUNDS.values())
def test_white_is_legible_on_a_mark(ground: str) -> None:
    """WCAG 2.2, contrast of normal text: 4.5."""
    parts = [int(ground[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    luminance = sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    assert 1.05 / (luminance + 0.05) >= 4.5


def test_ink_is_the_notebooks_own(folder: RunFolder) -> None:
    shown = tunecard.verify(folder.path)._repr_html_()
    colours = set(re.findall(r"(?<![-\w])color:([^;\"]+)", shown))
    assert colours == {"#fff", "inherit"}  # white on the mark's own ground alone


def test_rows_become_frames(folder: RunFolder, tmp_path: Path) -> None:
    findings = folder.read_findings()
    frame = findings.to_pandas()
    assert list(frame["id"]) == [finding.id for finding in findings]
    row = frame.set_index("id").loc["results.test.accuracy"]
    score = findings["results.test.accuracy"]
    assert (row["value"], (row["low"], row["high"])) == (score.value, score.interval)
    assert row["file"] == "predictions/test.parquet"
    predictions = folder.read_predictions("test").to_pandas()
    assert list(predictions.columns) == ["row", "label", "prediction", "probabilities", "factor.length"]
    assert (predictions["label"] == predictions["prediction"]).mean() == pytest.approx(score.value)
    report = tunecard.verify(folder.path)
    checks = report.to_pandas()
    assert list(checks["name"]) == [check.name for check in report.checks]
    assert checks.set_index("name").loc["signature", "ok"] is None
    (tmp_path / "README.md").write_bytes(folder.card.read_bytes())
    fields = tunecard.audit([folder.card, tmp_path]).to_pandas()
    assert len(fields) == 2 * 44 and set(fields["state"]) <= {"measured", "derived", "declared", "explained", "written"}
    assert len(card_of(4).to_pandas()) == 4
    assert split().to_pandas().to_dict("records")[0] == {"row": 0, "text": "a", "label": "good", "factor.length": "1"}


def test_without_pandas_it_is_named(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    for rows in (folder.read_findings(), folder.read_predictions("test"), tunecard.verify(folder.path), split()):
        with pytest.raises(MachineError, match="to_pandas needs pandas.* pip install pandas"):
            rows.to_pandas()


def test_importing_does_not_import_pandas() -> None:
    script = "import tunecard, tunecard.evidence, tunecard.verification, tunecard.auditing, sys; print('pandas' in sys.modules)"
    done: Any = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
