//! Views to look at.
