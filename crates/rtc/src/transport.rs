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

use crate::connection::{self, LocalTrack, Watched};
use crate::flow::Flow;
use crate::layout::Section;
use crate::pacing::Pacing;
use crate::picture::{LayerNames, ShutTracks};
use crate::receiving::{self, Agreed, ReceivingTrack};
use crate::reporter::{self, Handler, Owned, Reporter, Update, UpdateSender};
use crate::reports::Reports;
use crate::runtime::Waker;
use crate::sending::{Gates, SEND_PATIENCE, SendingTrack};
use crate::stats;
use crate::tunnel::Tunnels;
use crate::{Layout, Source, TrackId, TransportConfig, TransportError, TransportEvent, TransportStats};
use negotiation::Negotiation;

/// Carries one call's tracks to the other end and back: another device, or a server that passes them on.
///
/// Its session has the slots of its [`Layout`] from the first description on: tracks that are there and silent until something is
/// sent. The side that calls [`create_offer`](Self::create_offer) is the offerer for the transport's whole life; the
/// other answers.
pub struct Transport {
    peer: Arc<dyn PeerConnection>,
    layout: Layout,
    slots: Vec<Slot>,
    /// The other end's tracks that have no reader yet.
    unread: StdMutex<Vec<ReceivingTrack>>,
    updates: UpdateSender,
    flow: Arc<Flow>,
    tunnels: Tunnels,
    reports: Reports,
    pacing: Pacing,
    layer_names: LayerNames,
    negotiation: Mutex<Negotiation>,
}

/// One media section of the session: how it is encoded, and its tracks.
struct Slot {
    section: Section,
    /// More than one where it sends in several sizes: the smallest first.
    sending: Vec<SendingTrack>,
    agreed: Agreed,
}

impl Slot {
    fn is_in_layers(&self) -> bool {
        self.sending.iter().any(|track| track.id().layer.is_some())
    }
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
        let layer_names = LayerNames::default();
        let (layout, sections) = (config.layout, config.layout.sections());
        let agreed: Vec<_> = sections.iter().map(|_| Agreed::default()).collect();
        let (arrivals, unread) = receiving::tracks(&sections, &agreed, &reports);
        let handler = Handler { updates: updates.clone(), waker: waker.clone(), arrivals };
        let tunnels = Tunnels::default();
        let watched =
            Watched { tunnels: &tunnels, reports: &reports, shut: &shut, pacing: &pacing, names: &layer_names };
        let connection = connection::build(&config, Arc::new(handler), waker, watched).await.map_err(start_error)?;
        let owned = Owned { peer: Arc::downgrade(&connection.peer), flow: Arc::clone(&flow), pacing: pacing.clone() };
        let reporter = Reporter::new(updates_rx, events, config.handshake_within, owned);
        tokio::spawn(reporter.run());

        let sending = |local: LocalTrack, payload_types| {
            let key_frame_requests = reports.key_frame_requests().of(local.ssrc);
            let (flow, shut, pacing) = (Arc::clone(&flow), shut.clone(), pacing.clone());
            SendingTrack::new(
                local,
                payload_types,
                Gates { flow, shut, pacing, reports: reports.clone(), key_frame_requests },
            )
        };
        let slots = sections.into_iter().zip(connection.tracks).zip(agreed).map(|((section, local), agreed)| {
            let sending = local.into_iter().map(|local| sending(local, Arc::clone(&agreed.payload_types))).collect();
            Slot { section, sending, agreed }
        });
        let slots = slots.collect();
        let transport = Self {
            peer: connection.peer,
            layout,
            slots,
            unread: StdMutex::new(unread),
            updates,
            flow,
            tunnels,
            reports,
            pacing,
            layer_names,
            negotiation: Mutex::new(Negotiation::gathering(layout)),
        };
        // The library gathers only for a description. A transport that turns out to be the answerer takes this offer back, and keeps
        // the candidates.
        transport.apply_offer(None).await.map_err(|error| TransportError::Start(error.to_string()))?;
        Ok((transport, events_rx))
    }

    /// This end's track from `source`. `None` where the session has no slot for it. Of one that is sent in several sizes, the smallest.
    #[must_use]
    pub fn publish(&self, source: Source) -> Option<SendingTrack> {
        self.publish_all(source).into_iter().next()
    }

    /// The same in all of its sizes, the smallest first; one where there is only one.
    #[must_use]
    pub fn publish_all(&self, source: Source) -> Vec<SendingTrack> {
        self.sending().filter(|track| track.id().source == source).cloned().collect()
    }

    /// The other end's track from `source`, which has one reader. `None` where the session has no slot for it, or another reader has it.
    #[must_use]
    pub fn receive(&self, source: Source) -> Option<ReceivingTrack> {
        self.receive_in(source, 0)
    }

    /// The same of a slot of that source's pool.
    #[must_use]
    pub fn receive_in(&self, source: Source, slot: u8) -> Option<ReceivingTrack> {
        let mut unread = self.unread.lock().unwrap_or_else(PoisonError::into_inner);
        let at = unread.iter().position(|track| track.id() == TrackId::received_in(source, slot))?;
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
            let Slot { section, sending, agreed: Agreed { received, .. } } = slot;
            let of_received = section.received_in().map(|slot| {
                let id = TrackId::received_in(section.source, slot);
                received.of(id, self.reports.of_receiving(received.ssrc()))
            });
            sending.iter().map(|sending| sending.stats(&self.reports)).chain(of_received)
        });
        stats::collect(tracks.collect(), self.reports.round_trip(), *self.pacing.rate().borrow(), &report)
    }

    /// Ends it: the other end is told, sockets close, tasks end, the event channel drains and closes. Again is no error.
    pub async fn close(&self) {
        self.end(true).await;
    }

    /// Closes it without a goodbye to the other end, for which one means that the call is over: it goes on by another transport.
    pub async fn abandon(&self) {
        self.end(false).await;
    }

    async fn end(&self, says_goodbye: bool) {
        if self.flow.close() {
            return;
        }
        if self.flow.set_connected(false) && says_goodbye {
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
        let sources: Vec<u32> = self.sending().map(SendingTrack::ssrc).collect();
        let Some((first, ssrc)) = self.sending().next().zip(sources.first().copied()) else {
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

    fn sending(&self) -> impl Iterator<Item = &SendingTrack> {
        self.slots.iter().flat_map(|slot| &slot.sending)
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
