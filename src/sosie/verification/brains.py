"""Ask of the survey's brains whether mesh and steps are fine enough, and what comes out.

refinement    regional tau on the production mesh against the same patient on the mesh refined
              uniformly (every edge halved), as a share of its range
time steps    against half the step
shapes        brains drawn over stated ranges of volumes, meshed but not simulated
stages        when regional tau is seen, by Braak stage
"""

import logging
from collections import Counter
from dataclasses import replace

from mpi4py import MPI

import numpy as np

from sosie.brain.parameters import YEAR, BrainParameters, Times
from sosie.brain.simulate import RATES, Brain
from sosie.cohort.priors import load_priors
from sosie.cohort.record import Record
from sosie.errors import RejectedError
from sosie.geometry.brain.shape import personalise
from sosie.geometry.brain.template import load, refined
from sosie.typing import Array
from sosie.verification.check import Check

LOG = logging.getLogger(__name__)
OURS = "acceptance limit of this project"
DRAWN = 1000
INTRACRANIAL, VENTRICLES, FRACTION = (1100e-6, 1900e-6), (7e-6, 80e-6), (0.65, 0.88)
"""Ranges that shapes are drawn from, uniformly: [m^3], [m^3], brain over intracranial volume."""
STAGES = {
    "I-II": ("entorhinal", "hippocampus"),
    "III-IV": ("parahippocampal", "fusiform", "amygdala", "inferiortemporal", "middletemporal"),
    "V-VI": ("superiorfrontal", "precuneus", "superiorparietal", "precentral", "pericalcarine"),
}
"""ASSUME: regions of the atlas taken for Braak's stages."""
BETWEEN_STAGES = "tau PET of 132 people, quoted at second hand; tolerance of this project"
SEEN = 0.125
"""Tau that a scan tells from none, over the mean capacity: two standard deviations of the lower
component in the mean region of the source of ``sosie.brain.vulnerability``, 0.20 of 1.62."""


def resolution(comm: MPI.Comm, records: list[Record]) -> list[Check]:
    """Compare regional tau with that of a refined mesh and of half the step."""
    parameters = BrainParameters()
    times = parameters.times
    half = Times(duration=times.duration, every=times.every, step=times.step / 2)
    usual = Brain(comm, parameters)
    others = {
        "one uniform refinement": (
            Brain(comm, parameters, template=refined(load(parameters.template))),
            5.0,
        ),
        "half the step": (Brain(comm, replace(parameters, times=half)), 1.0),
    }
    checks = []
    for record in records:
        tau = usual.spread(record)["regional_tau"]
        for name, (brain, allowed) in others.items():
            finer = brain.spread(record)["regional_tau"]
            ours = 100 * float(np.abs(tau - finer).max() / np.ptp(finer))
            LOG.info("brain: patient %s differs from %s by %.2f %%", record.id, name, ours)
            quantity = f"largest difference of regional tau from {name}, of its range"
            checks.append(
                Check("brain", f"{quantity}, patient {record.id}", ours, 0.0, "%", allowed, OURS)
            )
    return checks


def shapes(*, n: int = DRAWN) -> list[Check]:
    """Draw volumes uniformly over the stated ranges and count the brains that are valid."""
    template, stream = load(BrainParameters().template), np.random.default_rng(1)
    lost, angles = Counter[str](), []
    for _ in range(n):
        intracranial, ventricles, fraction = (
            stream.uniform(*bounds) for bounds in (INTRACRANIAL, VENTRICLES, FRACTION)
        )
        try:
            shape = personalise(
                template,
                intracranial_volume=intracranial,
                brain_volume=fraction * intracranial,
                ventricular_volume=ventricles,
            )
        except RejectedError as error:
            lost[str(error).split(";")[0].split(" are ")[0]] += 1
        else:
            angles.append(shape.dihedral_min)
    LOG.info("brain: %s of %s shapes are valid", len(angles), n)
    ranges = "ventricles 7-80 mL, brain 0.65-0.88 of 1,100-1,900 mL inside the skull"
    return [
        Check("brain", f"valid of {n} drawn, {ranges}", len(angles), n, "1", 0.01 * n, OURS),
        *(
            Check("brain", f"rejected of {n} drawn: {why}", count, 0, "1", 0.01 * n, OURS)
            for why, count in lost.most_common()
        ),
        Check("brain", "smallest dihedral angle of them", min(angles), 90, "degree", 80, OURS),
    ]


def stages(comm: MPI.Comm, record: Record) -> list[Check]:
    """Compare the years between Braak's stages in a brain with the mean rates of the priors.

    A stage is reached when the mean tau of its regions can be seen for good.
    """
    priors = load_priors()
    means = {name: getattr(priors, name).mean for name in RATES}
    cells = {name: replace(record.cells[name], value=mean) for name, mean in means.items()}
    mean = replace(record, cells=record.cells | cells)
    times = Times(duration=100 * YEAR, every=2 * YEAR, step=0.2 * YEAR)
    brain = Brain(comm, BrainParameters(times=times))
    tau, names = brain.spread(mean)["regional_tau"], brain.template.regions
    reached = {}
    for stage, regions in STAGES.items():
        columns = [i for i, name in enumerate(names) if name.rsplit("_", 1)[0] in regions]
        curve: Array = tau[:, columns].mean(axis=1)
        late = int(np.argmin(curve))  # what falls at first, as the seed does, is not counted
        seen = SEEN * means["tau_capacity"]
        reached[stage] = float(np.interp(seen, curve[late:], times.years[late:]))
    LOG.info("brain: stages are reached in years %s", reached)
    checks = []
    for first, last, published in (("I-II", "III-IV", 17.3), ("III-IV", "V-VI", 15.2)):
        apart = reached[last] - reached[first]
        quantity = f"years from stage {first} to {last}, mean rates of the priors"
        checks.append(
            Check("Braak's stages", quantity, apart, published, "year", 5.0, BETWEEN_STAGES)
        )
    return checks
