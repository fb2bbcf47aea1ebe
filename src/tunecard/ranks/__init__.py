"""Several processes of one run: which one this is, how they hear of each other, how they add up. Never what for."""

from tunecard.ranks.place import Place, hidden_place, own_place

__all__ = ["Place", "hidden_place", "own_place"]
