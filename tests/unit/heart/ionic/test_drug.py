"""Drugs scale currents, tables of them carry units, and the table of CiPA does what it should."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from sosie.errors import SosieError
from sosie.heart.ionic.drug import Block, Drug, prolongation, read_drugs
from sosie.heart.ionic.pace import Pacing

CIPA = {
    "CaL": "I_CaL",
    "hERG": "I_Kr",
    "Ito": "I_to",
    "IK1": "I_K1",
    "IKs": "I_Ks",
    "Late_sodium": "I_NaL",
    "Peak_sodium": "I_Na",
}


@pytest.mark.parametrize("hill", [0.5, 1.0, 2.0])
def test_half_of_a_current_is_left_at_its_ic50(hill):
    block = Block(3e-5, hill)
    assert block.left(3e-5) == pytest.approx(0.5)
    assert block.left(0.0) == 1.0
    assert block.left(3e-4) == pytest.approx(1 / (1 + 10**hill))


@pytest.mark.parametrize("concentration", [-1e-6, np.array([0.0, -1.0]), np.nan])
def test_a_negative_concentration_is_refused(concentration):
    with pytest.raises(SosieError, match="give a number from 0 upwards"):
        Block(1e-5).left(concentration)


@pytest.mark.parametrize(("ic50", "hill"), [(0.0, 1.0), (1e-5, -1.0), (np.nan, 1.0)])
def test_a_block_that_is_none_is_refused(ic50, hill):
    with pytest.raises(SosieError, match="give positive numbers"):
        Block(ic50, hill)


def written(path, text):
    path.write_text(text)
    return path


def test_a_table_is_read_in_its_units(tmp_path):
    text = "drug,cmax [nM],I_Kr IC50 [umol/L],I_Kr Hill,I_CaL IC50 [nM],I_CaL Hill\nx,2,5,0.9,0,0\n"
    (drug,) = read_drugs(written(tmp_path / "drugs.csv", text))
    assert drug.name == "x"
    assert drug.cmax == pytest.approx(2e-6)
    assert list(drug.blocks) == ["I_Kr"]
    assert drug.blocks["I_Kr"].ic50 == pytest.approx(5e-3)
    assert drug.blocks["I_Kr"].hill == 0.9
    assert drug.scales(5e-3) == {"I_Kr": pytest.approx(0.5)}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("drug,cmax\nx,2\n", r"no column 'cmax \[unit\]'; add it"),
        ("drug,cmax [mm]\nx,2\n", "'mm' of column 'cmax .mm.' is no unit of concentration"),
        ("drug,cmax [nM],I_Kr IC50 [nM],I_Kr Hill\nx,2,low,1\n", "drug x: 'low' in column"),
        ("drug,cmax [nM],I_Kr IC50 [nM],I_Kr Hill\nx,2,10,-1\n", "give positive numbers"),
        ("drug,cmax [nM]\n", "has no drugs"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_in_one_sentence(tmp_path, text, message):
    with pytest.raises(SosieError, match=message):
        read_drugs(written(tmp_path / "drugs.csv", text))


def test_a_drug_of_a_current_that_the_model_lacks_is_refused():
    drug = Drug("x", 1e-6, {"I_NaL": Block(1e-6)})
    with pytest.raises(SosieError, match="model ttp06 has no 'I_NaL' to scale"):
        prolongation([drug], "ttp06", pacing=Pacing(beats=2))


def test_a_drug_that_blocks_nothing_prolongs_nothing_and_more_of_another_prolongs_more():
    drugs = [Drug("none", 1e-6, {}), Drug("blocker", 1e-6, {"I_Kr": Block(1e-6)})]
    table = prolongation(drugs, "ttp06", multiples=(1.0, 3.0), pacing=Pacing(beats=2))
    none, blocker = table[table.drug == "none"], table[table.drug == "blocker"]
    assert np.all(none.prolongation == 0)
    assert 0 < blocker.prolongation.iloc[0] < blocker.prolongation.iloc[1]
    assert list(blocker.concentration) == [1e-6, 3e-6]


def test_drugs_of_high_risk_prolong_most_in_the_table_of_cipa(tmp_path):
    """28 drugs of CiPA at their Cmax; risk as clinicians judged it: 2 high, 0 low."""
    source = Path(os.environ.get("SOSIE_DATA", "/nowhere")) / "cipa_28drugs_newCiPA.csv"
    if not source.is_file():
        pytest.skip(f"SOSIE_DATA names no folder with the table {source.name}")
    with source.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if float(row["therapeutic"]) > 0]
    path = tmp_path / "drugs.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        columns = [c for i in CIPA.values() for c in (f"{i} IC50 [nM]", f"{i} Hill")]
        writer.writerow(["drug", "cmax [nM]", *columns])
        for row in rows:
            cells = [row[f"{key}{column}"] for key in CIPA for column in ("IC50", "h")]
            writer.writerow([row["drug"], row["therapeutic"], *cells])
    drugs = read_drugs(path)
    assert len(drugs) == 28
    table = prolongation(drugs, "torord", pacing=Pacing(beats=10)).set_index("drug").prolongation
    risk = {row["drug"]: int(row["CiPA"]) for row in rows}
    median = [np.median([table[d] for d in table.index if risk[d] == k]) for k in (0, 1, 2)]
    assert median[0] < median[1] < median[2]
    assert median[2] > 10
    assert table["dofetilide"] > 20
    assert table["nifedipine"] < 0  # blocks calcium
