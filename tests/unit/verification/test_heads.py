"""The count of drawn heads adds up, and what is lost has a reason."""

from sosie.verification import heads


def test_valid_and_rejected_heads_add_up_and_have_reasons():
    """The coarse template cannot hold as full heads as the production one; some are lost."""
    valid, *lost, angle = heads.shapes("coarse", n=20)
    assert valid.ours + sum(check.ours for check in lost) == 20
    assert valid.ours > 15
    assert all("head: " in check.quantity for check in lost)
    assert angle.ours > 5
