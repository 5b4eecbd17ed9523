//! Pictures of groups and chat rooms.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::StatusCode,
};
use carillon_protocol::{GroupId, GroupInfo, RefusalCode};

use super::{ApiError, Bearer, avatars::read_picture};
use crate::{
    change::{Change, NotChanged, signed_out},
    doors::{ServerState, SharedState},
    services::{groups::settings, pictures::Picture},
    store::Who,
};

/// `PUT /v1/groups/{id}/avatar`: by an admin. Answered with the group.
pub(super) async fn put_avatar(
    State(server): State<SharedState>,
    Bearer(who): Bearer,
    Path(id): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<GroupInfo>, ApiError> {
    let picture = read_picture(&server, &who, body).await?;
    set(&server, who, id, Some(picture)).await
}

/// `DELETE /v1/groups/{id}/avatar`: by an admin. Answered with the group.
pub(super) async fn delete_avatar(
    State(server): State<SharedState>,
    Bearer(who): Bearer,
    Path(id): Path<String>,
) -> Result<Json<GroupInfo>, ApiError> {
    server.limits.check_profile(&who)?;
    set(&server, who, id, None).await
}

async fn set(
    server: &SharedState,
    who: Who,
    id: String,
    picture: Option<Picture>,
) -> Result<Json<GroupInfo>, ApiError> {
    let group = GroupId::new(id).map_err(|_| not_found())?;
    let change = |server: SharedState| async move { set_in(&server, &who, &group, picture.as_ref()).await };
    match server.carry_out(change).await? {
        Ok(info) => Ok(Json(info)),
        Err(NotChanged::Failed(error)) => Err(error.into()),
        Err(NotChanged::Refused(refusal)) if refusal.code == RefusalCode::NotAllowed => {
            Err(ApiError::new(StatusCode::FORBIDDEN, "not_allowed", refusal.detail))
        }
        Err(NotChanged::Refused(_)) => Err(not_found()),
    }
}

async fn set_in(
    server: &ServerState,
    who: &Who,
    group: &GroupId,
    picture: Option<&Picture>,
) -> Result<GroupInfo, NotChanged> {
    let change = Change::begin_signed_in(server, who).await?;
    let mut change = change.ok_or_else(|| NotChanged::Refused(signed_out()))?;
    let info = settings::set_avatar(&mut change, group, picture).await?;
    change.commit().await?;
    Ok(info)
}

fn not_found() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "not_found", "there is no such group")
}
