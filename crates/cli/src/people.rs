//! `carillon contacts` and `carillon devices`.

use carillon_kit::{ContactState, DeviceEntry, Person, shown_name};
use serde_json::json;

use crate::{
    args::{Cli, Contacts, ContactsCommand, Devices, DevicesCommand},
    exit::{Exit, Problem},
    report::Report,
    session::Session,
};

/// Lists or changes contacts.
pub(crate) async fn contacts(cli: &Cli, options: &Contacts) -> Result<Exit, Problem> {
    let session = Session::open(cli).await?;
    let done = change_contacts(&session, options.command.as_ref()).await;
    session.close().await;
    done
}

async fn change_contacts(session: &Session, command: Option<&ContactsCommand>) -> Result<Exit, Problem> {
    let connection = &session.connection;
    match command {
        None | Some(ContactsCommand::List) => {
            let people = connection.contacts().await?;
            people.iter().for_each(|person| tell_person(session.report, person));
            return Ok(Exit::Good);
        }
        Some(ContactsCommand::Add { user }) => connection.add_contact(user).await?,
        Some(ContactsCommand::Remove { user }) => connection.remove_contact(user).await?,
        Some(ContactsCommand::Block { user }) => connection.set_blocked(user, true).await?,
        Some(ContactsCommand::Unblock { user }) => connection.set_blocked(user, false).await?,
    }
    session.report.say("done", json!({}), "done");
    Ok(Exit::Good)
}

fn tell_person(report: Report, person: &Person) {
    let state = match person.contact {
        _ if person.blocked => "blocked",
        ContactState::Contact => "contact",
        ContactState::Asked => "asks",
        ContactState::Requested => "asked",
        ContactState::None => "",
    };
    let text =
        format!("{:<20} {:<9} {:<14} {}", person.user, state, word(&person.presence), shown_name(&person.display_name));
    report.say("person", json!({ "person": person }), &text);
}

/// Lists or changes this user's devices.
pub(crate) async fn devices(cli: &Cli, options: &Devices) -> Result<Exit, Problem> {
    let session = Session::open(cli).await?;
    let done = change_devices(&session, options.command.as_ref()).await;
    session.close().await;
    done
}

async fn change_devices(session: &Session, command: Option<&DevicesCommand>) -> Result<Exit, Problem> {
    let connection = &session.connection;
    match command {
        None | Some(DevicesCommand::List) => {
            let devices = connection.devices().await?;
            devices.iter().for_each(|device| tell_device(session.report, device));
            return Ok(Exit::Good);
        }
        Some(DevicesCommand::Rename { device, name }) => connection.rename_device(*device, name).await?,
        Some(DevicesCommand::Revoke { device }) => connection.revoke_device(*device).await?,
        Some(DevicesCommand::Ring { device, ring }) => connection.set_ring_here(*device, ring == "on").await?,
    }
    session.report.say("done", json!({}), "done");
    Ok(Exit::Good)
}

fn tell_device(report: Report, device: &DeviceEntry) {
    let mut notes = vec![if device.linked { "online" } else { "offline" }];
    if !device.ring_here {
        notes.push("does not ring");
    }
    if device.is_this {
        notes.push("this one");
    }
    let text = format!("{}  {:<20} {}", device.device, shown_name(&device.name), notes.join(", "));
    report.say("device", json!({ "device": device }), &text);
}

/// A value's word on the wire, for people too.
pub(crate) fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word.replace('_', " "),
        _ => String::new(),
    }
}
