"""The heart: parameters, activation, and one patient's simulation."""
