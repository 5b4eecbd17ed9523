//! This user's devices.

use carillon_protocol::{DeviceEntry, DeviceId, Done, Request};

use super::{Connection, RequestError};

impl Connection {
    /// This user's devices, this one first.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn devices(&self) -> Result<Vec<DeviceEntry>, RequestError> {
        let pick = |done| if let Done::Devices { devices } = done { Some(devices) } else { None };
        self.ask_for(Request::Devices, pick).await
    }

    /// Calls a device something else, with at most 64 characters.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn rename_device(&self, device: DeviceId, name: &str) -> Result<(), RequestError> {
        self.order(Request::RenameDevice { device, name: name.into() }).await
    }

    /// Signs a device out, here or elsewhere: its link and its part in calls close at once.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn revoke_device(&self, device: DeviceId) -> Result<(), RequestError> {
        self.order(Request::RevokeDevice { device }).await
    }

    /// Whether calls ring on a device.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn set_ring_here(&self, device: DeviceId, ring: bool) -> Result<(), RequestError> {
        self.order(Request::SetRingHere { device, ring }).await
    }
}
