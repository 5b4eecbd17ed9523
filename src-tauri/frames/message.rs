//! What app and window say to each other, as bytes and as values.

use carillon_ipc::Stream;
use serde::Deserialize;

/// Bytes before a picture's planes.
pub(super) const HEADER_BYTES: usize = 24;

const VERSION: u8 = 1;
const ENDED: u8 = 1;

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Size {
    pub(super) width: u16,
    pub(super) height: u16,
}

impl Size {
    pub(super) const fn new(width: u16, height: u16) -> Self {
        Self { width, height }
    }

    pub(super) const fn is_nothing(self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// Bytes of the brightness plane, and of one of the colour planes.
    pub(super) fn plane_bytes(self) -> (usize, usize) {
        let (width, height) = (usize::from(self.width), usize::from(self.height));
        (width * height, width.div_ceil(2) * height.div_ceil(2))
    }
}

/// What stands before a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) stream: Stream,
    /// `None`: the stream has ended, and there is no picture.
    pub(super) size: Option<Size>,
    pub(super) captured_at_us: u64,
    pub(super) sequence: u64,
}

impl Header {
    pub(super) fn to_bytes(self) -> [u8; HEADER_BYTES] {
        let (flags, size) = self.size.map_or((ENDED, Size::default()), |size| (0, size));
        let mut bytes = [0; HEADER_BYTES];
        bytes[..3].copy_from_slice(&[VERSION, self.stream.number(), flags]);
        bytes[4..6].copy_from_slice(&size.width.to_le_bytes());
        bytes[6..8].copy_from_slice(&size.height.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.captured_at_us.to_le_bytes());
        bytes[16..].copy_from_slice(&self.sequence.to_le_bytes());
        bytes
    }
}

/// What the window says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum FromWindow {
    /// It has drawn or dropped so many pictures.
    Credit { credit: u8, stream: u8 },
    /// All tiles there are.
    Tiles { tiles: Vec<Tile> },
}

/// Where a stream is drawn, in physical pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct Tile {
    pub(super) stream: u8,
    pub(super) width: u16,
    pub(super) height: u16,
}

impl Tile {
    pub(super) const fn size(self) -> Size {
        Size::new(self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_has_every_number_at_its_place() {
        let size = Some(Size::new(0x0280, 0x0168));
        let header = Header { stream: Stream::OwnCamera, size, captured_at_us: 0x0102_0304, sequence: 0x0a0b };

        let expected = [1, 2, 0, 0, 0x80, 2, 0x68, 1, 4, 3, 2, 1, 0, 0, 0, 0, 0x0b, 0x0a, 0, 0, 0, 0, 0, 0];
        assert_eq!(header.to_bytes(), expected);
    }

    #[test]
    fn an_ended_stream_is_told_without_a_size() {
        let header = Header { stream: Stream::TheirScreen, size: None, captured_at_us: 0, sequence: 0 };

        assert_eq!(header.to_bytes()[..8], [1, 1, 1, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn what_a_window_says_is_read() {
        let said = |text| serde_json::from_str::<FromWindow>(text).ok();

        assert_eq!(said(r#"{"credit":1,"stream":3}"#), Some(FromWindow::Credit { credit: 1, stream: 3 }));
        let tile = Tile { stream: 0, width: 640, height: 360 };
        assert_eq!(
            said(r#"{"tiles":[{"stream":0,"width":640,"height":360}]}"#),
            Some(FromWindow::Tiles { tiles: vec![tile] })
        );
        for bad in ["", "{}", r#"{"credit":-1,"stream":0}"#, r#"{"tiles":[{"stream":0,"width":1e9,"height":1}]}"#] {
            assert_eq!(said(bad), None, "{bad}");
        }
    }
}
