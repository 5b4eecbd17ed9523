//! What was written and the server does not have yet, for each account. It is the user's own words, so only the user can read it.

use std::{collections::BTreeMap, io, path::PathBuf};

use carillon_ipc::Notice;
use carillon_kit::{Chat, Login, OpId};
use serde::{Deserialize, Serialize};

use super::files::{read_json, write_private};

/// One message that waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unsent {
    /// What it is sent as, however often, so that it is written once.
    pub op: OpId,
    /// Where it belongs.
    pub chat: Chat,
    /// What it says.
    pub text: String,
    /// The place of what it answers.
    #[serde(default)]
    pub reply_to: Option<u64>,
    /// When it was written, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// Whether the server may have it already.
    #[serde(default)]
    pub tried: bool,
    /// Why the server does not take it.
    #[serde(default)]
    pub failed: Option<Notice>,
}

/// Where the messages are.
#[derive(Debug, Clone)]
pub struct OutboxFile(PathBuf);

impl OutboxFile {
    /// `outbox.json` in the profile's data folder.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into().join("outbox.json"))
    }

    /// What waits on an account, the oldest first.
    pub fn load(&self, login: &Login) -> Vec<Unsent> {
        self.all().remove(&account(login)).unwrap_or_default()
    }

    /// Keeps what waits on an account, whole or not at all.
    ///
    /// # Errors
    /// What the file system says.
    pub fn save(&self, login: &Login, unsent: Vec<Unsent>) -> io::Result<()> {
        let mut all = self.all();
        let before = if unsent.is_empty() { all.remove(&account(login)) } else { all.insert(account(login), unsent) };
        if before.as_ref() == all.get(&account(login)) {
            return Ok(());
        }
        write_private(&self.0, &serde_json::to_vec(&all).map_err(io::Error::other)?)
    }

    fn all(&self) -> BTreeMap<String, Vec<Unsent>> {
        read_json(&self.0).unwrap_or_default()
    }
}

/// The same name on two servers is two accounts.
fn account(login: &Login) -> String {
    format!("{} {}", login.signed_in.account.user, login.server)
}

#[cfg(test)]
mod tests {
    use carillon_kit::{Connection, UserId};

    use super::*;
    use crate::controller::tests::test_app::login;

    #[test]
    fn what_waits_is_kept_for_its_own_account_and_no_file_is_written_for_nothing() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let file = OutboxFile::in_folder(folder.path());
        let other = Login { server: "https://other.example".into(), ..login() };
        let bob = Chat::User { user: UserId::new("bob").expect("a good name") };
        let unsent = Unsent {
            op: Connection::new_op(),
            chat: bob,
            text: "hello".into(),
            reply_to: Some(7),
            at_ms: 1,
            tried: true,
            failed: None,
        };

        file.save(&login(), vec![]).expect("nothing is to be done");
        assert!(!file.0.exists());
        file.save(&login(), vec![unsent.clone()]).expect("the folder is writable");

        assert_eq!((file.load(&login()), file.load(&other)), (vec![unsent], vec![]));
        file.save(&login(), vec![]).expect("the folder is writable");
        assert_eq!(file.load(&login()), vec![]);
    }
}
