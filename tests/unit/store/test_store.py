"""What is written is read back, grows without a change to what was there, is never half true."""

import json

import h5py
import numpy as np
import pytest
import xarray as xr
import zarr

import sosie
from sosie.errors import SosieError
from sosie.heart.axes import heart_axes
from sosie.heart.beat.parameters import Mechanics
from sosie.store import layout
from sosie.store.compare import compare
from sosie.store.export import export
from sosie.store.planned import check_layout
from sosie.store.status import summary
from sosie.store.writer import finalise, init, pack

AXES = heart_axes(Mechanics(rings=3))


def test_results_are_read_back_in_the_units_of_the_store(written, template):
    hearts = sosie.open_cohort(written(3))["heart"]
    assert hearts["activation_time"].dims == ("patient", "vertex")
    assert hearts["activation_time"].attrs["units"] == "ms"
    assert hearts["activation_time"].shape == (3, template.n_vertices)
    np.testing.assert_array_equal(hearts["activation_time"][:, 0], [1e3, 2e3, 3e3])
    np.testing.assert_array_equal(hearts["cavity_volume"], np.float32([1e6, 2e6, 3e6]))
    assert hearts["mass"].attrs["units"] == "g"


@pytest.mark.parametrize("variable", layout.HEART, ids=lambda variable: variable.name)
def test_every_array_says_its_unit_and_what_it_is(written, variable):
    array = sosie.open_cohort(written(1))["heart"][variable.name]
    assert array.attrs["units"] == variable.unit
    assert array.attrs["long_name"]
    assert array.dims == ("patient", *variable.dims)


def test_the_mesh_is_there_to_draw_any_field_on(written, template):
    hearts = sosie.open_cohort(written(1))["heart"]
    np.testing.assert_array_equal(hearts["cells"], template.cells[:, :4])
    np.testing.assert_array_equal(hearts["facets"], template.facets)
    assert hearts["points"].dims == ("patient", "vertex", "xyz")


def test_the_marks_of_the_checks_are_not_shown(written):
    hearts = sosie.open_cohort(written(1))["heart"]
    assert not set(layout.MARKS) & set(hearts.data_vars)


def test_the_record_is_in_memory_and_results_are_lazy(written):
    tree = sosie.open_cohort(written(2))
    assert tree["patients"]["age"].chunks is None
    assert tree["heart"]["activation_time"].chunks is not None
    assert list(tree["patients"]["age"].values) == [20.0, 21.0]
    assert (
        tree["patients"]["origin"].sel(column="age").values.tolist()
        == [layout.ORIGIN.index("sampled")] * 2
    )


def test_a_failed_patient_keeps_a_row_a_reason_and_no_number(written):
    hearts = sosie.open_cohort(written(3, failed=(1,)))["heart"]
    assert hearts["status"].values.tolist() == [1, 3, 1]
    assert hearts["reason"].values.tolist() == ["", "eikonal diverged", ""]
    assert np.isnan(hearts["activation_time"][1]).all()
    assert np.isfinite(hearts["activation_time"][[0, 2]]).all()


def test_a_store_grows_past_a_shard_and_keeps_what_was_there_to_the_bit(written):
    small = layout.SHARD - 3
    before = sosie.open_cohort(written(small)).load()
    after = sosie.open_cohort(written(layout.SHARD + 4))
    assert after["heart"].sizes["patient"] == layout.SHARD + 4
    kept = after["heart"].to_dataset().isel(patient=slice(small))
    xr.testing.assert_identical(kept.load(), before["heart"].to_dataset())
    assert np.isfinite(after["heart"]["activation_time"]).all()


def test_a_store_shrinks_to_a_smaller_study(written):
    written(5)
    assert sosie.open_cohort(written(2))["heart"].sizes["patient"] == 2


def test_a_store_that_is_not_finished_is_not_opened(written, template):
    path = written(2)
    init(
        path,
        "heart",
        layout.heart_arrays(template, AXES),
        size=2,
        study="made-up",
    )
    with pytest.raises(SosieError, match=r"cohort.zarr is not finished: run the study again"):
        sosie.open_cohort(path)


def test_a_patient_whose_arrays_are_of_another_digest_is_masked(written, heart):
    path = written(2)
    committed = dict(zarr.open_group(path, mode="r").attrs)
    pack(path, "heart", first=0, results=[("b" * 24, heart(7.0)), ("1".zfill(24), heart(8.0))])
    zarr.open_group(path, mode="r+").attrs.update(committed)
    zarr.consolidate_metadata(path)
    hearts = sosie.open_cohort(path)["heart"]
    assert np.isnan(hearts["activation_time"][0]).all()


def test_finalise_refuses_arrays_that_are_not_what_the_manifests_say(written, heart, patient):
    path = written(1)
    pack(path, "heart", first=0, results=[("b" * 24, heart(1.0))])
    columns = {"status": ["done"], "reason": [""], "digest": ["a" * 24], "seconds": [1.0]}
    with pytest.raises(SosieError, match=r"heart of 1 patients \(p0\) is not what the manifests"):
        finalise(path, [patient("p0")], {"heart": columns}, attributes={})


def test_two_jobs_never_write_one_shard(written, heart):
    with pytest.raises(ValueError, match="are not one shard"):
        pack(written(3), "heart", first=1, results=[("a" * 24, heart(1.0))])


def test_another_layout_or_another_folder_is_refused(tmp_path):
    check_layout(tmp_path / "nothing there")
    (tmp_path / "zarr.json").write_text(json.dumps({"attributes": {"layout_version": 99}}))
    with pytest.raises(SosieError, match=f"has layout 99, .* writes layout {layout.VERSION}"):
        check_layout(tmp_path)
    (tmp_path / "zarr.json").write_text("{}")
    with pytest.raises(SosieError, match="is not a store of sosie"):
        check_layout(tmp_path)


def test_a_store_equals_itself_and_differs_where_it_differs(written):
    a, b = written(3), written(3, name="b.zarr", scale=1.01)
    assert all(row.equal for row in compare(a, a))
    worst = {row.field: row.worst for row in compare(a, b)}
    assert worst["heart/activation_time"] == pytest.approx(0.01, rel=1e-3)
    assert worst["patients/age"] == 0


def test_another_status_is_a_difference(written):
    rows = compare(written(3), written(3, name="b.zarr", failed=(1,)))
    assert {row.field: row.patient for row in rows if row.worst > 0}["heart/status"] == "p1"


def test_the_summary_counts_each_status_and_names_who_is_not_done():
    from sosie.batch.manifest import Entry

    entries = [
        Entry("a", "done", seconds=2.0),
        Entry("b", "failed", "diverged", seconds=1.0),
        Entry("c", "rejected", "input: age is 12 year"),
    ]
    found = summary({"heart": entries})["heart"]
    assert found == {
        "patients": 3,
        "pending": 0,
        "done": 1,
        "rejected": 1,
        "failed": 1,
        "seconds": 3.0,
        "reasons": {"b": "failed: diverged", "c": "rejected: input: age is 12 year"},
    }


HEAD = {
    "electrode": (("electrode",), np.array(["Cz", "Pz", "Oz"]), {}),
    "source": (("source",), np.arange(2), {}),
    "frequency": (("frequency",), np.array([4.0, 8.0]), {}),
}


class Brains:
    """Two tetrahedra, one grey and one white."""

    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]) * 1e-3
    cells = np.array([[0, 1, 2, 3], [1, 2, 3, 4]])
    facets = np.array([[0, 2, 1], [0, 1, 3]])
    facet_tags = np.array([1, 2])
    tissue, region, regions = np.array([1, 2]), np.array([1, 0]), ("none", "entorhinal_left")


@pytest.fixture
def both(tmp_path, template, patient, heart):
    """Return the path of a store of two people with both organs."""
    path = tmp_path / "cohort.zarr"
    lengths = {"vertex": 5, "xyz": 3, "year": 3, "shape_year": 2, "region": 2}
    lengths |= {name: len(values) for (name,), values, _ in HEAD.values()}
    init(
        path,
        "heart",
        layout.heart_arrays(template, AXES),
        size=2,
        study="made-up",
    )
    init(
        path,
        "brain",
        layout.brain_arrays(Brains, [0.0, 5.0, 10.0], [0.0, 10.0], HEAD),
        size=2,
        study="made-up",
    )
    results = {"heart": [], "brain": []}
    for i, digest in enumerate(("a" * 24, "b" * 24)):
        brain = {v.name: np.full([lengths[d] for d in v.dims], i + 0.5) for v in layout.BRAIN}
        results["heart"].append((digest, heart(1.0)))
        results["brain"].append((digest, brain))
    columns = {"status": ["done"] * 2, "reason": [""] * 2, "digest": ["a" * 24, "b" * 24]}
    columns["seconds"] = [1.0, 2.0]
    for organ, mine in results.items():
        pack(path, organ, first=0, results=mine)
    people = [patient("p0"), patient("p1")]
    finalise(path, people, {"heart": columns, "brain": columns}, attributes={"seed": 1})
    return path


def test_heart_and_brain_of_one_person_lie_in_one_store(both):
    tree = sosie.open_cohort(both)
    brain = tree["brain"]
    assert brain["tau"].dims == ("patient", "year", "vertex")
    assert brain["year"].attrs["units"] == "year"
    assert brain["regional_tau"].sel(region="entorhinal_left", year=5).values.tolist() == [0.5, 1.5]
    assert brain["region"].values.tolist() == ["grey_matter", "entorhinal_left"]
    assert list(tree["heart"]["patient"].values) == list(brain["patient"].values)


def test_other_years_make_another_group_and_leave_the_heart(both):
    before = zarr.open_group(both, mode="r")["heart/activation_time"][:]
    arrays = layout.brain_arrays(Brains, [0.0, 5.0], [0.0, 5.0], HEAD)
    init(both, "brain", arrays, size=2, study="made-up")
    group = zarr.open_group(both, mode="r", use_consolidated=False)
    assert group["brain/tau"].shape == (2, 2, 5)
    assert np.isnan(group["brain/tau"][:]).all()
    np.testing.assert_array_equal(group["heart/activation_time"][:], before)


@pytest.mark.parametrize(
    ("organ", "patient_id"), [("heart", "p1"), ("brain", "p1"), ("brain", "mean")]
)
def test_an_organ_is_written_for_paraview(both, tmp_path, organ, patient_id):
    export(both, organ, patient_id, tmp_path / "one.vtkhdf")
    with h5py.File(tmp_path / "one.vtkhdf") as file:
        group = file["VTKHDF"]
        assert group.attrs["Type"] == b"UnstructuredGrid"
        n = int(group["NumberOfPoints"][0])
        assert group["Offsets"][-1] == len(group["Connectivity"]) == 4 * len(group["Types"])
        if organ == "brain":
            assert group["Steps"].attrs["NSteps"] == 3
            assert group["Steps/PointDataOffsets/tau"][:].tolist() == [0, n, 2 * n]
            assert len(group["PointData/tau"]) == 3 * n
            assert group["PointData/tau"][0] == (1.0 if patient_id == "mean" else 1.5)
        else:
            assert (group["PointData/activation_time [ms]"][:] == 1e3).all()


@pytest.mark.parametrize(
    ("organ", "who", "sentence"),
    [
        ("brain", "p0", "has no brain: give one of heart"),
        ("heart", "p9", "has no patient 'p9': give an id or 'mean'"),
        ("heart", "p1", r"patient p1 has no result \(eikonal diverged\): choose another"),
    ],
)
def test_what_is_not_there_is_not_written(written, tmp_path, organ, who, sentence):
    with pytest.raises(SosieError, match=sentence):
        export(written(3, failed=(1,)), organ, who, tmp_path / "one.vtkhdf")
