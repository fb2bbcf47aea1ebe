"""`tunecard serve`: adapters over HTTP, with a page to try them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tunecard.errors import MachineError

Directories = Annotated[
    list[Path],
    typer.Argument(metavar="DIR", help="Folders of adapters, or folders that hold such.", show_default=False),
]
Host = Annotated[str, typer.Option("--host", metavar="HOST", help="Where it listens; other machines need a token.")]
Port = Annotated[int, typer.Option("--port", metavar="PORT", min=0, max=65_535)]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token-file", metavar="FILE", help="Tokens that clients send, a line each, with the adapters it opens."
    ),
]
Base = Annotated[
    str | None, typer.Option("--base", metavar="BASE", help="A folder or Hub id. [default: as the adapters say]")
]
Memory = Annotated[
    int,
    typer.Option(
        "--adapter-memory", metavar="MB", min=1,
        help="For what adapters learned; beyond it those asked least lately are read from disk when asked.",
    ),
]  # fmt: skip
QueueSeconds = Annotated[
    float,
    typer.Option(
        "--queue-seconds", metavar="S", min=0.05, help="How long what waits may take; who comes then is told to wait."
    ),
]
Device = Annotated[str, typer.Option("--device", metavar="DEVICE", help="auto, cpu, cuda, cuda:N or mps.")]
Precision = Annotated[
    str,
    typer.Option(
        "--precision", metavar="TYPE", help="fp32, or int8: products in int8; each adapter then has a base of its own."
    ),
]


def serve(  # noqa: PLR0913, PLR0917 - its options
    directories: Directories,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    token_file: TokenFile = None,
    base: Base = None,
    device: Device = "auto",
    precision: Precision = "fp32",
    adapter_memory: Memory = 1000,
    queue_seconds: QueueSeconds = 1.0,
) -> None:
    """Serve adapters over HTTP, many on one base, with a page at / to try them.

    POST /predict answers as transformers' pipeline does, POST /classify as text-embeddings-inference does; GET
    /adapters, /readyz, /metrics (Prometheus) and /openapi.json tell the rest. Rows of all clients and adapters go
    through one model together. In a folder that holds adapters, those that come and go are taken in.
    """
    from tunecard.cli.progress import shown_progress
    from tunecard.cli.telling import tell
    from tunecard.counted import counted
    from tunecard.serving.doors import doors_of, read_token

    doors = doors_of(host, None if token_file is None else read_token(token_file))
    try:
        with shown_progress(), counted("Loading libraries"):
            from tunecard.serving.limits import MEGABYTE, Limits
            from tunecard.serving.server import serve as serve_adapters
    except ImportError as error:
        raise MachineError(f"serve needs {error.name}. Type: pip install 'tunecard[serve]'") from error
    limits = Limits(adapter_bytes=adapter_memory * MEGABYTE, queue_seconds=queue_seconds)
    serve_adapters(directories, doors, port, base=base, device=device, precision=precision, limits=limits, told=tell)
