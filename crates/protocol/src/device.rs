//! A user's own devices.

use serde::{Deserialize, Serialize};

use crate::{DeviceId, DeviceKey, Published, Uid, UserId};

/// One of this user's devices, as its user sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceEntry {
    /// Which.
    pub device: DeviceId,
    /// What its user calls it.
    pub name: String,
    /// Its own key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<DeviceKey>,
    /// Whether calls ring there.
    pub ring_here: bool,
    /// Whether it has a link now.
    pub linked: bool,
    /// Whether it is the one that asks.
    pub is_this: bool,
    /// When it first signed in, in milliseconds since the Unix epoch.
    pub created_at_ms: u64,
    /// When it last had a link, in milliseconds since the Unix epoch; 0: never.
    pub seen_at_ms: u64,
}

/// Who is on the other end of a call of two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherEnd {
    /// The user.
    pub user: UserId,
    /// The device that is in the call.
    pub device: DeviceCard,
    /// As whom they are in the channel, by their verified token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<Uid>,
    /// What the device publishes.
    #[serde(default, skip_serializing_if = "Published::is_nothing")]
    pub published: Published,
    /// As in a [`Leg`](crate::Leg).
    #[serde(default)]
    pub version: u64,
}

/// Another user's device, as far as the device that talks to it must know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceCard {
    /// Which.
    pub device: DeviceId,
    /// Its own key; `None`: it has none, and its media are not signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<DeviceKey>,
}
