"""A patient's head on the shipped template: what a simulation calls for EEG and stimulation.

One `ElectricHead` of a template serves all patients of a team: `adopt` moves its vertices and takes
the patient's conductivities, then lead fields and fields of montages may be asked for.
"""

from mpi4py import MPI

from sosie.brain.head.conductivities import Conductivities
from sosie.brain.head.electrodes import Electrodes
from sosie.brain.head.lead_field import ElectricHead, LeadField
from sosie.geometry.head.shape import Head
from sosie.geometry.head.template import TISSUES, HeadTemplate


def electric_head(comm: MPI.Comm, template: HeadTemplate) -> ElectricHead:
    """Compile for a template, once."""
    return ElectricHead(comm, template.points, template.cells, template.tissue, TISSUES)


def adopt(
    head: ElectricHead, template: HeadTemplate, shape: Head, conductivities: Conductivities
) -> None:
    """Take a patient's shape and conductivities."""
    head.adopt(shape.points, conductivities.of_cells(template.tissue, TISSUES))


def electrodes(
    head: ElectricHead,
    template: HeadTemplate,
    shape: Head,
    *,
    system: int = 10,
    radius: float = 0.0,
) -> Electrodes:
    """Put the electrodes of a system (20, 10 or 5) on the patient: points, or discs [m]."""
    chosen = template.montage(system)
    names = [template.electrodes[i] for i in chosen]
    return head.electrodes(shape.electrodes[chosen], names, radius=radius)


def lead_field(
    head: ElectricHead, template: HeadTemplate, shape: Head, *, system: int = 10
) -> LeadField:
    """Return the lead field of the template's cortical sources."""
    return head.lead_field(electrodes(head, template, shape, system=system), shape.sources)
