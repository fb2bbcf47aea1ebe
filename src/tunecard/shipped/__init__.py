"""Recipes of papers and guides that come with the package, each a file that `tunecard run` takes as it is."""

from tunecard.shipped.reading import Shipped, listed, names, path_of, shipped_name, text_of

__all__ = ["Shipped", "listed", "names", "path_of", "shipped_name", "text_of"]
