"""An adapter that PEFT 0.7.1 itself saved, with `bias: all` and an empty card, on real rows of its own test split."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import tunecard
from tunecard.evidence.files import sha256_of

ROWS = 200
# Of stock peft 0.21.2, transformers and seqeval 1.2.2 on the same rows, first sub-word labelled, without tunecard.
STRICT, SEQEVAL_DEFAULT = 0.6905940594, 0.6745843230
PLACEHOLDER = re.compile(r"more\s+information\s+needed", re.IGNORECASE)


@pytest.mark.shared
@pytest.mark.slow
def test_an_adapter_of_peft_0_7_1_gets_a_full_card(shared_data: Path, tmp_path: Path) -> None:
    adapter = shared_data.parent / "adapters" / "bionlp2004-lora-peft-0.7.1"
    if not adapter.is_dir():
        pytest.skip("no ../shared/adapters here")
    assert len(PLACEHOLDER.findall((adapter / "README.md").read_text())) >= 39
    rows = tmp_path / "rows"
    rows.mkdir()
    shutil.copy(shared_data / "bionlp2004" / "metadata.json", rows)
    pq.write_table(pq.read_table(shared_data / "bionlp2004" / "test.parquet").slice(0, ROWS), rows / "test.parquet")

    folder = tunecard.complete(adapter, rows / "test.parquet", base="embedded", out=tmp_path / "bionlp-completed")

    findings = folder.read_findings()
    assert findings["results.test.f1"].value == pytest.approx(STRICT, abs=1e-3)
    assert findings["results.test.f1_conlleval"].value == pytest.approx(SEQEVAL_DEFAULT, abs=1e-3)
    assert findings["task.labels"].value[:3] == ["O", "B-DNA", "I-DNA"]
    assert findings["adapter.bias"].value == "all"
    assert findings["training.seconds"].status == "not measured"
    for name in ("adapter_model.safetensors", "adapter_config.json"):
        assert sha256_of(folder.path / name) == sha256_of(adapter / name)
    assert not PLACEHOLDER.search(folder.card.read_text())
    assert tunecard.verify(folder.path).ok
    audited = tunecard.audit(folder.path).to_json()["cards"][0]
    assert (audited["filled"], audited["total"], audited["metadata_errors"]) == (44, 44, [])
