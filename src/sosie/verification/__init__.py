"""Verification: sosie against closed forms, refined meshes and published numbers, in one table."""
