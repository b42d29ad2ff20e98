"""sosie: virtual hearts of real people, from a clinical table to one Zarr store."""

from importlib.metadata import version

__version__ = version("sosie")
