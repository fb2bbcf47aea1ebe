"""The frozen base: where it lies, what it is, how long a text it reads, and loading it under a task's head.

This room knows models and tokenizers; it must not know adapters, rows or recipes.
"""

from tunecard.encoders.embedded import EMBEDDED, EMBEDDED_ID
from tunecard.encoders.identity import BaseIdentity, identify_base
from tunecard.encoders.limits import count_usable_positions
from tunecard.encoders.loading import Encoder, load_encoder, load_tokenizer
from tunecard.encoders.locating import BaseFiles, locate_base, stand_in_hub

__all__ = [
    "EMBEDDED",
    "EMBEDDED_ID",
    "BaseFiles",
    "BaseIdentity",
    "Encoder",
    "count_usable_positions",
    "identify_base",
    "load_encoder",
    "load_tokenizer",
    "locate_base",
    "stand_in_hub",
]
