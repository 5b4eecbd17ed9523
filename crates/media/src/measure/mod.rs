//! Proof that a voice was heard, and how late.
