"""The version of tunecard, alone so that every room may ask."""

__version__ = "0.1.0"
