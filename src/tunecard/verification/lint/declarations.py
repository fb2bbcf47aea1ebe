"""Were the declarations made for these weights?"""

from __future__ import annotations

from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.declaring import FOR_ADAPTER, is_stale
from tunecard.evidence.files import sha256_of
from tunecard.verification.report import Check, judged

NAME = "declarations"


def check_declarations(folder: RunFolder, findings: Findings) -> Check:
    """What people declared was declared for the adapter that is in the folder now."""
    wanted = findings.value(FOR_ADAPTER)
    if wanted is None:
        return Check(NAME, None, f"the evidence does not say for which weights people declared (`{FOR_ADAPTER}`)")
    path = folder.adapter_weights
    if path.is_symlink() or not path.is_file():
        return Check(NAME, False, f"{path.name} is missing")
    now = sha256_of(path)
    stale = (
        f"stale: `{FOR_ADAPTER}` is the adapter {str(wanted)[:12]}..., the folder holds {now[:12]}...; declare again"
    )
    old = sum(map(is_stale, findings.under("declared")))
    passed = "declared for the adapter in the folder" + (f"; {old} are marked as made for other weights" if old else "")
    return judged(NAME, [] if wanted == now else [stale], passed, {FOR_ADAPTER})
