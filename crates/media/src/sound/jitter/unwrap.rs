//! Counters that wrap around, as ones that do not.

/// Follows a counter of `BITS` bits through its wrap-arounds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Unwrapper<const BITS: u32> {
    newest: Option<i64>,
}

impl<const BITS: u32> Unwrapper<BITS> {
    /// The value closest to the newest one that has these low bits.
    pub(super) fn unwrap(&mut self, wrapped: u32) -> i64 {
        let wrapped = i64::from(wrapped);
        let Some(newest) = self.newest else {
            self.newest = Some(wrapped);
            return wrapped;
        };
        let span = 1_i64 << BITS;
        let mut step = (wrapped - newest).rem_euclid(span);
        if step >= span / 2 {
            step -= span;
        }
        let value = newest + step;
        self.newest = Some(newest.max(value));
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapped_sequence_goes_on_counting() {
        let mut sequence = Unwrapper::<16>::default();

        let seen: Vec<i64> = [65_534, 65_535, 0, 1].map(|n| sequence.unwrap(n)).into();

        assert_eq!(seen, [65_534, 65_535, 65_536, 65_537]);
    }

    #[test]
    fn a_late_number_from_before_the_wrap_stays_before_it() {
        let mut sequence = Unwrapper::<16>::default();
        sequence.unwrap(65_535);
        sequence.unwrap(2);

        assert_eq!(sequence.unwrap(65_534), 65_534);
        assert_eq!(sequence.unwrap(3), 65_539);
    }
}
