//! Groups and rooms: what the main window asks, and what comes of making one.

use std::sync::Arc;

use carillon_ipc::{GroupRequest, Notice, NoticeCode};
use carillon_kit::{CallKind, Chat, GroupId, GroupKind, RequestError, StartCall, UserId};

use super::{
    Controller,
    changes::Changed,
    notices, pictures,
    session::{MainPage, SignedInSession},
    session_event::{ChangeResult, GroupAndMembers, SessionEvent},
};
use crate::desktop::Desktop;

impl<D: Desktop> Controller<D> {
    pub(super) fn group_request(&mut self, request: GroupRequest) -> Result<(), Notice> {
        use GroupRequest as Ask;
        let session = self.session()?;
        match request {
            Ask::OpenNew => {
                session.show(None);
                session.page = MainPage::NewGroup { busy: false };
            }
            Ask::Create { kind, name, members } => create(session, kind, name, members),
            Ask::Rename { group, name } => {
                session.change(Changed::GroupName, |server| async move { server.rename_group(&group, &name).await })
            }
            Ask::SetPicture { group, picture } => {
                let (kit, picture) = (Arc::clone(&session.kit), pictures::bytes(&picture)?);
                session.change(Changed::GroupPicture, |_| async move { kit.set_group_picture(&group, picture).await });
            }
            Ask::AddMembers { group, users } => session.change(Changed::Members(group.clone()), |server| async move {
                server.add_members(&group, users).await.map(|_| ())
            }),
            Ask::RemoveMember { group, user } => session.change(Changed::Members(group.clone()), |server| async move {
                server.remove_member(&group, &user).await
            }),
            Ask::SetRole { group, user, role } => {
                session.change(Changed::Members(group.clone()), move |server| async move {
                    server.set_group_role(&group, &user, role).await
                });
            }
            Ask::Join { group } => {
                session.change(Changed::Joined(group.clone()), |server| async move { server.join_room(&group).await })
            }
            Ask::Leave { group } => {
                session.change(Changed::Left(group.clone()), |server| async move { server.leave_group(&group).await })
            }
            Ask::Call { group, users, kind } => return self.call_group(group, users, kind),
        }
        Ok(())
    }

    fn call_group(&mut self, group: GroupId, to: Vec<UserId>, kind: CallKind) -> Result<(), Notice> {
        let place = self.session()?.place(&group).ok_or_else(|| notices::plain(NoticeCode::NotFound))?;
        let with_video = self.setup.settings.camera_in_video_calls;
        self.start(StartCall::group(kind, place, group, to), with_video)
    }

    pub(super) fn group_made(&mut self, result: Result<GroupAndMembers, RequestError>) {
        let Some(session) = self.account.session_mut() else { return };
        match result {
            Ok((info, members)) => {
                let chat = Chat::Group { group: info.group.clone() };
                session.keep_group(info, members);
                session.show(Some(chat));
            }
            Err(error) => {
                session.page = MainPage::NewGroup { busy: false };
                self.main_notice = Some(notices::of_request(&error, ""));
            }
        }
    }
}

fn create(session: &mut SignedInSession, kind: GroupKind, name: String, members: Vec<UserId>) {
    if session.page != (MainPage::NewGroup { busy: false }) {
        return; // a second click
    }
    session.page = MainPage::NewGroup { busy: true };
    session.ask(move |server| async move {
        let made = server.create_group(kind, &name, members).await;
        Some(SessionEvent::Change(ChangeResult::GroupMade(made)))
    });
}
