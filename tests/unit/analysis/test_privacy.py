"""Real people are attacked through their own records, virtual ones through the statistics."""

import pytest

from sosie.analysis.privacy import People, privacy
from sosie.cohort.priors import load_priors
from sosie.cohort.record import build_record
from sosie.cohort.select import select
from sosie.cohort.table import read_table
from sosie.errors import SosieError


@pytest.fixture
def report(clinic, store):
    def make(n, source=clinic):
        rows = select(read_table(clinic.table, clinic.mapping), n).rows
        people = [build_record(row, clinic.mapping, load_priors(), 1) for row in rows]
        return privacy(store(people)[0]["patients"].to_dataset(), source, seed=1)

    return make


def test_records_of_real_people_are_personal_and_link_to_them(report):
    found = report(50)
    assert found.personal
    assert "personal data concerning health" in found.statement[0]
    assert "70 others as control" in found.attacked
    secret = next(one for one in found.attacks if one.detail == "sbp")
    assert (secret.success, secret.risk.low > 0.7) == (1, True)
    assert found.nearness.copies == 50
    assert found.nearness.nearer.value == 1


def test_of_a_study_of_all_half_are_the_control(report):
    found = report("all")
    assert found.people == 60
    assert "the other half as control" in found.attacked


def test_three_people_are_too_few_to_attack_and_still_counted(report):
    found = report(3)
    assert found.attacks == ()
    assert found.nearness is None
    assert found.classes[0].people == 3


def test_a_table_without_the_people_is_refused(report, clinic):
    lines = clinic.table.read_text().splitlines()
    clinic.table.write_text("\n".join(lines))
    people = report(10)
    assert people.people >= 10
    other = clinic.table.with_name("other.csv")
    other.write_text("\n".join(line.replace("p00", "x00") for line in lines) + "\n")
    with pytest.raises(SosieError, match="lacks people of the study"):
        report(10, People(other, clinic.mapping))


def test_statistics_of_a_survey_give_nobody_away(report):
    found = report(120, "france")
    assert not found.personal
    assert "nobody" in found.statement[0]
    assert found.people == 2459
    assert found.nearness.nearer.low < 0.5 < found.nearness.nearer.high
    assert found.nearness.copies == 0
    for attack in found.attacks:
        assert attack.risk.low < 0.05, attack
