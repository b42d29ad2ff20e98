"""The groups that the quantities of a record are shown in: scales, and organs apart."""

HEADINGS = {
    "genome": "Genome",
    "cell": "Cells",
    "body": "Body and history",
    "organ heart": "Left ventricle",
    "tissue heart": "Conduction",
    "organ brain": "Brain and amyloid",
    "tissue brain": "Spread of tau",
    "behaviour": "Behaviour",
    "environment": "Surroundings",
    "population": "Population",
}
"""The groups, in the order in which they are shown."""
OF_HEART = ("lv_", "cv_", "pr_", "qrs_", "qt_")
"""What the heart's columns begin with; other organs' and tissues' are the brain's."""


def group(name: str, scale: str) -> str:
    """Return the group of a canonical column."""
    if scale not in ("organ", "tissue"):
        return scale
    return f"{scale} {'heart' if name.startswith(OF_HEART) else 'brain'}"
