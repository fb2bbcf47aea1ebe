"""What a notebook shows: pieces of HTML that stand alone, escaped, bounded, and legible on any ground.

Ink is the notebook's own (`currentColor`), so that light, dark and printed pages need no choice; only a verdict has
colours, on a ground that it brings. Nothing is fetched and nothing runs.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from tunecard.printable import printable

MOST_ROWS, MOST_CHARACTERS = 200, 400
GROUNDS = {True: "#1a7f37", False: "#c62828", None: "#8a6100"}  # white on each of them: a contrast of 4.5 or more
_FONT = "font-family:system-ui,sans-serif;font-size:13px;line-height:1.5"
_CELL = "text-align:left;vertical-align:top;padding:2px 12px 2px 0;white-space:normal;overflow-wrap:break-word"
_GRID = "border-collapse:collapse;background:none;font:inherit;color:inherit;margin:0"
_LINE = "border:1px solid rgba(128,128,128,.45);border-radius:6px"


def text(value: object, most: int = MOST_CHARACTERS) -> str:
    """Any value as HTML: one line, cut, without tags or marks that steer.

    >>> text("<b>a</b>\\n  b"), text("abcdef", 4)
    ('&lt;b&gt;a&lt;/b&gt; b', 'abc…')
    """
    said = " ".join(str(value).split())
    return html.escape(printable(said if len(said) <= most else said[: most - 1] + "…"))


def box(title: str, *parts: str) -> str:
    """Parts under a title, as one block."""
    inner = "".join(f'<div style="margin-top:6px">{part}</div>' for part in parts if part)
    head = f'<div style="font-weight:600">{text(title)}</div>'
    return f'<div class="tunecard" style="{_FONT};{_LINE};padding:10px 14px;max-width:60em">{head}{inner}</div>'


def verdict(said: str, ok: bool | None) -> str:
    """A sentence behind a mark: passed, failed, or neither."""
    word = {True: "passed", False: "failed", None: "look"}[ok]
    mark = f"background:{GROUNDS[ok]};color:#fff;border-radius:4px;padding:1px 7px;margin-right:8px;font-weight:600"
    return f'<span style="{mark}">{word}</span>{text(said, 1000)}'


def pairs(facts: Iterable[tuple[str, object]]) -> str:
    """Names and values under each other."""
    return table((), [[name, value] for name, value in facts if value not in (None, "")])


def table(headings: Sequence[str], rows: Sequence[Sequence[object]], most: int = MOST_ROWS) -> str:
    """Rows, the first `most` of them; how many more there are is said."""
    if not rows:
        return ""
    head = "".join(f'<th style="{_CELL};font-weight:600">{text(name)}</th>' for name in headings)
    lines = "".join(
        "<tr>" + "".join(f'<td style="{_CELL}">{text(cell)}</td>' for cell in row) + "</tr>" for row in rows[:most]
    )
    more = f"<div>and {len(rows) - most:,} more</div>" if len(rows) > most else ""
    top = f"<thead><tr>{head}</tr></thead>" if headings else ""
    return f'<table style="{_GRID}">{top}<tbody>{lines}</tbody></table>{more}'


def folded(summary: str, inner: str, *, is_open: bool = False) -> str:
    """What is shown when it is asked for; nothing where there is nothing."""
    if not inner:
        return ""
    return (
        f'<details{" open" if is_open else ""}><summary style="cursor:pointer">{text(summary)}</summary>{inner}'
        "</details>"
    )


def page(content: str, title: str) -> str:
    """A whole page of its own in a frame where no script runs and no form or link acts on the notebook.

    Its light or dark is that of the notebook where that says so (JupyterLab, VS Code), else that of the reader.
    """
    style = (
        ".tunecard-page{color-scheme:light dark}"
        'body[data-jp-theme-light="false"] .tunecard-page,body.vscode-dark .tunecard-page{color-scheme:dark}'
        'body[data-jp-theme-light="true"] .tunecard-page,body.vscode-light .tunecard-page{color-scheme:light}'
    )
    return (
        f'<style>{style}</style><iframe class="tunecard-page" sandbox="" title="{text(title)}" loading="lazy" '
        f'style="width:100%;height:640px;{_LINE}" srcdoc="{html.escape(content)}"></iframe>'
    )
