"""``sosie cell`` writes what it found, and refuses in one sentence."""

import json

import pytest
from typer.testing import CliRunner

from sosie.cli import app
from sosie.errors import SosieError


def cell(*arguments):
    """Run the command; raise what it raised."""
    done = CliRunner().invoke(app, ["cell", *arguments])
    if done.exception:
        raise done.exception
    return done.output


def test_the_command_writes_numbers_with_units_and_a_figure(tmp_path):
    folder = tmp_path / "cell"
    assert "cell.json" in cell("ttp06", str(folder), "--beats", "2", "--scale", "I_Kr=0.5")
    told = json.loads((folder / "cell.json").read_text())
    assert told["scales"] == {"I_Kr": 0.5}
    assert told["biomarkers"]["apd90"]["unit"] == "s"
    assert 0.28 < told["biomarkers"]["apd90"]["value"] < 0.36
    assert (folder / "cell.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["heart"], "no ionic model 'heart'; give one of"),
        (["ttp06", "--variant", "atrial"], "no variant 'atrial'; give one of"),
        (["ttp06", "--scale", "I_Kr"], "give a current and a factor"),
        (["ttp06", "--scale", "I_NaL=2"], "no 'I_NaL' to scale; give one of"),
        (["ttp06", "--scale", "I_Kr=-1"], "scale of I_Kr"),
        (["ttp06", "--cycle-length", "1"], "--cycle-length: give the unit|not in units of s"),
        (["ttp06", "--beats", "1"], "give at least 2"),
    ],
)
def test_a_wrong_cell_is_refused_in_one_sentence(tmp_path, arguments, words):
    with pytest.raises(SosieError, match=words):
        cell(*arguments[:1], str(tmp_path / "cell"), *arguments[1:])
    assert not (tmp_path / "cell").exists()
