"""Lead fields of nested surfaces by OpenMEEG, of spheres by mne too, where those are installed.

``python benchmarks/brain_peers.py PROBLEM.npz RESULT.npz adjoint|inverse|mne`` solves a problem of
`benchmarks/brain_eeg.py` or `benchmarks/brain_nested.py`. Nothing of sosie is imported: the
interpreter is another environment's.

OpenMEEG takes the interfaces as triangles that face inwards: turned outwards, its lead field comes
out negated without a word. CPU seconds are of head matrix, electrodes, sources and gain, by the
adjoint way (one solve an electrode) and by the inverse of the head matrix.
"""

import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Problem = dict[str, NDArray]


def surfaces(problem: Problem) -> list[tuple[NDArray, NDArray]]:
    """Return points and outward triangles of the surfaces, from within."""
    if "radii" in problem:
        return [(radius * problem["sphere"], problem["triangles"]) for radius in problem["radii"]]
    count = range(len(problem["sigma"]))
    return [(problem[f"points_{i}"], problem[f"triangles_{i}"]) for i in count]


def openmeeg_geometry(problem: Problem) -> object:
    """Return nested closed surfaces and the conductivities between them."""
    import openmeeg as om
    from openmeeg._openmeeg_wrapper import OrientedMesh, SimpleDomain

    meshes = {
        f"shell{i}": (points, triangles[:, [1, 0, 2]])
        for i, (points, triangles) in enumerate(surfaces(problem))
    }
    domains, within = {}, []
    for name, sigma in zip(meshes, problem["sigma"], strict=True):
        domains[name] = ([*within, (name, SimpleDomain.Inside)], float(sigma))
        within = [(name, SimpleDomain.Outside)]
    domains["air"] = (within, 0.0)
    interfaces = {name: [(name, OrientedMesh.Normal)] for name in meshes}
    return om.make_geometry(meshes, interfaces, domains)


def openmeeg(problem: Problem, *, adjoint: bool = True) -> tuple[NDArray, float]:
    """Return potentials (n_electrodes, n_dipoles) [V] and CPU seconds."""
    import openmeeg as om

    geometry = openmeeg_geometry(problem)
    electrodes = om.Sensors(om.Matrix(np.asfortranarray(problem["electrodes"])), geometry)
    both = np.hstack([problem["places"], problem["moments"]])
    dipoles = om.Matrix(np.asfortranarray(both))
    start = time.process_time()
    matrix = om.HeadMat(geometry)
    to_electrodes = om.Head2EEGMat(geometry, electrodes)
    if adjoint:
        gain = om.GainEEGadjoint(geometry, dipoles, matrix, to_electrodes).array()
    else:
        matrix.invert()
        sources = om.DipSourceMat(geometry, dipoles, "shell0")
        gain = om.GainEEG(matrix, sources, to_electrodes).array()
    return np.array(gain), time.process_time() - start


def mne_sphere(problem: Problem) -> tuple[NDArray, float]:
    """Return the same by mne's sphere, a few fitted dipoles for each of ours."""
    import mne

    R = problem["radii"][-1]
    names = [f"E{i}" for i in range(len(problem["electrodes"]))]
    info = mne.create_info(names, 1000.0, "eeg")
    places = dict(zip(names, problem["electrodes"], strict=True))
    info.set_montage(mne.channels.make_dig_montage(places, coord_frame="head"))
    pos = {"rr": problem["places"], "nn": problem["moments"]}
    sources = mne.setup_volume_source_space(pos=pos, verbose="error")
    start = time.process_time()
    sphere = mne.make_sphere_model(
        r0=(0, 0, 0),
        head_radius=R,
        relative_radii=tuple(problem["radii"] / R),
        sigmas=tuple(problem["sigma"]),
        verbose="error",
    )
    same = mne.Transform("mri", "head", np.eye(4))
    forward = mne.make_forward_solution(
        info, same, sources, sphere, meg=False, mindist=0, verbose="error"
    )
    spent = time.process_time() - start
    gain = forward["sol"]["data"].reshape(len(names), -1, 3)
    return np.einsum("esi,si->es", gain, problem["moments"]), spent


def main(arguments: list[str]) -> None:
    """Solve and write."""
    problem = dict(np.load(arguments[0]))
    if arguments[2] == "mne":
        gain, seconds = mne_sphere(problem)
    else:
        gain, seconds = openmeeg(problem, adjoint=arguments[2] == "adjoint")
    np.savez(Path(arguments[1]), gain=gain, seconds=seconds)


if __name__ == "__main__":
    main(sys.argv[1:])
