"""Cards made to break a reader: nothing runs, nothing crashes, nothing reaches the terminal, nothing takes minutes."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from tunecard.auditing import AuditReport, audit_text, render_table

LONG = 10_000


@pytest.mark.parametrize(
    "front",
    [
        "a: " + "[" * 100_000,
        "- " * 100_000,
        "{a: " * 50_000,
        "tags: &a [*a]",
        "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nlicense: *c\nlanguage: *c\nmodel-index: *c",
        "license: " + "9" * 5000,
        "r: &r {metrics: ["
        + "{}, " * 9
        + "]}\nm: &m {results: ["
        + "*r, " * 9999
        + "]}\nmodel-index: ["
        + "*m, " * 9999
        + "]",
        "a: &a {x: 1}\n"
        + "".join(f"b{i}: &{chr(98 + i)} {{<<: [{', '.join([f'*{chr(97 + i)}'] * 9)}]}}\n" for i in range(9)),
        "tags: " + "x" * 1_000_000 + "\nlanguage: " + "y" * 1_000_000,
        "language: [" + "q, " * 100_000 + "]",
        "model-index:\n- name: m\n  results:\n" + "  - {}\n" * 20_000,
        "license: \x1b[31mred",
    ],
)
def test_hostile_yaml_is_an_error_and_no_crash(front: str) -> None:
    found = audit_text(f"---\n{front}\n---\n# m").metadata_errors
    assert found
    assert all(len(error) < 500 for error in found)


@pytest.mark.parametrize(
    "body",
    [
        "a | b\n|" + "-" * LONG + "x",
        "**" + " " * LONG + "x",
        "[a](" * LONG,
        "<a " * LONG,
        "<div>" + "<h1>" * LONG,
        "<!-- " * LONG,
        "## Environmental Impact\n\n" + "1 " * LONG,
        "- **License:** apache" + " " * LONG + "x",
        ">" * LONG,
        "# " + "details of the " * LONG,
        "[ " * LONG,
        "fine-tuned version of " * LONG,
        "trained " * LONG + "on",
        "the model was trained by " * LONG,
        "adapter " * LONG + " for a-b",
        "released under the " * LONG,
        "F1 " * LONG + "0.7",
        "F1 | " * LONG + "\n" + "0.7 | " * LONG,
        "| F1 |\n" + "| 0.7 |\n" * LONG,
        "## Training\n\n" + "one two for 1 " * LONG,
        "[demo" * LONG,
        "**" + "a" * LONG + "**",
        "- " * 2000 + "x",
        "".join("  " * depth + "- x\n" for depth in range(500)),
        "".join("#" * (1 + row % 6) + f" heading {row}\n" for row in range(LONG)),
        "x" * 2_000_000,
        "{{" * LONG,
        "no " + "a " * LONG,
        "@misc{" * LONG,
        "<table><tr><td>" * LONG,
        "<table>" * LONG + "</table>",
        "<table>" + "<tr><td>x" * LONG + "</table>",
        "<table><tr" * LONG,
        "```\n<table></table>\n" * LONG,
        "<details><summary>x</summary>\n\n" * LONG,
        "<details>\n<summary>Limitations</summary>\n\nx\n\n</details>\n\n" * 5000,
        "<summary>" * LONG,
        "1 kg of CO2 " * LONG,
        "CO2 " + "1" * LONG + " kg",
        "in g " * LONG + " CO2",
        "CO2 1" + "e9" * LONG,
        "entwickelt von " * LONG,
        "由" * LONG,
        "## " + "einschränkung " * LONG,
        "**a** " * LONG,
        "F1 0.5 " + "0.5 " * LONG,
        "## " + "\u0301" * LONG,
    ],
)
def test_patterns_stay_linear(body: str) -> None:
    """Each of these took minutes with a careless pattern; the limit is pytest's patience, not a clock."""
    assert audit_text(f"---\nlicense: mit\n---\n# m\n\n{body}").total == 44


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.text(alphabet="#-*|`<>!:[]()\n ab1", max_size=400))
def test_any_text_gets_an_audit(front: str, body: str) -> None:
    for text in (front, body, f"---\n{front}\n---\n{body}"):
        card = audit_text(text)
        assert card.total == 44
        assert 0 <= card.filled <= 44


def test_nothing_of_a_card_steers_the_terminal() -> None:
    body = "# m\n\n## Uses\n\n### Direct Use\n\n[bold red]x[/bold red] \x1b]0;title\x07 \x1b[2J end"
    report = AuditReport((audit_text(f"---\nlicense: '\\e[2J'\n---\n{body}", path="a\x1b[2Jb.md"),))
    shown = io.StringIO()
    Console(file=shown, width=100, force_terminal=False).print(render_table(report))
    assert "\x1b" not in shown.getvalue()
    assert "\x07" not in shown.getvalue()
    assert "[bold red]x[/bold red]" in shown.getvalue()
