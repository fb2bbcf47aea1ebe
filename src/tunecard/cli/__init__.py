"""The door: parse, call, show.

This room decides nothing about models, data or cards. It turns arguments into calls, findings into a few lines, and
faults into one message and an exit code. Everything heavy is imported inside the command that needs it.
"""

from tunecard.cli.door import main

__all__ = ["main"]
