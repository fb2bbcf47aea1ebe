"""A Gradio Space around an adapter: its files, and nothing of the machine that wrote it."""

from tunecard.exporting.space.path import export_space

__all__ = ["export_space"]
