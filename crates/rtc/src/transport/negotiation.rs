//! The exchange of descriptions and candidates with the other end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rtc::peer_connection::configuration::RTCOfferOptions;
use rtc::rtp_transceiver::RTCRtpTransceiverDirection;
use tokio::time::sleep;
use webrtc::error::Error as StackError;
use webrtc::peer_connection::{RTCIceCandidateInit, RTCSessionDescription};

use super::Transport;
use crate::description::{self, Session, Stream};
use crate::remote_candidates::RemoteCandidates;
use crate::reporter::Update;
use crate::{Candidate, Description, DescriptionKind, Layout, TransportError};

/// A server that is reached by UDP has answered by then, also from the other side of the world and with some of it lost.
const UDP_ANSWERS_WITHIN: Duration = Duration::from_millis(1_500);

/// Of all ways they are the last: what is lost there comes late.
const PRIORITY_OF_CONNECTIONS: u32 = 1;

/// Where the exchange of descriptions stands.
pub(super) struct Negotiation {
    role: Role,
    /// A local offer is applied and has no answer yet.
    open_offer: bool,
    remote: RemoteCandidates,
    remote_ice: Option<(String, String)>,
    /// The offerer is one of us, so that we begin the handshake.
    begins_handshake: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Gathered on an offer that is told only if we turn out to be the offerer.
    Undecided,
    Offerer,
    Answerer,
}

impl Negotiation {
    /// The first offer is applied already, to gather for.
    pub(super) fn gathering(layout: Layout) -> Self {
        Self {
            role: if layout.is_offered_only() { Role::Offerer } else { Role::Undecided },
            open_offer: true,
            remote: RemoteCandidates::default(),
            remote_ice: None,
            begins_handshake: false,
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
        self.flow.check_open()?;
        let mut negotiation = self.negotiation.lock().await;
        if negotiation.role == Role::Answerer {
            return Err(TransportError::WrongRole("an answerer makes no offer"));
        }
        negotiation.role = Role::Offerer;
        if negotiation.open_offer { self.tell_local(DescriptionKind::Offer, &negotiation).await } else { Ok(()) }
    }

    /// Takes the other end's description. An offer is answered at once: `LocalDescription` follows. An answer that is not
    /// waited for any more is ignored.
    ///
    /// # Errors
    ///
    /// [`TransportError::BadDescription`] for a text that is not a session of streams that we can speak,
    /// [`TransportError::WrongRole`] for an offer to the offerer.
    pub async fn set_remote(&self, description: Description) -> Result<(), TransportError> {
        self.flow.check_open()?;
        let session = description::read(&description.sdp, self.layout)?;
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
        self.flow.check_open()?;
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
        self.flow.check_open()?;
        let mut negotiation = self.negotiation.lock().await;
        if negotiation.role != Role::Offerer || negotiation.remote_ice.is_none() {
            return Err(TransportError::WrongRole("only an offerer that was answered restarts"));
        }
        if !negotiation.open_offer {
            self.send_update(Update::Describing).await?;
            self.apply_offer(Some(RTCOfferOptions { ice_restart: true })).await?;
            negotiation.open_offer = true;
        }
        self.tell_local(DescriptionKind::Offer, &negotiation).await
    }

    pub(super) async fn apply_offer(&self, options: Option<RTCOfferOptions>) -> Result<(), TransportError> {
        let offer = self.peer().create_offer(options).await?;
        let in_layers = self.slots.iter().position(|slot| slot.is_in_layers());
        if let Some(name) = in_layers.and_then(|at| description::names(&offer.sdp).nth(at)) {
            self.layer_names.note_section(name);
        }
        Ok(self.peer().set_local_description(offer).await?)
    }

    /// Tells the applied local description, with the candidates that are there already.
    async fn tell_local(&self, kind: DescriptionKind, negotiation: &Negotiation) -> Result<(), TransportError> {
        let local = self.peer().local_description().await.ok_or(TransportError::Closed)?;
        let mut sdp = description::with_promise(&local.sdp);
        if self.layout.is_offered_only() {
            // The server begins the handshake at once; the library would begin it at its next check only.
            sdp = description::with_setup(&sdp, "actpass", "passive");
        }
        if kind == DescriptionKind::Answer && negotiation.begins_handshake {
            // The library answers by its settings, and acts by the offer.
            sdp = description::with_setup(&sdp, "passive", "active");
        }
        self.send_update(Update::Described(Description { kind, sdp })).await
    }

    async fn send_update(&self, update: Update) -> Result<(), TransportError> {
        self.updates.send(update).await.map_err(|_| TransportError::Closed)
    }

    async fn take_answer(
        &self,
        negotiation: &mut Negotiation,
        sdp: String,
        session: Session,
    ) -> Result<(), TransportError> {
        if negotiation.role != Role::Offerer {
            return Err(TransportError::WrongRole("an answer came to a transport that offered nothing"));
        }
        if !negotiation.open_offer {
            tracing::debug!("ignored an answer that is not waited for");
            return Ok(());
        }
        let connections = if self.layout.is_offered_only() { description::connections(&sdp) } else { Vec::new() };
        let answer = RTCSessionDescription::answer(sdp).map_err(bad_description)?;
        self.peer().set_remote_description(answer).await.map_err(bad_description)?;
        negotiation.open_offer = false;
        self.try_connections_later(connections);
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
        // The end that waits for the handshake has its last flight, and sends that again when it is lost. So with a browser we wait. Two
        // ends of ours both send again what is lost, and the answerer has its pair first.
        negotiation.begins_handshake = description::lets_answerer_begin(&sdp);
        let open = if negotiation.begins_handshake { "passive" } else { "actpass" };
        let offered = description::with_setup(&sdp, "actpass", open);
        let offer = RTCSessionDescription::offer(offered).map_err(bad_description)?;
        if negotiation.open_offer {
            self.peer().set_local_description(RTCSessionDescription::rollback(None)?).await?;
            negotiation.open_offer = false;
        }
        if negotiation.role == Role::Answerer {
            self.send_update(Update::Describing).await?;
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
        let beyond = description::names(&offer.sdp).skip(self.slots.len()).map(str::to_owned).collect::<Vec<_>>();
        self.peer().set_remote_description(offer).await?;
        // The library accepts every section that it has a codec for, also where we have no slot.
        for transceiver in self.peer().get_transceivers().await {
            if transceiver.mid().await?.is_some_and(|mid| beyond.contains(&mid)) {
                transceiver.set_direction(RTCRtpTransceiverDirection::Inactive).await?;
            }
        }
        let answer = self.peer().create_answer(None).await?;
        self.peer().set_local_description(answer).await
    }

    async fn remote_applied(&self, negotiation: &mut Negotiation, session: Session) -> Result<(), TransportError> {
        // Between two devices neither needs to know it, and it would leave unencrypted.
        let loudness = session.loudness.filter(|_| self.layout != Layout::Pair);
        // What the other end says nothing of, it does not use.
        let streams = session.streams.into_iter().chain(std::iter::repeat(Stream::Declined));
        for (slot, stream) in self.slots.iter().zip(streams) {
            slot.agreed.payload_types.agree_on_loudness(loudness);
            match stream {
                Stream::Sound { opus, red } => slot.agreed.payload_types.agree(Some(opus), red),
                Stream::Picture { h264, takes_layers } => {
                    let is_taken = takes_layers || !slot.is_in_layers();
                    slot.agreed.payload_types.agree(h264.filter(|_| is_taken), None);
                }
                Stream::Declined => slot.agreed.payload_types.agree(None, None),
            }
        }
        self.pacing.agree(session.feedback);
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

    /// A server takes connections too, which are tried when UDP has brought no answer; at once where they were needed before.
    fn try_connections_later(&self, servers: Vec<SocketAddr>) {
        if servers.is_empty() {
            return;
        }
        let (peer, flow, tunnels) = (Arc::downgrade(&self.peer), Arc::clone(&self.flow), self.tunnels.clone());
        tokio::spawn(async move {
            if !tunnels.are_used() {
                sleep(UDP_ANSWERS_WITHIN).await;
                if flow.is_connected() {
                    return;
                }
            }
            let Some(peer) = peer.upgrade().filter(|_| flow.check_open().is_ok()) else { return };
            for stand_in in servers.into_iter().filter_map(|server| tunnels.stand_in_for(server)) {
                let (ip, port) = (stand_in.ip(), stand_in.port());
                let candidate = format!("candidate:tcp 1 udp {PRIORITY_OF_CONNECTIONS} {ip} {port} typ host");
                let init = RTCIceCandidateInit { candidate, sdp_mline_index: Some(0), ..Default::default() };
                if let Err(error) = peer.add_ice_candidate(init).await {
                    tracing::debug!(%error, "a server's connection cannot be tried");
                }
            }
        });
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
}

fn bad_description(error: StackError) -> TransportError {
    if let StackError::ErrConnectionClosed = error {
        return TransportError::Closed;
    }
    TransportError::BadDescription(error.to_string())
}
