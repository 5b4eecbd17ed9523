//! How times and events are written as JSON.

use std::time::{Duration, Instant};

use carillon_protocol::{CallId, Login, Ring};
use serde::{Serialize, Serializer};

use crate::{MediaNotice, clock};

pub(crate) fn milliseconds<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

/// Times that are often below one millisecond.
pub(crate) fn fractional_milliseconds<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(time.as_secs_f64() * 1000.0)
}

pub(crate) fn maybe_milliseconds<S: Serializer>(time: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => fractional_milliseconds(time, to),
        None => to.serialize_none(),
    }
}

/// How long ago it was, in milliseconds: a reading of a clock means nothing to another program.
pub(crate) fn milliseconds_since<S: Serializer>(then: &Instant, to: S) -> Result<S::Ok, S::Error> {
    milliseconds(&clock::now().saturating_duration_since(*then), to)
}

/// How long it is until then, in milliseconds.
pub(crate) fn milliseconds_until<S: Serializer>(then: &Instant, to: S) -> Result<S::Ok, S::Error> {
    milliseconds(&then.saturating_duration_since(clock::now()), to)
}

/// Which call it is: `onInvite` has told all the rest.
pub(crate) fn only_call<S: Serializer>(ring: &Ring, to: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct OnlyCall {
        call: CallId,
    }
    OnlyCall { call: ring.call }.serialize(to)
}

/// The notice in a field of its own, because it has a `type` itself.
pub(crate) fn as_notice<S: Serializer>(notice: &MediaNotice, to: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Noticed<'a> {
        notice: &'a MediaNotice,
    }
    Noticed { notice }.serialize(to)
}

/// Whose login it is, and none of its secrets.
pub(crate) fn without_secrets<S: Serializer>(login: &Login, to: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Whose<'a> {
        server: &'a str,
        user: &'a str,
    }
    Whose { server: &login.server, user: login.signed_in.account.user.as_str() }.serialize(to)
}
