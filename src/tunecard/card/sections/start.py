"""The code to start with: the very text that was run, and what it printed."""

from __future__ import annotations

from tunecard.card.answer import Answer, gap
from tunecard.card.markdown import fenced
from tunecard.evidence import Findings
from tunecard.printable import printable


def answers(findings: Findings) -> dict[str, Answer]:
    """`get_started_code`."""
    code = findings.get("start.code")
    if code is None or not isinstance(code.value, str):
        return {"get_started_code": Answer(gap(code), "not measured")}
    block = fenced(code.value, "python")
    output = findings.get("start.output")
    if output is None or not isinstance(output.value, str):
        said = gap(output) if output is not None else "Not run in this run (not recorded)."
        return {"get_started_code": Answer(f"{block}\n\nIts output: {said[0].lower() + said[1:]}", "not measured")}
    printed = fenced(printable(output.value).rstrip() or "(nothing)", "text")
    text = f"{block}\n\nIt printed, run in a clean process:\n\n{printed}"
    return {"get_started_code": Answer(text, "measured")}
