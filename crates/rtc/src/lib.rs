//! Carillon rtc.
