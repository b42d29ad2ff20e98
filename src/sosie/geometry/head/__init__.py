"""The head: brain, cerebrospinal fluid, skull and scalp on one mesh, morphed to a patient."""
