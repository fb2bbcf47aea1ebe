"""A finished adapter in the forms that others load, each compared with the adapter before it is handed over.

This room must not train, nor change a run folder.
"""

from tunecard.exporting.path import FORMATS, Export, export_folder, format_named
from tunecard.exporting.space import export_space

__all__ = ["FORMATS", "Export", "export_folder", "export_space", "format_named"]
