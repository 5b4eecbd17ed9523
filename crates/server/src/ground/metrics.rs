//! Counters in the Prometheus text format. No ids and no names: labels have few values, all of them ours.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use carillon_protocol::{EndReason, RefusalCode};

use crate::bus::MediaCounts;

const END_REASONS: [(EndReason, &str); 7] = [
    (EndReason::NoAnswer, "no_answer"),
    (EndReason::Cancelled, "cancelled"),
    (EndReason::Declined, "declined"),
    (EndReason::Busy, "busy"),
    (EndReason::HungUp, "hung_up"),
    (EndReason::ConnectionLost, "connection_lost"),
    (EndReason::MediaFailed, "media_failed"),
];

const REFUSALS: [(RefusalCode, &str); 15] = [
    (RefusalCode::Invalid, "invalid"),
    (RefusalCode::UnknownUser, "unknown_user"),
    (RefusalCode::SelfCall, "self_call"),
    (RefusalCode::UnknownCall, "unknown_call"),
    (RefusalCode::AlreadyHandled, "already_handled"),
    (RefusalCode::CallEnded, "call_ended"),
    (RefusalCode::InAnotherCall, "in_another_call"),
    (RefusalCode::ChannelInUse, "channel_in_use"),
    (RefusalCode::NotAllowed, "not_allowed"),
    (RefusalCode::NotFound, "not_found"),
    (RefusalCode::NameRefused, "name_refused"),
    (RefusalCode::TooLarge, "too_large"),
    (RefusalCode::CallFull, "call_full"),
    (RefusalCode::RateLimited, "rate_limited"),
    (RefusalCode::Internal, "internal"),
];

/// Upper bounds in microseconds: from a warm commit to a disk that hangs.
const BUCKETS_US: [u64; 10] = [250, 1_000, 2_500, 5_000, 10_000, 50_000, 250_000, 1_000_000, 5_000_000, 30_000_000];

/// Everything that is counted.
#[derive(Default)]
pub(crate) struct Metrics {
    pub(crate) links: AtomicI64,
    pub(crate) resumed: AtomicU64,
    pub(crate) reset: AtomicU64,
    pub(crate) calls_begun: AtomicU64,
    pub(crate) messages: AtomicU64,
    pub(crate) sign_ins_refused: AtomicU64,
    pub(crate) connections_refused: AtomicU64,
    pub(crate) connections_evicted: AtomicU64,
    pub(crate) stun_answered: AtomicU64,
    pub(crate) stun_ignored: AtomicU64,
    pub(crate) stun_limited: AtomicU64,
    pub(crate) faults: AtomicU64,
    pub(crate) commit: Histogram,
    pub(crate) call_rings: Histogram,
    pub(crate) call_answered: Histogram,
    pub(crate) outbox_lag: Histogram,
    ended: [AtomicU64; END_REASONS.len()],
    refused: [AtomicU64; REFUSALS.len()],
}

/// What is counted elsewhere, as of now.
#[derive(Debug, Default)]
pub(crate) struct OtherCounts {
    pub(crate) hashes: u64,
    pub(crate) hashes_at_once: u64,
    pub(crate) ringing: u64,
    pub(crate) active: u64,
    pub(crate) media: MediaCounts,
}

impl OtherCounts {
    fn write(&self, page: &mut Page) {
        page.family(
            "carillon_calls",
            "gauge",
            "Calls that are not over.",
            &[("{state=\"ringing\"}".into(), self.ringing), ("{state=\"active\"}".into(), self.active)],
        );
        page.family(
            "carillon_password_hashes_total",
            "counter",
            "Passwords that were hashed or checked.",
            &[plain(self.hashes)],
        );
        page.family(
            "carillon_password_hashes_at_once_max",
            "gauge",
            "The most passwords that were hashed at the same time.",
            &[plain(self.hashes_at_once)],
        );
        self.write_media(page);
        self.write_media_over_tcp(page);
    }

    /// Connections for media.
    fn write_media_over_tcp(&self, page: &mut Page) {
        let of = &self.media;
        page.family(
            "carillon_media_tcp_connections",
            "gauge",
            "Connections of devices whose networks let no UDP through.",
            &[plain(of.tcp_open)],
        );
        let closed = [("full", of.tcp_refused), ("of_nobody", of.tcp_of_nobody)];
        let closed = closed.map(|(why, count)| (format!("{{why=\"{why}\"}}"), count));
        page.family("carillon_media_tcp_refused_total", "counter", "Connections for media that were closed.", &closed);
    }

    /// The media of group calls.
    fn write_media(&self, page: &mut Page) {
        let of = &self.media;
        let labelled = |name: &str, values: &[(&str, u64)]| -> Vec<(String, u64)> {
            values.iter().map(|(value, count)| (format!("{{{name}=\"{value}\"}}"), *count)).collect()
        };
        page.family("carillon_media_channels", "gauge", "Group calls with media.", &[plain(of.channels)]);
        page.family(
            "carillon_media_participants",
            "gauge",
            "Devices whose media are connected.",
            &[plain(of.participants)],
        );
        page.family(
            "carillon_media_connections_total",
            "counter",
            "Connections of devices' media, by what became of them.",
            &labelled("result", &[("connected", of.connected), ("lost", of.lost)]),
        );
        let datagrams = [("in", of.datagrams_in), ("out", of.datagrams_out), ("unsent", of.unsent)];
        page.family("carillon_media_datagrams_total", "counter", "Datagrams.", &labelled("way", &datagrams));
        let bytes = [("in", of.bytes_in), ("out", of.bytes_out)];
        page.family("carillon_media_bytes_total", "counter", "Bytes in datagrams.", &labelled("way", &bytes));
        let refused = [("of_nobody", of.of_nobody), ("malformed", of.malformed)];
        page.family(
            "carillon_media_datagrams_refused_total",
            "counter",
            "Datagrams that no participant has sent.",
            &labelled("why", &refused),
        );
        let packets = [
            ("taken", of.packets_in),
            ("forwarded", of.packets_forwarded),
            ("silent", of.packets_silent),
            ("excessive", of.packets_excessive),
        ];
        page.family(
            "carillon_media_packets_total",
            "counter",
            "Packets of sound and pictures.",
            &labelled("what", &packets),
        );
        let wanted = [plain(of.key_frame_requests)];
        page.family("carillon_media_key_frame_requests_total", "counter", "Key frames that were asked for.", &wanted);
        page.family(
            "carillon_media_failed_total",
            "counter",
            "Group calls whose media have failed.",
            &[plain(of.failed)],
        );
    }
}

/// Times, in buckets.
#[derive(Default)]
pub(crate) struct Histogram {
    buckets: [AtomicU64; BUCKETS_US.len()],
    count: AtomicU64,
    sum_us: AtomicU64,
}

impl Histogram {
    pub(crate) fn observe(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if let Some(bucket) = BUCKETS_US.iter().position(|bound| us <= *bound) {
            self.buckets[bucket].fetch_add(1, Relaxed);
        }
        self.count.fetch_add(1, Relaxed);
        self.sum_us.fetch_add(us, Relaxed);
    }
}

impl Metrics {
    pub(crate) fn call_ended(&self, reason: EndReason) {
        count_one(&END_REASONS, &self.ended, reason);
    }

    pub(crate) fn refused(&self, code: RefusalCode) {
        count_one(&REFUSALS, &self.refused, code);
    }

    /// The page that Prometheus reads.
    pub(crate) fn page(&self, others: &OtherCounts) -> String {
        let mut page = Page(String::with_capacity(4096));
        others.write(&mut page);
        let version = format!("{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
        page.family("carillon_build_info", "gauge", "The program that runs.", &[(version, 1)]);
        self.write_links(&mut page);
        self.write_requests(&mut page);
        self.write_strangers(&mut page);
        page.histogram("carillon_commit_seconds", "From a request to its commit.", &self.commit);
        page.histogram("carillon_call_ring_seconds", "From a call to the first device that rings.", &self.call_rings);
        page.histogram("carillon_call_answer_seconds", "From a call to its first answer.", &self.call_answered);
        page.histogram("carillon_outbox_lag_seconds", "From a signal's commit to its sending.", &self.outbox_lag);
        page.0
    }

    fn write_links(&self, page: &mut Page) {
        let links = self.links.load(Relaxed).max(0).cast_unsigned();
        page.family("carillon_links", "gauge", "Devices that have a link.", &[plain(links)]);
        page.family(
            "carillon_links_opened_total",
            "counter",
            "Links that were opened, by whether their session went on.",
            &[labelled("result", "resumed", &self.resumed), labelled("result", "reset", &self.reset)],
        );
        page.counter(
            "carillon_faults_total",
            "Frames that were not understood, and ends of calls that ended nothing.",
            &self.faults,
        );
    }

    /// What users do.
    fn write_requests(&self, page: &mut Page) {
        page.counter("carillon_calls_begun_total", "Invitations that became calls.", &self.calls_begun);
        page.counter("carillon_messages_total", "Messages that users wrote.", &self.messages);
        page.family(
            "carillon_calls_ended_total",
            "counter",
            "Calls that are over, by why.",
            &labels("reason", &END_REASONS, &self.ended),
        );
        page.family(
            "carillon_requests_refused_total",
            "counter",
            "Requests on links that were refused, by why.",
            &labels("code", &REFUSALS, &self.refused),
        );
    }

    /// What clients do that are not signed in.
    fn write_strangers(&self, page: &mut Page) {
        page.counter(
            "carillon_sign_ins_refused_total",
            "Sign-ins and registrations that were refused.",
            &self.sign_ins_refused,
        );
        page.counter(
            "carillon_connections_refused_total",
            "Connections that were too many.",
            &self.connections_refused,
        );
        page.counter(
            "carillon_connections_evicted_total",
            "Connections that asked for nothing and were in the way of others.",
            &self.connections_evicted,
        );
        page.family(
            "carillon_stun_requests_total",
            "counter",
            "Datagrams on the STUN port.",
            &[
                labelled("result", "answered", &self.stun_answered),
                labelled("result", "ignored", &self.stun_ignored),
                labelled("result", "limited", &self.stun_limited),
            ],
        );
    }
}

fn count_one<T: PartialEq, const N: usize>(known: &[(T, &str); N], counters: &[AtomicU64; N], value: T) {
    if let Some(at) = known.iter().position(|(one, _)| *one == value) {
        counters[at].fetch_add(1, Relaxed);
    }
}

fn plain(value: u64) -> (String, u64) {
    (String::new(), value)
}

fn labelled(name: &str, value: &str, counter: &AtomicU64) -> (String, u64) {
    (format!("{{{name}=\"{value}\"}}"), counter.load(Relaxed))
}

fn labels<T, const N: usize>(name: &str, known: &[(T, &str); N], counters: &[AtomicU64; N]) -> Vec<(String, u64)> {
    known.iter().zip(counters).map(|((_, word), counter)| labelled(name, word, counter)).collect()
}

struct Page(String);

impl Page {
    fn counter(&mut self, name: &str, help: &str, counter: &AtomicU64) {
        self.family(name, "counter", help, &[plain(counter.load(Relaxed))]);
    }

    fn family(&mut self, name: &str, kind: &str, help: &str, samples: &[(String, u64)]) {
        self.head(name, kind, help);
        for (labels, value) in samples {
            self.line(format_args!("{name}{labels} {value}"));
        }
    }

    fn histogram(&mut self, name: &str, help: &str, histogram: &Histogram) {
        self.head(name, "histogram", help);
        let mut below = 0;
        for (bound, bucket) in BUCKETS_US.iter().zip(&histogram.buckets) {
            below += bucket.load(Relaxed);
            self.line(format_args!("{name}_bucket{{le=\"{}\"}} {below}", seconds(*bound)));
        }
        let count = histogram.count.load(Relaxed);
        self.line(format_args!("{name}_bucket{{le=\"+Inf\"}} {count}"));
        self.line(format_args!("{name}_sum {}", seconds(histogram.sum_us.load(Relaxed))));
        self.line(format_args!("{name}_count {count}"));
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
    }

    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        writeln!(self.0, "{text}").expect("a String takes all that is written to it");
    }
}

fn seconds(us: u64) -> f64 {
    Duration::from_micros(us).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_counts_by_reason_and_adds_buckets_up() {
        let metrics = Metrics::default();
        metrics.call_ended(EndReason::HungUp);
        metrics.refused(RefusalCode::SelfCall);
        metrics.commit.observe(Duration::from_millis(2));
        metrics.commit.observe(Duration::from_secs(60));

        let page = metrics.page(&OtherCounts::default());

        assert!(page.contains("carillon_calls_ended_total{reason=\"hung_up\"} 1\n"), "{page}");
        assert!(page.contains("carillon_requests_refused_total{code=\"self_call\"} 1\n"), "{page}");
        assert!(page.contains("carillon_commit_seconds_bucket{le=\"0.001\"} 0\n"), "{page}");
        assert!(page.contains("carillon_commit_seconds_bucket{le=\"5\"} 1\n"), "{page}");
        assert!(page.contains("carillon_commit_seconds_bucket{le=\"+Inf\"} 2\n"), "{page}");
    }
}
