//! Who did what to an account: sign-ins and failures, devices, registrations, and what the operator did.
//!
//! The table has the names, for the operator alone. The log line of an entry (target `audit`) has its number and no name, because
//! logs travel further. No message and no secret is in either.

use std::net::IpAddr;

use carillon_protocol::{DeviceId, UserId};

use super::{
    PRUNED_AT_ONCE, Result, Store, signed,
    sql::{sql, sql_as},
    unsigned,
};

/// However many strangers try: the oldest entries go.
const MOST_ENTRIES: i64 = 1_000_000;

/// What was done, or tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Register,
    SignIn,
    SignOut,
    Refresh,
    ChangePassword,
    ChangeDeviceKey,
    Invite,
    AddUser,
    DisableUser,
    EnableUser,
    DeleteUser,
    SetPassword,
    RevokeDevice,
    EndCall,
    AddToGroup,
    RemoveFromGroup,
    SetGroupRole,
    DeleteGroup,
    Backup,
    ShowCertificate,
    RotateCertificate,
    RetireCertificate,
}

impl Act {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::SignIn => "sign_in",
            Self::SignOut => "sign_out",
            Self::Refresh => "refresh",
            Self::ChangePassword => "change_password",
            Self::ChangeDeviceKey => "change_device_key",
            Self::Invite => "invite",
            Self::AddUser => "add_user",
            Self::DisableUser => "disable_user",
            Self::EnableUser => "enable_user",
            Self::DeleteUser => "delete_user",
            Self::SetPassword => "set_password",
            Self::RevokeDevice => "revoke_device",
            Self::EndCall => "end_call",
            Self::AddToGroup => "add_to_group",
            Self::RemoveFromGroup => "remove_from_group",
            Self::SetGroupRole => "set_group_role",
            Self::DeleteGroup => "delete_group",
            Self::Backup => "backup",
            Self::ShowCertificate => "show_certificate",
            Self::RotateCertificate => "rotate_certificate",
            Self::RetireCertificate => "retire_certificate",
        }
    }
}

/// One entry.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) act: Act,
    /// `done`, or why not.
    pub(crate) outcome: &'static str,
    pub(crate) user: Option<UserId>,
    pub(crate) device: Option<DeviceId>,
    /// `None`: the operator, on this machine.
    pub(crate) from: Option<IpAddr>,
}

impl Entry {
    /// Something that is done.
    pub(crate) const fn done(act: Act) -> Self {
        Self { act, outcome: "done", user: None, device: None, from: None }
    }

    pub(crate) fn about(self, user: &UserId) -> Self {
        Self { user: Some(user.clone()), ..self }
    }

    pub(crate) fn on(self, device: DeviceId) -> Self {
        Self { device: Some(device), ..self }
    }

    pub(crate) fn from(self, address: IpAddr) -> Self {
        Self { from: Some(address), ..self }
    }

    pub(crate) fn but(self, outcome: &'static str) -> Self {
        Self { outcome, ..self }
    }
}

/// An entry as the operator reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Audited {
    pub(crate) id: i64,
    pub(crate) at_ms: u64,
    pub(crate) act: String,
    pub(crate) outcome: String,
    pub(crate) user: Option<String>,
    pub(crate) device: Option<String>,
    pub(crate) address: Option<String>,
}

type Row = (i64, i64, String, String, Option<String>, Option<String>, Option<String>);

impl Store {
    /// Writes an entry, and gives its number.
    pub(crate) async fn add_audit(&self, entry: &Entry, now_ms: u64) -> Result<i64> {
        let add = sql_as!(
            "INSERT INTO audit (at_ms, act, outcome, user_name, device, address) VALUES ($1, $2, $3, $4, $5, $6)
             RETURNING id",
            signed(now_ms),
            entry.act.word(),
            entry.outcome,
            entry.user.as_ref().map(ToString::to_string),
            entry.device.map(|device| device.to_string()),
            entry.from.map(|address| address.to_string())
        );
        let (id,): (i64,) = self.housekeep_for(add).await?;
        Ok(id)
    }

    /// The latest entries, newest first; of one user if one is named.
    pub(crate) async fn audit(&self, user: Option<&str>, limit: u32) -> Result<Vec<Audited>> {
        let rows: Vec<Row> = match user {
            Some(user) => sql_as!(
                "SELECT id, at_ms, act, outcome, user_name, device, address FROM audit WHERE user_name = $1
                 ORDER BY id DESC LIMIT $2",
                user,
                limit
            ),
            None => sql_as!(
                "SELECT id, at_ms, act, outcome, user_name, device, address FROM audit ORDER BY id DESC LIMIT $1",
                limit
            ),
        }
        .fetch_all(&self.readers)
        .await?;
        let entry = |(id, at, act, outcome, user, device, address)| Audited {
            id,
            at_ms: unsigned(at),
            act,
            outcome,
            user,
            device,
            address,
        };
        Ok(rows.into_iter().map(entry).collect())
    }

    /// Deletes entries that are too old, or too many, a part of them at once; says whether there may be more.
    pub(crate) async fn prune_audit(&self, before_ms: u64) -> Result<bool> {
        let old = sql!(
            "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at_ms < $1 ORDER BY at_ms LIMIT $2)",
            signed(before_ms),
            PRUNED_AT_ONCE
        );
        let many = sql!(
            "DELETE FROM audit WHERE id IN
                (SELECT id FROM audit WHERE id <= (SELECT MAX(id) FROM audit) - $1 ORDER BY id LIMIT $2)",
            MOST_ENTRIES,
            PRUNED_AT_ONCE
        );
        self.prune_by([old, many]).await
    }
}
