//! [`Transport`], over the `webrtc` crate.
//!
//! Besides the library's driver one task serves a connection: the *reporter* turns the library's callbacks into events in the right
//! order, and ends with the connection. Frames do not go through it: each track is read and written by the task that has it.

mod negotiation;

use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Instant;

use rtc::rtcp::goodbye::Goodbye;
use rtc::rtcp::receiver_report::ReceiverReport;
use tokio::sync::{Mutex, mpsc, watch};
use webrtc::error::Error as StackError;
use webrtc::peer_connection::{PeerConnection, StatsSelector};

use crate::connection::{self, SLOTS, Watched};
use crate::flow::Flow;
use crate::pacing::Pacing;
use crate::payload_types::PayloadTypes;
use crate::picture::ShutTracks;
use crate::receiving::{self, ReceivingTrack};
use crate::reporter::{self, Handler, Owned, Reporter, Update, UpdateSender};
use crate::reports::Reports;
use crate::runtime::Waker;
use crate::sending::{Gates, SEND_PATIENCE, SendingTrack};
use crate::stats::{self, Counters};
use crate::{End, Source, TrackId, TransportConfig, TransportError, TransportEvent, TransportStats};
use negotiation::Negotiation;

/// Carries one call's tracks to the other end and back, over a peer-to-peer connection.
///
/// Its session has a slot for each [`Source`] that it may carry, from the first description on: a track each way, there and silent
/// until something is sent. The side that calls [`create_offer`](Self::create_offer) is the offerer for the transport's whole life; the
/// other answers.
pub struct Transport {
    peer: Arc<dyn PeerConnection>,
    slots: Vec<Slot>,
    /// The other end's tracks that have no reader yet.
    unread: StdMutex<Vec<ReceivingTrack>>,
    updates: UpdateSender,
    flow: Arc<Flow>,
    reports: Reports,
    pacing: Pacing,
    negotiation: Mutex<Negotiation>,
}

/// One media section of the session: how it is encoded, and a track each way.
struct Slot {
    payload_types: Arc<PayloadTypes>,
    sending: SendingTrack,
    received: Arc<Counters>,
}

impl Transport {
    /// Does all that needs no consent: opens sockets, makes the certificate, gathers candidates. It does not connect, and sends no media.
    ///
    /// Must run inside a tokio runtime. Dropping the transport closes it; [`Transport::close`] also waits for that.
    ///
    /// # Errors
    ///
    /// [`TransportError::Start`] if no socket can be opened.
    pub async fn prepare(config: TransportConfig) -> Result<(Self, mpsc::Receiver<TransportEvent>), TransportError> {
        let (updates, updates_rx, events, events_rx) = reporter::channels();
        let (waker, reports, flow) = (Waker::default(), Reports::new(updates.clone()), Arc::new(Flow::default()));
        let (shut, pacing) = (ShutTracks::default(), Pacing::new(config.first_rate, Instant::now()));
        let agreed: Vec<_> = SLOTS.iter().map(|_| Arc::new(PayloadTypes::default())).collect();
        let counted: Vec<_> = SLOTS.iter().map(|_| Arc::new(Counters::default())).collect();
        let (arrivals, unread) = receiving::tracks(&SLOTS, &agreed, &counted, &reports);
        let handler = Handler { updates: updates.clone(), waker: waker.clone(), arrivals };
        let watched = Watched { reports: &reports, shut: &shut, pacing: &pacing };
        let connection = connection::build(&config, Arc::new(handler), waker, watched).await.map_err(start_error)?;
        let owned = Owned { peer: Arc::downgrade(&connection.peer), flow: Arc::clone(&flow), pacing: pacing.clone() };
        let reporter = Reporter::new(updates_rx, events, config.handshake_within, owned);
        tokio::spawn(reporter.run());

        let slots = connection.tracks.into_iter().zip(agreed).zip(counted).map(|((local, payload_types), received)| {
            let requests = reports.key_frame_requests().of(local.ssrc);
            let (flow, shut, pacing) = (Arc::clone(&flow), shut.clone(), pacing.clone());
            let gates = Gates { flow, shut, pacing, reports: reports.clone(), key_frame_requests: requests };
            let sending = SendingTrack::new(local, Arc::clone(&payload_types), gates);
            Slot { payload_types, sending, received }
        });
        let transport = Self {
            peer: connection.peer,
            slots: slots.collect(),
            unread: StdMutex::new(unread),
            updates,
            flow,
            reports,
            pacing,
            negotiation: Mutex::new(Negotiation::gathering()),
        };
        // The library gathers only for a description. A transport that turns out to be the answerer takes this offer back, and keeps
        // the candidates.
        transport.apply_offer(None).await.map_err(|error| TransportError::Start(error.to_string()))?;
        Ok((transport, events_rx))
    }

    /// This end's track from `source`. `None` where the session has no slot for it.
    #[must_use]
    pub fn publish(&self, source: Source) -> Option<SendingTrack> {
        self.slots.iter().map(|slot| &slot.sending).find(|track| track.id().source == source).cloned()
    }

    /// The other end's track from `source`, which has one reader. `None` where the session has no slot for it, or another reader has it.
    #[must_use]
    pub fn receive(&self, source: Source) -> Option<ReceivingTrack> {
        let mut unread = self.unread.lock().unwrap_or_else(PoisonError::into_inner);
        let at = unread.iter().position(|track| track.id().source == source)?;
        Some(unread.remove(at))
    }

    /// What the path carries of pictures, as far as it is known: bits a second, with all headers and with what is sent again.
    #[must_use]
    pub fn available(&self) -> watch::Receiver<u32> {
        self.pacing.rate()
    }

    /// What this path carried the last time. It counts for as long as nothing is known of the path.
    pub fn expect_available(&self, bits_a_second: u32) {
        self.pacing.begin_with(bits_a_second);
    }

    /// How the connection and its tracks are doing.
    pub async fn stats(&self) -> TransportStats {
        let report = self.peer.get_stats(Instant::now(), StatsSelector::None).await;
        let tracks = self.slots.iter().flat_map(|slot| {
            let received = TrackId { end: End::Other, source: slot.sending.id().source };
            let of_received = slot.received.of(received, self.reports.of_receiving(slot.received.ssrc()));
            [slot.sending.stats(&self.reports), of_received]
        });
        stats::collect(tracks.collect(), self.reports.round_trip(), *self.pacing.rate().borrow(), &report)
    }

    /// Ends it: the other end is told, sockets close, tasks end, the event channel drains and closes. Again is no error.
    pub async fn close(&self) {
        if self.flow.close() {
            return;
        }
        if self.flow.set_connected(false) {
            self.say_goodbye().await;
        }
        let _ = self.updates.try_send(Update::Closed);
        if let Err(error) = self.peer.close().await {
            tracing::debug!(%error, "closing the connection");
        }
    }

    /// Tells the other end that this one is done, which otherwise would have to guess it from the silence. The library closes at once and
    /// lets what is queued lie, so it is waited for, and not long.
    async fn say_goodbye(&self) {
        let sources: Vec<u32> = self.slots.iter().map(|slot| slot.sending.ssrc()).collect();
        let Some((first, ssrc)) = self.slots.first().map(|slot| &slot.sending).zip(sources.first().copied()) else {
            return;
        };
        // A goodbye comes behind a report (RFC 3550 §6.1).
        let report = ReceiverReport { ssrc, ..ReceiverReport::default() };
        let goodbye = Goodbye { sources, ..Goodbye::default() };
        let saying = async {
            first.write_rtcp(vec![Box::new(report), Box::new(goodbye)]).await?;
            self.reports.goodbye_passed().await;
            Ok::<_, StackError>(())
        };
        match tokio::time::timeout(SEND_PATIENCE, saying).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "no goodbye"),
            Err(_) => tracing::debug!("no goodbye in time"),
        }
    }

    fn peer(&self) -> &dyn PeerConnection {
        self.peer.as_ref()
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        if self.flow.close() {
            return;
        }
        let _ = self.updates.try_send(Update::Closed);
        // The library's driver runs on until it is told to stop.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let peer = Arc::clone(&self.peer);
            runtime.spawn(async move { peer.close().await });
        }
    }
}

impl From<StackError> for TransportError {
    fn from(error: StackError) -> Self {
        if let StackError::ErrConnectionClosed = error {
            return Self::Closed;
        }
        Self::Stack(error.to_string())
    }
}

fn start_error(error: StackError) -> TransportError {
    TransportError::Start(error.to_string())
}
