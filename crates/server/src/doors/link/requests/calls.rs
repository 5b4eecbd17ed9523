//! What a device asks of a call.

use carillon_call::record::Asked;
use carillon_protocol::{Answer, OpId, Request};

use super::{actor, not_understood};
use crate::{
    calls::About,
    core::Core,
    store::{Who, answers::Op},
};

pub(super) async fn answer(core: &Core, who: &Who, op: OpId, request: Request) -> Answer {
    let about = match request {
        Request::Invite(invitation) => About::New(invitation),
        Request::Ringing { call } => About::Call(call, Asked::Ringing),
        Request::Accept { call, access_token, uid } => About::Accept { call, access_token, uid },
        Request::RenewToken { call, access_token } => About::Renew { call, access_token },
        Request::Decline { call } => About::Call(call, Asked::Decline),
        Request::HangUp { call } => About::Call(call, Asked::HangUp),
        Request::MediaLost { call, was_connected } => About::Call(call, Asked::MediaLost { was_connected }),
        Request::Media { call, signal } => About::Call(call, Asked::Media(signal)),
        _ => return not_understood(core, "this server does not do that"),
    };
    core.ask(&actor(who), Some(Op::new(who, op)), about).await
}
