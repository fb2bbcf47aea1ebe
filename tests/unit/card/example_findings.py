"""Two runs as evidence: entities in abstracts, and 77 intents. The figures are plausible and invented."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from tunecard.adapters.methods.lora import LORA
from tunecard.evidence import Finding, Findings, Source, declared, derived, measured, not_measured

PREDICTIONS = Source(file="predictions/test.parquet", sha256="ab" * 32)
BY = "declared by A. Author in recipe.yaml on 2026-11-20"
KEYS = (
    "developed_by funded_by shared_by license language direct_use downstream_use out_of_scope_use risks "
    "recommendations repository paper demo cloud_provider region authors contact citation citation_apa"
)
HISTOGRAM = {
    "edges": [4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192],
    "counts": [4, 9, 40, 90, 310, 420, 330, 150, 40, 6, 1],
}
START = """\
from peft import PeftModel
from transformers import AutoConfig, AutoModelForTokenClassification, AutoTokenizer

base = "sentence-transformers/all-MiniLM-L6-v2"
adapter = "."
config = AutoConfig.from_pretrained(adapter)
model = AutoModelForTokenClassification.from_pretrained(base, config=config)
model = PeftModel.from_pretrained(model, adapter)
"""


def copied(make: Callable[[], Findings]) -> Callable[[], Findings]:
    """The findings are made once; each call gives a collection of its own, since a test may add to it."""
    made = cache(make)
    return wraps(make)(lambda: Findings(made()))


def score(id: str, value: float, interval: tuple[float, float] | None, n: int, **rest: Any) -> Finding:
    """A measured score with its interval."""
    fields = {"section": "results", "name": id.rsplit(".", 1)[-1], "source": PREDICTIONS, "split": "test"} | rest
    level = 0.95 if interval else None
    return measured(id, value, interval=interval, level=level, n=n, method="seeded bootstrap over rows", **fields)


def difference(id: str, value: float, interval: tuple[float, float]) -> Finding:
    """A paired difference."""
    return measured(id, value, interval=interval, level=0.95, section="results", name="difference", split="test")


def declarations(**said: str) -> list[Finding]:
    """Every declared key: said, or not declared."""
    found = []
    for key in KEYS.split():
        section, name = key, key.replace("_", " ")
        if key in said:
            found.append(declared(f"declared.{key}", said[key], section=section, name=name, method=BY))
        else:
            reason = f"not declared: set `card.{key}` in the recipe"
            found.append(not_measured(f"declared.{key}", section=section, name=name, reason=reason))
    return found


def facts_of(section: str, values: dict[str, Any], **rest: Any) -> list[Finding]:
    """Plain measured findings, id to value."""
    return [measured(id, value, section=section, name=id.replace(".", " "), **rest) for id, value in values.items()]


def identity(task: str, labels: list[str], name: str) -> list[Finding]:
    """Who this is: run, task, base, adapter."""
    values = {
        "run.date": "2026-11-20",
        "run.tunecard_version": "0.1.0",
        "run.seconds": 2460.0,
        "run.stages": [
            {"stage": "optimisation", "seconds": 2100.0},
            {"stage": "pictures", "seconds": 340.0},
            {"stage": "everything else", "seconds": 19.96},
            {"stage": "checkpoints", "seconds": 0.04},
        ],
        "run.renderer_version": 1,
        "task.name": task,
        "task.labels": labels,
        "base_model.id": "sentence-transformers/all-MiniLM-L6-v2",
        "base_model.is_local": False,
        "base_model.revision": "c9745ed1d9f207416be6d2e6f8de32d1f16199bf",
        "base_model.weights_sha256": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "base_model.config_sha256": "0c" * 32,
        "base_model.architecture": "BertModel",
        "base_model.model_type": "bert",
        "base_model.parameters": 22565376,
        "base_model.pooler": "in the base's files; this task does not read it, not counted",
        "model.head_parameters": 4235,
        "base_model.layers": 6,
        "base_model.hidden_size": 384,
        "base_model.max_tokens": 512,
        "adapter.method": "lora",
        "adapter.title": LORA.title,
        "adapter.meaning": LORA.meaning,
        "adapter.reference": LORA.reference.record(),
        "adapter.rank": 16,
        "adapter.alpha": 32,
        "adapter.dropout": 0.1,
        "adapter.bias": "none",
        "adapter.target_modules": ["dense", "key", "query", "value"],
        "adapter.adapted_layers": 36,
        "adapter.modules_to_save": ["classifier"],
        "adapter.bytes": 3512345,
        "adapter.sha256": "1d" * 32,
        "adapter.head_start": "probe",
        "model.trainable_parameters": 667403,
        "model.parameters": 23380619,
        "model.max_length": 128,
        "reload.label_agreement": 1.0,
    }
    found = facts_of("model_description", values)
    found.append(declared("run.name", name, section="model_id", name="Name", method=BY))
    found.append(
        measured(
            "reload.max_logit_difference",
            2.4e-6,
            section="results",
            name="Largest difference of logits",
            n=64,
            method="fresh process, stock PEFT",
        )
    )
    licence = "declared by the base's card"
    found.append(declared("base_model.license", "apache-2.0", section="license", name="Base licence", method=licence))
    return found


def data(rows: dict[str, int], unit: dict[str, Any]) -> list[Finding]:
    """Splits and their statistics; `unit` adds what only one task has."""
    values: dict[str, Any] = {}
    for split, number in rows.items():
        values |= {
            f"data.{split}.rows": number,
            f"data.{split}.sha256": "9f" * 32,
            f"data.{split}.words": number * 25,
            f"data.{split}.length": {"mean": 25.4, "median": 24, "p95": 48, "max": 131},
            f"data.{split}.length_histogram": HISTOGRAM,
            f"data.{split}.origin": "given",
            f"data.{split}.dropped": {},
            f"data.duplicates.{split}": 3,
        }
    found = facts_of("training_data", values | unit)
    found.append(
        measured("data.overlap.train.test", 7, section="testing_data", name="Test rows in train", n=rows["test"])
    )
    found.append(
        measured("data.test.truncated_rows", 4, section="preprocessing", name="Rows cut", n=rows["test"], split="test")
    )
    return found


def training() -> list[Finding]:
    """How it went."""
    curve = [
        {
            "epoch": epoch,
            "step": epoch * 63,
            "train_loss": 1.2 * 0.62**epoch,
            "validation_loss": 0.42 + 0.5 * 0.5**epoch + 0.01 * epoch,
            "validation_metric": 0.74 - 0.4 * 0.5**epoch,
            "learning_rate": 1e-3 * (1 - epoch / 10),
        }
        for epoch in range(1, 11)
    ]
    values = {
        "training.hyperparameters": {
            "training.epochs": 10,
            "training.learning_rate": 0.001,
            "training.train_batch_size": 32,
            "training.schedule": "linear",
            "adapter.rank": 16,
            "adapter.target_modules": ["query", "value"],
            "data.max_length": 128,
            "training.class_weights": None,
        },
        "training.rule": {"training.learning_rate": "1e-3 for encoders under 100 M parameters"},
        "training.precision": "fp32",
        "training.observed_dtypes": {"weights": "float32", "loss": "float32"},
        "training.optimizer": "AdamW, weight decay 0.01 on matrices",
        "training.seconds": 1530.0,
        "training.steps": 630,
        "training.epochs_run": 10,
        "training.best_epoch": 9,
        "training.tokens_per_second": 8123.4,
        "training.rows_per_second": 213.7,
        "training.peak_memory_bytes": 1_412_345_678,
        "training.stopped": "all epochs done",
        "training.curve": curve,
        "training.best_metric": "f1",
        "training.best_validation": 0.7391,
        "training.rescored_validation": 0.7391,
        "training.class_weights": "none",
        "training.seed": 42,
    }
    return facts_of("training_regime", values)


def cost() -> list[Finding]:
    """Machine, energy, speed, versions."""
    values = {
        "environment.processor": "AMD EPYC",
        "environment.cores": 2,
        "environment.memory_bytes": 8_000_000_000,
        "environment.os": "Debian GNU/Linux 12 (bookworm), Linux 6.1.0, x86_64",
        "environment.virtualisation": "virtual machine, container",
        "environment.accelerator": "none",
        "environment.threads": 2,
        "environment.cpu_utilisation": 0.93,
        "prediction.rows_per_second": 148.2,
        "prediction.peak_memory_bytes": 612_345_678,
    }
    found = facts_of("hardware_type", values)
    how = "processor time to 2 threads for 1530 s, times 2 to 15 W a thread, assumed; times PUE 1.0 to 1.6, assumed"
    place: dict[str, Any] = {"section": "co2_emitted", "unit": "kWh", "method": how}
    found += [
        measured(
            "environment.hours", 0.6833, section="hours_used", name="Hours used", method="wall time of the whole run"
        ),
        derived("energy.training_kwh", None, name="Energy of training", interval=(0.0017, 0.0204), **place),
        derived("energy.evaluation_kwh", None, name="Energy of evaluation", interval=(0.0004, 0.0061), **place),
        derived(
            "energy.total_kwh",
            None,
            section="co2_emitted",
            name="Energy of all stages",
            unit="kWh",
            interval=(0.0021, 0.0204 + 0.0061),
            method="sum of energy.training_kwh, energy.evaluation_kwh",
        ),
        measured("environment.training_hours", 0.425, section="hours_used", name="Hours of training", unit="hours"),
        measured("environment.evaluation_hours", 0.1, section="hours_used", name="Hours of evaluation", unit="hours"),
        measured("environment.failed_attempts", 0, section="hours_used", name="Attempts that ended before their end"),
        not_measured(
            "energy.meter", section="co2_emitted", name="Power meter", reason="no power meter is readable: KVM"
        ),
        not_measured(
            "co2.grams",
            section="co2_emitted",
            name="Carbon emitted",
            reason="region not declared: set `card.region` in the recipe",
        ),
        measured(
            "prediction.latency_ms", 13.1, section="hardware_requirements", name="Latency", interval=(11.2, 19.8), n=50
        ),
    ]
    packages = {"python": "3.11.9", "torch": "2.13.0", "transformers": "5.23.0", "peft": "0.21.2", "scipy": "1.16.2"}
    return found + facts_of("software", {f"software.{name}": version for name, version in packages.items()})


def examination() -> list[Finding]:
    """Update norms."""
    norms = [
        {
            "module": f"encoder.layer.{layer}.attention.self.{kind}",
            "layer": layer,
            "relative_norm": 0.05 + 0.02 * layer + (0.01 if kind == "value" else 0.0),
            "effective_rank": 6.3 + layer,
            "rank": 16,
        }
        for layer in range(6)
        for kind in ("query", "value")
    ]
    spectra = [
        {
            "module": record["module"],
            "values": [round(2.0 * 0.8 ** (i * (1 + record["layer"] / 9)), 4) for i in range(16)],
        }
        for record in norms
    ]
    found = {"examination.update_norms": norms, "examination.singular_values": spectra}
    return facts_of("model_examination", found)


def reliability(n: int) -> Finding:
    """Fifteen bins of a predictor that is a little too sure of itself."""
    bins = []
    for place in range(15):
        stated = 0.4 + 0.04 * place
        right = stated - 0.12 if place % 3 else stated
        interval = [round(max(right - 0.08, 0.0), 4), round(min(right + 0.08, 1.0), 4)]
        ends = {"from": round(stated - 0.02, 4), "to": round(stated + 0.02, 4)}
        bins.append(
            {**ends, "confidence": round(stated, 4), "accuracy": round(right, 4), "n": n // 15, "interval": interval}
        )
    how = "reliability_bins, 15 equal-mass bins"
    return measured(
        "results.test.reliability", bins, section="results", name="Reliability", n=n, method=how, split="test"
    )


def abstaining(n: int) -> list[Finding]:
    """A curve whose risk falls with the coverage, its area, and thresholds of which the strictest was not found."""
    curve = [_kept_back(place / 20, 0.25 * (place / 20) ** 2, n) for place in range(1, 21)]
    chosen = [{"at_most": 0.01, "threshold": None}, {"at_most": 0.1, **_kept_back(0.6, 0.09, n)}]
    shared = {"split": "test", "n": n, "method": "n = answers"}
    return [
        measured("results.test.risk_coverage", curve, **shared),
        measured("results.test.aurc", 0.0871, interval=(0.0801, 0.0942), level=0.95, **shared),
        measured("results.test.abstention", chosen, **shared),
    ]


def _kept_back(coverage: float, risk: float, n: int) -> dict[str, Any]:
    ends = {f"{key}_interval": [round(value * 0.9, 4), round(value * 1.05, 4)] for key, value in
            (("coverage", coverage), ("risk", risk))}  # fmt: skip
    shown = {"threshold": round(1 - coverage / 2, 4), "coverage": coverage, "risk": round(risk, 4)}
    return {**shown, "answered": round(coverage * n), **ends}


def start() -> list[Finding]:
    """The code that was run."""
    return facts_of("get_started_code", {"start.code": START, "start.output": "B-protein IL-2\nO gene"})


@copied
def token_run() -> Findings:
    """Entities in abstracts: five types, a control, a baseline, three seeds."""
    types = {
        "DNA": (0.712, 0.690, 0.733, 1056),
        "RNA": (0.663, 0.571, 0.742, 118),
        "cell_line": (0.571, 0.528, 0.611, 500),
        "cell_type": (0.741, 0.725, 0.757, 1921),
        "protein": (0.752, 0.742, 0.763, 5067),
    }
    labels = ["O", *[f"{part}-{kind}" for kind in types for part in "BI"]]
    entities = {f"data.{split}.entities": n for split, n in {"train": 6402, "validation": 5100, "test": 8662}.items()}
    counts = {f"data.{split}.labels": {k: v[3] for k, v in types.items()} for split in ("train", "test")}
    origin = {"data.train.origin": "made: 2,000 of 16,807 rows, seed 42"}
    shared = {
        "data.source": "bionlp2004",
        "data.train.scripts": {"Latin": 0.998, "Greek": 0.002},
        "data.factors": ["length"],
    }
    found = identity("token-classification", labels, "bionlp2004-minilm")
    found += facts_of("model_type", {"task.types": sorted(types)})
    rows = {"train": 2000, "validation": 1739, "test": 3856}
    found += [f for f in data(rows, entities | counts | shared) if f.id not in origin] + facts_of(
        "training_data", origin
    )
    found += [
        declared(
            "data.license", "CC BY 3.0", section="training_data", name="Licence", method="declared by metadata.json"
        ),
        declared(
            "data.citation",
            "Collier, N., & Kim, J.-D. (2004). Introduction to the bio-entity recognition task at JNLPBA.",
            section="citation_apa",
            name="Citation",
            method="declared by metadata.json",
        ),
    ]
    found += training() + cost() + examination() + start()
    found += declarations(
        direct_use="Reviewed literature triage of English biomedical abstracts.",
        out_of_scope_use="Unreviewed clinical use.",
        developed_by="A. Author",
        license="apache-2.0",
        language="en",
        contact="contact@example.org",
        repository="https://example.org/code",
    )
    found += token_results(types)
    return Findings(found)


def token_results(types: dict[str, tuple[float, float, float, int]]) -> list[Finding]:
    """Scores of the token run."""
    n = 8662
    found = [
        score("results.test.f1", 0.74118, (0.73311, 0.74925), n),
        score("results.test.precision", 0.72951, (0.72011, 0.73822), n),
        score("results.test.recall", 0.75323, (0.74411, 0.76209), n),
        score("results.test.accuracy", 0.94212, (0.94012, 0.94411), 3856 * 25),
        score("results.test.f1_conlleval", 0.74402, (0.73600, 0.75201), n),
        score("results.test.ece", 0.0391, (0.0302, 0.0455), 8601),
        reliability(8601),
        *abstaining(8601),
        score("results.validation.f1", 0.7391, (0.729, 0.748), 5100, split="validation"),
        measured("results.headline", "results.test.f1", section="results", name="Headline"),
        measured("results.protocol", "held-out", section="results", name="Protocol"),
        derived(
            "results.worst",
            "results.test.type.cell_line.f1",
            section="results",
            name="Worst",
            method="lowest F1",
            interval=(0.52, 0.62),
            level=0.99,
        ),
        measured(
            "results.test.weak_parts",
            [
                {"part": f"results.test.{part}.f1", "p": 0.001}
                for part in ("type.cell_line", "type.RNA", "slice.length=33+ words")
            ],
            section="results",
            name="Parts clearly below the whole",
            n=8,
        ),
        score("results.test.unseen.recall", 0.631, (0.612, 0.650), 3100),
        measured("results.truncated_misses", 2, section="results", name="Lost to truncation"),
        score("control.full.test.f1", 0.7482, (0.7401, 0.7562), n),
        score("control.head.test.f1", 0.5120, (0.5021, 0.5222), n),
        score("baseline.majority.test.f1", 0.4510, (0.4411, 0.4609), n),
        difference("difference.full.test.f1", -0.0070, (-0.0131, -0.0008)),
        difference("difference.head.test.f1", 0.2292, (0.2191, 0.2391)),
        difference("difference.majority.test.f1", 0.2902, (0.2801, 0.3003)),
    ]
    for kind, (value, low, high, support) in types.items():
        prefix = f"results.test.type.{kind}"
        found.append(score(f"{prefix}.precision", value - 0.01, (low - 0.01, high - 0.01), support, slice=kind))
        found.append(score(f"{prefix}.recall", value + 0.012, (low, high), support, slice=kind))
        found.append(score(f"{prefix}.f1", value, (low, high), support, slice=kind))
    lengths = {
        "1-8 words": (0.78, 0.75, 0.81, 212),
        "9-16 words": (0.76, 0.74, 0.78, 801),
        "33+ words": (0.70, 0.69, 0.72, 911),
    }
    for value, (middle, low, high, support) in lengths.items():
        name = f"length={value}"
        found.append(score(f"results.test.slice.{name}.f1", middle, (low, high), support, slice=name))
    confused = [*types, "O"]
    counts = [[900 if a == b else 7 * (i + 1) + 13 * j for j, b in enumerate(confused)] for i, a in enumerate(confused)]
    counts[-1][-1] = 72_000
    found += facts_of("results", {"results.test.confusion": {"labels": confused, "counts": counts}})
    seeds = [
        {"seed": s, "validation": v, "test": t}
        for s, v, t in ((41, 0.73, 0.736), (42, 0.7391, 0.74118), (43, 0.735, 0.743))
    ]
    spread = {"mean": 0.74006, "lowest": 0.736, "highest": 0.743}
    return found + facts_of("results", {"training.seeds": seeds, "training.seeds_summary": spread}, n=len(seeds))


@copied
def text_run() -> Findings:
    """77 intents of a Hub data set, nothing declared."""
    labels = [f"intent_{index:02d}_card_payment" for index in range(77)]
    found = identity("text-classification", labels, "banking77-minilm")
    rows = {"train": 9002, "validation": 1001, "test": 3080}
    shared = {
        "data.source": "PolyAI/banking77",
        "data.train.labels": {label: 100 + index for index, label in enumerate(labels)},
        "data.test.labels": dict.fromkeys(labels, 40),
        "data.train.scripts": {"Latin": 1.0},
        "task.is_pair": False,
    }
    found += data(rows, shared) + training() + cost() + examination() + start() + declarations()
    found += [
        score("results.test.accuracy", 0.91234, (0.90188, 0.92180), 3080),
        score("results.test.macro_f1", 0.91201, (0.90112, 0.92201), 3080),
        score("results.test.mcc", 0.91123, (0.90005, 0.92113), 3080),
        score("results.test.ece", 0.0213, (0.0151, 0.0311), 3080),
        reliability(3080),
        *abstaining(3080),
        measured("results.headline", "results.test.accuracy", section="results", name="Headline"),
        measured("results.protocol", "held-out", section="results", name="Protocol"),
        derived(
            "results.worst", f"results.test.class.{labels[52]}.f1", section="results", name="Worst", method="lowest F1"
        ),
        measured("results.test.weak_parts", [], section="results", name="Parts clearly below the whole", n=79),
        score("baseline.majority.test.accuracy", 0.01299, (0.0095, 0.0177), 3080),
        difference("difference.majority.test.accuracy", 0.8994, (0.8881, 0.9101)),
    ]
    for name, middle, support in (("1-8 words", 0.921, 1900), ("9-16 words", 0.905, 1177), ("17-32 words", None, 3)):
        place: dict[str, Any] = {"slice": f"length={name}", "split": "test"}
        id = f"results.test.slice.length={name}.accuracy"
        if middle is None:
            reason = "too few rows: 3"
            found.append(not_measured(id, section="results", name="Accuracy", reason=reason, n=support, **place))
        else:
            found.append(score(id, middle, (middle - 0.012, middle + 0.012), support, **place))
    for index, label in enumerate(labels):
        value = 0.99 - ((index * 37) % 77) * 0.004
        for metric, shift in (("precision", 0.01), ("recall", -0.01), ("f1", 0.0)):
            interval = (value + shift - 0.08, min(value + shift + 0.05, 1.0))
            found.append(score(f"results.test.class.{label}.{metric}", value + shift, interval, 40, slice=label))
    counts = [[36 if a == b else (3 if (a * 7 + b) % 61 == 0 else 0) for b in range(77)] for a in range(77)]
    found += facts_of("results", {"results.test.confusion": {"labels": labels, "counts": counts}})
    return Findings(found)
