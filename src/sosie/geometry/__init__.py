"""Left-ventricular anatomy: atlas shape (scores) -> ventricle (mm, mL) -> template mesh, fibres."""
