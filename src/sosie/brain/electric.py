r"""What a brain shows at the scalp and what stimulation does: record and tau -> named results.

    V(e, t) = sum_s L(e, s) q(t, region of s)      EEG;    q  potential of the region's column

L is the lead field of dipoles along the cortex's normal, sources standing for equal parts of the
cortex. Each source is as strong as the potential of its region's neural mass (``neural_mass``), so
the EEG's scale is arbitrary: its power is over that of the first year. The shape is the record's at
all years, and everybody hears the same noise: spectra differ by tau and by the head alone.
"""

from mpi4py import MPI

import numpy as np

from sosie.brain import neural_mass
from sosie.brain.axes import FREQUENCIES
from sosie.brain.head import patient
from sosie.brain.head.conductivities import Conductivities
from sosie.brain.head.montage import currents
from sosie.brain.head.sources import Rows
from sosie.brain.head.stimulation import dose, focality
from sosie.brain.parameters import VOLUMES, BrainParameters
from sosie.cohort.record import Record
from sosie.geometry.brain.quality import volumes
from sosie.geometry.head.shape import Head, personalise
from sosie.geometry.head.template import TISSUES, HeadTemplate, load
from sosie.typing import Array

INPUTS = ("skull_thickness", *(f"conductivity_{tissue}" for tissue in TISSUES))
"""The cells of a record that a head is made of, beside those of its brain."""
SEED = 1
"""Of the noise that columns hear."""
DECIMALS = {"lead_field": 3, "stimulation_field": 6, "eeg_power": 9}
"""What results are kept to [V/(A m), V/m, 1/Hz]: what lies beyond hangs on how memory lies."""


class Electric:
    """A team's head, lent to one patient after the other."""

    def __init__(self, comm: MPI.Comm, parameters: BrainParameters) -> None:
        """Compile, once."""
        self.parameters = parameters
        self.template = load(parameters.template)
        self.head = patient.electric_head(comm, self.template)

    def simulate(self, record: Record, regional_tau: Array) -> dict[str, Array]:
        """Return the patient's results, SI, the same on every rank of the team.

        ``regional_tau`` (n_years, n_regions) is at the years of the study. Raises RejectedError (a
        head that cannot be built) and SolverDivergedError.
        """
        shape = head_of(self.template, record)
        patient.adopt(self.head, self.template, shape, Conductivities.of(record))
        system = self.parameters.head.electrodes
        electrodes = patient.electrodes(self.head, self.template, shape, system=system)
        rows = self.head.rows(shape.sources)
        lead_field = self.head.lead_field(electrodes, shape.sources, rows=rows)
        along = lead_field.along(shape.normals)
        return (
            {
                "electrode_points": lead_field.electrodes.places,
                "source_points": shape.sources,
                "source_normals": shape.normals,
                "lead_field": np.round(along, DECIMALS["lead_field"]),
            }
            | self._stimulation(shape, rows)
            | self._eeg(record, shape, along, regional_tau)
        )

    def _stimulation(self, shape: Head, rows: Rows) -> dict[str, Array]:
        """Return the field of the montage, how focal it is, and the dose for the target."""
        chosen, template, head = self.parameters.head, self.template, self.head
        place = [template.electrodes.index(name) for name in chosen.montage]
        pads = head.electrodes(shape.electrodes[place], list(chosen.montage), radius=chosen.pad)
        into = currents(pads.names, chosen.montage)
        u = head.stimulate(pads, into)
        at_sources = -np.stack([part @ u for part in rows], axis=1)
        E, grey = head.field_of(u), template.tissue == TISSUES["grey"]
        volume = volumes(shape.points, template.cells)
        found = focality(E[grey], volume[grey])
        target = grey & (template.region == template.regions.index(chosen.target))
        times = dose(chosen.wanted, E[target], volume=volume[target])
        return {
            "stimulation_field": np.round(at_sources, DECIMALS["stimulation_field"]),
            "field_peak": np.array(found.peak),
            "field_mean": np.array(found.mean),
            "field_focality": np.array(found.half),
            "field_at_target": np.array(chosen.wanted / times),
            "dose": np.array(times * into[into > 0].sum()),
        }

    def _eeg(
        self, record: Record, shape: Head, along: Array, regional_tau: Array
    ) -> dict[str, Array]:
        """Return the spectra of the EEG at the years of shapes, and what is read off them."""
        times, template = self.parameters.times, self.template
        years = [times.years.index(year) for year in times.shapes]
        capacity = record.si("tau_capacity")
        load = neural_mass.loads(regional_tau[years], template.regions, capacity=capacity)
        regions = np.arange(1, len(template.regions))
        gain = np.stack(
            [along[:, template.source_region == region].sum(axis=1) for region in regions], axis=1
        )
        W = neural_mass.connections(centres(template, shape.points))
        stream = np.random.default_rng(SEED)
        columns = neural_mass.potentials(load, W, duration=self.parameters.head.eeg, stream=stream)
        frequencies, power = neural_mass.spectrum(neural_mass.scalp(gain, columns))
        kept = np.searchsorted(frequencies, FREQUENCIES)
        assert np.allclose(frequencies[kept], FREQUENCIES)
        seen = power[kept].mean(axis=-1)  # over electrodes, (n_frequencies, n_states)
        whole = seen[:, 0].sum() * (FREQUENCIES[1] - FREQUENCIES[0])
        return {
            "eeg_power": np.round(np.moveaxis(power[kept], 0, -1) / whole, DECIMALS["eeg_power"]),
            "alpha_peak": neural_mass.peak(FREQUENCIES, seen),
            "theta_alpha_ratio": neural_mass.theta_over_alpha(FREQUENCIES, seen),
        }


def head_of(template: HeadTemplate, record: Record) -> Head:
    """Return the patient's head; raise RejectedError where it cannot be built.

    Ventricles of the young may be smaller than the template's, by half a millilitre: such fluid
    deep in the brain changes nothing that is seen at the scalp.
    """
    wanted = {what: record.si(cell) for what, cell in VOLUMES.items()}
    thickness = record.si("skull_thickness")
    return personalise(template, **wanted, skull_thickness=thickness, smallest=True)


def centres(template: HeadTemplate, points: Array) -> Array:
    """Return the centres of the regions [m], (n_regions - 1, 3), of vertices (n, 3) [m]."""
    volume = volumes(points, template.cells)
    middle = points[template.cells].mean(axis=1)
    n = len(template.regions)
    total = np.bincount(template.region, volume, n)
    sums = np.stack([np.bincount(template.region, volume * x, n) for x in middle.T], axis=1)
    return (sums / total[:, None])[1:]
