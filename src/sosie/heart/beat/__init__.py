"""A ventricle that beats: activation, calcium, tension, wall and circulation together."""
