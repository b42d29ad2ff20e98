"""The brain template: one tetrahedral mesh of the MNI brain, its labels and its keyframes."""
