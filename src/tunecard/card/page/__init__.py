"""card.html: the card as one page that needs nothing else: no network, no script, pictures and records inside.

A function of the card, of its findings and of the bytes of the pictures they draw.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Mapping
from importlib.resources import files

from tunecard.card.markdown import one_line
from tunecard.card.page.appendix import appendix
from tunecard.card.page.body import body_of
from tunecard.card.page.records import hover_of, records_table
from tunecard.evidence import Findings
from tunecard.evidence.ledger import record_lines


def page_of(card: str, findings: Findings, pictures: Mapping[str, bytes]) -> str:
    """The whole page.

    Args:
        card: README.md of the findings.
        pictures: path as the card names it, e.g. `figures/scores.png` -> PNG.
    """
    front, _, markdown = card.removeprefix("---\n").partition("\n---\n")
    told = [(number, hover_of(finding)) for number, finding in enumerate(findings, start=1)]
    body = body_of(markdown + appendix(findings), dict(zip(record_lines(findings), told, strict=True)), pictures)
    style = (files("tunecard.card.page") / "page.css").read_text(encoding="utf-8")
    title = html.escape(one_line(findings.value("run.name") or "an unnamed adapter", 120))
    items = "".join(f'<li><a href="#{name}">{html.escape(told)}</a></li>' for name, told in body.sections)
    contents = f'<ul>{items}<li><a href="#records">Records</a></li></ul>'
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(style)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>Model card: {title}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f'<div class="frame">\n<nav class="contents wide" aria-label="Contents">{contents}</nav>\n'
        f'<main>\n<details class="contents narrow"><summary>Contents</summary>{contents}</details>\n{body.html}'
        f"<details><summary>Metadata</summary><pre><code>{html.escape(front)}</code></pre></details>\n"
        f"{records_table(findings)}\n</main>\n</div>\n</body>\n</html>\n"
    )


def _policy(style: str) -> str:
    """Nothing is fetched, nothing runs; only this style and pictures that the page carries."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
