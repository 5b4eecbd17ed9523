//! Groups and chat rooms.

use carillon_protocol::{Done, GroupId, GroupInfo, GroupKind, GroupRole, Member, Request, UserId};

use super::{Connection, RequestError};

impl Connection {
    /// Groups and chat rooms that this user is asked into, and those that they are in, by name.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn groups(&self) -> Result<Vec<GroupInfo>, RequestError> {
        self.ask_groups(Request::Groups).await
    }

    /// Chat rooms whose name contains `query`, whether this user is in them or not; all of them if it is empty.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn search_rooms(&self, query: &str) -> Result<Vec<GroupInfo>, RequestError> {
        self.ask_groups(Request::SearchRooms { query: query.to_owned() }).await
    }

    /// A group or chat room that this user is in, and who else is.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn group(&self, group: &GroupId) -> Result<(GroupInfo, Vec<Member>), RequestError> {
        self.ask_group(Request::Group { group: group.clone() }).await
    }

    /// Makes a group or a chat room, with this user as its owner; `name` has at most 64 characters.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn create_group(
        &self,
        kind: GroupKind,
        name: &str,
        members: Vec<UserId>,
    ) -> Result<(GroupInfo, Vec<Member>), RequestError> {
        self.ask_group(Request::CreateGroup { kind, name: name.into(), members }).await
    }

    /// Calls a group something else, as one of its admins.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn rename_group(&self, group: &GroupId, name: &str) -> Result<(), RequestError> {
        self.order(Request::RenameGroup { group: group.clone(), name: name.into() }).await
    }

    /// Brings contacts into a group and asks others into it, as one of its admins; the group as it is then.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn add_members(
        &self,
        group: &GroupId,
        users: Vec<UserId>,
    ) -> Result<(GroupInfo, Vec<Member>), RequestError> {
        self.ask_group(Request::AddMembers { group: group.clone(), users }).await
    }

    /// Takes a member out of a group, and of its call, as one of its admins.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn remove_member(&self, group: &GroupId, user: &UserId) -> Result<(), RequestError> {
        self.order(Request::RemoveMember { group: group.clone(), user: user.clone() }).await
    }

    /// Makes a member an admin, or a plain member again, or hands the group over, as its owner.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn set_group_role(&self, group: &GroupId, user: &UserId, role: GroupRole) -> Result<(), RequestError> {
        self.order(Request::SetGroupRole { group: group.clone(), user: user.clone(), role }).await
    }

    /// Enters a chat room, or a group that this user is asked into.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn join_room(&self, group: &GroupId) -> Result<(), RequestError> {
        self.order(Request::JoinRoom { group: group.clone() }).await
    }

    /// Leaves a group or a chat room, and its call; or declines an invitation. The last one to leave deletes it.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn leave_group(&self, group: &GroupId) -> Result<(), RequestError> {
        self.order(Request::LeaveGroup { group: group.clone() }).await
    }

    async fn ask_groups(&self, body: Request) -> Result<Vec<GroupInfo>, RequestError> {
        let pick = |done| if let Done::Groups { groups } = done { Some(groups) } else { None };
        self.ask_for(body, pick).await
    }

    async fn ask_group(&self, body: Request) -> Result<(GroupInfo, Vec<Member>), RequestError> {
        let pick = |done| if let Done::Group { group, members } = done { Some((group, members)) } else { None };
        self.ask_for(body, pick).await
    }
}
