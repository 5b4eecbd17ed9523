//! How long a call's media take from the accept to the first voice packet, on loopback.
//!
//! Both ends have prepared while it rang, as in a call: the caller's offer and candidates come with the accept. Prints one JSON
//! object of milliseconds. `setup_latency [RUNS] [ONE_WAY_DELAY_MS]`: the delay is that of the signalling, not of the path.
#![allow(clippy::print_stdout, reason = "its result is for the caller")]

use std::time::{Duration, Instant};

use bytes::Bytes;
use carillon_rtc::{Candidate, Description, Frame, ReceivedFrame, Source, Transport, TransportConfig, TransportEvent};
use tokio::sync::mpsc;

const FRAME: Duration = Duration::from_millis(20);

type Events = mpsc::Receiver<TransportEvent>;

#[tokio::main]
async fn main() {
    if std::env::var_os("RUST_LOG").is_some() {
        tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    }
    let mut arguments = std::env::args().skip(1).filter_map(|text| text.parse::<u64>().ok());
    let runs = arguments.next().unwrap_or(30);
    let signalling = Duration::from_millis(arguments.next().unwrap_or(0));

    let (mut callee, mut caller) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let (callee_heard, caller_heard) = one_call(signalling).await;
        callee.push(callee_heard);
        caller.push(caller_heard);
    }
    let report =
        serde_json::json!({ "runs": runs, "callee_hears_ms": summary(callee), "caller_hears_ms": summary(caller) });
    println!("{report}");
}

/// Accept to first packet at the callee and at the caller.
async fn one_call(signalling: Duration) -> (Duration, Duration) {
    let config = TransportConfig { loopback: true, ..TransportConfig::default() };
    let (caller, mut from_caller) = Transport::prepare(config.clone()).await.expect("a transport");
    caller.create_offer().await.expect("an offer");
    let (offer, candidates) = local(&mut from_caller).await;
    let (callee, from_callee) = Transport::prepare(config).await.expect("a transport");
    // It rings.
    tokio::time::sleep(Duration::from_millis(150 + u64::from(rand::random::<u8>()))).await;

    let accepted_at = Instant::now();
    let hears =
        |own: Transport, events: Events, to: mpsc::Sender<TransportEvent>, inbox: mpsc::Receiver<TransportEvent>| {
            tokio::spawn(run_end(own, events, to, inbox, signalling))
        };
    let (to_caller, caller_inbox) = mpsc::channel(64);
    let (to_callee, callee_inbox) = mpsc::channel(64);
    for event in std::iter::once(TransportEvent::LocalDescription(offer))
        .chain(candidates.into_iter().map(TransportEvent::LocalCandidate))
    {
        to_callee.send(event).await.expect("room");
    }
    let callee = hears(callee, from_callee, to_caller, callee_inbox);
    let caller = hears(caller, from_caller, to_callee, caller_inbox);
    let (callee, caller) = (callee.await.expect("callee ran"), caller.await.expect("caller ran"));
    callee.0.close().await;
    caller.0.close().await;
    (callee.1.arrived_at - accepted_at, caller.1.arrived_at - accepted_at)
}

/// Signals, speaks, and returns the first packet that it hears.
async fn run_end(
    transport: Transport,
    mut events: Events,
    to: mpsc::Sender<TransportEvent>,
    mut inbox: mpsc::Receiver<TransportEvent>,
    signalling: Duration,
) -> (Transport, ReceivedFrame) {
    let (track, mut other) = (transport.publish(Source::Microphone), transport.receive(Source::Microphone));
    let (track, other) = (track.expect("a slot"), other.as_mut().expect("a slot"));
    let mut microphone = tokio::time::interval(FRAME);
    let mut heard = None;
    let mut said = 0;
    // One is heard only if the other still speaks: a second more than both need.
    while heard.is_none() || said < 50 {
        tokio::select! {
            Some(signal) = inbox.recv() => {
                tokio::time::sleep(signalling).await;
                take(&transport, signal).await;
            }
            Some(event) = events.recv() => {
                if !matches!(event, TransportEvent::Connected | TransportEvent::EndOfCandidates) {
                    let _ = to.send(event).await;
                }
            }
            Some(frame) = other.next() => heard = heard.or(Some(frame)),
            _ = microphone.tick() => {
                said += 1;
                let frame = Frame { payload: Bytes::from_static(&[0; 80]), ticks: 960, skipped: 0 };
                track.send(frame).await.expect("an open transport");
            }
        }
    }
    (transport, heard.expect("checked above"))
}

async fn take(transport: &Transport, signal: TransportEvent) {
    if let TransportEvent::LocalDescription(description) = signal {
        transport.set_remote(description).await.expect("a description");
    } else if let TransportEvent::LocalCandidate(candidate) = signal {
        transport.add_candidate(candidate).await.expect("a candidate");
    }
}

async fn local(events: &mut Events) -> (Description, Vec<Candidate>) {
    let (mut description, mut candidates) = (None, Vec::new());
    while let Some(event) = events.recv().await {
        if let TransportEvent::LocalDescription(text) = event {
            description = Some(text);
        } else if let TransportEvent::LocalCandidate(candidate) = event {
            candidates.push(candidate);
        } else {
            break;
        }
    }
    (description.expect("a description"), candidates)
}

fn summary(mut durations: Vec<Duration>) -> serde_json::Value {
    durations.sort();
    let at = |share: f64| ms(durations[((durations.len() - 1) as f64 * share).round() as usize]);
    serde_json::json!({ "p50": at(0.5), "p95": at(0.95), "max": at(1.0) })
}

fn ms(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10_000.0).round() / 10.0
}
