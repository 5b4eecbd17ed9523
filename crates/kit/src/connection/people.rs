//! Other people, and what they see of this user.

use carillon_protocol::{CallEntry, CallId, Done, Person, Request, UserId};

use super::{Connection, RequestError};

impl Connection {
    /// People whose name contains `query`; all users if it is empty. The server has a limit of its own.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn search_users(&self, query: &str) -> Result<Vec<Person>, RequestError> {
        self.ask_people(Request::SearchUsers { query: query.to_owned() }).await
    }

    /// All users who are a contact, has asked or was asked, or is blocked.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn contacts(&self) -> Result<Vec<Person>, RequestError> {
        self.ask_people(Request::Contacts).await
    }

    /// Asks a user to be a contact, or agrees to it.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn add_contact(&self, user: &UserId) -> Result<(), RequestError> {
        self.order(Request::AddContact { user: user.clone() }).await
    }

    /// No longer a contact, in both directions; or a request refused or taken back.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn remove_contact(&self, user: &UserId) -> Result<(), RequestError> {
        self.order(Request::RemoveContact { user: user.clone() }).await
    }

    /// Takes no calls, messages and requests of a user (`true`), or again (`false`). They are not told.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn set_blocked(&self, user: &UserId, blocked: bool) -> Result<(), RequestError> {
        self.order(Request::SetBlocked { user: user.clone(), blocked }).await
    }

    /// What others see of this user: at most 64 characters; empty: the account's name.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn set_display_name(&self, display_name: &str) -> Result<(), RequestError> {
        self.order(Request::SetDisplayName { display_name: display_name.into() }).await
    }

    /// Whether all of this user's devices keep silent.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn set_do_not_disturb(&self, on: bool) -> Result<(), RequestError> {
        self.order(Request::SetDoNotDisturb { on }).await
    }

    /// Whether the user is away from this device. It holds for as long as the connection is open.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn set_away(&self, away: bool) -> Result<(), RequestError> {
        self.order(Request::SetAway { away }).await
    }

    /// This user's latest calls, newest first.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn recent_calls(&self, limit: u32) -> Result<Vec<CallEntry>, RequestError> {
        let pick = |done| if let Done::Calls { calls } = done { Some(calls) } else { None };
        self.ask_for(Request::RecentCalls { limit }, pick).await
    }

    /// This user has seen their missed calls up to this one, on all devices.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn mark_calls_seen(&self, up_to: CallId) -> Result<(), RequestError> {
        self.order(Request::MarkCallsSeen { up_to }).await
    }

    async fn ask_people(&self, body: Request) -> Result<Vec<Person>, RequestError> {
        let pick = |done| if let Done::People { people } = done { Some(people) } else { None };
        self.ask_for(body, pick).await
    }
}
