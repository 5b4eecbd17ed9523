//! One link's task. It owns the socket and the place in the stream; nobody else touches either.

use std::{collections::VecDeque, panic::AssertUnwindSafe, sync::atomic::Ordering::Relaxed, time::Duration};

use axum::extract::ws::{Message, WebSocket};
use carillon_protocol::{ClientFrame, DeviceId, OpId, ServerFrame, SessionId, Signal, Signature, UserId, signal_frame};
use futures_util::FutureExt as _;
use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};

use super::{
    Farewell,
    frames::{Heard, hear},
    opening::{Opening, open, still_rings},
    requests,
    socket::{Over, flush, read, say_goodbye, send, send_text, write},
};
use crate::{
    bus::Listener,
    clock::millis,
    core::{Core, Shared},
    device_keys,
    limits::{Pace, table},
    log_budget::limited,
    secrets,
    store::{self, Body, Outgoing, Who},
};

/// Acknowledgements only make room, and resuming brings its own: a few may wait for each other.
const ACKS_AT_ONCE: u64 = 32;
/// Nobody notices that a ring is shorter by so much.
const JUST_NOW: Duration = Duration::from_millis(500);

/// The session to go on with, and the last signal of it that the device has processed.
type Resume = Option<(SessionId, u64)>;

/// Serves a device from its upgrade to the end of its link.
pub(super) async fn run(core: Shared, who: Who, stun: Option<String>, mut socket: WebSocket) {
    let over = match Box::pin(handshake(&core, &mut socket, &who)).await {
        Ok(resume) => {
            let listener = core.bus.join(who.device);
            let (device, link) = (who.device, listener.link);
            if core.lifecycle.stops.is_now() {
                core.bus.dismiss(device, Farewell::ServerStops);
            }
            core.metrics.links.fetch_add(1, Relaxed);
            let over = Box::pin(serve(&core, who, stun, &mut socket, listener, resume)).await;
            core.metrics.links.fetch_sub(1, Relaxed);
            core.bus.leave(device, link);
            over
        }
        Err(over) => over,
    };
    if let Over::Farewell(farewell) = over {
        tracing::debug!(?farewell, "a link is closed");
        say_goodbye(&mut socket, farewell).await;
    }
}

/// Challenges the device, and hears what it remembers. A device that has a key must have signed the challenge with it: a token alone
/// opens no link then.
async fn handshake(core: &Core, socket: &mut WebSocket, who: &Who) -> Result<Resume, Over> {
    let nonce = secrets::new_nonce();
    send(core, socket, &ServerFrame::Challenge { nonce: nonce.clone() }).await?;
    flush(core, socket).await?;
    let (resume, proof) = first_frame(core, socket).await?;
    match &who.key {
        Some(key) if !device_keys::proves(key, &nonce, who.device, proof.as_ref()) => Err(Farewell::Unproven.into()),
        _ => Ok(resume),
    }
}

async fn first_frame(core: &Core, socket: &mut WebSocket) -> Result<(Resume, Option<Signature>), Over> {
    let until = Instant::now() + core.config.patience.hello;
    loop {
        let message = timeout_at(until, socket.recv()).await.map_err(|_| Farewell::Silent)?;
        match read(message)? {
            None => {}
            Some(text) => match hear(&text) {
                Heard::Frame(ClientFrame::Hello { resume, proof }) => return Ok((resume, proof)),
                _ => return Err(Farewell::Malformed.into()),
            },
        }
    }
}

async fn serve(
    core: &Shared,
    who: Who,
    stun: Option<String>,
    socket: &mut WebSocket,
    listener: Listener,
    resume: Resume,
) -> Over {
    let link = listener.link;
    let begin = |core: Shared| async move { begin(&core, who, link, resume, stun).await };
    let opening = match core.carry_out(begin).await {
        Ok(Ok(opening)) => opening,
        Ok(Err(farewell)) => return farewell.into(),
        Err(_) => return Farewell::Failed.into(),
    };
    let (user, device) = (opening.who.account.user.clone(), opening.who.device);
    let mut live = Link::new(core, link, socket, &opening);
    let living = AssertUnwindSafe(live.live(&opening.frame, &listener)).catch_unwind();
    let over = living.await.unwrap_or_else(|_| Farewell::Failed.into());
    let acked = live.acked;

    let end = move |core: Shared| async move { end(&core, user, (device, link), acked).await };
    if core.carry_out(end).await.is_err() {
        limited!(error, "the end of a link could not be dealt with");
    }
    over
}

/// Opens the session, and lets others know of the link.
async fn begin(core: &Core, who: Who, link: u64, resume: Resume, stun: Option<String>) -> Result<Opening, Farewell> {
    let opening = open(core, who, link, resume, stun).await.unwrap_or_else(|error| {
        core.store_failed(&error, "a session could not be opened");
        Err(Farewell::Failed)
    })?;
    let opened = if opening.is_new { &core.metrics.reset } else { &core.metrics.resumed };
    opened.fetch_add(1, Relaxed);
    let (user, device) = (opening.who.account.user.clone(), opening.who.device);
    core.bus.presence.linked(user, (device, link), opening.is_new).await;
    Ok(opening)
}

/// Writes the end of a link down, and lets others know of it.
async fn end(core: &Core, user: UserId, (device, link): (DeviceId, u64), acked: u64) {
    let now_ms = core.clock.now_ms();
    if let Err(error) = core.store.unlink(device, (link, acked), now_ms).await {
        core.store_failed(&error, "the end of a link could not be written down");
    }
    core.deadlines.note(now_ms.saturating_add(millis(core.config.patience.away)));
    core.bus.presence.unlinked(user, (device, link)).await;
}

struct Link<'a> {
    core: &'a Shared,
    who: Who,
    /// Its number.
    link: u64,
    socket: &'a mut WebSocket,
    pace: Pace,
    /// The last signal that was sent.
    sent: u64,
    /// The last signal that the device has processed, and the last that the store knows of.
    acked: u64,
    acked_in_store: u64,
    heard_at: Instant,
    was_asked: bool,
}

impl<'a> Link<'a> {
    fn new(core: &'a Shared, link: u64, socket: &'a mut WebSocket, opening: &Opening) -> Self {
        Self {
            core,
            who: opening.who.clone(),
            link,
            socket,
            pace: Pace::new(&core.config.limits),
            sent: opening.sent,
            acked: opening.sent,
            acked_in_store: opening.sent,
            heard_at: Instant::now(),
            was_asked: false,
        }
    }

    async fn live(&mut self, greeting: &ServerFrame, listener: &Listener) -> Over {
        let mut farewell = listener.farewell.clone();
        if let Err(over) = self.send(greeting).await {
            return over;
        }
        // What a resumed session has missed.
        if let Err(over) = Box::pin(self.catch_up()).await {
            return over;
        }
        // An idle link is only as large as what it waits for: the steps are boxed.
        loop {
            // An answer and the signals that came of it go out together.
            if !listener.mailbox.is_filled()
                && let Err(over) = flush(self.core, self.socket).await
            {
                return over;
            }
            let silence_ends = self.heard_at + self.core.config.patience.silence * if self.was_asked { 2 } else { 1 };
            let step = tokio::select! {
                biased;
                why = dismissed(&mut farewell) => Err(why.into()),
                mail = listener.mailbox.take() => Box::pin(self.deliver(mail)).await,
                message = self.socket.recv() => Box::pin(self.receive(message)).await,
                () = tokio::time::sleep_until(silence_ends) => self.break_silence().await,
            };
            if let Err(over) = step {
                return over;
            }
        }
    }

    async fn receive(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), Over> {
        self.heard_at = Instant::now();
        self.was_asked = false;
        self.pace.keep().await;
        let Some(text) = read(message)? else { return Ok(()) };
        let heard = hear(&text);
        let row = table::of_frame(&heard);
        match heard {
            Heard::Frame(ClientFrame::Request { op_id, body }) => {
                let result = requests::answer(self.core, &self.who, op_id, body).await;
                self.send(&ServerFrame::Answer { op_id, result }).await
            }
            Heard::Frame(ClientFrame::Ack { seq }) => self.acknowledged(seq).await,
            Heard::Frame(ClientFrame::Hello { .. }) | Heard::Malformed => Err(Farewell::Malformed.into()),
            Heard::BadRequest { op_id, detail } => {
                self.core.fault(&row, self.who.device);
                self.refuse(op_id, &detail).await
            }
            Heard::Unknown => {
                self.core.fault(&row, self.who.device);
                limited!(info, "an unknown frame is ignored");
                Ok(())
            }
        }
    }

    async fn refuse(&mut self, op_id: OpId, detail: &str) -> Result<(), Over> {
        limited!(info, "a request that this version does not know is refused");
        let result = requests::not_understood(self.core, detail);
        self.send(&ServerFrame::Answer { op_id, result }).await
    }

    async fn acknowledged(&mut self, seq: u64) -> Result<(), Over> {
        self.acked = self.acked.max(seq.min(self.sent));
        if self.acked - self.acked_in_store < ACKS_AT_ONCE {
            return Ok(());
        }
        self.acked_in_store = self.acked;
        let (device, link, acked) = (self.who.device, self.link, self.acked);
        let acknowledge = |core: Shared| async move { core.store.acknowledge(device, link, acked).await };
        if let Ok(Err(error)) = self.core.carry_out(acknowledge).await {
            self.core.store_failed(&error, "an acknowledgement could not be written down");
        }
        Ok(())
    }

    /// Sends what was committed just now. What is missing before it is in the store; and what waited for a slow reader is sent as to a
    /// link that comes back, so that no ring comes with more time than it has left.
    async fn deliver(&mut self, mail: VecDeque<Outgoing>) -> Result<(), Over> {
        for one in mail {
            let has_waited = self.core.clock.now_ms().saturating_sub(one.at_ms) > millis(JUST_NOW);
            if one.seq > self.sent && (has_waited || one.seq > self.sent + 1) {
                self.catch_up().await?;
            }
            if one.seq > self.sent {
                self.pass_on(one.seq, one.at_ms, &one.body).await?;
            }
        }
        Ok(())
    }

    /// Sends what is in the stream and has not been sent.
    async fn catch_up(&mut self) -> Result<(), Over> {
        loop {
            let outgoing = self.core.store.outgoing(self.who.device, self.sent).await.map_err(|error| {
                self.core.store_failed(&error, "signals could not be read");
                Farewell::Failed
            })?;
            if outgoing.is_empty() {
                return Ok(());
            }
            for one in outgoing {
                if one.seq != self.sent + 1 {
                    // The oldest had to go before this device took them.
                    return Err(Farewell::SlowReader.into());
                }
                let age_ms = self.core.clock.now_ms().saturating_sub(one.at_ms);
                let aged = self.as_of_now(&one.body.signal, age_ms).await?.map(Body::from);
                self.pass_on(one.seq, one.at_ms, aged.as_ref().unwrap_or(&one.body)).await?;
            }
        }
    }

    async fn pass_on(&mut self, seq: u64, at_ms: u64, body: &Body) -> Result<(), Over> {
        self.sent = seq;
        let age_ms = self.core.clock.now_ms().saturating_sub(at_ms);
        self.core.metrics.outbox_lag.observe(Duration::from_millis(age_ms));
        self.learn(&body.signal).await?;
        send_text(self.core, self.socket, signal_frame(seq, &body.json)).await
    }

    /// A ring that waited has less of its time left; and none if it is over, so that a device that comes back never rings for it.
    async fn as_of_now(&mut self, signal: &Signal, age_ms: u64) -> Result<Option<Signal>, Over> {
        let Signal::Ring(ring) = signal else { return Ok(None) };
        let still_rings = still_rings(self.core, &self.who, ring).await.map_err(|error| {
            self.core.store_failed(&error, "a call could not be read");
            Farewell::Failed
        })?;
        Ok(Some(signal.clone().aged(if still_rings { age_ms } else { u64::MAX })))
    }

    /// What a device is told of its own user and itself, its link goes by from then on.
    async fn learn(&mut self, signal: &Signal) -> Result<(), Over> {
        if !matches!(signal, Signal::AccountChanged(_) | Signal::DevicesChanged) {
            return Ok(());
        }
        let mut who = self.who.clone();
        let refreshed = self.core.store.ask(async move |conn| {
            who.refresh(conn).await?;
            Ok(who)
        });
        self.who = refreshed.await.map_err(|error: store::StoreError| {
            self.core.store_failed(&error, "an account could not be read");
            Farewell::Failed
        })?;
        Ok(())
    }

    async fn break_silence(&mut self) -> Result<(), Over> {
        if self.was_asked {
            return Err(Farewell::Silent.into());
        }
        self.was_asked = true;
        self.write(Message::Ping(Vec::new().into())).await
    }

    async fn send(&mut self, frame: &ServerFrame) -> Result<(), Over> {
        send(self.core, self.socket, frame).await
    }

    async fn write(&mut self, message: Message) -> Result<(), Over> {
        write(self.core, self.socket, message).await
    }
}

/// Waits until the server wants the link to end.
async fn dismissed(farewell: &mut watch::Receiver<Option<Farewell>>) -> Farewell {
    let why = farewell.wait_for(Option::is_some).await.ok().and_then(|why| *why);
    why.unwrap_or(Farewell::Replaced)
}
