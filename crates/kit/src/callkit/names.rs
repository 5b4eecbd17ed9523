//! Names for users, as the app wants them shown.

use std::collections::HashMap;

use carillon_protocol::UserId;

/// How an app names a user in a channel: by a number or by the account's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Uid {
    /// A number; it names the same user as the account whose name is that number.
    Number(u32),
    /// The account's name.
    User(UserId),
}

impl From<u32> for Uid {
    fn from(number: u32) -> Self {
        Self::Number(number)
    }
}

impl From<UserId> for Uid {
    /// An account whose name is a number has the same uid as that number.
    fn from(user: UserId) -> Self {
        match user.as_str().parse::<u32>() {
            Ok(number) if number.to_string() == user.as_str() => Self::Number(number),
            _ => Self::User(user),
        }
    }
}

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

    /// The app's name for a user, else the server's, else the account's.
    pub(crate) fn of(&self, user: &UserId, servers: &str) -> String {
        let or_account = || if servers.is_empty() { user.to_string() } else { servers.to_owned() };
        self.0.get(&Uid::from(user.clone())).cloned().unwrap_or_else(or_account)
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!(names.of(&user("42"), "forty-two"), "Answer");
        assert_eq!(names.of(&user("ada"), "ada l."), "Ada");
        assert_eq!(names.of(&user("7"), ""), "Seven");
    }

    #[test]
    fn a_user_whom_the_app_does_not_name_has_the_servers_name_or_the_accounts() {
        let names = Names::default();
        assert_eq!(names.of(&user("bob"), "Bob B."), "Bob B.");
        assert_eq!(names.of(&user("bob"), ""), "bob");
        assert_eq!(names.of(&user("042"), ""), "042");
    }
}
