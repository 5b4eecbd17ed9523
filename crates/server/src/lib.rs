//! Carillon server.
