"""Deformation of the ventricle: passive muscle, active tension, and the pressure of the blood."""
