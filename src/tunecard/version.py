"""The versions of tunecard and of its cards, alone so that every room may ask."""

__version__ = "0.1.0"
RENDERER_VERSION = 10  # another one writes other words or records
