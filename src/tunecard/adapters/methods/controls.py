"""The controls: `full` (all weights learn) and `head` (the encoder stays frozen). Compared, never shipped."""

from __future__ import annotations

from tunecard.adapters.methods.method import Control

# Millions of free weights learn at the field's rate for that (Devlin et al. 2019).
FULL = Control("full", learns=lambda name, new_modules: True, freezes_base=False, learning_rate=5e-5)
HEAD = Control(
    "head", learns=lambda name, new_modules: any(part in new_modules for part in name.split(".")), freezes_base=True
)
