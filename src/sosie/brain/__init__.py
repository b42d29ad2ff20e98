"""The brain: parameters, the spreading of tau, and one patient's simulation."""
