//! `carillon call`.

use std::pin::pin;

use carillon_kit::{
    CallEvent, CallInfo, CallKind, CallKit, CallScope, HangupReason, Member, StartCall, StateChange, UserId,
};
use serde_json::json;
use tokio::time::Instant;

use crate::{
    args::{Call, Cli},
    exit::{Exit, Problem},
    report::Report,
    talk::{Line, at, told_to_stop, unless_over},
};

/// Calls, talks and hangs up.
pub(crate) async fn call(cli: &Cli, options: &Call) -> Result<Exit, Problem> {
    let mut line = Line::open(cli, &options.sound).await?;
    let ended = converse(&mut line, options).await;
    line.close(ended.map(|reason| Exit::of_hangup(&reason))).await
}

async fn converse(line: &mut Line, options: &Call) -> Result<HangupReason, Problem> {
    let start = whom(line, options).await?;
    tell_calling(line, &start);
    let (kit, add) = (line.kit.clone(), options.add.clone());
    let mut starting = pin!(kit.start_call(start));
    let mut stop = pin!(told_to_stop());
    let (mut is_started, mut is_stopping, mut hang_up_at, mut add_at) = (false, false, None, None);
    loop {
        tokio::select! {
            started = &mut starting, if !is_started => {
                is_started = true;
                line.report.say("called", json!({ "call": started? }), "");
                add_at = options.add_after.map(|time| Instant::now() + time);
            }
            () = &mut stop, if !is_stopping => {
                is_stopping = true;
                hang_up_at = Some(Instant::now());
            }
            () = at(hang_up_at) => return line.hang_up().await,
            () = at(add_at) => {
                add_at = None;
                unless_over(line.kit.request_add_person().await)?;
            }
            event = line.next() => {
                let event = event?;
                if let CallEvent::Active { .. } = event {
                    hang_up_at = options.sound.talk_for.map(|time| Instant::now() + time);
                } else if let CallEvent::AddPerson { call, .. } = event {
                    tokio::spawn(bring(line.kit.clone(), line.report, call, add.clone()));
                } else if let CallEvent::StateChanged(StateChange::Hangup { reason, .. }) = event {
                    if !is_started {
                        starting.await?; // why the server would not begin it, in better words
                    }
                    return Ok(reason);
                }
            }
        }
    }
}

/// One user, several, or those of a group.
async fn whom(line: &Line, options: &Call) -> Result<StartCall, Problem> {
    let (to, message) = (options.to.clone(), options.message.clone());
    let start = match (&options.group, to.as_slice()) {
        (Some(group), to) => {
            let (info, members) = line.kit.connection().group(group).await?;
            let to = if to.is_empty() { others(line, members) } else { to.to_vec() };
            let (kind, group, name) = (kind(options), group.clone(), Some(info.name));
            let scope = CallScope::Group { kind, group, place: info.kind, name };
            StartCall { scope, ..StartCall::several(kind, to) }
        }
        (None, [one]) if options.video => StartCall::video(one.clone()),
        (None, [one]) => StartCall::voice(one.clone()),
        (None, _) => StartCall::several(kind(options), to),
    };
    Ok(StartCall { message, ring_for: options.ring, pictures: line.pictures(), ..start })
}

fn others(line: &Line, members: Vec<Member>) -> Vec<UserId> {
    let me = line.kit.connection().account().user;
    members.into_iter().map(|member| member.user).filter(|user| *user != me).collect()
}

const fn kind(options: &Call) -> CallKind {
    if options.video { CallKind::Video } else { CallKind::Voice }
}

fn tell_calling(line: &Line, start: &StartCall) {
    let names = start.to.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let to = if start.scope.is_group() { json!(start.to) } else { json!(start.to.first()) };
    let (call_type, group) = (start.scope.call_type(), start.scope.group());
    let fields = json!({ "to": to, "call_type": call_type, "channel": start.channel, "group": group });
    line.report.say("calling", fields, &format!("calling {names}"));
}

/// Asks more people into the call in hand.
async fn bring(kit: CallKit, report: Report, call: CallInfo, users: Vec<UserId>) {
    let added = kit.start_call(StartCall::more(&call, users.clone())).await;
    match added {
        Ok(call) => report.say("added", json!({ "call": call, "users": users }), "more people are asked"),
        Err(error) => {
            let text = error.to_string();
            report.say("not-added", json!({ "users": users, "text": text }), &format!("nobody was added: {text}"));
        }
    }
}
