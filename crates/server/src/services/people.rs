//! What is between people, committed: who is told of whom, and what follows for who sees whose presence.

use carillon_call::record::Recipient;
use carillon_protocol::{Account, AppId, DeviceId, Presence, Signal, UserId};

use crate::{
    core::Core,
    store::{self, Posted, Tx},
};

/// What is left to do when a change is committed. All of it may be lost with the process: the book of presences is made anew then, and
/// so are the links.
#[derive(Default)]
pub(crate) struct After {
    /// What is in devices' streams.
    pub(crate) posted: Vec<Posted>,
    /// All devices of the first have been told of the second, with this presence.
    pub(crate) told: Vec<(UserId, UserId, Presence)>,
    /// What these two may see of each other is another thing now.
    pub(crate) sights: Vec<(UserId, UserId)>,
    /// Whether this user wants rings is another thing now.
    pub(crate) quiet: Option<UserId>,
    /// These devices' sign-ins are over.
    pub(crate) signed_out: Vec<DeviceId>,
}

impl After {
    /// Does it.
    pub(crate) async fn happen(self, core: &Core) {
        core.bus.deliver(self.posted);
        for (viewer, of, as_if) in self.told {
            core.presence.told(viewer, of, as_if).await;
        }
        for (one, other) in self.sights {
            core.sights_changed(&one, &[other]).await;
        }
        if let Some(user) = self.quiet {
            core.presence.quiet_changed(user).await;
        }
        if !self.signed_out.is_empty() {
            core.sign_ins_ended(&self.signed_out);
        }
    }
}

/// A transaction in which people are told of each other.
pub(crate) struct Telling<'a> {
    pub(crate) tx: &'a mut Tx,
    pub(crate) app: &'a AppId,
    /// When it is, and how many signals a stream keeps.
    pub(crate) mail: (u64, u64),
}

impl Telling<'_> {
    /// Tells all devices of `viewer` how they see `of` now, whose presence is this for whoever may know it.
    pub(crate) async fn person(
        &mut self,
        (viewer, of): (&UserId, &UserId),
        presence: Presence,
        after: &mut After,
    ) -> store::Result<()> {
        let Some(seen) = store::people::person(self.tx, self.app, viewer, of).await? else { return Ok(()) };
        let view = store::people::sight(self.tx, self.app, viewer, of).await?.view(presence);
        self.user(viewer, Signal::PersonChanged(seen.with(view)), after).await?;
        after.told.push((viewer.clone(), of.clone(), view));
        Ok(())
    }

    /// Tells a user's devices what their account is now, and their contacts what they see of it.
    pub(crate) async fn account(
        &mut self,
        account: &Account,
        presence: Presence,
        after: &mut After,
    ) -> store::Result<()> {
        self.user(&account.user, Signal::AccountChanged(account.clone()), after).await?;
        for contact in store::people::contacts_of(self.tx, self.app, &account.user).await? {
            self.person((&contact, &account.user), presence, after).await?;
        }
        Ok(())
    }

    /// Tells all devices of a user something.
    pub(crate) async fn user(&mut self, user: &UserId, signal: Signal, after: &mut After) -> store::Result<()> {
        let to = Recipient::User(user.clone());
        after.posted.extend(store::sessions::post_to(self.tx, self.app, &to, signal, self.mail).await?);
        Ok(())
    }
}

impl Core {
    /// What this user and these others may see of each other may have changed: one of them is in a group, or out of it.
    pub(crate) async fn sights_changed(&self, user: &UserId, others: &[UserId]) {
        for other in others.iter().filter(|other| *other != user) {
            self.presence.sight_changed(user.clone(), other.clone()).await;
            self.presence.sight_changed(other.clone(), user.clone()).await;
        }
    }
}
