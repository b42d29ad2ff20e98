"""The store: ``cohort.zarr``, one array a quantity over all patients, in its readers' units."""
