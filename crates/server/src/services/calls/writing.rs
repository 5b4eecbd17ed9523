//! What the record decided, written down and told.

use carillon_call::record::{Action, Actor, Decision, Facts, LegRow, Rows, decide};
use carillon_protocol::{Done, Invitation, Signal};

use super::asking::the_server;
use crate::{
    change::{Change, FollowUp},
    services::messages::invitations::{self, CallInvitation},
    store::{self, log::new_entries},
};

/// Does to a call what no device asks for.
pub(super) async fn impose(change: &mut Change<'_>, rows: Rows, asked: Action) -> store::Result<()> {
    impose_by(change, &the_server(), rows, asked).await
}

/// The same, about a device.
pub(super) async fn impose_by(change: &mut Change<'_>, actor: &Actor, rows: Rows, asked: Action) -> store::Result<()> {
    let app = change.app();
    let profiles = store::calls::profiles_and_roles(&mut change.tx, app, &rows).await?;
    let before = Facts { call: Some(rows), profiles, ..Facts::default() };
    match decide(&before, actor, asked, change.stamp.now_ms) {
        Ok(decision) => write(change, before, decision).await.map(drop),
        Err(_) => Ok(()),
    }
}

/// Writes a decision's rows, and tells its signals and the log entries that follow from it.
pub(super) async fn write(change: &mut Change<'_>, before: Facts, decision: Decision) -> store::Result<Done> {
    let Decision { rows, signals, media, invited: _, done } = decision;
    signals.into_iter().for_each(|(to, signal)| change.tell(to, signal));
    let Some(rows) = rows else { return Ok(done) };
    media.into_iter().for_each(|order| change.then(FollowUp::Media { order, version: rows.call.version }));
    // An invitation may be about another call than the one that its caller was in.
    let known = before.call.filter(|known| known.call.id == rows.call.id);
    store::calls::save(&mut change.tx, known.as_ref(), &rows).await?;
    for (user, entry) in new_entries(known.as_ref(), &rows, |user| before.profiles.of(user).name) {
        change.tell_user(&user, Signal::CallLogged(entry));
    }
    change.then(FollowUp::CallChanged { before: known.map(Box::new), rows: Box::new(rows) });
    Ok(done)
}

/// Puts an invitation into the conversations that it belongs to.
pub(super) async fn write_messages(
    change: &mut Change<'_>,
    actor: &Actor,
    invitation: &Invitation,
    rows: &Rows,
    legs: &[LegRow],
) -> store::Result<()> {
    if legs.is_empty() {
        return Ok(());
    }
    let invited = CallInvitation { actor, call: &rows.call, message: &invitation.message, legs };
    invitations::write(change, &invited).await
}
