//! Pictures that an app wants shown for the other end of a call.

use std::{fmt, sync::Arc};

/// What the largest pictures of a call window need many times over.
const MAX_BYTES: usize = 1024 * 1024;

/// A picture: PNG, JPEG or WebP, of at most 1 MiB. Clones share its bytes.
#[derive(Clone)]
pub struct Avatar {
    media_type: &'static str,
    bytes: Arc<[u8]>,
}

/// Why bytes are no [`Avatar`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AvatarError {
    /// They are too many.
    #[error("a picture has at most 1 MiB, not {bytes} bytes")]
    TooLarge {
        /// How many they are.
        bytes: usize,
    },
    /// They do not begin as one of the formats does.
    #[error("a picture is a PNG, a JPEG or a WebP")]
    UnknownFormat,
}

impl Avatar {
    /// Takes the content of a picture's file. Only its beginning is looked at: the app that shows it decodes it.
    ///
    /// # Errors
    /// [`AvatarError`].
    pub fn new(bytes: impl Into<Arc<[u8]>>) -> Result<Self, AvatarError> {
        let bytes = bytes.into();
        if bytes.len() > MAX_BYTES {
            return Err(AvatarError::TooLarge { bytes: bytes.len() });
        }
        let media_type = media_type(&bytes).ok_or(AvatarError::UnknownFormat)?;
        Ok(Self { media_type, bytes })
    }

    /// The content of the picture's file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// `image/png`, `image/jpeg` or `image/webp`.
    pub const fn media_type(&self) -> &'static str {
        self.media_type
    }
}

impl PartialEq for Avatar {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.bytes, &other.bytes) || self.bytes == other.bytes
    }
}

impl Eq for Avatar {}

impl fmt::Debug for Avatar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Avatar({}, {} bytes)", self.media_type, self.bytes.len())
    }
}

fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// What [`set_contact_avatar`](crate::CallKit::set_contact_avatar) and [`set_group_avatar`](crate::CallKit::set_group_avatar) set.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Avatars {
    pub(crate) contact: Option<Avatar>,
    pub(crate) group: Option<Avatar>,
}

impl Avatars {
    pub(crate) fn of(&self, is_group: bool) -> Option<Avatar> {
        if is_group { self.group.clone() } else { self.contact.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_known_by_how_it_begins() {
        let of = |bytes: &[u8]| Avatar::new(bytes).map(|avatar| avatar.media_type());

        assert_eq!(of(b"\x89PNG\r\n\x1a\n and so on"), Ok("image/png"));
        assert_eq!(of(b"\xff\xd8\xff\xe0 and so on"), Ok("image/jpeg"));
        assert_eq!(of(b"RIFF\x10\x00\x00\x00WEBPVP8 "), Ok("image/webp"));
        for other in [&b""[..], b"GIF89a", b"<svg onload='alert(1)'>", b"RIFF\x10\x00\x00\x00WAVE"] {
            assert_eq!(of(other), Err(AvatarError::UnknownFormat), "{other:?}");
        }
    }

    #[test]
    fn a_picture_has_a_mebibyte_at_most() {
        let mut bytes = b"\xff\xd8\xff".to_vec();
        bytes.resize(MAX_BYTES, 0);
        assert_eq!(Avatar::new(bytes.clone()).map(|avatar| avatar.bytes().len()), Ok(MAX_BYTES));

        bytes.push(0);
        assert_eq!(Avatar::new(bytes), Err(AvatarError::TooLarge { bytes: MAX_BYTES + 1 }));
    }
}
