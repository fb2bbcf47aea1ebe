"""How much memory the adapter takes whoever loads it, and under which cap it still runs."""

from __future__ import annotations

from typing import Any

from tunecard.errors import AdapterError
from tunecard.evidence import Finding, measured, not_measured
from tunecard.examination.in_use import LOADED, ask_in_use, threads_told, why_not
from tunecard.examination.subject import Subject

PEAKS, LEAST = "prediction.peaks", "prediction.least_memory_bytes"
IDS = (PEAKS, LEAST)
MIB = 2**20


class Memory:
    """Peaks of resident memory at 1 and 32 rows, and the least memory, found by running under caps."""

    name = "memory"
    is_repeatable = False

    def price(self, subject: Subject) -> int:
        """None of the passes: a few rows are predicted, and their answers are thrown away."""
        return 0

    def run(self, subject: Subject, budget: int) -> list[Finding]:
        """`prediction.peaks` and `prediction.least_memory_bytes`."""
        if why := why_not(subject):
            return [not_measured(id, reason=why) for id in IDS]
        try:
            answer = ask_in_use(subject, "memory")
        except AdapterError as error:
            return [not_measured(id, reason=str(error)) for id in IDS]
        how = f"resident memory at its highest (VmHWM) after loading and one call; {LOADED}, {threads_told(answer)}"
        peaks: list[Any] = answer["peaks"]
        return [measured(PEAKS, peaks, method=how), _least(answer)]


def _least(answer: dict[str, Any]) -> Finding:
    if "reason" in answer:
        return not_measured(LEAST, reason=answer["reason"])
    fails, runs = answer["fails"], answer["runs"]
    return measured(
        LEAST,
        runs,
        n=answer["tried"],
        interval=(fails, runs),
        method=f"loads and predicts one row under a cap of {runs // MIB} MiB, and failed under {fails // MIB} MiB; "
        "capped is private memory that can be written (RLIMIT_DATA), not the code of libraries nor files that are only "
        f"read; steps of {answer['grid'] // MIB} MiB, halved; {LOADED}, {threads_told(answer)}; n = caps tried",
    )
