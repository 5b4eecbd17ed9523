//! One link's task. It owns the socket and the server's end of the link, which decides; no other task touches either.

use std::{
    collections::VecDeque,
    panic::AssertUnwindSafe,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};

use axum::extract::ws::{Message, WebSocket};
use carillon_call::session::{
    ServerEnd,
    server::{Input, Output, Timeouts},
};
use carillon_protocol::{OpId, ServerFrame, SessionId, Signal, Signature, UserId, signal_frame};
use futures_util::FutureExt as _;
use tokio::{
    sync::watch,
    time::{sleep_until, timeout_at},
};

use super::{
    CloseReason,
    frames::{ParsedFrame, parse_frame},
    opening::{Opening, open, still_rings},
    requests,
    socket::{LinkClosed, close, flush, read, send, send_text, write},
};
use crate::{
    bus::{Listener, Mail},
    doors::SharedState,
    ground::{
        clock::millis,
        limits::{Pace, table},
        secrets,
        shared::Ground,
    },
    runtime::log_budget::limited,
    services::device_keys,
    store::{self, Body, LinkId, Outgoing, Who},
};

/// A ring that is shorter by so much is not noticed.
const JUST_NOW: Duration = Duration::from_millis(500);

/// The session to go on with, and the last signal of it that the device has processed.
type Resume = Option<(SessionId, u64)>;

type End = ServerEnd<Arc<Body>>;

/// Serves a device from its upgrade to the end of its link.
pub(super) async fn run(server: SharedState, who: Who, stun: Option<String>, mut socket: WebSocket) {
    let patience = Timeouts { hello: server.config.patience.hello, silence: server.config.patience.silence };
    let mut end = End::new(patience, now());
    let over = match Box::pin(handshake(&server, &mut socket, &mut end, &who)).await {
        Ok(resume) => {
            let listener = server.bus.join(who.device);
            let link = listener.link;
            if server.lifecycle.stops.is_now() {
                server.bus.dismiss(link.device, CloseReason::ServerStops);
            }
            server.metrics.links.fetch_add(1, Relaxed);
            let over = Box::pin(serve(&server, who, stun, &mut socket, end, listener, resume)).await;
            server.metrics.links.fetch_sub(1, Relaxed);
            server.bus.leave(link);
            over
        }
        Err(over) => over,
    };
    if let LinkClosed::ByServer(reason) = over {
        tracing::debug!(?reason, "a link is closed");
        close(&mut socket, reason).await;
    }
}

/// Challenges the device, and hears what it remembers. A device that has a key must have signed the challenge with it: a token
/// alone opens no link then.
async fn handshake(ground: &Ground, socket: &mut WebSocket, end: &mut End, who: &Who) -> Result<Resume, LinkClosed> {
    let nonce = secrets::new_nonce();
    send(ground, socket, &ServerFrame::Challenge { nonce: nonce.clone() }).await?;
    flush(ground, socket).await?;
    let (resume, proof) = first_frame(socket, end).await?;
    match &who.key {
        Some(key) if !device_keys::proves(key, &nonce, who.device, proof.as_ref()) => Err(CloseReason::Unproven.into()),
        _ => Ok(resume),
    }
}

async fn first_frame(socket: &mut WebSocket, end: &mut End) -> Result<(Resume, Option<Signature>), LinkClosed> {
    loop {
        let until = end.poll_timeout().ok_or(CloseReason::Silent)?;
        match timeout_at(until.into(), socket.recv()).await {
            Err(_) => end.handle_timeout(now()),
            Ok(message) => match read(message)?.map(|text| parse_frame(&text)) {
                None => end.handle_input(Input::SignOfLife, now()),
                Some(ParsedFrame::Frame(frame)) => end.handle_input(Input::Frame(frame), now()),
                Some(_) => return Err(CloseReason::Malformed.into()),
            },
        }
        match end.poll_output() {
            Some(Output::Open { resume, proof }) => return Ok((resume, proof)),
            Some(Output::Close(fault)) => return Err(CloseReason::from(fault).into()),
            _ => {}
        }
    }
}

async fn serve(
    server: &SharedState,
    who: Who,
    stun: Option<String>,
    socket: &mut WebSocket,
    end: End,
    listener: Listener,
    resume: Resume,
) -> LinkClosed {
    let link = listener.link;
    let begin = |server: SharedState| async move { begin(&server, who, link, resume, stun).await };
    let opening = match server.carry_out(begin).await {
        Ok(Ok(opening)) => opening,
        Ok(Err(reason)) => return reason.into(),
        Err(_) => return CloseReason::Failed.into(),
    };
    let (who, user) = (opening.who.clone(), opening.who.account.user.clone());
    let mut live = Link { server, who, link, socket, pace: Pace::new(&server.config.limits), end };
    let living = AssertUnwindSafe(live.live(&opening, &listener)).catch_unwind();
    let over = living.await.unwrap_or_else(|_| CloseReason::Failed.into());
    let acked = live.end.acked();

    let wind_up = move |server: SharedState| async move { wind_up(&server, user, link, acked).await };
    if server.carry_out(wind_up).await.is_err() {
        limited!(error, "the end of a link could not be dealt with");
    }
    over
}

/// Opens the session, and lets others know of the link.
async fn begin(
    ground: &Ground,
    who: Who,
    link: LinkId,
    resume: Resume,
    stun: Option<String>,
) -> Result<Opening, CloseReason> {
    let opening = open(ground, who, link, resume, stun).await.unwrap_or_else(|error| {
        ground.store_failed(&error, "a session could not be opened");
        Err(CloseReason::Failed)
    })?;
    let opened = if opening.is_new { &ground.metrics.reset } else { &ground.metrics.resumed };
    opened.fetch_add(1, Relaxed);
    ground.bus.presence.linked(opening.who.account.user.clone(), link, opening.is_new).await;
    Ok(opening)
}

/// Writes the end of a link down, and lets others know of it.
async fn wind_up(ground: &Ground, user: UserId, link: LinkId, acked: u64) {
    let now_ms = ground.clock.now_ms();
    if let Err(error) = ground.store.unlink(link, acked, now_ms).await {
        ground.store_failed(&error, "the end of a link could not be written down");
    }
    let patience = &ground.config.patience;
    ground.deadlines.note(now_ms.saturating_add(millis(patience.unreached.min(patience.away))));
    ground.bus.presence.unlinked(user, link).await;
}

struct Link<'a> {
    server: &'a SharedState,
    who: Who,
    link: LinkId,
    socket: &'a mut WebSocket,
    pace: Pace,
    end: End,
}

impl Link<'_> {
    async fn live(&mut self, opening: &Opening, listener: &Listener) -> LinkClosed {
        let mut closing = listener.closing.clone();
        if let Err(over) = self.send(&opening.frame).await {
            return over;
        }
        self.end.handle_input(Input::Opened { told: opening.sent }, now());
        // An idle link is only as large as what it waits for: the steps are boxed.
        loop {
            if let Err(over) = Box::pin(self.settle()).await {
                return over;
            }
            // An answer and the signals that came of it go out together.
            if !listener.mailbox.is_filled()
                && let Err(over) = flush(self.server, self.socket).await
            {
                return over;
            }
            let deadline = self.end.poll_timeout();
            let step = tokio::select! {
                biased;
                why = dismissed(&mut closing) => Err(why.into()),
                mail = listener.mailbox.take() => Box::pin(self.arrived(mail)).await,
                message = self.socket.recv() => Box::pin(self.receive(message)).await,
                () = at(deadline) => { self.end.handle_timeout(now()); Ok(()) }
            };
            if let Err(over) = step {
                return over;
            }
        }
    }

    async fn receive(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), LinkClosed> {
        let now = now();
        self.pace.keep().await;
        let Some(text) = read(message)? else {
            self.end.handle_input(Input::SignOfLife, now);
            return Ok(());
        };
        let heard = parse_frame(&text);
        let row = table::of_frame(&heard);
        match heard {
            ParsedFrame::Frame(frame) => {
                self.end.handle_input(Input::Frame(frame), now);
                Ok(())
            }
            ParsedFrame::Malformed => Err(CloseReason::Malformed.into()),
            ParsedFrame::BadRequest { op_id, detail } => {
                self.end.handle_input(Input::SignOfLife, now);
                self.server.fault(&row, self.who.device);
                self.refuse(op_id, &detail).await
            }
            ParsedFrame::Unknown => {
                self.end.handle_input(Input::SignOfLife, now);
                self.server.fault(&row, self.who.device);
                limited!(info, "an unknown frame is ignored");
                Ok(())
            }
        }
    }

    async fn refuse(&mut self, op_id: OpId, detail: &str) -> Result<(), LinkClosed> {
        limited!(info, "a request that this version does not know is refused");
        let result = requests::not_understood(self.server, detail);
        self.send(&ServerFrame::Answer { op_id, result }).await
    }

    /// What passes by goes at once; it has no place in the stream.
    async fn arrived(&mut self, mail: Mail) -> Result<(), LinkClosed> {
        self.committed(mail.signals);
        for frame in mail.passing {
            send_text(self.server, self.socket, frame.to_string()).await?;
        }
        Ok(())
    }

    /// What was committed just now; what waited for a slow reader may be old.
    fn committed(&mut self, mail: VecDeque<Outgoing>) {
        let now_ms = self.server.clock.now_ms();
        for signal in mail {
            let has_waited = now_ms.saturating_sub(signal.at_ms) > millis(JUST_NOW);
            self.end.handle_input(Input::Committed { signal, has_waited }, now());
        }
    }

    /// Does all that the server's end wants done.
    async fn settle(&mut self) -> Result<(), LinkClosed> {
        while let Some(output) = self.end.poll_output() {
            match output {
                Output::Open { .. } => {} // the handshake is over
                Output::Request { op_id, body } => {
                    let result = requests::answer(self.server, &self.who, op_id, body).await;
                    self.send(&ServerFrame::Answer { op_id, result }).await?;
                }
                Output::Read { after } => self.look_up(after).await?,
                Output::Tell { signal, is_late } => self.tell(signal, is_late).await?,
                Output::Acknowledged { seq } => self.acknowledged(seq).await,
                Output::Ping => self.write(Message::Ping(Vec::new().into())).await?,
                Output::Close(fault) => return Err(CloseReason::from(fault).into()),
            }
        }
        Ok(())
    }

    async fn acknowledged(&mut self, acked: u64) {
        let link = self.link;
        let acknowledge = |server: SharedState| async move { server.store.acknowledge(link, acked).await };
        if let Ok(Err(error)) = self.server.carry_out(acknowledge).await {
            self.server.store_failed(&error, "an acknowledgement could not be written down");
        }
    }

    /// Reads what is in the stream and has not been sent.
    async fn look_up(&mut self, after: u64) -> Result<(), LinkClosed> {
        let signals = self.server.store.outgoing(self.who.device, after).await.map_err(|error| {
            self.server.store_failed(&error, "signals could not be read");
            CloseReason::Failed
        })?;
        self.end.handle_input(Input::Stored(signals), now());
        Ok(())
    }

    async fn tell(&mut self, Outgoing { seq, body, at_ms }: Outgoing, is_late: bool) -> Result<(), LinkClosed> {
        let age_ms = self.server.clock.now_ms().saturating_sub(at_ms);
        let aged = if is_late { self.as_of_now(&body.signal, age_ms).await?.map(Body::from) } else { None };
        self.server.metrics.outbox_lag.observe(Duration::from_millis(age_ms));
        self.learn(&body.signal).await?;
        let json = aged.as_ref().map_or(&body.json, |aged| &aged.json);
        send_text(self.server, self.socket, signal_frame(seq, json)).await
    }

    /// A ring that waited has less of its time left; and none if it is over, so that a device that comes back never rings for it.
    async fn as_of_now(&mut self, signal: &Signal, age_ms: u64) -> Result<Option<Signal>, LinkClosed> {
        let Signal::Ring(ring) = signal else { return Ok(None) };
        let still_rings = still_rings(self.server, &self.who, ring).await.map_err(|error| {
            self.server.store_failed(&error, "a call could not be read");
            CloseReason::Failed
        })?;
        Ok(Some(signal.clone().aged(if still_rings { age_ms } else { u64::MAX })))
    }

    /// After a signal about the device or its user, the link works with what that signal says.
    async fn learn(&mut self, signal: &Signal) -> Result<(), LinkClosed> {
        if !matches!(signal, Signal::AccountChanged(_) | Signal::DevicesChanged) {
            return Ok(());
        }
        let mut who = self.who.clone();
        let refreshed = self.server.store.ask(async move |conn| {
            who.refresh(conn).await?;
            Ok(who)
        });
        self.who = refreshed.await.map_err(|error: store::StoreError| {
            self.server.store_failed(&error, "an account could not be read");
            CloseReason::Failed
        })?;
        Ok(())
    }

    async fn send(&mut self, frame: &ServerFrame) -> Result<(), LinkClosed> {
        send(self.server, self.socket, frame).await
    }

    async fn write(&mut self, message: Message) -> Result<(), LinkClosed> {
        write(self.server, self.socket, message).await
    }
}

/// Waits until the server wants the link to end.
async fn dismissed(closing: &mut watch::Receiver<Option<CloseReason>>) -> CloseReason {
    let why = closing.wait_for(Option::is_some).await.ok().and_then(|why| *why);
    why.unwrap_or(CloseReason::Replaced)
}

/// The clock of links; in tests it is virtual.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Sleeps until then; for ever if there is no such time.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time.into()).await,
        None => std::future::pending().await,
    }
}
