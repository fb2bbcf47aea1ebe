"""Values of a factor that are no group of their own: nothing was said, or what is rare was put together."""

MISSING = "(missing)"
OTHER = "other"
