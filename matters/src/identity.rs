//! Resident identity numbers, GB 11643 (to be written).
