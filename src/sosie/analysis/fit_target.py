"""Compute the shares of age and sex among the adults of the United States, a target for weights.

    python -m sosie.analysis.fit_target CENSUS [OUTPUT]

CENSUS   nc-est2019-agesex-res.csv of the Census Bureau: residents by sex (0 both, 1 men, 2 women)
         and completed year of age (100 and more as 100; 999 all ages), one column a year

The year is 2018, within the survey NHANES 2017-2018. The shares of France are those that its
virtual people are drawn with (``cohort.fit_population``).
"""

import csv
import sys
from pathlib import Path

import numpy as np

from sosie.analysis.target import FOLDER
from sosie.cohort.fit_body import rounded, write
from sosie.cohort.record import ADULT

SEXES = {"female": "2", "male": "1"}
YEAR = 2018
ALL = 999


def fit(table: Path) -> dict[str, object]:
    """Return what ships in ``data/united_states.json``."""
    with table.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if ADULT <= int(row["AGE"]) < ALL]
    people = {
        sex: np.array([float(r[f"POPESTIMATE{YEAR}"]) for r in rows if r["SEX"] == code])
        for sex, code in SEXES.items()
    }
    n = sum(of_sex.sum() for of_sex in people.values())
    return {
        "source": f"US Census Bureau, residents by sex and single year of age on 1 July {YEAR} "
        "(NC-EST2019-AGESEX-RES); python -m sosie.analysis.fit_target",
        "terms": "public domain (US federal government); these are shares",
        "age_sex": {
            "n": int(n),
            "first": ADULT,
            **{sex: rounded(of_sex / n) for sex, of_sex in people.items()},
        },
    }


if __name__ == "__main__":
    census, *rest = map(Path, sys.argv[1:])
    write(fit(census), rest[0] if rest else FOLDER / "united_states.json")
