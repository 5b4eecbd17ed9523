//! `carillon group`.

use carillon_kit::{Connection, GroupInfo, GroupKind, GroupRole, Member, shown_name, shown_person};
use serde_json::json;

use crate::{
    args::{Cli, Group, Role},
    exit::{Exit, Problem},
    people::word,
    report::Report,
    session::Session,
};

/// Lists or changes groups and chat rooms.
pub(crate) async fn group(cli: &Cli, command: &Group) -> Result<Exit, Problem> {
    let session = Session::open(cli).await?;
    let done = serve(&session.connection, session.report, command).await;
    session.close().await;
    done.map(|()| Exit::Good)
}

async fn serve(connection: &Connection, report: Report, command: &Group) -> Result<(), Problem> {
    match command {
        Group::List { rooms } => {
            let groups = match rooms {
                Some(query) => connection.search_rooms(query).await?,
                None => connection.groups().await?,
            };
            groups.iter().for_each(|group| tell_group(report, group));
            return Ok(());
        }
        Group::Create { name, users, room } => {
            let kind = if *room { GroupKind::Room } else { GroupKind::Group };
            tell_whole(report, connection.create_group(kind, name, users.clone()).await?);
            return Ok(());
        }
        Group::Show { group } => {
            tell_whole(report, connection.group(group).await?);
            return Ok(());
        }
        Group::Add { group, users } => {
            tell_whole(report, connection.add_members(group, users.clone()).await?);
            return Ok(());
        }
        Group::Remove { group, user } => connection.remove_member(group, user).await?,
        Group::Join { group } => connection.join_room(group).await?,
        Group::Leave { group } | Group::Decline { group } => connection.leave_group(group).await?,
        Group::Rename { group, name } => connection.rename_group(group, name).await?,
        Group::Role { group, user, role } => connection.set_group_role(group, user, to_role(*role)).await?,
    }
    report.say("done", json!({}), "done");
    Ok(())
}

fn to_role(role: Role) -> GroupRole {
    match role {
        Role::Member => GroupRole::Member,
        Role::Admin => GroupRole::Admin,
        Role::Owner => GroupRole::Owner,
    }
}

fn tell_whole(report: Report, whole: (GroupInfo, Vec<Member>)) {
    let (group, members) = whole;
    tell_group(report, &group);
    for member in members {
        let role = if member.invited { "invited".to_owned() } else { word(&member.role) };
        let text = format!("  {:<20} {role:<7} {}", member.user, shown_name(&member.display_name));
        report.say("member", json!({ "group": group.group, "member": member }), &text);
    }
}

fn tell_group(report: Report, group: &GroupInfo) {
    let invited =
        group.invited_by.as_ref().map(|by| format!("; {} invites you", shown_person(&by.display_name, &by.user)));
    let (kind, name, invited) = (word(&group.kind), shown_name(&group.name), invited.unwrap_or_default());
    let text = format!("{}  {kind:<5} {:>3} members  {name}{invited}", group.group, group.members);
    report.say("group", json!({ "group": group }), &text);
}
