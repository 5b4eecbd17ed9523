//! Files in conversations: begun, sent part by part, and fetched part by part, so that none is ever whole in memory and an upload that
//! breaks off goes on where it was.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use carillon_protocol::{Attachment, AttachmentId, Received, RefusalCode};

use super::{ApiError, Bearer, accounts::parse};
use crate::{
    change::{Change, NotChanged, signed_out},
    doors::{ServerState, SharedState},
    runtime::log_budget::limited,
    services::attachments,
    store::{Who, attachments::NotKept},
};

/// A part of a file has at most so many bytes.
pub(super) const MAX_PART_BYTES: usize = 512 * 1024;
/// What an id names never changes; but who may have it does.
const AS_LONG_AS_ALLOWED: &str = "private, no-store";
/// Whatever the file is, a browser shows and runs nothing of it.
const INERT: &str = "default-src 'none'; sandbox";

/// `POST /v1/attachments`: a file is about to come. Answered with what it is from now on.
pub(super) async fn begin(
    State(server): State<SharedState>,
    Bearer(who): Bearer,
    body: Bytes,
) -> Result<Json<Attachment>, ApiError> {
    server.limits.check_file(&who)?;
    let new = parse(&body)?;
    let begun = server.carry_out(|server| async move { begin_in(&server, &who, new).await }).await?;
    match begun {
        Ok(attachment) => Ok(Json(attachment)),
        Err(NotChanged::Failed(error)) => Err(error.into()),
        Err(NotChanged::Refused(refusal)) if refusal.code == RefusalCode::TooLarge => Err(too_large(refusal.detail)),
        Err(NotChanged::Refused(refusal)) => Err(ApiError::invalid(refusal.detail)),
    }
}

async fn begin_in(
    server: &ServerState,
    who: &Who,
    new: carillon_protocol::NewAttachment,
) -> Result<Attachment, NotChanged> {
    let change = Change::begin_signed_in(server, who).await?;
    let mut change = change.ok_or_else(|| NotChanged::Refused(signed_out()))?;
    let attachment = attachments::begin(&mut change, new).await?;
    change.commit().await?;
    attachments::make(server, attachment.id).await?;
    Ok(attachment)
}

/// `PUT /v1/attachments/{id}/{offset}`: the part that begins at this byte. Answered with how many bytes are there.
pub(super) async fn put(
    State(server): State<SharedState>,
    Bearer(who): Bearer,
    Path((id, offset)): Path<(String, u64)>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Received>, ApiError> {
    let part = body.map_err(too_long)?;
    let id = read_id(&id)?;
    let taken = server.carry_out(move |server| async move { attachments::take(&server, &who, id, offset, part).await });
    match taken.await??.ok_or_else(nothing)? {
        Ok(received) | Err(NotKept::NotNext(received)) => Ok(Json(Received { received })),
        Err(error @ NotKept::Busy) => {
            Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "rate_limited", error.to_string()))
        }
        Err(error @ NotKept::NoRoom) => {
            Err(ApiError::new(StatusCode::INSUFFICIENT_STORAGE, "too_large", error.to_string()))
        }
        Err(NotKept::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => Err(nothing()),
        Err(NotKept::Io(error)) => {
            limited!(error, %error, "a part of a file could not be written");
            Err(ApiError::internal())
        }
    }
}

/// `PUT /v1/attachments/{id}/thumbnail`: the small picture that its sender has made. It is read with suspicion and written anew.
pub(super) async fn put_thumbnail(
    State(server): State<SharedState>,
    Bearer(who): Bearer,
    Path(id): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, ApiError> {
    server.limits.check_file(&who)?;
    let id = read_id(&id)?;
    let picture = server.pictures.read(body.map_err(too_long)?).await?;
    let set =
        server.carry_out(move |server| async move { attachments::set_thumbnail(&server, &who, id, &picture).await });
    if set.await?? { Ok(StatusCode::NO_CONTENT) } else { Err(nothing()) }
}

/// `GET /v1/attachments/{id}/{offset}`: the next part from this byte on; an empty one is the end.
pub(super) async fn get(
    State(server): State<SharedState>,
    Bearer(who): Bearer,
    Path((id, offset)): Path<(String, u64)>,
) -> Result<Response, ApiError> {
    let (attachment, part) =
        attachments::give(&server, &who, read_id(&id)?, offset, MAX_PART_BYTES).await?.ok_or_else(nothing)?;
    Ok(to_be_saved("application/octet-stream".to_owned(), &attachment.name, part))
}

/// `GET /v1/attachments/{id}/thumbnail`.
pub(super) async fn get_thumbnail(
    State(server): State<SharedState>,
    Bearer(who): Bearer,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let (media_type, body) = attachments::thumbnail(&server, &who, read_id(&id)?).await?.ok_or_else(nothing)?;
    Ok(to_be_saved(media_type, "thumbnail", body))
}

fn to_be_saved(media_type: String, name: &str, body: Vec<u8>) -> Response {
    let encoded: String = name
        .bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    let disposition = HeaderValue::from_str(&format!("attachment; filename*=UTF-8''{encoded}"))
        .unwrap_or(HeaderValue::from_static("attachment"));
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_str(&media_type).unwrap_or(HeaderValue::from_static("application/octet-stream")),
        ),
        (header::CONTENT_DISPOSITION, disposition),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(INERT)),
        (header::CACHE_CONTROL, HeaderValue::from_static(AS_LONG_AS_ALLOWED)),
    ];
    (headers, body).into_response()
}

fn read_id(id: &str) -> Result<AttachmentId, ApiError> {
    id.parse().map_err(|_| nothing())
}

fn too_long(rejection: BytesRejection) -> ApiError {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(format!("a part has at most {MAX_PART_BYTES} bytes")),
        _ => ApiError::invalid(rejection.body_text()),
    }
}

fn too_large(detail: String) -> ApiError {
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
}

/// The same for what is not there, is in another's conversation, or is not this user's to send.
fn nothing() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "not_found", "there is no such file")
}
