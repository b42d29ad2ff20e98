"""How arrays are read: by zarrs, which decodes shards three times faster than zarr itself.

zarr chooses its codec pipeline when an array is opened; so it is set around the opening alone, and
other stores of the same process are left as they were. Arrays of words stay with zarr. So does
writing: of whole shards zarr is the faster writer (docs/slurm.md).
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import zarr
import zarrs  # noqa: F401  # registers the pipeline


@contextmanager
def fast_reading() -> Iterator[None]:
    """Let arrays of numbers that are opened within be read by zarrs."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Array is unsupported by ZarrsCodecPipeline")
        with zarr.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline"}):
            yield
