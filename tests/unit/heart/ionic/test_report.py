"""A report of a cell: numbers with units, a figure, drugs."""

import json

from matplotlib.image import imread

from sosie.heart.ionic.pace import Pacing
from sosie.heart.ionic.report import report


def test_a_report_tells_numbers_with_units_and_draws(tmp_path):
    drugs = tmp_path / "drugs.csv"
    drugs.write_text("drug,cmax [nM],I_Kr IC50 [nM],I_Kr Hill\nblocker,10,10,1\n")
    report("ttp06", tmp_path / "cell", variant="endo", pacing=Pacing(beats=2), drugs=drugs)
    told = json.loads((tmp_path / "cell" / "cell.json").read_text())
    assert 0.28 < told["biomarkers"]["apd90"]["value"] < 0.33
    assert told["biomarkers"]["apd90"]["unit"] == "s"
    assert -0.087 < told["biomarkers"]["rest"]["value"] < -0.083
    assert told["restitution"]["apd90"][-1] > told["restitution"]["apd90"][4]
    assert imread(tmp_path / "cell" / "cell.png").shape == (1000, 1400, 4)
    assert (tmp_path / "cell" / "drugs.csv").read_text().startswith("drug,multiple,concentration")
