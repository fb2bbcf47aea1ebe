"""bom.json: the adapter as a bill of materials, for tools that keep inventories: CycloneDX 1.7, a function of findings.

Components: the adapter with its hash and licence, the base it changes, the data, the libraries that ran. What the card
says of the model stands in `model_card`. Times and serial numbers follow from the findings, never from a clock.

Source: CycloneDX 1.7 JSON schema.
"""

from __future__ import annotations

import uuid
from typing import Any

from tunecard.card import facts
from tunecard.card.answer import declared_value
from tunecard.card.bom.model_card import model_card_of, without_nothing
from tunecard.card.bom.named_properties import evaluation_properties
from tunecard.card.markdown import is_repository_id, one_line
from tunecard.card.model_metadata import slug
from tunecard.evidence import Findings
from tunecard.version import RENDERER_VERSION

ADAPTER, BASE, DATA = "adapter", "base", "data"
HUB = "https://huggingface.co/"
SERIALS = uuid.UUID("7c4d0f3e-5a0e-5b55-9d5e-0c3f2f6f7a11")  # the namespace of our serial numbers, drawn once


def bom_of(findings: Findings) -> dict[str, Any]:
    """The whole bill of materials as JSON values."""
    libraries = _libraries(findings)
    components = [_base(findings), *_data(findings), *libraries]
    used = [component["bom-ref"] for component in components]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.7.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "serialNumber": f"urn:uuid:{_serial(findings)}",
        "version": 1,
        "metadata": _metadata(findings),
        "components": components,
        "dependencies": [{"ref": ADAPTER, "dependsOn": used}, *({"ref": ref} for ref in used)],
    }


def _serial(findings: Findings) -> uuid.UUID:
    """The same for the same adapter and evidence; another for any other."""
    told = "".join(f"{finding.id}={finding.value!r}\n" for finding in findings)
    return uuid.uuid5(SERIALS, f"{findings.value('adapter.sha256')}\n{told}")


def _metadata(findings: Findings) -> dict[str, Any]:
    date = findings.value("run.date")
    version = one_line(findings.value("run.tunecard_version") or "unknown", 40)
    tool = {"type": "application", "name": "tunecard", "version": version}
    renderer = {"name": "tunecard:renderer_version", "value": str(RENDERER_VERSION)}
    return without_nothing(
        {
            "timestamp": f"{date}T00:00:00Z" if isinstance(date, str) and len(date) == len("2026-01-01") else None,
            "tools": {"components": [tool]},
            "component": _adapter(findings),
            "supplier": _organisation(declared_value(findings, "provider") or declared_value(findings, "shared_by")),
            "manufacturer": _organisation(declared_value(findings, "developed_by")),
            "properties": [renderer, *evaluation_properties(findings)],
        }
    )


def _adapter(findings: Findings) -> dict[str, Any]:
    return without_nothing(
        {
            "type": "machine-learning-model",
            "bom-ref": ADAPTER,
            "name": one_line(findings.value("run.name") or "adapter", 120),
            "version": one_line(findings.value("run.date") or "unknown", 40),
            "description": "An adapter: it needs its base to predict.",
            "hashes": _hashes(findings.value("adapter.sha256")),
            "licenses": _licences(declared_value(findings, "license")),
            "pedigree": {"ancestors": [{**_base(findings), "bom-ref": f"{BASE}-as-ancestor"}]},
            "modelCard": model_card_of(findings, data_refs=[part["bom-ref"] for part in _data(findings)]),
        }
    )


def _base(findings: Findings) -> dict[str, Any]:
    """The frozen base. Its weights may be several files: the hash is the run's own over all of them."""
    id = findings.value("base_model.id")
    weights = findings.value("base_model.weights_sha256")
    is_on_hub = is_repository_id(id) and not findings.value("base_model.is_local")
    return without_nothing(
        {
            "type": "machine-learning-model",
            "bom-ref": BASE,
            "name": one_line(id or "a base that was not recorded", 120),
            "version": one_line(findings.value("base_model.revision") or "no commit known", 60),
            "licenses": _licences(findings.value("base_model.license")),
            "externalReferences": [{"type": "distribution", "url": f"{HUB}{id}"}] if is_on_hub else None,
            "properties": [{"name": "tunecard:weights_sha256", "value": str(weights)}] if weights else None,
        }
    )


def _data(findings: Findings) -> list[dict[str, Any]]:
    """A component for every split that was read, with the sha256 of its content."""
    source = findings.value("data.source")
    name = ", ".join(map(str, source)) if isinstance(source, list) else str(source or "data that was not recorded")
    found = []
    for split in facts.SPLITS:
        rows = facts.value_of(findings, f"data.{split}.rows")
        if rows is None:
            continue
        sha = findings.value(f"data.{split}.sha256")
        contents = {"properties": [{"name": "tunecard:rows", "value": f"{rows:.0f}"}]}
        if sha:
            contents["properties"].append({"name": "tunecard:content_sha256", "value": str(sha)})
        found.append(
            without_nothing(
                {
                    "type": "data",
                    "bom-ref": f"{DATA}-{split}",
                    "name": one_line(f"{name}, {split}", 160),
                    "licenses": _licences(findings.value("data.license")),
                    "data": [{"type": "dataset", "name": one_line(name, 120), "contents": contents}],
                }
            )
        )
    return found


def _libraries(findings: Findings) -> list[dict[str, Any]]:
    found = []
    for finding in findings.under("software"):
        package = slug(finding.id.removeprefix("software."))
        if finding.value is None or package == "python":
            continue
        version = one_line(finding.value, 60)
        found.append(
            {
                "type": "library",
                "bom-ref": f"library-{package}",
                "name": package,
                "version": version,
                "purl": f"pkg:pypi/{package}@{slug(version)}",
            }
        )
    return found


def _hashes(sha256: object) -> list[dict[str, str]] | None:
    return [{"alg": "SHA-256", "content": str(sha256)}] if sha256 else None


def _licences(named: object) -> list[dict[str, Any]] | None:
    """Licences by name: the Hub's ids are not SPDX's, and the schema takes only those as ids."""
    names = named if isinstance(named, list) else [named]
    return [{"license": {"name": one_line(name, 120)}} for name in names if name] or None


def _organisation(named: str | None) -> dict[str, str] | None:
    """Who, as the schema has it; None where nobody was declared."""
    return {"name": one_line(named, 200)} if named else None
