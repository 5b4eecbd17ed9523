//! Names for users, as the app wants them shown.

use std::collections::HashMap;

use carillon_protocol::{Leg, Uid, UserId};

/// What [`set_user_id_map`](crate::CallKit::set_user_id_map) set.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Names(HashMap<Uid, String>);

impl Names {
    pub(crate) fn new(map: impl IntoIterator<Item = (Uid, String)>) -> Self {
        let plain = |uid| match uid {
            Uid::User(user) => Uid::from(user),
            number => number,
        };
        Self(map.into_iter().map(|(uid, name)| (plain(uid), name)).collect())
    }

    /// The app's name for a user, by their uid in the channel or by their account; else the server's, else the account's.
    pub(crate) fn of(&self, user: &UserId, uid: Option<&Uid>, servers: &str) -> String {
        let or_account = || if servers.is_empty() { user.to_string() } else { servers.to_owned() };
        let by_uid = uid.and_then(|uid| self.0.get(uid));
        by_uid.or_else(|| self.0.get(&Uid::from(user.clone()))).cloned().unwrap_or_else(or_account)
    }

    /// The same for a user's part in a group call.
    pub(crate) fn of_leg(&self, leg: &Leg) -> String {
        self.of(&leg.user, leg.uid.as_ref(), &leg.name)
    }
}

#[cfg(test)]
mod tests {
    use carillon_protocol::LegState;

    use super::*;

    fn user(name: &str) -> UserId {
        UserId::new(name).expect("a good name")
    }

    #[test]
    fn number_uids_and_user_id_uids_both_name_a_user() {
        let names = Names::new([
            (Uid::Number(42), "Answer".to_owned()),
            (Uid::User(user("ada")), "Ada".to_owned()),
            (Uid::User(user("7")), "Seven".to_owned()),
        ]);
        assert_eq!(names.of(&user("42"), None, "forty-two"), "Answer");
        assert_eq!(names.of(&user("ada"), None, "ada l."), "Ada");
        assert_eq!(names.of(&user("7"), None, ""), "Seven");
    }

    #[test]
    fn a_leg_is_named_by_its_number_in_the_channel_or_else_by_its_user() {
        let names = Names::new([(Uid::Number(42), "Answer".to_owned()), (Uid::User(user("ada")), "Ada".to_owned())]);
        let leg = |user, uid| Leg { uid, ..Leg::new(user, "servers", LegState::Accepted) };

        assert_eq!(names.of_leg(&leg(user("bob"), Some(Uid::Number(42)))), "Answer");
        assert_eq!(names.of_leg(&leg(user("ada"), Some(Uid::Number(7)))), "Ada");
        assert_eq!(names.of_leg(&leg(user("carol"), None)), "servers");
    }

    #[test]
    fn a_user_whom_the_app_does_not_name_has_the_servers_name_or_the_accounts() {
        let names = Names::default();
        assert_eq!(names.of(&user("bob"), None, "Bob B."), "Bob B.");
        assert_eq!(names.of(&user("bob"), None, ""), "bob");
        assert_eq!(names.of(&user("042"), None, ""), "042");
    }
}
