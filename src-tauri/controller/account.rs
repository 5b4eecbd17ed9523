//! In and out: sign-in, registration, sign-out, and a session's beginning and end.

use std::sync::Arc;

use carillon_ipc::{Notice, NoticeCode, SignInField, SignInForm, YouField};
use carillon_kit::{KnownKeys, LinkState, Login, MediaOptions, Register, SignIn, SignInError};

use super::{Controller, group_look::CROWD, input::Input, notices, session::SignedInSession};
use crate::{desktop::Desktop, store::SecretError, window::WindowName};

/// Whether a user is signed in.
#[derive(Default)]
pub(super) enum AccountState {
    /// Not known yet: the keychain may have to be unlocked.
    #[default]
    Starting,
    /// No user is.
    SignedOut(SignInPage),
    /// A user is.
    SignedIn(Box<SignedInSession>),
}

/// The sign-in page's state.
#[derive(Default)]
pub(super) struct SignInPage {
    /// The try that is under way.
    attempt: Option<u64>,
    pub(super) problem: Option<(SignInField, Notice)>,
    /// What links have brought; `None`: the server as last used.
    pub(super) server: Option<String>,
    pub(super) invite: String,
    /// How many did.
    pub(super) links: u32,
}

impl SignInPage {
    pub(super) const fn is_busy(&self) -> bool {
        self.attempt.is_some()
    }

    fn with(field: SignInField, notice: Notice) -> Self {
        Self { problem: Some((field, notice)), ..Self::default() }
    }

    /// A link says where to come in, and by which invite.
    pub(super) fn fill_in(&mut self, server: String, invite: String) {
        // What is wrong with the form as a whole, such as a missing keychain, is so for another server too.
        let problem = self.problem.take().filter(|(field, _)| *field == SignInField::Form);
        *self = Self { attempt: None, problem, server: Some(server), invite, links: self.links + 1 };
    }
}

impl AccountState {
    pub(super) fn session(&self) -> Option<&SignedInSession> {
        if let Self::SignedIn(session) = self { Some(session) } else { None }
    }

    pub(super) fn session_mut(&mut self) -> Option<&mut SignedInSession> {
        if let Self::SignedIn(session) = self { Some(session) } else { None }
    }
}

impl<D: Desktop> Controller<D> {
    pub(super) fn begin(&mut self, login: Result<Option<Login>, SecretError>) {
        match login {
            Ok(Some(login)) => self.enter(login),
            Ok(None) => self.account = AccountState::SignedOut(SignInPage::default()),
            Err(error) => {
                self.keychain_problem = Some(of_secrets(&error));
                self.account = AccountState::SignedOut(self.sign_in_page());
            }
        }
        self.open_early_link();
    }

    /// The sign-in page as one comes to it. It offers the file only where there is no keychain.
    fn sign_in_page(&self) -> SignInPage {
        let problem = self.keychain_problem.clone().map(|notice| (SignInField::Form, notice));
        SignInPage { problem, ..SignInPage::default() }
    }

    pub(super) fn sign_in_request(&mut self, form: SignInForm) -> Result<(), Notice> {
        let AccountState::SignedOut(page) = &mut self.account else {
            return Err(notices::plain(NoticeCode::NotAllowed));
        };
        if page.is_busy() {
            return Ok(()); // a second click
        }
        self.sessions += 1;
        (page.attempt, page.problem) = (Some(self.sessions), None);
        let (server, user, keep_in_file) = (form.server.clone(), form.user.clone(), form.keep_in_file);
        let backend = Arc::clone(&self.setup.backend);
        if form.registering {
            let typed = self.registration(form);
            self.attempt(keep_in_file, async move { backend.register(typed).await });
        } else {
            let typed = self.sign_in(form);
            self.attempt(keep_in_file, async move { backend.sign_in(typed).await });
        }
        self.remember_account(server, user);
        Ok(())
    }

    fn sign_in(&self, form: SignInForm) -> SignIn {
        let settings = &self.setup.settings;
        let same = settings.server == form.server && settings.user == form.user;
        SignIn {
            server: form.server,
            allow_insecure: form.allow_insecure,
            user: form.user,
            password: form.password,
            device_name: self.setup.device_name.clone(),
            // A device that comes with another key than before is one that others are warned of.
            device: settings.device.filter(|_| same && self.device_secret.is_some()),
            device_secret: self.device_secret.clone().filter(|_| same),
        }
    }

    fn registration(&self, form: SignInForm) -> Register {
        Register {
            server: form.server,
            allow_insecure: form.allow_insecure,
            invite: form.invite,
            user: form.user,
            display_name: form.display_name,
            password: form.password,
            device_name: self.setup.device_name.clone(),
        }
    }

    fn remember_account(&mut self, server: String, user: String) {
        if (&server, &user) != (&self.setup.settings.server, &self.setup.settings.user) {
            self.change_settings(|settings| {
                settings.device = None;
                settings.server = server;
                settings.user = user;
            });
        }
    }

    fn attempt(&self, keep_in_file: bool, work: impl Future<Output = Result<Login, SignInError>> + Send + 'static) {
        let (handle, attempt) = (self.handle.clone(), self.sessions);
        tokio::spawn(async move {
            let result = work.await;
            handle.tell(Input::SignedIn { attempt, result, keep_in_file }).await;
        });
    }

    pub(super) fn signed_in(&mut self, attempt: u64, result: Result<Login, SignInError>, keep_in_file: bool) {
        let AccountState::SignedOut(page) = &mut self.account else { return };
        if page.attempt != Some(attempt) {
            return;
        }
        match result {
            Ok(login) => {
                let in_file = keep_in_file || self.setup.always_in_file;
                let device = login.signed_in.device;
                self.change_settings(|settings| {
                    settings.login_in_file = in_file;
                    settings.device = Some(device);
                });
                self.keep(login.clone());
                self.enter(login);
            }
            Err(error) => {
                let (field, notice) = notices::of_sign_in(&error);
                (page.attempt, page.problem) = (None, Some((field, notice)));
            }
        }
    }

    /// Keeps the sign-in for the next start, after what is being kept already.
    pub(super) fn keep(&mut self, login: Login) {
        let (handle, secrets, in_file) =
            (self.handle.clone(), self.setup.secrets.clone(), self.setup.settings.login_in_file);
        self.after_keeping(async move {
            let result = secrets.save(&login, in_file).await;
            handle.tell(Input::Kept(result)).await;
        });
    }

    /// Forgets the sign-in, after what is being kept already, and goes on.
    fn forget(&mut self, then: impl Future<Output = ()> + Send + 'static) {
        let secrets = self.setup.secrets.clone();
        self.after_keeping(async move {
            if let Err(error) = secrets.forget().await {
                tracing::error!(%error, "the sign-in is still kept");
            }
            tokio::spawn(then);
        });
    }

    fn after_keeping(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        let before = self.keeping.take();
        self.keeping = Some(tokio::spawn(async move {
            if let Some(before) = before {
                // What came before has told of its own end.
                let _ = before.await;
            }
            work.await;
        }));
    }

    /// Keeps the keys of other people's devices.
    pub(super) fn keep_keys(&self, keys: &KnownKeys) {
        let Some(session) = self.account.session() else { return };
        if let Err(error) = self.setup.keys_file.save(&session.kit.connection().login().server, keys) {
            tracing::warn!(%error, "the known keys are not kept");
        }
    }

    pub(super) fn kept(&mut self, result: Result<(), SecretError>) {
        if let Err(error) = result {
            let notice = of_secrets(&error);
            self.keychain_problem = Some(notice.clone());
            self.main_notice = Some(notice);
        }
    }

    fn enter(&mut self, login: Login) {
        let media = MediaOptions {
            microphone: self.microphone(),
            speaker: self.speaker(),
            processing: self.processing(),
            camera: Some(self.camera()),
            muted_above: Some(CROWD),
            ..MediaOptions::default()
        };
        let keys = self.setup.keys_file.load(&login.server);
        let unsent = self.setup.outbox_file.load(&login);
        self.device_secret.clone_from(&login.device_secret);
        match self.setup.backend.open(login, media) {
            Ok(kit) => {
                kit.set_known_keys(keys);
                kit.set_hide_address(self.setup.settings.hide_address);
                self.sessions += 1;
                let mut session = SignedInSession::begin(self.sessions, kit, self.handle.clone());
                session.chats.restore(unsent);
                session.send_next();
                self.account = AccountState::SignedIn(Box::new(session));
            }
            Err(detail) => {
                let (field, notice) = (SignInField::Form, notices::internal(detail));
                self.account = AccountState::SignedOut(SignInPage::with(field, notice));
            }
        }
    }

    /// The user's wish: this device is forgotten here and at the server.
    pub(super) fn sign_out(&mut self) {
        let AccountState::SignedIn(session) = std::mem::take(&mut self.account) else { return };
        self.account = AccountState::SignedOut(self.sign_in_page());
        self.leave();
        // A user who signs out leaves no messages behind.
        if let Err(error) = self.setup.outbox_file.save(&session.kit.connection().login(), Vec::new()) {
            tracing::warn!(%error, "what waited to be sent is still kept");
        }
        self.device_secret = None;
        self.change_settings(|settings| settings.device = None);
        let backend = Arc::clone(&self.setup.backend);
        self.forget(async move {
            session.kit.close().await;
            backend.sign_out(session.kit.connection().login()).await;
        });
    }

    /// The server does not accept the sign-in any more.
    pub(super) fn signed_out_by_server(&mut self) {
        if self.account.session().is_some_and(|session| session.you.saving == Some(YouField::Account)) {
            return self.account_deleted(); // the server's answer to that is on its way
        }
        let problem = SignInPage::with(SignInField::Form, notices::plain(NoticeCode::SignedOut));
        let AccountState::SignedIn(session) = std::mem::replace(&mut self.account, AccountState::SignedOut(problem))
        else {
            return;
        };
        self.leave();
        self.forget(async move { session.kit.close().await });
        self.open_main();
    }

    /// The user wants this device here, and not where it was opened last.
    pub(super) fn take_back(&mut self) -> Result<(), Notice> {
        if self.session()?.link != LinkState::Replaced {
            return Ok(()); // a second click
        }
        let AccountState::SignedIn(session) = std::mem::take(&mut self.account) else { return Ok(()) };
        self.leave();
        self.enter(session.kit.connection().login());
        tokio::spawn(async move { session.kit.close().await });
        Ok(())
    }

    /// There is nothing to come back to.
    pub(super) fn account_deleted(&mut self) {
        self.change_settings(|settings| settings.user.clear());
        self.sign_out();
        self.close(WindowName::Settings);
        self.open_main();
    }

    fn leave(&mut self) {
        self.link_call = None;
        self.rings = super::rings::RingHistory::default();
        (self.main_notice, self.call_notice) = (None, None);
        self.forget_pictures();
        self.devices.end_look_in(WindowName::Ring);
        self.close(WindowName::Call);
    }
}

fn of_secrets(error: &SecretError) -> Notice {
    let code = if matches!(error, SecretError::NoKeychain(_)) { NoticeCode::NoKeychain } else { NoticeCode::Internal };
    Notice { detail: error.to_string(), ..notices::plain(code) }
}
