"""Optimizers that methods name: AdamW, and what some variants of LoRA make of it. One file each."""
