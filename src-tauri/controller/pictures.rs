//! Pictures on their way to a window and from it.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use carillon_ipc::{Notice, NoticeCode};
use carillon_kit::{AttachmentId, Avatar, AvatarId};

use super::notices;

/// Where windows find a picture: the shell answers for this scheme.
pub(super) fn address(picture: Option<&AvatarId>) -> Option<String> {
    // Windows' web view knows other schemes only as hosts.
    let base = if cfg!(windows) { "http://picture.localhost" } else { "picture://localhost" };
    picture.map(|picture| format!("{base}/{picture}"))
}

/// Where windows find the small picture of a file.
pub(super) fn address_of_thumbnail(file: AttachmentId) -> String {
    let base = if cfg!(windows) { "http://picture.localhost" } else { "picture://localhost" };
    format!("{base}/thumbnail/{file}")
}

/// What a `data:` URL of a window holds, if it is a picture that the server may take.
pub(super) fn bytes(url: &str) -> Result<Vec<u8>, Notice> {
    let bad = || notices::plain(NoticeCode::BadPicture);
    let (_, encoded) = url.split_once(";base64,").ok_or_else(bad)?;
    let bytes = BASE64_STANDARD.decode(encoded).map_err(|_| bad())?;
    match Avatar::new(bytes.clone()) {
        Ok(_) => Ok(bytes),
        Err(carillon_kit::AvatarError::TooLarge { .. }) => Err(notices::plain(NoticeCode::PictureTooLarge)),
        Err(carillon_kit::AvatarError::UnknownFormat) => Err(bad()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pictures_leave_a_window() {
        assert_eq!(bytes("data:image/jpeg;base64,/9j/4A=="), Ok(vec![0xff, 0xd8, 0xff, 0xe0]));
        for bad in ["", "data:text/html;base64,PGI+", "data:image/jpeg;base64,nonsense!", "https://example.org/a.png"] {
            assert_eq!(bytes(bad).map_err(|notice| notice.code), Err(NoticeCode::BadPicture), "{bad}");
        }
    }
}
