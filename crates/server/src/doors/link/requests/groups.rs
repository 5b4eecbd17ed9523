//! What a device asks of groups and chat rooms.

use carillon_protocol::{Answer, OpId, Request};

use super::{looked_up, not_done_here};
use crate::{
    change::{Begun, Change},
    chat::{groups, members},
    core::Core,
    store::Who,
};

pub(super) async fn answer(core: &Core, who: &Who, op: OpId, request: Request) -> Answer {
    let found = match request {
        Request::Groups => groups::list(core, who).await,
        Request::SearchRooms { query } => groups::search_rooms(core, who, &query).await,
        Request::Group { group } => groups::show(core, who, &group).await,
        other => return change(core, who, op, other).await,
    };
    looked_up(core, found)
}

async fn change(core: &Core, who: &Who, op: OpId, request: Request) -> Answer {
    let mut change = match Change::begin(core, who, op).await {
        Begun::Change(change) => change,
        Begun::Answered(answer) => return *answer,
    };
    let change_in = &mut *change;
    let result = match request {
        Request::CreateGroup { kind, name, members } => groups::create(change_in, kind, &name, members).await,
        Request::RenameGroup { group, name } => groups::rename(change_in, &group, &name).await,
        Request::AddMembers { group, users } => members::add_members(change_in, &group, users).await,
        Request::RemoveMember { group, user } => members::remove_member(change_in, &group, &user).await,
        Request::SetGroupRole { group, user, role } => groups::set_role(change_in, &group, &user, role).await,
        Request::JoinRoom { group } => members::join(change_in, &group).await,
        Request::LeaveGroup { group } => members::leave(change_in, &group).await,
        _ => return not_done_here(core),
    };
    change.finish(result).await
}
