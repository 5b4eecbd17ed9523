//! The fields of a payload: little-endian integers, and texts, lists and maps with a count of 16 bits before them.
//!
//! A count is believed one element at a time, so a great one costs no more than the bytes that really follow.

use std::collections::{BTreeMap, btree_map::Entry};

use crate::{MintError, ParseError, parse::Reading};

/// Reads a payload from front to back.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    reading: Reading,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(payload: &'a [u8], reading: Reading) -> Self {
        Self { rest: payload, reading }
    }

    /// What has not been read yet.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) const fn is_strict(&self) -> bool {
        matches!(self.reading, Reading::Strict)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ParseError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(ParseError::CutShort)?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, ParseError> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn i16(&mut self) -> Result<i16, ParseError> {
        self.array().map(i16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, ParseError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], ParseError> {
        let length = usize::from(self.u16()?);
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(ParseError::CutShort)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn text(&mut self) -> Result<String, ParseError> {
        let bytes = self.bytes()?;
        str::from_utf8(bytes).map(str::to_owned).map_err(|_| ParseError::NotText)
    }

    pub(crate) fn list<T>(&mut self, item: impl Fn(&mut Self) -> Result<T, ParseError>) -> Result<Vec<T>, ParseError> {
        (0..self.u16()?).map(|_| item(self)).collect()
    }

    /// Of a key that comes twice the published implementations keep one or the other; strictly, it may not come twice.
    pub(crate) fn map<V>(
        &mut self,
        value: impl Fn(&mut Self) -> Result<V, ParseError>,
    ) -> Result<BTreeMap<u16, V>, ParseError> {
        let mut map = BTreeMap::new();
        for _ in 0..self.u16()? {
            let key = self.u16()?;
            let value = value(self)?;
            match map.entry(key) {
                Entry::Vacant(place) => _ = place.insert(value),
                Entry::Occupied(_) if self.is_strict() => return Err(ParseError::RepeatedKey(key)),
                Entry::Occupied(_) => {}
            }
        }
        Ok(map)
    }
}

/// Writes a payload.
#[derive(Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn u16(&mut self, value: u16) {
        self.0.extend(value.to_le_bytes());
    }

    pub(crate) fn i16(&mut self, value: i16) {
        self.0.extend(value.to_le_bytes());
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.0.extend(value.to_le_bytes());
    }

    pub(crate) fn count(&mut self, count: usize) -> Result<(), MintError> {
        self.u16(u16::try_from(count).map_err(|_| MintError::TooLarge)?);
        Ok(())
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), MintError> {
        self.count(bytes.len())?;
        self.raw(bytes);
        Ok(())
    }

    pub(crate) fn text(&mut self, text: &str) -> Result<(), MintError> {
        self.bytes(text.as_bytes())
    }

    pub(crate) fn list<T>(
        &mut self,
        list: &[T],
        item: impl Fn(&mut Self, &T) -> Result<(), MintError>,
    ) -> Result<(), MintError> {
        self.count(list.len())?;
        list.iter().try_for_each(|one| item(self, one))
    }

    pub(crate) fn map<V>(
        &mut self,
        map: &BTreeMap<u16, V>,
        value: impl Fn(&mut Self, &V) -> Result<(), MintError>,
    ) -> Result<(), MintError> {
        self.count(map.len())?;
        map.iter().try_for_each(|(&key, one)| {
            self.u16(key);
            value(self, one)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_little_endian_and_a_text_has_its_length_before_it() {
        let mut reader = Reader::new(&[1, 0, 0xff, 0xff, 4, 3, 2, 1, 2, 0, b'h', b'i'], Reading::Strict);

        assert_eq!((reader.u16(), reader.i16(), reader.u32()), (Ok(1), Ok(-1), Ok(0x0102_0304)));
        assert_eq!(reader.text().as_deref(), Ok("hi"));
        assert_eq!(reader.u16(), Err(ParseError::CutShort));
    }

    #[test]
    fn a_key_that_comes_twice_is_refused_strictly_and_counts_once_otherwise() {
        let twice = [2, 0, 7, 0, 1, 0, 7, 0, 9, 0];

        assert_eq!(Reader::new(&twice, Reading::Strict).map(Reader::u16), Err(ParseError::RepeatedKey(7)));
        assert_eq!(Reader::new(&twice, Reading::AsReference).map(Reader::u16), Ok(BTreeMap::from([(7, 1)])));
    }

    #[test]
    fn what_the_count_cannot_hold_is_not_written() {
        let long = "x".repeat(65_536);

        assert_eq!(Writer::default().text(&long), Err(MintError::TooLarge));
    }
}
