//! `carillon listen`.

use std::pin::pin;

use carillon_kit::{CallEvent, HangupReason, StateChange};
use tokio::time::Instant;

use crate::{
    args::{Cli, Listen},
    exit::{Exit, Problem},
    talk::{Line, at, told_to_stop, unless_over},
};

/// Waits for calls until told to stop, or for one call with `--once`.
pub(crate) async fn listen(cli: &Cli, options: &Listen) -> Result<Exit, Problem> {
    let mut line = Line::open(cli, &options.sound).await?;
    let ended = wait(&mut line, options).await;
    line.close(ended).await
}

/// What to do with the call in hand, and when.
#[derive(Default)]
struct Plan {
    accept_at: Option<Instant>,
    decline_at: Option<Instant>,
    hang_up_at: Option<Instant>,
}

async fn wait(line: &mut Line, options: &Listen) -> Result<Exit, Problem> {
    let mut stop = pin!(told_to_stop());
    let mut give_up_at = options.within.map(|time| Instant::now() + time);
    let mut plan = Plan::default();
    loop {
        tokio::select! {
            () = &mut stop => return stopped(line).await,
            () = at(give_up_at) => return Ok(Exit::NoAnswer),
            () = at(plan.accept_at) => {
                plan.accept_at = None;
                unless_over(line.kit.accept_with(line.pictures()).await)?;
            }
            () = at(plan.decline_at) => {
                plan.decline_at = None;
                unless_over(line.kit.decline().await)?;
            }
            () = at(plan.hang_up_at) => {
                plan.hang_up_at = None;
                unless_over(line.kit.hang_up().await)?;
            }
            event = line.next() => {
                let event = event?;
                give_up_at = give_up_at.filter(|_| !matches!(event, CallEvent::Invited(_)));
                if let Some(reason) = plan.follow(line, options, event).await?
                    && options.once
                {
                    return Ok(Exit::of_hangup(&reason));
                }
            }
        }
    }
}

impl Plan {
    /// `Some` at the end of a call.
    async fn follow(
        &mut self,
        line: &Line,
        options: &Listen,
        event: CallEvent,
    ) -> Result<Option<HangupReason>, Problem> {
        let from_now = |time| Instant::now() + time;
        match event {
            CallEvent::Invited(_) => unless_over(line.kit.answer_call(!options.silent, None).await)?,
            CallEvent::RingStarted(_) => {
                self.accept_at = options.accept_after.map(from_now);
                self.decline_at = options.decline_after.map(from_now);
            }
            CallEvent::RingStopped { .. } => (self.accept_at, self.decline_at) = (None, None),
            CallEvent::Active { .. } => self.hang_up_at = options.sound.talk_for.map(from_now),
            CallEvent::StateChanged(StateChange::Hangup { reason, .. }) => {
                *self = Self::default();
                return Ok(Some(reason));
            }
            CallEvent::AddPerson { .. }
            | CallEvent::LegChanged { .. }
            | CallEvent::StateChanged(_)
            | CallEvent::RingingThere { .. }
            | CallEvent::Hearing { .. }
            | CallEvent::Reconnecting { .. }
            | CallEvent::Reconnected { .. }
            | CallEvent::UserReconnecting { .. }
            | CallEvent::UserReconnected { .. }
            | CallEvent::HandRaised { .. }
            | CallEvent::HandLowered { .. }
            | CallEvent::MutedBy { .. }
            | CallEvent::PathChanged { .. }
            | CallEvent::Media(_)
            | CallEvent::TokenWillExpire { .. }
            | CallEvent::TokenExpired { .. }
            | CallEvent::TokenRefused { .. }
            | CallEvent::IdentityChanged { .. }
            | CallEvent::Unverified { .. } => {}
        }
        Ok(None)
    }
}

async fn stopped(line: &mut Line) -> Result<Exit, Problem> {
    let is_joined = line.kit.call().borrow().is_joined();
    if is_joined {
        line.hang_up().await?;
    }
    Ok(Exit::Good)
}
