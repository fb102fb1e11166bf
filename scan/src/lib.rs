//! A photograph becomes a checked page with a thumbnail (to be written).
