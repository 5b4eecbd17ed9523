//! Desktop
