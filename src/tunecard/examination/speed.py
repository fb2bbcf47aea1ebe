"""How long the adapter takes to load, and to answer one row and many, for whoever uses it."""

from __future__ import annotations

import statistics

from tunecard.errors import AdapterError
from tunecard.evidence import Finding, measured, not_measured
from tunecard.examination.in_use import LOADED, ask_in_use, threads_told, why_not
from tunecard.examination.subject import Subject
from tunecard.measurement.latency import LATENCY, OTHERS, SPEED, THROUGHPUT, Calls, speed_findings

LOAD = "prediction.load_seconds"
IDS = (SPEED, LATENCY, THROUGHPUT, OTHERS, LOAD)


class Speed:
    """Latency and throughput at 1 and 32 rows a call, and the time to load base and adapter."""

    name = "speed"
    is_repeatable = False

    def price(self, subject: Subject) -> int:
        """None of the passes: it is bounded by seconds, and asks about no row what it answers."""
        return 0

    def run(self, subject: Subject, budget: int) -> list[Finding]:
        """`prediction.speed`, `.latency_ms`, `.rows_per_second`, `.others_share` and `.load_seconds`."""
        if why := why_not(subject):
            return [not_measured(id, reason=why) for id in IDS]
        try:
            answer = ask_in_use(subject, "speed")
        except AdapterError as error:
            return [not_measured(id, reason=str(error)) for id in IDS]
        calls = [Calls(**one) for one in answer["calls"]]
        how = f"wall time from text to answer, tokenisation included; {LOADED}, {threads_told(answer)}"
        return [
            *speed_findings(calls, answer["others_share"], how),
            _load(answer["load_seconds"], threads_told(answer)),
        ]


def _load(seconds: list[float], threads: str) -> Finding:
    return measured(
        LOAD,
        statistics.median(seconds),
        n=len(seconds),
        interval=(min(seconds), max(seconds)) if len(seconds) > 1 else None,
        method="median of loads with the least and the greatest: base, adapter and tokenizer from files that were just "
        f"read, in a process that has imported torch and tunecard and is forked for each; {threads}; without checking "
        "the hash of the base",
    )
