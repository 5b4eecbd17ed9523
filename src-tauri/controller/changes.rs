//! What windows change at the server, and what follows once it is changed or refused.

use carillon_ipc::{Notice, PeopleRequest, YouField};
use carillon_kit::{Chat, GroupId, GroupInfo, GroupRole, RequestError, UserId};

use super::{Controller, lists::name_of, notices, session_event::ChangeResult};
use crate::desktop::Desktop;

/// What was changed, as far as something follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Changed {
    /// This user asked another to be a contact, or agreed to it.
    ContactAsked(UserId),
    /// A contact was removed, or a block set or lifted.
    Contacts,
    /// A group's name.
    GroupName,
    /// A group's picture.
    GroupPicture,
    /// Who is in a group, or in which role.
    Members(GroupId),
    /// This user entered a group or a room.
    Joined(GroupId),
    /// This user left a group or a room.
    Left(GroupId),
    /// One of this user's devices.
    Devices,
    /// Whether this user's devices keep silent.
    DoNotDisturb,
    /// This user's name or picture.
    You(YouField),
    /// A message, or whether there are notices of a conversation.
    Message,
    /// Presence, and what was read or seen. Every new link says it again.
    Status,
}

impl<D: Desktop> Controller<D> {
    pub(super) fn people_request(&mut self, request: PeopleRequest) -> Result<(), Notice> {
        let session = self.session()?;
        match request {
            PeopleRequest::Add { user } => session
                .change(Changed::ContactAsked(user.clone()), |server| async move { server.add_contact(&user).await }),
            PeopleRequest::Remove { user } => {
                session.change(Changed::Contacts, |server| async move { server.remove_contact(&user).await });
            }
            PeopleRequest::Block { user, blocked } => {
                session.change(Changed::Contacts, move |server| async move { server.set_blocked(&user, blocked).await })
            }
            PeopleRequest::KeySeen { user } => {
                session.keys_changed.remove(&user);
            }
        }
        Ok(())
    }

    pub(super) fn change_result(&mut self, result: ChangeResult) {
        match result {
            ChangeResult::Changed { what, result: Ok(()) } => self.changed(what),
            ChangeResult::Changed { what, result: Err(error) } => self.not_changed(&what, &error),
            ChangeResult::GroupMade(result) => self.group_made(result),
            ChangeResult::PasswordChanged(result) => self.password_changed(result),
            ChangeResult::AccountDeleted(result) => self.account_deletion(result),
        }
    }

    fn changed(&mut self, what: Changed) {
        let Some(session) = self.account.session_mut() else { return };
        match what {
            Changed::ContactAsked(_) | Changed::Contacts => {
                session.refresh_contacts();
                session.search_again();
            }
            Changed::Members(group) => session.refresh_group(&group),
            Changed::Joined(group) => self.joined(group),
            Changed::Left(group) => session.group_left(&group),
            Changed::Devices => session.refresh_devices(),
            Changed::You(field) => self.is_saved(field),
            // The server tells all devices of it.
            Changed::GroupName | Changed::GroupPicture | Changed::DoNotDisturb | Changed::Message | Changed::Status => {
            }
        }
    }

    fn joined(&mut self, group: GroupId) {
        let Some(session) = self.account.session_mut() else { return };
        if let Some(info) = session.groups.iter().chain(&session.rooms).find(|info| info.group == group).cloned() {
            session.group_changed(GroupInfo { role: Some(GroupRole::Member), invited_by: None, ..info });
        }
        session.show(None);
        session.show(Some(Chat::Group { group }));
    }

    fn not_changed(&mut self, what: &Changed, error: &RequestError) {
        let Some(session) = self.account.session_mut() else { return };
        match what {
            Changed::Status => tracing::debug!(%error, "the server did not hear of a status"),
            Changed::ContactAsked(user) => {
                self.main_notice = Some(notices::of_request(error, &name_of(session, user)));
            }
            Changed::GroupPicture => self.main_notice = Some(notices::of_picture(error)),
            Changed::DoNotDisturb => {
                session.account = session.kit.connection().account();
                self.main_notice = Some(notices::of_request(error, ""));
            }
            Changed::You(field @ YouField::Picture) => self.problem(*field, notices::of_picture(error)),
            Changed::You(field @ (YouField::Name | YouField::Password | YouField::Account)) => {
                self.problem(*field, notices::of_request(error, ""));
            }
            Changed::Devices => self.settings_notice = Some(notices::of_request(error, "")),
            Changed::Contacts
            | Changed::GroupName
            | Changed::Members(_)
            | Changed::Joined(_)
            | Changed::Left(_)
            | Changed::Message => {
                self.main_notice = Some(notices::of_request(error, ""));
            }
        }
    }
}
