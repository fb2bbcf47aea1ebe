"""An earlier adapter that a training starts from: found, held against what is asked, and its weights put in place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from peft import get_peft_model_state_dict, set_peft_model_state_dict
from peft.peft_model import PeftModel
from transformers import PreTrainedModel

from tunecard.adapters.adding import choose_modules
from tunecard.adapters.loading import peft_config, read_adapter_config, read_known_tensors, read_tensor_header
from tunecard.adapters.methods.method import WRAPPER, AdapterPlan
from tunecard.adapters.methods.registry import METHODS, method_of, name_of, settings_of, switches_of
from tunecard.adapters.outline import expected_tensors, key_faults, misfits
from tunecard.adapters.top_layers import layer_fields
from tunecard.data.hub import is_hub_id
from tunecard.data.reachability import offline_if_unreachable
from tunecard.encoders import BaseFiles
from tunecard.encoders.identity import hash_weights
from tunecard.errors import AdapterError, MachineError
from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.files import sha256_of
from tunecard.evidence.ledger import ADAPTER_CONFIG, ADAPTER_WEIGHTS, EVIDENCE, MODEL_CONFIG

KEY = "adapter.start_from"
SHOWN = 3
HOW = "another adapter, `adapter.start_from: null`, or the settings that it has"
_PATH = re.compile(r"^[/.~\\]|\\|/.*/")


@dataclass(frozen=True)
class EarlierAdapter:
    """An adapter that exists.

    Attributes:
        name: its Hub id, or the last part of its folder.
        folder: where it lies.
        revision: its commit on the Hub.
        config: adapter_config.json without what could name code.
        labels: names in id order, as its config.json says; None where it says none.
        findings: its evidence; empty where there is none.
        sha256: of its weights.
    """

    name: str
    folder: RunFolder
    revision: str | None
    config: Mapping[str, Any]
    labels: tuple[str, ...] | None
    findings: Findings
    sha256: str

    @property
    def settings(self) -> dict[str, Any]:
        """Its method's own settings, by their keys in a recipe."""
        return settings_of(self.config)

    def has_head_for(self, labels: Sequence[str]) -> bool:
        """Whether it was saved with a head that tells these labels apart, in this order."""
        return bool(self.config.get("modules_to_save")) and self.labels == tuple(labels)


@dataclass(frozen=True)
class StartingPoint:
    """An earlier adapter that fits.

    Attributes:
        compared_by: by what its base was found to be the base: `weights`, `name` or `shapes`.
        with_head: whether its head goes on, too.
    """

    adapter: EarlierAdapter
    compared_by: str
    with_head: bool


def find_earlier(given: str, base_folder: Path) -> EarlierAdapter:
    """Finds and reads the adapter that a recipe names.

    Args:
        given: a run folder, a folder that stock PEFT saved, or a Hub id.
        base_folder: what a relative path is relative to.
    Raises: AdapterError: there is none, or it cannot be read. MachineError: the Hub cannot be reached.
    """
    path = base_folder / Path(given).expanduser()
    if path.is_dir():
        return _read(path, path.resolve().name, None)
    if _PATH.search(given) or not is_hub_id(given) or (base_folder / given).parent.is_dir():
        raise AdapterError(
            f"{KEY} must be a run folder, an adapter's folder or a Hub id. There is no {given!r} here. "
            "Train that adapter first, or name another."
        )
    with offline_if_unreachable():
        folder = _download(given)
    return _read(folder, given, folder.name)


def _download(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError, RepositoryNotFoundError

    files = [ADAPTER_CONFIG, ADAPTER_WEIGHTS, MODEL_CONFIG, EVIDENCE]
    try:
        return Path(snapshot_download(name, allow_patterns=files))
    except RepositoryNotFoundError as error:
        raise AdapterError(
            f"{KEY}: there is no folder {name!r} here, and the Hub has no such adapter that you may read. Train that "
            "adapter first, or name another."
        ) from error
    except (LocalEntryNotFoundError, OSError) as error:
        raise MachineError(
            f"{KEY}: {name} is no folder here, not in the local cache, and the Hub cannot be reached. "
            "Connect once, or give a folder."
        ) from error


def _read(path: Path, name: str, revision: str | None) -> EarlierAdapter:
    folder = RunFolder(path)
    return EarlierAdapter(
        name=name,
        folder=folder,
        revision=revision,
        config=read_adapter_config(folder),
        labels=_labels(folder),
        findings=folder.read_findings() if folder.evidence.is_file() else Findings(),
        sha256=sha256_of(folder.adapter_weights),
    )


def _labels(folder: RunFolder) -> tuple[str, ...] | None:
    try:
        names = folder.read_json(folder.model_config).get("id2label")
        by_id = {int(id): str(name) for id, name in names.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return None  # stock PEFT saves none
    are_placeholders = all(re.match(r"LABEL_\d+$", name) for name in by_id.values())
    is_told = sorted(by_id) == list(range(len(by_id))) and not are_placeholders
    return tuple(by_id[id] for id in sorted(by_id)) if is_told else None


def compared_base(earlier: EarlierAdapter, base: BaseFiles) -> str:
    """By what the bases were found to be one: `weights`, `name`, or `shapes` alone, which `check_start` asks.

    Raises: AdapterError: they are two.
    """
    recorded = earlier.findings.value("base_model.weights_sha256")
    if isinstance(recorded, str):
        if recorded != hash_weights(base.folder):
            raise AdapterError(
                f"{KEY}: {earlier.name} was trained on {earlier.findings.value('base_model.id')} with weights sha256 "
                f"{recorded[:12]}. Got {base.id}, whose weights are others. Set base_model to that base."
            )
        return "weights"
    named = earlier.config.get("base_model_name_or_path")
    if not isinstance(named, str) or not named or _PATH.search(named) or base.is_local:
        return "shapes"
    if not _is_one_id(named, base.id):
        raise AdapterError(f"{KEY}: {earlier.name} names the base {named!r}. Got {base.id!r}. Set base_model to that.")
    return "name"


def _is_one_id(one: str, other: str) -> bool:
    """Whether two ids of the Hub may be one: `roberta-large` is an old name of `FacebookAI/roberta-large`."""
    is_short = "/" not in one or "/" not in other
    return one == other or (is_short and one.rpartition("/")[2] == other.rpartition("/")[2])


def check_start(earlier: EarlierAdapter, model: PreTrainedModel, plan: AdapterPlan) -> None:
    """Whether its update is one that the plan makes, tensor by tensor and setting by setting.

    Args:
        model: the base; weights are not asked for.
    Raises: AdapterError: another method, settings or layers; all faults at once.
    """
    asked, found = METHODS[plan.method], method_of(earlier.config)
    # LoRA+ goes on from LoRA: what makes it leaves no trace in a file. rsLoRA does not.
    if found is None or (found.peft_type, found.fixed) != (asked.peft_type, asked.fixed):
        raise AdapterError(
            f"{KEY}: {earlier.name} is of the method {name_of(earlier.config)}. Got adapter.method {plan.method}. "
            f"{_give()}"
        )
    config = {**asked.config(_with_modules(plan, model)), **layer_fields(model, plan)}
    faults = [*_settings_that_differ(earlier, plan), *_switches_that_differ(earlier, config)]
    faults += _tensors_that_differ(earlier, model, plan, config)
    if faults:
        raise AdapterError([f"{KEY}: {earlier.name} {fault}" for fault in faults] + [_give()])


def _give() -> str:
    return f"Give {HOW}."


def _with_modules(plan: AdapterPlan, model: PreTrainedModel) -> AdapterPlan:
    chosen = choose_modules(model, plan.method, plan.settings)
    return replace(plan, settings={**plan.settings, **chosen})


def _settings_that_differ(earlier: EarlierAdapter, plan: AdapterPlan) -> list[str]:
    told = earlier.settings
    return [
        f"has adapter.{setting.key} {told[setting.key]}. Got {plan.settings[setting.key]}."
        for setting in METHODS[plan.method].settings
        if not (setting.names_modules or setting.of_training) and setting.key in told
        if told[setting.key] != setting.to_peft(plan.settings[setting.key])
    ]


def _switches_that_differ(earlier: EarlierAdapter, config: Mapping[str, Any]) -> list[str]:
    before, now = switches_of(earlier.config), switches_of(config)
    differing = sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))
    return [f"has {key} {before.get(key)!r}. Got {now.get(key)!r}." for key in differing]


def _tensors_that_differ(
    earlier: EarlierAdapter, model: PreTrainedModel, plan: AdapterPlan, config: Mapping[str, Any]
) -> list[str]:
    header = read_tensor_header(earlier.folder.adapter_weights)
    shapes = expected_tensors(model, peft_config(config))
    own = {key: tensor for key, tensor in header.items() if not is_of_head(key, _heads(earlier, plan))}
    asked = {key: shape for key, shape in shapes.items() if not is_of_head(key, plan.new_modules)}
    wrong = misfits(own, asked)
    faults = [*key_faults(own, asked), *(wrong[key] for key in sorted(wrong))]
    if not faults:
        return []
    rest = f"; and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
    return [f"adapts other layers, or these otherwise: {'; '.join(faults[:SHOWN])}{rest}"]


def _heads(earlier: EarlierAdapter, plan: AdapterPlan) -> list[str]:
    """Modules that were saved whole, by either."""
    saved = earlier.config.get("modules_to_save")
    return [*plan.new_modules, *(str(one) for one in saved or [] if isinstance(saved, list))]


def is_of_head(key: str, modules: Sequence[str]) -> bool:
    """Whether a tensor belongs to a module that is trained whole."""
    inner = "." + key.removeprefix(WRAPPER)
    return any(f".{module}." in inner for module in modules)


def put_earlier(model: PeftModel, earlier: EarlierAdapter, plan: AdapterPlan, *, with_head: bool) -> None:
    """Gives a fresh adapter the weights of the earlier one, and of its head where that is taken.

    Raises: AdapterError: a weight did not arrive.
    """
    header = read_tensor_header(earlier.folder.adapter_weights)
    wanted = {key: saved for key, saved in header.items() if with_head or not is_of_head(key, _heads(earlier, plan))}
    tensors = read_known_tensors(earlier.folder.adapter_weights, wanted)
    fresh = get_peft_model_state_dict(model, save_embedding_layers=False)  # PEFT wants the head's, too
    set_peft_model_state_dict(model, {**fresh, **tensors})
    arrived = get_peft_model_state_dict(model, save_embedding_layers=False)
    lost = [key for key in wanted if key not in arrived or not arrived[key].cpu().equal(tensors[key].to(arrived[key]))]
    if lost:
        raise AdapterError(f"{KEY}: {len(lost)} of its tensors cannot be put in place, such as {lost[0]}. {_give()}")
