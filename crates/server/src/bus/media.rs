//! The seam between the record and what forwards the media of calls that go through the server.
//!
//! What forwards knows nothing of the database: it is told who may be connected, and tells what devices must hear. All of it is made anew
//! after a start.

use std::{
    net::SocketAddr,
    ops::AddAssign,
    sync::{Arc, OnceLock},
};

use carillon_call::record::MediaOrder;
use carillon_protocol::{CallId, DeviceId, MediaSlot, UserId, WantedPicture, Wants};
use futures_util::future::{BoxFuture, ready};

/// What forwards media.
pub(crate) trait MediaEngine: Send + Sync {
    /// Does what the record orders, by rows of this version. Orders may come out of their order: the latest version counts.
    fn order(&self, order: MediaOrder, version: u64) -> BoxFuture<'_, ()>;
    /// Takes a device's offer, and gives the answer.
    fn connect(&self, call: CallId, device: DeviceId, offer: String) -> BoxFuture<'_, Result<String, NotConnected>>;
    /// The pictures that a device wants from now on.
    fn want(&self, call: CallId, device: DeviceId, pictures: Vec<WantedPicture>) -> BoxFuture<'_, ()>;
    /// What it has done.
    fn counts(&self) -> MediaCounts;
    /// Where its sockets are.
    fn addresses(&self) -> Vec<SocketAddr>;
    /// Where it takes connections of devices whose networks let no UDP through.
    fn tcp_address(&self) -> Option<SocketAddr>;
    /// Ends all that it does.
    fn stop(&self) -> BoxFuture<'_, ()>;
}

/// Why a device is not connected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotConnected {
    /// Nothing here forwards media.
    #[error("this server forwards no media")]
    NoEngine,
    /// The record's order has not arrived, or is another one by now.
    #[error("the device is not admitted")]
    NotAdmitted,
    /// There are as many as there can be.
    #[error("the call is full")]
    Full,
    /// The offer is none.
    #[error("{0}")]
    BadOffer(String),
    /// It has failed.
    #[error("the forwarder of media has failed")]
    Failed,
}

/// What devices, or the record, must hear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MediaEvent {
    /// What is in a device's receiving slots from now on, and what is wanted of its pictures.
    Slots { call: CallId, device: DeviceId, slots: Vec<MediaSlot>, wants: Wants },
    /// Whether media come from a device, and reach it: its connection has come about, or is lost and may be replaced.
    Reached { call: CallId, device: DeviceId, user: UserId, is_reached: bool },
    /// A call's media have failed: whoever is in it is to be admitted again.
    Failed { call: CallId },
}

/// Counts since the start, and what there is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct MediaCounts {
    pub(crate) channels: u64,
    pub(crate) participants: u64,
    pub(crate) datagrams_in: u64,
    pub(crate) bytes_in: u64,
    pub(crate) datagrams_out: u64,
    pub(crate) bytes_out: u64,
    pub(crate) of_nobody: u64,
    pub(crate) malformed: u64,
    pub(crate) unsent: u64,
    pub(crate) packets_in: u64,
    pub(crate) packets_forwarded: u64,
    pub(crate) packets_silent: u64,
    pub(crate) packets_excessive: u64,
    pub(crate) key_frame_requests: u64,
    pub(crate) connected: u64,
    pub(crate) lost: u64,
    pub(crate) failed: u64,
    pub(crate) tcp_open: u64,
    pub(crate) tcp_refused: u64,
    pub(crate) tcp_of_nobody: u64,
}

impl AddAssign for MediaCounts {
    fn add_assign(&mut self, other: Self) {
        self.channels += other.channels;
        self.participants += other.participants;
        self.datagrams_in += other.datagrams_in;
        self.bytes_in += other.bytes_in;
        self.datagrams_out += other.datagrams_out;
        self.bytes_out += other.bytes_out;
        self.of_nobody += other.of_nobody;
        self.malformed += other.malformed;
        self.unsent += other.unsent;
        self.packets_in += other.packets_in;
        self.packets_forwarded += other.packets_forwarded;
        self.packets_silent += other.packets_silent;
        self.packets_excessive += other.packets_excessive;
        self.key_frame_requests += other.key_frame_requests;
        self.connected += other.connected;
        self.lost += other.lost;
        self.failed += other.failed;
        self.tcp_open += other.tcp_open;
        self.tcp_refused += other.tcp_refused;
        self.tcp_of_nobody += other.tcp_of_nobody;
    }
}

/// The engine of this process, once it has one.
#[derive(Default)]
pub(crate) struct MediaHandle(OnceLock<Arc<dyn MediaEngine>>);

impl MediaHandle {
    /// From now on this is the engine. Before it, and without one, no device is connected.
    pub(crate) fn begin(&self, engine: Arc<dyn MediaEngine>) {
        self.0.set(engine).ok();
    }

    pub(crate) async fn order(&self, order: MediaOrder, version: u64) {
        if let Some(engine) = self.0.get() {
            engine.order(order, version).await;
        }
    }

    pub(crate) fn connect(
        &self,
        call: CallId,
        device: DeviceId,
        offer: String,
    ) -> BoxFuture<'_, Result<String, NotConnected>> {
        match self.0.get() {
            Some(engine) => engine.connect(call, device, offer),
            None => Box::pin(ready(Err(NotConnected::NoEngine))),
        }
    }

    pub(crate) async fn want(&self, call: CallId, device: DeviceId, pictures: Vec<WantedPicture>) {
        if let Some(engine) = self.0.get() {
            engine.want(call, device, pictures).await;
        }
    }

    pub(crate) fn counts(&self) -> MediaCounts {
        self.0.get().map(|engine| engine.counts()).unwrap_or_default()
    }

    /// Where media are taken; none without an engine.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.0.get().map(|engine| engine.addresses()).unwrap_or_default()
    }

    /// Where connections are taken; nowhere without an engine.
    pub(crate) fn tcp_address(&self) -> Option<SocketAddr> {
        self.0.get().and_then(|engine| engine.tcp_address())
    }

    pub(crate) async fn stop(&self) {
        if let Some(engine) = self.0.get() {
            engine.stop().await;
        }
    }
}
