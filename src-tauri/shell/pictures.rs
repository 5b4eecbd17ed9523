//! Pictures of people and groups, for all windows, under a scheme of their own: a view carries their address, not their bytes.

use carillon_kit::{Avatar, AvatarId};
use tauri::{
    Runtime, UriSchemeContext, UriSchemeResponder,
    http::{Request, Response, StatusCode, header},
};

use super::commands::Shell;
use crate::controller::PictureName;

/// As in the content policy.
pub(crate) const SCHEME: &str = "picture";

/// A picture's name is its content's: what a window has it need not ask for again.
const FOREVER: &str = "private, max-age=31536000, immutable";

/// Answers a window's request, in its own time.
pub(crate) fn answer<R: Runtime>(context: UriSchemeContext<'_, R>, request: Request<Vec<u8>>, to: UriSchemeResponder) {
    use tauri::Manager;
    let shell = context.app_handle().try_state::<Shell>();
    let (Some(shell), Some(picture)) = (shell, named(request.uri().path())) else {
        return to.respond(nothing());
    };
    let handle = shell.handle.clone();
    tauri::async_runtime::spawn(async move {
        let found = handle.picture(picture).await;
        to.respond(found.and_then(response).unwrap_or_else(nothing));
    });
}

/// `/<name>`, `/thumbnail/<file>`.
fn named(path: &str) -> Option<PictureName> {
    let name = path.strip_prefix('/')?;
    match name.strip_prefix("thumbnail/") {
        Some(file) => file.parse().ok().map(PictureName::Thumbnail),
        None => AvatarId::new(name).ok().map(PictureName::Avatar),
    }
}

/// Only what is a picture is handed on, and as the picture that it is.
fn response(bytes: Vec<u8>) -> Option<Response<Vec<u8>>> {
    let kind = Avatar::new(bytes.clone()).ok()?.media_type();
    Response::builder()
        .header(header::CONTENT_TYPE, kind)
        .header(header::CACHE_CONTROL, FOREVER)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .body(bytes)
        .ok()
}

fn nothing() -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_asked_for_by_its_name() {
        assert_eq!(named("/00ff"), AvatarId::new("00ff").ok().map(PictureName::Avatar));
        assert!(matches!(named("/thumbnail/018f3e7a-0000-7000-8000-000000000001"), Some(PictureName::Thumbnail(_))));
        for bad in ["", "/", "00ff", "/../secret", "/a/b", "/thumbnail/00ff", "/thumbnail/"] {
            assert_eq!(named(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_no_picture_is_not_handed_on() {
        let picture = response(b"\xff\xd8\xff\xe0".to_vec()).expect("it begins as a JPEG does");
        assert_eq!(picture.headers()[header::CONTENT_TYPE], "image/jpeg");

        assert!(response(b"<svg onload='alert(1)'>".to_vec()).is_none());
    }
}
