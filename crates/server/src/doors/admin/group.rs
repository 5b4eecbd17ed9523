//! `admin group`: groups and chat rooms. What is changed is done in the owner's name, by the owner's rules.

use carillon_protocol::{Account, Answer, DeviceId, GroupId, GroupInfo, GroupKind, GroupRole, Member, UserId};
use clap::{Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{AdminError, table::Table};
use crate::{
    change::{By, Change, write_audit},
    doors::ServerState,
    services::groups::{members, settings},
    store::{
        self, Who,
        audit::{Act, Entry},
        groups,
    },
};

/// What to do with groups and chat rooms.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum Group {
    /// All groups and chat rooms.
    List,
    /// Who is in one.
    Members {
        /// Which, as in the list.
        group: GroupId,
    },
    /// Bring a user in.
    Add {
        /// Which, as in the list.
        group: GroupId,
        /// Whom.
        user: UserId,
    },
    /// Take a member out; it ends their part in the group's call.
    Remove {
        /// Which, as in the list.
        group: GroupId,
        /// Whom.
        user: UserId,
    },
    /// Give a member another role; a former owner is an admin then.
    SetRole {
        /// Which, as in the list.
        group: GroupId,
        /// Whose.
        user: UserId,
        /// Which role.
        role: Role,
    },
    /// Take all members out and forget the group with its messages.
    Delete {
        /// Which, as in the list.
        group: GroupId,
    },
}

/// A role on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Talks, and leaves.
    Member,
    /// Also says who is in it, and what it is called.
    Admin,
    /// Also says who is an admin.
    Owner,
}

impl From<Role> for GroupRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Member => Self::Member,
            Role::Admin => Self::Admin,
            Role::Owner => Self::Owner,
        }
    }
}

/// What the operator changes in a group.
enum GroupChange {
    Add(UserId),
    Remove(UserId),
    SetRole(UserId, GroupRole),
    Delete,
}

impl Group {
    pub(super) async fn run(self, server: &ServerState) -> Result<Table, AdminError> {
        match self {
            Self::List => Ok(list(server.store.all_groups(&server.config.app).await?)),
            Self::Members { group } => members(server, &group).await,
            Self::Add { group, user } => change(server, &group, GroupChange::Add(user)).await,
            Self::Remove { group, user } => change(server, &group, GroupChange::Remove(user)).await,
            Self::SetRole { group, user, role } => {
                change(server, &group, GroupChange::SetRole(user, role.into())).await
            }
            Self::Delete { group } => change(server, &group, GroupChange::Delete).await,
        }
    }
}

fn list(all: Vec<(GroupInfo, Option<UserId>)>) -> Table {
    let mut table = Table::new(["group", "kind", "name", "members", "owner"]);
    for (info, owner) in all {
        let kind = if info.kind == GroupKind::Room { "room" } else { "group" };
        let owner = owner.map_or(Value::Null, |owner| owner.to_string().into());
        table.row([info.group.to_string().into(), kind.into(), info.name.into(), info.members.into(), owner]);
    }
    table
}

async fn members(server: &ServerState, group: &GroupId) -> Result<Table, AdminError> {
    let members = read_members(server, group).await?;
    if members.is_empty() {
        return Err(unknown(group));
    }
    let mut table = Table::new(["user", "display_name", "role"]);
    for member in members {
        let role = format!("{:?}", member.role).to_lowercase();
        table.row([member.user.to_string().into(), member.display_name.into(), role.into()]);
    }
    Ok(table)
}

async fn read_members(server: &ServerState, group: &GroupId) -> store::Result<Vec<Member>> {
    let (app, group) = (server.config.app.clone(), group.clone());
    server.store.ask(async move |conn| groups::members(conn, &app, &group).await).await
}

async fn change(server: &ServerState, group: &GroupId, wanted: GroupChange) -> Result<Table, AdminError> {
    let owner = owner(server, group).await?;
    let (act, user) = match &wanted {
        GroupChange::Add(user) => (Act::AddToGroup, user),
        GroupChange::Remove(user) => (Act::RemoveFromGroup, user),
        GroupChange::SetRole(user, _) => (Act::SetGroupRole, user),
        GroupChange::Delete => (Act::DeleteGroup, &owner.account.user),
    };
    let entry = Entry::done(act).about(user);
    let mut change = Change::begin(server, By::Operator(&owner)).await?;
    let result = match wanted {
        GroupChange::Add(user) => members::add_members(&mut change, group, vec![user]).await,
        GroupChange::Remove(user) => members::remove_member(&mut change, group, &user).await,
        GroupChange::SetRole(user, role) => settings::set_role(&mut change, group, &user, role).await,
        GroupChange::Delete => members::dissolve(&mut change, group).await,
    };
    match change.finish(result.map(Answer::Ok)).await {
        Answer::Ok(_) => {
            write_audit(server, entry).await;
            Ok(Table::default())
        }
        Answer::Refused(refusal) => Err(AdminError::refused(refusal.detail)),
    }
}

/// The owner of a group, with a device that does not exist.
async fn owner(server: &ServerState, group: &GroupId) -> Result<Who, AdminError> {
    let members = read_members(server, group).await?;
    let owner = members.into_iter().find(|member| member.role == GroupRole::Owner).ok_or_else(|| unknown(group))?;
    Ok(Who {
        app: server.config.app.clone(),
        account: Account::new(owner.user, owner.display_name),
        device: DeviceId::new(Uuid::nil()),
        device_name: String::new(),
        key: None,
        sign_in: 0,
    })
}

fn unknown(group: &GroupId) -> AdminError {
    AdminError::refused(format!("there is no group {group}"))
}
