//! Errors of the REST part: a status, and a body that programs and people can read.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use carillon_protocol::{IdError, NameError};
use serde_json::json;

use crate::{
    change::SERVER_FAILED,
    ground::limits::TooMuch,
    runtime::{log_budget::limited, tasks::ChangeDied},
    services::{passwords::PasswordError, pictures::PictureError},
    store::{NotRegistered, NotSignedIn, StoreError},
};

/// What went wrong, as the client is told: `{"code": …, "detail": …}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into() }
    }

    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid", detail)
    }

    /// The same for an unknown user and a wrong password.
    pub(crate) fn wrong_credentials() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "wrong_credentials", "the name or the password is wrong")
    }

    pub(crate) fn account_disabled() -> Self {
        Self::new(StatusCode::FORBIDDEN, "wrong_credentials", "the operator of this server has closed this account")
    }

    pub(crate) fn registration_closed() -> Self {
        Self::new(StatusCode::FORBIDDEN, "registration_closed", "only the operator of this server makes accounts")
    }

    pub(crate) fn not_signed_in() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "wrong_credentials",
            "the bearer token is missing, wrong, too old or signed out",
        )
    }

    /// The same for a token of no device, one that is too old, and one that is used up.
    pub(crate) fn wrong_refresh_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "wrong_credentials", "the refresh token is not good; sign in again")
    }

    pub(crate) fn rate_limited() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "too many attempts; try again in a minute")
    }

    pub(crate) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", SERVER_FAILED)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "code": self.code, "detail": self.detail }))).into_response()
    }
}

impl From<IdError> for ApiError {
    fn from(error: IdError) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_name", error.to_string())
    }
}

impl From<NameError> for ApiError {
    fn from(error: NameError) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "name_refused", format!("this is no name: {error}"))
    }
}

impl From<ChangeDied> for ApiError {
    fn from(_: ChangeDied) -> Self {
        Self::internal()
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        limited!(error, %error, "the store failed");
        Self::internal()
    }
}

impl From<TooMuch> for ApiError {
    fn from(_: TooMuch) -> Self {
        Self::rate_limited()
    }
}

impl From<PasswordError> for ApiError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Crowded => Self::new(StatusCode::SERVICE_UNAVAILABLE, "rate_limited", error.to_string()),
            PasswordError::Failed => Self::internal(),
        }
    }
}

impl From<PictureError> for ApiError {
    fn from(error: PictureError) -> Self {
        match error {
            PictureError::NotAPicture => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_picture", error.to_string()),
            PictureError::TooLarge => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "too_large", error.to_string()),
            PictureError::Crowded => Self::new(StatusCode::SERVICE_UNAVAILABLE, "rate_limited", error.to_string()),
            PictureError::Failed => Self::internal(),
        }
    }
}

impl From<NotRegistered> for ApiError {
    fn from(error: NotRegistered) -> Self {
        match error {
            NotRegistered::BadInvite => Self::new(StatusCode::FORBIDDEN, "bad_invite", error.to_string()),
            NotRegistered::NameTaken => Self::new(StatusCode::CONFLICT, "name_taken", error.to_string()),
            NotRegistered::Store(error) => error.into(),
        }
    }
}

impl From<NotSignedIn> for ApiError {
    fn from(error: NotSignedIn) -> Self {
        match error {
            NotSignedIn::WrongPassword => Self::wrong_credentials(),
            NotSignedIn::TooManyDevices(_) => Self::new(StatusCode::CONFLICT, "too_many_devices", error.to_string()),
            NotSignedIn::Store(error) => error.into(),
        }
    }
}
