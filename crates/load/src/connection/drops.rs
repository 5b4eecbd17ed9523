//! A network that loses some of what it carries.

/// What becomes of packets on their way.
#[derive(Debug)]
pub(crate) struct Drops {
    per_mille: u32,
    random: u64,
}

impl Drops {
    pub(crate) fn new(per_mille: u32, seed: u64) -> Self {
        Self { per_mille, random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 }
    }

    /// Whether the next packet is lost.
    pub(crate) fn roll(&mut self) -> bool {
        if self.per_mille == 0 {
            return false;
        }
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 20) % 1_000 < u64::from(self.per_mille)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_are_lost_as_it_says() {
        let mut drops = Drops::new(20, 7);

        let lost = (0..100_000).filter(|_| drops.roll()).count();

        assert!((1_800..2_200).contains(&lost), "{lost}");
        assert!(!(0..1_000).any(|_| Drops::new(0, 7).roll()));
    }
}
