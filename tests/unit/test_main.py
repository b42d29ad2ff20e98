"""A command that fails ends: with one sentence, or in time."""

import subprocess
import sys

import pytest

STUCK = """
import sys, time
import sosie.__main__ as main
main.LAST_WORDS = 1

def app():
    raise {error}

main.app = app
sys.excepthook = lambda *_: time.sleep(60)  # as MPI_Abort may be, without memory
main.main()
"""


@pytest.mark.parametrize("error", ["MemoryError()", "ImportError('failed to map segment')"])
def test_a_rank_that_fails_does_not_outlive_its_last_words(error):
    done = subprocess.run(
        [sys.executable, "-c", STUCK.format(error=error)], check=False, timeout=30
    )
    assert done.returncode != 0


def test_what_a_user_can_mend_is_one_sentence_and_exit_2():
    done = subprocess.run(
        [sys.executable, "-m", "sosie", "compare", "/no/such/store", "/no/such/store"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr == "sosie: /no/such/store: there is no store; run the study first\n"
