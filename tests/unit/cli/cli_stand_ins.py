"""A door to knock at without a process, and a pipeline that trains nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tunecard.evidence import Finding, Findings, RunFolder, derived, measured
from tunecard.verification import Check, Report


@dataclass(frozen=True)
class Said:
    """What a command came to."""

    code: int
    out: str
    err: str


Call = Callable[..., Said]


def run_findings(**changed: Finding) -> list[Finding]:
    """What the summary of a run quotes."""
    shared: dict[str, Any] = {"section": "results"}
    scored: dict[str, Any] = {**shared, "level": 0.95, "split": "test", "n": 812}
    findings = {
        "method": measured("adapter.method", "lora", section="x", name="Method"),
        "title": measured("adapter.title", "LoRA"),
        "bytes": measured("adapter.bytes", 1_234_567, section="x", name="Bytes"),
        "base": measured("base_model.id", "sentence-transformers/all-MiniLM-L6-v2", section="x", name="Base"),
        "task": measured("task.name", "token-classification", section="x", name="Task"),
        "entities": measured("data.test.entities", 812, section="x", name="Entities"),
        "headline": derived("results.headline", "results.test.f1", name="Headline", method="by rule", **shared),
        "f1": measured("results.test.f1", 0.7411, name="F1", interval=(0.712, 0.7684), **scored),
        "majority": measured("baseline.majority.test.f1", 0.45, name="F1", interval=(0.4, 0.5), **scored),
        "full": measured("control.full.test.f1", 0.752, name="F1", interval=(0.72, 0.78), **scored),
        "gain": derived(
            "difference.majority.test.f1", 0.2911, name="Gap", method="paired", interval=(0.25, 0.32), **scored
        ),
        "loss": derived(
            "difference.full.test.f1", -0.0109, name="Gap", method="paired", interval=(-0.03, 0.008), **scored
        ),
    }
    return list((findings | changed).values())


@dataclass
class FakePipeline:
    """Keeps what it was asked for; a run writes findings and a manifest, and nothing is trained."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    fault: BaseException | None = None
    is_consistent: bool = True

    def run(self, recipe: Any, *, out: Path, listener: Any, **rest: Any) -> RunFolder:
        self.asked.append({"recipe": recipe, "out": out, **rest})
        if self.fault is not None:
            raise self.fault
        listener.stage("Reading data and base")
        folder = RunFolder(out)
        out.mkdir(parents=True, exist_ok=True)
        folder.write_findings(Findings(run_findings()))
        folder.recipe.write_text("base_model: embedded\ndata: {source: embedded}\n")
        folder.write_manifest()
        return folder

    def verify(self, path: Path) -> Report:
        return Report((Check("files", self.is_consistent, "2 files"), Check("signature", None, "not signed")))
