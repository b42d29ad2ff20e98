"""Run any organ's simulation over a batch of patients: teams, files, digests, status."""
