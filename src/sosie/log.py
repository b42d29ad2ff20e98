"""Logging: rank 0 to stderr, one line an event."""

import logging
import sys


def start(*, leader: bool) -> None:
    """Set logging up once, at the command; only the leader's lines are written."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO if leader else logging.ERROR,
        format="%(asctime)s %(name)s %(message)s",
        datefmt="%H:%M:%S",
    )
