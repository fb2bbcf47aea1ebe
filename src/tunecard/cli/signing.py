"""`tunecard sign`: who stands behind a run folder."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from tunecard.cli.arguments import Directory
from tunecard.cli.wrong_kind import run_folder_only

Key = Annotated[
    Path,
    typer.Option("--key", metavar="KEY.pem", help="Your private key: Ed25519, or ECDSA on P-256.", show_default=False),
]
ModelSigning = Annotated[
    bool, typer.Option("--model-signing", help="OpenSSF's signature as well, for its tools (ECDSA keys only).")
]


def sign(directory: Directory, key: Key, model_signing: ModelSigning = False) -> None:
    """Sign a run folder with a local key: who stands behind these bytes.

    Writes manifest.json.sig, an in-toto statement over the manifest's files in a DSSE envelope. A folder that does not
    verify is not signed. The password of an encrypted key is taken from TUNECARD_KEY_PASSWORD.
    """
    run_folder_only(directory, "sign")
    from tunecard.api import sign as sign_folder
    from tunecard.cli.progress import shown_progress
    from tunecard.evidence import RunFolder

    folder = RunFolder(directory)
    with shown_progress():
        name = sign_folder(directory, key, model_signing=model_signing)
    if model_signing:
        typer.echo(f"Signed {folder.model_signature} for tools of OpenSSF.")
    typer.echo(f"Signed {folder.signature} by key {name}.")
    line = shlex.join(["tunecard", "verify", str(directory), "--key", "KEY.pub"])
    typer.echo(f"A reader checks it with your public key: {line}")
