"""Ionic models, one a file."""
