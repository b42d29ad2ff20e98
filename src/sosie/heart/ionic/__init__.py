"""Cells of the heart: ionic models, the kernels that step them, drugs, pacing and biomarkers."""
