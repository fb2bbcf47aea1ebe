"""Hands a run folder to the Hub: verified, searched for what is private, in one commit.

This room knows what goes up and what the Hub answers; it must not know how anything in the folder was made. It changes
nothing in the folder.
"""

from tunecard.publishing.path import push
from tunecard.publishing.published import Published

__all__ = ["Published", "push"]
