//! The one task that owns the call machine.

use std::time::Duration;

use carillon_call::device::Command;
use carillon_protocol::{CallId, Invitation};
use tokio::sync::{mpsc, oneshot, watch};

use super::{StartCallError, teller::Teller};
use crate::{Connection, Levels, connection::CallLink, pipeline::Settings};

/// How long closing may take.
pub(crate) const CLOSE_TIMEOUT: Duration = Duration::from_secs(3);

/// What the handles want.
#[derive(Debug)]
pub(crate) enum Order {
    Start { invitation: Invitation, reply: oneshot::Sender<Result<CallId, StartCallError>> },
    AnswerCall { ring: bool, access_token: Option<String> },
    Accept,
    Command(Command),
    AddPerson,
    Close { done: oneshot::Sender<()> },
}

pub(crate) struct Driver {
    connection: Connection,
    link: CallLink,
    orders: mpsc::Receiver<Order>,
    settings: watch::Receiver<Settings>,
    levels: watch::Sender<Levels>,
    teller: Teller,
}

impl Driver {
    pub(crate) fn new(
        connection: Connection,
        link: CallLink,
        orders: mpsc::Receiver<Order>,
        settings: watch::Receiver<Settings>,
        levels: watch::Sender<Levels>,
        teller: Teller,
    ) -> Self {
        Self { connection, link, orders, settings, levels, teller }
    }

    pub(crate) async fn run(mut self) {
        self.link.attach().await;
        while let Some(_order) = self.orders.recv().await {}
    }
}
