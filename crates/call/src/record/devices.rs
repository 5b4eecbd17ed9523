//! On which of a user's devices a call rings.

use carillon_protocol::DeviceId;

/// A signed-in device of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserDevice {
    /// Which.
    pub id: DeviceId,
    /// Its name.
    pub name: String,
    /// It has a session: a link now, or lately enough to resume. Others hear of a live call in their snapshot.
    pub has_session: bool,
    /// Its user wants calls to ring on it.
    pub rings: bool,
}

/// The devices on which a call may ring, with their names: none while their user does not want to be disturbed.
pub fn devices_to_ring(devices: Vec<UserDevice>, do_not_disturb: bool) -> Vec<(DeviceId, String)> {
    let may_ring = |device: &UserDevice| device.has_session && device.rings && !do_not_disturb;
    devices.into_iter().filter(may_ring).map(|device| (device.id, device.name)).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_call_rings_where_it_is_heard_and_wanted() {
        let device = |number, has_session, rings| UserDevice {
            id: DeviceId::new(Uuid::from_u128(number)),
            name: number.to_string(),
            has_session,
            rings,
        };
        let all = || vec![device(1, true, true), device(2, false, true), device(3, true, false)];

        assert_eq!(devices_to_ring(all(), false), [(DeviceId::new(Uuid::from_u128(1)), "1".to_owned())]);
        assert_eq!(devices_to_ring(all(), true), []);
    }
}
