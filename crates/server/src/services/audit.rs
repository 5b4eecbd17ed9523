//! Who did what to an account: sign-ins and failures, devices, registrations, and what the operator did.
//!
//! The table has the names, for the operator alone. The log line of an entry (target `audit`) has its number and no name, because
//! logs travel further. Nothing that anybody said, and no secret, is in either.

use std::net::IpAddr;

use carillon_protocol::{DeviceId, UserId};

use crate::{core::Core, log_budget::limited};

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

impl Core {
    /// Writes an entry down. What it is about has happened, so a log that fails stops nobody.
    pub(crate) async fn note(&self, entry: Entry) {
        match self.store.add_audit(&entry, self.clock.now_ms()).await {
            Ok(id) => {
                let (act, outcome) = (entry.act.word(), entry.outcome);
                let device = entry.device.map(tracing::field::display);
                let from = entry.from.map(tracing::field::display);
                limited!(info, target: "audit", id, act, outcome, device, from, "audit");
            }
            Err(error) => limited!(error, %error, act = entry.act.word(), "an entry of the audit log is lost"),
        }
    }
}
