"""Data sets that the Hub takes results for from model repositories, as far as a run can score them.

The Hub's list is its own and not published; a file for any other data set is skipped there. Known from the Hub's own
pull requests and from the Community Evals part of every-eval-ever 0.3.0: MMLU-Pro, GPQA, HLE and GSM8K. Of these, GPQA
gives no column of choices, and HLE and GSM8K are answered in free text.

Source: `eval-results.md` of the Hub's documentation; `.eval_results/mmlu_pro.yaml` of models at the Hub, whose values
are percentages.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Benchmark:
    """A data set with a leaderboard.

    Attributes:
        dataset: its id; task_id: which of its leaderboards; file: what the file of results is called.
        split, config: the rows that count, whole.
        metric: key of the score that counts.
    """

    dataset: str
    task_id: str
    file: str
    split: str
    metric: str
    config: str | None = None


BENCHMARKS = (Benchmark("TIGER-Lab/MMLU-Pro", "mmlu_pro", "mmlu_pro.yaml", "test", "accuracy"),)
