//! The sizes in which the pictures of one source are sent side by side.

/// One of them (simulcast, RFC 8853): whoever passes them on chooses for each receiver. Which sizes they are is the sender's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// For small tiles and narrow networks.
    Small,
    /// Between the two.
    Medium,
    /// As large as it is sent.
    Large,
}

impl Layer {
    /// All of them, the smallest first.
    pub const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];

    /// What packets and descriptions call it (RFC 8851).
    pub(crate) const fn rid(self) -> &'static str {
        match self {
            Self::Small => "l",
            Self::Medium => "m",
            Self::Large => "h",
        }
    }
}
