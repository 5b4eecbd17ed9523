//! Carillon media.
