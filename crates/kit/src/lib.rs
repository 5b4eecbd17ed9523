//! Carillon kit.
