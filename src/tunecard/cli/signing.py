"""`tunecard sign`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tunecard.cli.arguments import Directory
from tunecard.errors import RunFolderError

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
    from tunecard.signing import sign_folder, sign_model
    from tunecard.verification import verify

    failed = [
        check.name for check in verify(directory).checks if check.ok is False and not check.name.endswith("signature")
    ]
    if failed:
        raise RunFolderError(
            f"does not verify ({', '.join(failed)}), so it is not signed. `tunecard verify {directory}` tells more.",
            place=str(directory),
        )
    if model_signing:  # first, since it takes fewer kinds of keys: a refusal leaves nothing half-signed
        sign_model(directory, key)
        typer.echo(f"Signed {directory / 'model.sig'} for tools of OpenSSF.")
    name = sign_folder(directory, key)
    typer.echo(f"Signed {directory / 'manifest.json.sig'} by key {name}.")
    typer.echo(f"A reader checks it with your public key: tunecard verify {directory} --key KEY.pub")
