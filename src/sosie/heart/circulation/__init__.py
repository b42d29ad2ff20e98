"""Blood on its closed way through heart, body and lungs, in lumped parameters."""
