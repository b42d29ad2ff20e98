"""A compiler that was killed or is slow keeps nobody from a form for ever."""

import os
import time

import pytest

from sosie.fem import jit
from sosie.fem.jit import STALE, compiled


def waiting(source, kind=TimeoutError):
    """Return what builds as soon as a C file is gone, and waits in vain as FFCx does before."""
    calls = []

    def build():
        calls.append(source.exists())
        if source.exists():
            raise kind(
                "JIT compilation timed out, probably due to a failed previous compile. "
                f"Try cleaning cache (e.g. remove {source}) or increase timeout option."
            )
        return "built"

    return build, calls


@pytest.mark.parametrize("kind", [TimeoutError, RuntimeError])
def test_what_a_killed_compiler_left_is_taken_away(tmp_path, kind):
    source = tmp_path / "libffcx_forms_0.c"
    source.touch()
    long_ago = time.time() - STALE - 1
    os.utime(source, (long_ago, long_ago))
    build, calls = waiting(source, kind)
    assert compiled(build) == "built"
    assert calls == [True, False]


def test_a_compiler_at_work_is_waited_for_but_not_for_ever(tmp_path, monkeypatch):
    source = tmp_path / "libffcx_forms_0.c"
    source.touch()
    build, calls = waiting(source)
    monkeypatch.setattr(jit, "PATIENCE", 0.05)
    with pytest.raises(TimeoutError, match="timed out"):
        compiled(build)
    assert len(calls) > 1
    assert source.exists()


def test_other_errors_are_not_of_the_compiler(tmp_path):
    def build():
        raise RuntimeError("no room")

    with pytest.raises(RuntimeError, match="no room"):
        compiled(build)
