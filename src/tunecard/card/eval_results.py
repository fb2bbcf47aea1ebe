"""`.eval_results/*.yaml`: a score for the Hub's leaderboard of a benchmark, where the run scored exactly that.

Source: `eval-results.md` of the Hub's documentation; the entries are those of huggingface_hub.
"""

from __future__ import annotations

from collections.abc import Sequence

from tunecard.card import facts
from tunecard.card.model_metadata import dump
from tunecard.evidence import Findings
from tunecard.hub.benchmarks import BENCHMARKS, Benchmark

HUNDRED = 100.0
DIGITS = 2


def eval_results_of(findings: Findings, benchmarks: Sequence[Benchmark] = BENCHMARKS) -> dict[str, str]:
    """File name to YAML; none where the scored rows are those of no known benchmark, or not all of them."""
    return {one.file: _entry(findings, one) for one in benchmarks if _is_scored(findings, one)}


def _is_scored(findings: Findings, benchmark: Benchmark) -> bool:
    """Whether the scored split is the benchmark's own, whole: nothing sampled, made or left out."""
    split = facts.scored_split(findings)
    is_whole = findings.value(f"data.{split}.origin") == "given" and not findings.value(f"data.{split}.dropped")
    named = (findings.value("data.source"), findings.value("data.config"), split)
    is_own = named == (benchmark.dataset, benchmark.config, benchmark.split)
    return is_own and is_whole and facts.value_of(findings, f"results.{split}.{benchmark.metric}") is not None


def _entry(findings: Findings, benchmark: Benchmark) -> str:
    from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml

    score = findings[f"results.{benchmark.split}.{benchmark.metric}"]
    told = [f"{benchmark.metric} in percent", f"n = {score.n}"]
    if score.interval is not None:
        low, high = (f"{end * HUNDRED:.{DIGITS}f}" for end in score.interval)
        told.append(f"{score.level} interval {low} to {high}")
    entry = EvalResultEntry(
        dataset_id=benchmark.dataset,
        task_id=benchmark.task_id,
        value=round(float(str(score.value)) * HUNDRED, DIGITS),
        dataset_revision=findings.value("data.revision"),
        date=findings.value("run.date"),
        notes=f"{facts.adapter_noun(findings)}, fine-tuned; {', '.join(told)}",
    )
    return dump(eval_result_entries_to_yaml([entry]))
