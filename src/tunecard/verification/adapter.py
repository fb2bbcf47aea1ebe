"""Is it the adapter that the card speaks of? Its hash, and all that its own two files say about it."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from statistics import fmean
from typing import Any

from tunecard.adapters.methods.registry import method_of, settings_of, switches_of, variants_of
from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.adapter_file import SavedTensor, read_header, stored_once
from tunecard.evidence.comparing import disagreements, is_equal, known, shown
from tunecard.evidence.files import sha256_of
from tunecard.evidence.ledger import ADAPTER_CONFIG
from tunecard.verification.effective_rank import effective_ranks
from tunecard.verification.report import Check, judged

NAME = "adapter"
RANK_TOLERANCE = 1e-3  # singular values of single-precision factors, computed by two libraries
Values = dict[str, Any]


def check_adapter(folder: RunFolder, findings: Findings) -> Check:
    """The weights are those of `adapter.sha256`; sizes, ranks, targets and counts are those of the two files."""
    path, recorded = folder.adapter_weights, findings.value("adapter.sha256")
    if path.is_symlink() or not path.is_file():
        return Check(NAME, False, f"{path.name} is missing")
    if recorded is None:
        return Check(NAME, False, "the evidence holds no hash of the adapter (`adapter.sha256`)")
    problems = [] if sha256_of(path) == recorded else [f"{path.name} is not the adapter of `adapter.sha256`"]
    size = findings.value("adapter.bytes")
    if size is not None and size != path.stat().st_size:
        problems.append(f"{path.name} has {path.stat().st_size} bytes, `adapter.bytes` says {size}")
    covered = {"adapter.sha256", "adapter.bytes"}
    try:
        tensors, config = read_header(path), _read_config(folder)
    except ValueError as error:
        return judged(NAME, [*problems, str(error)], "")
    for expected, whence in (
        (_of_config(config, findings), ADAPTER_CONFIG),
        (_of_tensors(tensors, config, findings), path.name),
    ):
        problems += disagreements(findings, expected, whence)
        covered |= known(findings, expected).keys()
    found, examined = _examined(path, tensors, config, findings)
    return judged(
        NAME, problems + found, f"{path.name} and adapter_config.json are what was measured", covered | examined
    )


def _read_config(folder: RunFolder) -> Values:
    try:
        config = folder.read_json(folder.adapter_config)
    except (OSError, ValueError) as error:
        raise ValueError(f"adapter_config.json cannot be read: {error}") from error
    if not isinstance(config, dict):
        raise ValueError("adapter_config.json holds no mapping")
    return config


def _of_config(config: Values, findings: Findings) -> Values:
    named = findings.value("adapter.method")
    expected: Values = {"base_model.id": config.get("base_model_name_or_path")}
    expected["base_model.revision"] = config.get("revision")
    expected |= {f"adapter.{key}": value for key, value in settings_of(config, named).items()}
    if "adapter.layers" in findings:
        expected["adapter.layers"] = _layers(config.get("layers_to_transform"), findings.value("base_model.layers"))
    # PEFT's modules_to_save names modules that are not there, too; the tensors tell which are.
    method = method_of(config, named)
    if method is not None:
        expected |= {"adapter.method": method.name, "adapter.title": method.title, "adapter.meaning": method.meaning}
        expected["adapter.reference"] = method.reference.record()
        expected |= {"adapter.switches": switches_of(config, named), "adapter.variants": variants_of(config, named)}
    return {id: value for id, value in expected.items() if value is not None}


def _layers(named: Any, count: Any) -> str:
    """Which layers PEFT's config names, as a recipe does where they are the top ones."""
    if named in (None, []):
        return "all"
    is_top = isinstance(named, list) and isinstance(count, int) and named == list(range(count - len(named), count))
    return f"top-{len(named)}" if is_top else f"layers {shown(named)}"


def _of_tensors(tensors: dict[str, SavedTensor], config: Values, findings: Findings) -> Values:
    """Counts that the saved tensors give; only for a known method, whose file holds all that was trained."""
    method = method_of(config, findings.value("adapter.method"))
    modules = method.adapted(tensors) if method else {}
    if method is None or not any(map(method.is_own, tensors)) or bool(method.parts) != bool(modules):
        return {}
    expected: Values = {"adapter.adapted_layers": len(modules)} if method.parts else {}
    if method.saves_each_once:
        sizes = {name: tensor.size for name, tensor in stored_once(tensors).items()}
        expected["model.trainable_parameters"] = method.learned_size(tensors, sizes)
    ranks = {tensors[parts["A"]].shape[0] for parts in modules.values()} if method.product else set()
    if len(ranks) == 1 and not config.get("rank_pattern"):  # by which some, or all, have another rank
        expected["adapter.rank"] = ranks.pop() / method.widening(config)
    base, head = findings.value("base_model.parameters"), findings.value("model.head_parameters", 0)
    if isinstance(base, int) and isinstance(head, int) and method.saves_each_once:
        own = [name for name in tensors if method.is_own(name) and not method.is_derived(name)]
        expected["model.parameters"] = base + head + sum(tensors[name].size for name in own)
    named = findings.value("adapter.modules_to_save")
    if isinstance(named, list):
        whole = [name for name in tensors if not method.is_own(name) and not method.is_derived(name)]
        expected["adapter.modules_to_save"] = _saved_whole(whole, [str(name) for name in named])
    return expected


def _saved_whole(whole: list[str], named: list[str]) -> list[str]:
    """Of the modules that are said to be saved whole those that are, and those that are without being named.

    Args:
        whole: names of the tensors that are no part of an update.
    """
    found = [module for module in named if any(f".{module}." in name for name in whole)]
    weights = [name.split(".") for name in whole if name.endswith(".weight")]
    return found + sorted({parts[-2] for parts in weights if not set(parts) & set(found)})


def _examined(
    path: Path, tensors: dict[str, SavedTensor], config: Values, findings: Findings
) -> tuple[list[str], set[str]]:
    """What of `examination.*` follows from the factors: modules, ranks, and the means over layers."""
    records = findings.value("examination.update_norms")
    if not isinstance(records, list):
        return _unexamined(tensors, config, findings), set()
    method = method_of(config)
    try:
        pairs = method.adapted(tensors) if method and method.product else {}
        ranks = effective_ranks(path, tensors, pairs)
        told = {str(record["module"]): record for record in records}
        shapes = {module: tensors[pair["A"]].shape[0] for module, pair in pairs.items()}
        means = _layer_means(records)
    except (ValueError, TypeError, KeyError) as error:
        return [f"examination.update_norms cannot be compared with {path.name}: {error}"], set()
    problems = []
    if told.keys() != ranks.keys():
        problems.append(
            f"examination.update_norms tells of {len(told)} modules, {path.name} has {len(ranks)}, or others"
        )
    for module in told.keys() & ranks.keys():
        record = told[module]
        if record.get("rank") != shapes[module]:
            problems.append(
                f"examination.update_norms: {module} has rank {shown(record.get('rank'))}, not {shapes[module]}"
            )
        elif not is_equal(record.get("effective_rank"), ranks[module], RANK_TOLERANCE):
            problems.append(
                f"examination.update_norms: {module} has effective rank {shown(ranks[module])}, "
                f"not {shown(record.get('effective_rank'))}"
            )
    layers = findings.value("examination.layers")
    if layers is not None and not is_equal(layers, means):
        problems.append("examination.layers does not follow from examination.update_norms")
    return problems, {"examination.layers"} if layers is not None else set()


def _unexamined(tensors: dict[str, SavedTensor], config: Values, findings: Findings) -> list[str]:
    """Sizes of updates that are said not to be measured, although the factors are there."""
    method = method_of(config)
    if method is None or method.product is None or method.product.why_not(config) or not method.adapted(tensors):
        return []
    ids = ("examination.update_norms", "examination.singular_values")
    told = [id for id in ids if (finding := findings.get(id)) is not None and finding.status == "not measured"]
    return [f"{id} is not measured, and the updates are products of two factors that the file holds" for id in told]


def _layer_means(records: list[Any]) -> list[Values]:
    by_layer: dict[int, list[float]] = defaultdict(list)
    for record in records:
        if record["layer"] is not None and record["relative_norm"] is not None:
            by_layer[record["layer"]].append(record["relative_norm"])
    return [
        {"layer": layer, "relative_norm": fmean(norms), "modules": len(norms)}
        for layer, norms in sorted(by_layer.items())
    ]
