"""Builds the image of the box: `python -m image.build` (docs/IMAGE.md)."""
