//! [`Transport`], over the `webrtc` crate.
//!
//! Besides the library's driver two tasks serve one connection: the *reporter* turns the library's callbacks into events in the
//! right order, and the *ear* forwards the packets of the other end's track. Both end with the connection.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::{Duration, Instant};

use rtc::peer_connection::configuration::RTCOfferOptions;
use rtc::rtcp::goodbye::Goodbye;
use rtc::rtcp::receiver_report::ReceiverReport;
use rtc::rtp;
use tokio::sync::{Mutex, mpsc};
use webrtc::error::Error as StackError;
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::peer_connection::{PeerConnection, RTCIceCandidateInit, RTCSessionDescription, StatsSelector};

use crate::connection::{self, Connection, OPUS_PAYLOAD_TYPE};
use crate::description::{self, Session, Stream};
use crate::packetizer::{Numbered, Packetizer};
use crate::redundancy::{MAX_EARLIER, PayloadTypes, Repeater};
use crate::remote_candidates::RemoteCandidates;
use crate::reporter::{self, Handler, Note, Notes, Reporter};
use crate::reports::Reports;
use crate::runtime::Waker;
use crate::stats::Counters;
use crate::{
    AudioFrame, Candidate, Description, DescriptionKind, TransportConfig, TransportError, TransportEvent,
    TransportStats, stats,
};

/// How long a packet may wait for a driver that is behind. Voice older than that is better lost.
const SEND_PATIENCE: Duration = Duration::from_millis(100);

/// Carries one call's media to the other end, over a peer-to-peer connection with one voice track each way.
///
/// The side that calls [`create_offer`](Self::create_offer) is the offerer for the transport's whole life; the other answers.
pub struct Transport {
    connection: Connection,
    notes: Notes,
    counters: Arc<Counters>,
    reports: Reports,
    payload_types: Arc<PayloadTypes>,
    outgoing: StdMutex<Outgoing>,
    negotiation: Mutex<Negotiation>,
    closed: AtomicBool,
}

/// Numbers what is sent.
struct Outgoing {
    packetizer: Packetizer,
    repeater: Repeater,
}

/// Where the exchange of descriptions stands.
#[derive(Default)]
struct Negotiation {
    role: Role,
    /// A local offer is applied and has no answer yet.
    open_offer: bool,
    remote: RemoteCandidates,
    remote_ice: Option<(String, String)>,
    /// The offerer is one of us, so that we begin the handshake.
    begins_handshake: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Gathered on an offer that is told only if we turn out to be the offerer.
    #[default]
    Undecided,
    Offerer,
    Answerer,
}

impl Transport {
    /// Does all that needs no consent: opens sockets, makes the certificate, gathers candidates. Connects to nobody, sends no media.
    ///
    /// Must run inside a tokio runtime. Dropping the transport closes it; [`Transport::close`] also waits for that.
    ///
    /// # Errors
    ///
    /// [`TransportError::Start`] if no socket can be opened.
    pub async fn prepare(config: TransportConfig) -> Result<(Self, mpsc::Receiver<TransportEvent>), TransportError> {
        let counters = Arc::new(Counters::default());
        let (notes, notes_rx, events, events_rx) = reporter::channels(Arc::clone(&counters));
        let (waker, reports) = (Waker::default(), Reports::new(notes.clone()));
        let payload_types = Arc::new(PayloadTypes::default());
        payload_types.agree(OPUS_PAYLOAD_TYPE, None);
        let handler = Handler {
            notes: notes.clone(),
            events: events.clone(),
            waker: waker.clone(),
            payload_types: Arc::clone(&payload_types),
        };
        let connection = connection::build(&config, Arc::new(handler), waker, &reports).await.map_err(start_error)?;
        let reporter = Reporter::new(
            notes_rx,
            events,
            config.handshake_within,
            Arc::downgrade(&connection.peer),
            Arc::clone(&counters),
        );
        tokio::spawn(reporter.run());

        let transport = Self {
            connection,
            notes,
            counters,
            reports,
            payload_types,
            outgoing: StdMutex::new(Outgoing {
                packetizer: Packetizer::new(rand::random(), rand::random()),
                repeater: Repeater::default(),
            }),
            negotiation: Mutex::new(Negotiation { open_offer: true, ..Negotiation::default() }),
            closed: AtomicBool::new(false),
        };
        // The library gathers only for a description. Whoever answers in the end takes this offer back, and keeps the candidates.
        transport.apply_offer(None).await.map_err(|error| TransportError::Start(error.to_string()))?;
        Ok((transport, events_rx))
    }

    async fn apply_offer(&self, options: Option<RTCOfferOptions>) -> Result<(), TransportError> {
        let offer = self.peer().create_offer(options).await?;
        Ok(self.peer().set_local_description(offer).await?)
    }

    /// Tells the applied local description, with the candidates that are there already.
    async fn tell_local(&self, kind: DescriptionKind, negotiation: &Negotiation) -> Result<(), TransportError> {
        let local = self.peer().local_description().await.ok_or(TransportError::Closed)?;
        let mut sdp = description::with_promise(&local.sdp);
        if kind == DescriptionKind::Answer && negotiation.begins_handshake {
            // The library answers by its settings, and acts by the offer.
            sdp = description::with_setup(&sdp, "passive", "active");
        }
        self.note(Note::Described(Description { kind, sdp })).await
    }

    async fn note(&self, note: Note) -> Result<(), TransportError> {
        self.notes.send(note).await.map_err(|_| TransportError::Closed)
    }

    async fn take_answer(
        &self,
        negotiation: &mut Negotiation,
        sdp: String,
        session: Session,
    ) -> Result<(), TransportError> {
        if negotiation.role != Role::Offerer {
            return Err(TransportError::WrongRole("an answer came to who offered nothing"));
        }
        if !negotiation.open_offer {
            tracing::debug!("ignored an answer that nobody waits for");
            return Ok(());
        }
        let answer = RTCSessionDescription::answer(sdp).map_err(bad_description)?;
        self.peer().set_remote_description(answer).await.map_err(bad_description)?;
        negotiation.open_offer = false;
        self.remote_applied(negotiation, session).await
    }

    async fn take_offer(
        &self,
        negotiation: &mut Negotiation,
        sdp: String,
        session: Session,
    ) -> Result<(), TransportError> {
        if negotiation.role == Role::Offerer {
            return Err(TransportError::WrongRole("an offer came to the offerer"));
        }
        // Whoever waits for the handshake has its last flight, and sends that again when it is lost. So with a browser we wait. Two of us
        // both send again what is lost, and the answerer has its pair first.
        negotiation.begins_handshake = description::lets_answerer_begin(&sdp);
        let open = if negotiation.begins_handshake { "passive" } else { "actpass" };
        let offered = description::with_setup(&sdp, "actpass", open);
        let offer = RTCSessionDescription::offer(offered).map_err(bad_description)?;
        if negotiation.open_offer {
            self.peer().set_local_description(RTCSessionDescription::rollback(None)?).await?;
            negotiation.open_offer = false;
        }
        if negotiation.role == Role::Answerer {
            self.note(Note::Describing).await?;
        }
        if let Err(error) = self.answer(offer).await {
            // The library keeps half an offer that it could not take; the next one must find it as before.
            let rollback = RTCSessionDescription::rollback(None)?;
            let _ = self.peer().set_remote_description(rollback).await;
            return Err(bad_description(error));
        }
        negotiation.role = Role::Answerer;
        self.remote_applied(negotiation, session).await?;
        self.tell_local(DescriptionKind::Answer, negotiation).await
    }

    async fn answer(&self, offer: RTCSessionDescription) -> Result<(), StackError> {
        self.peer().set_remote_description(offer).await?;
        let answer = self.peer().create_answer(None).await?;
        self.peer().set_local_description(answer).await
    }

    async fn remote_applied(&self, negotiation: &mut Negotiation, session: Session) -> Result<(), TransportError> {
        if let Some(Stream::Sound { opus, red }) = session.streams.first() {
            self.payload_types.agree(*opus, *red);
        }
        if negotiation.remote_ice.as_ref() != Some(&session.ice) {
            negotiation.remote.restarted();
            negotiation.remote_ice = Some(session.ice);
        }
        for candidate in negotiation.remote.described() {
            if let Err(error) = self.apply_candidate(candidate).await {
                tracing::debug!(%error, "ignored an early candidate");
            }
        }
        Ok(())
    }

    async fn apply_candidate(&self, candidate: Candidate) -> Result<(), TransportError> {
        let init = RTCIceCandidateInit {
            candidate: candidate.candidate,
            sdp_mid: candidate.sdp_mid,
            sdp_mline_index: candidate.sdp_m_line_index,
            ..RTCIceCandidateInit::default()
        };
        let applied = self.peer().add_ice_candidate(init).await;
        applied.map_err(|error| TransportError::BadCandidate(error.to_string()))
    }

    /// Tells the other end that this one is done, which otherwise would have to guess it from the silence. The library closes at once and
    /// lets what is queued lie, so it is waited for, and not long.
    async fn say_goodbye(&self) {
        let ssrc = self.connection.ssrc;
        // A goodbye comes behind a report (RFC 3550 §6.1).
        let report = ReceiverReport { ssrc, ..ReceiverReport::default() };
        let goodbye = Goodbye { sources: vec![ssrc], ..Goodbye::default() };
        let saying = async {
            self.connection.track.write_rtcp(vec![Box::new(report), Box::new(goodbye)]).await?;
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
        self.connection.peer.as_ref()
    }

    fn outgoing(&self) -> std::sync::MutexGuard<'_, Outgoing> {
        self.outgoing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_open(&self) -> Result<(), TransportError> {
        if self.closed.load(Ordering::Acquire) { Err(TransportError::Closed) } else { Ok(()) }
    }

    fn packet(&self, numbered: Numbered, payload_type: u8) -> rtp::Packet {
        rtp::Packet {
            header: rtp::header::Header {
                version: 2,
                marker: numbered.marker,
                payload_type,
                sequence_number: numbered.sequence,
                timestamp: numbered.timestamp,
                ssrc: self.connection.ssrc,
                ..rtp::header::Header::default()
            },
            payload: numbered.payload,
        }
    }
}

impl Transport {
    /// Makes the first offer. `LocalDescription` and the candidates follow as events. Again before the answer came: the same
    /// offer is told again.
    ///
    /// # Errors
    ///
    /// [`TransportError::WrongRole`] for a transport that has answered, [`TransportError::Closed`] after close.
    pub async fn create_offer(&self) -> Result<(), TransportError> {
        self.check_open()?;
        let mut negotiation = self.negotiation.lock().await;
        if negotiation.role == Role::Answerer {
            return Err(TransportError::WrongRole("an answerer makes no offer"));
        }
        negotiation.role = Role::Offerer;
        if negotiation.open_offer { self.tell_local(DescriptionKind::Offer, &negotiation).await } else { Ok(()) }
    }

    /// Takes the other end's description. An offer is answered at once: `LocalDescription` follows. An answer that nobody waits
    /// for any more is ignored.
    ///
    /// # Errors
    ///
    /// [`TransportError::BadDescription`] for a text that is not a session of streams that we can speak,
    /// [`TransportError::WrongRole`] for an offer to the offerer.
    pub async fn set_remote(&self, description: Description) -> Result<(), TransportError> {
        self.check_open()?;
        let session = description::read(&description.sdp)?;
        let mut negotiation = self.negotiation.lock().await;
        match description.kind {
            DescriptionKind::Answer => self.take_answer(&mut negotiation, description.sdp, session).await,
            DescriptionKind::Offer => self.take_offer(&mut negotiation, description.sdp, session).await,
        }
    }

    /// Takes one of the other end's candidates. Before [`set_remote`](Self::set_remote) it is kept, within a bound.
    ///
    /// # Errors
    ///
    /// [`TransportError::BadCandidate`] for a text that is not a candidate, [`TransportError::TooManyCandidates`] beyond the bound.
    pub async fn add_candidate(&self, candidate: Candidate) -> Result<(), TransportError> {
        self.check_open()?;
        let mut negotiation = self.negotiation.lock().await;
        match negotiation.remote.take(candidate)? {
            Some(candidate) => self.apply_candidate(candidate).await,
            None => Ok(()),
        }
    }

    /// Looks for a new path (ICE restart): gathers on the interfaces of this moment and tells a new offer. Only the offerer can;
    /// so there is never glare.
    ///
    /// # Errors
    ///
    /// [`TransportError::WrongRole`] at the answerer and before the first answer.
    pub async fn restart(&self) -> Result<(), TransportError> {
        self.check_open()?;
        let mut negotiation = self.negotiation.lock().await;
        if negotiation.role != Role::Offerer || negotiation.remote_ice.is_none() {
            return Err(TransportError::WrongRole("only an offerer that was answered restarts"));
        }
        if !negotiation.open_offer {
            self.note(Note::Describing).await?;
            self.apply_offer(Some(RTCOfferOptions { ice_restart: true })).await?;
            negotiation.open_offer = true;
        }
        self.tell_local(DescriptionKind::Offer, &negotiation).await
    }

    /// Sends one voice frame. Before `Connected` it is dropped: voice does not wait.
    ///
    /// # Errors
    ///
    /// [`TransportError::Closed`] after close.
    pub async fn send_audio(&self, frame: AudioFrame) -> Result<(), TransportError> {
        self.check_open()?;
        let packet = {
            let mut outgoing = self.outgoing();
            if !self.counters.connected.load(Ordering::Acquire) {
                outgoing.packetizer.drop_frame(&frame);
                return Ok(());
            }
            let mut numbered = outgoing.packetizer.number(frame);
            let (opus, red) = (self.payload_types.opus(), self.payload_types.red());
            let with_earlier = outgoing.repeater.add(numbered.timestamp, &numbered.payload, opus);
            let mut payload_type = opus;
            if let Some((red, payload)) = red.zip(with_earlier) {
                (payload_type, numbered.payload) = (red, payload);
            }
            self.packet(numbered, payload_type)
        };
        let bytes = packet.payload.len();
        if let Ok(sent) = tokio::time::timeout(SEND_PATIENCE, self.connection.track.write_rtp(packet)).await {
            sent?;
            self.counters.count_sent(bytes);
        }
        Ok(())
    }

    /// Lets each packet carry so many earlier frames beside its own from now on, at most two, and answers whether the other end reads
    /// such packets (RFC 2198). If not, nothing changes.
    pub fn set_redundancy(&self, earlier_frames: usize) -> bool {
        self.outgoing().repeater.earlier = earlier_frames.min(MAX_EARLIER);
        self.payload_types.red().is_some()
    }

    /// How the connection is doing.
    pub async fn stats(&self) -> TransportStats {
        let report = self.peer().get_stats(Instant::now(), StatsSelector::None).await;
        stats::collect(&self.counters, self.reports.latest(), &report)
    }

    /// Ends it: the other end is told, sockets close, tasks end, the event channel drains and closes. Again is no error.
    pub async fn close(&self) {
        if self.closed.swap(true, Ordering::AcqRel) {
            return;
        }
        if self.counters.connected.swap(false, Ordering::AcqRel) {
            self.say_goodbye().await;
        }
        let _ = self.notes.try_send(Note::Closed);
        if let Err(error) = self.peer().close().await {
            tracing::debug!(%error, "closing the connection");
        }
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        if self.closed.swap(true, Ordering::AcqRel) {
            return;
        }
        let _ = self.notes.try_send(Note::Closed);
        // The library's driver runs on until it is told to stop.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let peer = Arc::clone(&self.connection.peer);
            runtime.spawn(async move { peer.close().await });
        }
    }
}

impl From<StackError> for TransportError {
    fn from(error: StackError) -> Self {
        match error {
            StackError::ErrConnectionClosed => Self::Closed,
            other => Self::Stack(other.to_string()),
        }
    }
}

fn start_error(error: StackError) -> TransportError {
    TransportError::Start(error.to_string())
}

fn bad_description(error: StackError) -> TransportError {
    match error {
        StackError::ErrConnectionClosed => TransportError::Closed,
        other => TransportError::BadDescription(other.to_string()),
    }
}
