"""The flow adds up: whoever was read is excluded, left over, simulated or lost."""

from sosie.analysis.flow import Step, lost_patients, selection, simulated

FLOW = [("read", 100), ("excluded: too young", 30), ("excluded: no sex", 5)]


def test_exclusions_stand_beside_the_step_they_follow_and_the_rest_was_not_asked_for():
    steps = selection([*FLOW, ("eligible", 65), ("selected", 16)])
    assert steps == [
        Step("read", 100, (("excluded: too young", 30), ("excluded: no sex", 5))),
        Step("eligible", 65, (("not asked for by the study", 49),)),
        Step("selected", 16, ()),
    ]


def test_only_what_happened_stands_beside_an_organ():
    step = simulated("heart", {"pending": 0, "done": 14, "rejected": 2, "failed": 0})
    assert step == Step("heart simulated", 14, (("rejected", 2),))


def test_patients_lost_for_one_reason_share_a_line_and_the_most_frequent_comes_first(store, person):
    lost = {"a": ("rejected", "thin"), "c": ("failed", "slow"), "d": ("failed", "slow")}
    tree, _ = store([person(name) for name in "abcd"], lost)
    first, second = lost_patients({"heart": tree["heart"].to_dataset()})
    assert (first.status, first.reason, first.patients) == ("failed", "slow", ("c", "d"))
    assert (second.organ, second.patients) == ("heart", ("a",))
