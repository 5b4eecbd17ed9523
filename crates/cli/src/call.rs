//! `carillon call`.

use std::pin::pin;

use carillon_kit::{CallEvent, HangupReason, StartCall, StateChange};
use serde_json::json;
use tokio::time::Instant;

use crate::{
    args::{Call, Cli},
    exit::{Exit, Problem},
    talk::{Line, at, told_to_stop},
};

/// Calls, talks and hangs up.
pub(crate) async fn call(cli: &Cli, options: &Call) -> Result<Exit, Problem> {
    let mut line = Line::open(cli, &options.sound).await?;
    let ended = converse(&mut line, options).await;
    line.close().await;
    ended.map(|reason| Exit::of_hangup(&reason))
}

async fn converse(line: &mut Line, options: &Call) -> Result<HangupReason, Problem> {
    let to = &options.to;
    line.report.say("calling", json!({ "to": to }), &format!("calling {to}"));
    let (kit, message) = (line.kit.clone(), options.message.clone());
    let start = StartCall { message, ring_for: options.ring, ..StartCall::voice(to.clone()) };
    let mut starting = pin!(kit.start_call(start));
    let mut stop = pin!(told_to_stop());
    let (mut is_started, mut is_stopping, mut hang_up_at) = (false, false, None);
    loop {
        tokio::select! {
            started = &mut starting, if !is_started => {
                is_started = true;
                line.report.say("called", json!({ "call": started? }), "");
            }
            () = &mut stop, if !is_stopping => {
                is_stopping = true;
                hang_up_at = Some(Instant::now());
            }
            () = at(hang_up_at) => return line.hang_up().await,
            event = line.next() => match event? {
                CallEvent::Active { .. } => {
                    hang_up_at = options.sound.talk_for.map(|time| Instant::now() + time);
                }
                CallEvent::StateChanged(StateChange::Hangup { reason, .. }) => {
                    if !is_started {
                        starting.await?; // why the server would not begin it, in better words
                    }
                    return Ok(reason);
                }
                _ => {}
            },
        }
    }
}
