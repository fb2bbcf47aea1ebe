"""What a person sees: one card by section, many cards a line each, within 80 columns."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from tunecard.auditing import audit_cards, render_table

CARDS = Path(__file__).parent / "cards"


def shown(*names: str, width: int = 80) -> list[str]:
    out = io.StringIO()
    report = audit_cards([CARDS / name for name in names] if names else [CARDS / "marked.md"])
    Console(file=out, width=width).print(render_table(report), soft_wrap=len(report.cards) > 1)  # as the command does
    return out.getvalue().splitlines()


def test_one_card_is_told_field_by_field() -> None:
    lines = shown("marked.md")
    assert max(len(line.rstrip()) for line in lines) <= 80
    assert "Bias, Risks, and Limitations" in lines
    assert any(line.split()[:3] == ["developers", "declared", "Gene"] for line in lines)
    assert any(line.split()[:2] == ["bias_risks_limitations", "empty"] for line in lines)
    assert "12 of 44 fields filled (27.3 %); 6 of them measured, derived or declared" in lines
    assert "No errors in the metadata." in lines


def test_a_field_that_does_not_count_says_why() -> None:
    out = io.StringIO()
    report = audit_cards([CARDS / "marked.md"], require=frozenset({"declared"}))
    Console(file=out, width=120).print(render_table(report))
    row = next(line.split() for line in out.getvalue().splitlines() if "model_summary" in line)
    assert row == ["model_summary", "measured", "only", "declared", "counts"]


def test_errors_are_told_in_full() -> None:
    text = " ".join(" ".join(shown("trl.md")).split())
    assert "1 error in the metadata:" in text
    assert "licence: the Hub reads `license`, not `licence`. Rename the key." in text


def test_many_cards_are_a_line_each() -> None:
    lines = shown("marked.md", "trl.md", "trainer.md")
    assert [line.split()[:5] for line in lines if line.endswith(".md")] == [
        ["12", "of", "44", "27.3", "6"],
        ["6", "of", "44", "13.6", "0"],
        ["6", "of", "44", "13.6", "0"],
    ]
    assert "licence: the Hub reads `license`" in " ".join(lines)
    assert lines[-1] == "3 cards; half of them at least 13.6 % filled; 1 with errors in the metadata."


def test_a_card_that_cannot_be_read_is_a_line_too(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"# caf\xe9")
    (tmp_path / "b.md").write_text("---\nlicense: mit\n---\n# b")
    out = io.StringIO()
    Console(file=out, width=200).print(render_table(audit_cards([tmp_path / "a.md", tmp_path / "b.md"])))
    lines = out.getvalue().splitlines()
    assert lines[1].split() == ["not", "read", str(tmp_path / "a.md")]
    assert lines[2].strip() == "file: a card must be UTF-8, but byte 5 is not. Save it as UTF-8."
    assert (
        lines[-1]
        == "2 cards; half of them at least 4.5 % filled; none with errors in the metadata; 1 could not be read."
    )
