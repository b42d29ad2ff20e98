"""Active tension of heart muscle, to be coupled to its deformation."""
