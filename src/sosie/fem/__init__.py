"""Finite elements: meshes on a template, integrals, and the one place that touches PETSc."""
