//! The task of one call's media: what is asked of them, and what they tell. Frames pass it by, in the tasks of their tracks.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use carillon_call::device::{Media, MediaRole};
use carillon_media::{EncodedPacket, Voice, VoiceEvent};
use carillon_protocol::{CallPath, MediaSignal, Published};
use carillon_rtc::{
    End, SendingTrack, Source, TrackId, TrackStats, Transport, TransportConfig, TransportError, TransportEvent,
    TransportStats,
};
use tokio::{
    sync::{broadcast, mpsc, watch},
    task::{JoinError, JoinSet},
    time::{MissedTickBehavior, interval, timeout},
};

use super::{
    CallSettings, CallStats, Levels, MediaDevice, MediaNotice, MediaOutput, MediaReport, PictureSource, Purpose,
    convert,
    line::{self, Line},
    lip_sync::LipSync,
    pictures::{Others, Pictures, Stage},
    published::{MicrophoneWatch, PublishedSender},
    quality::{Protection, Quality},
    recordings::Recordings,
    reporter::Reporter,
    screen_sound::SharedSound,
    session::MediaCommand,
    slots::Slots,
    stats::Rates,
    tracks,
    voices::Voices,
};

const PICTURES: [Source; 2] = [Source::Camera, Source::Screen];

/// A second of voice: what is later than that is no use any more.
const PACKET_QUEUE: usize = 50;
/// How long the devices may take to close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// As often as an eye can follow.
const LEVELS_EVERY: Duration = Duration::from_millis(50);
/// The other end's tracks, each of which begins once.
const BEGUN_QUEUE: usize = 8;

/// Runs until the handle is gone, and then until everything is closed.
pub(super) async fn run(
    purpose: Purpose,
    config: TransportConfig,
    settings: watch::Receiver<CallSettings>,
    commands: mpsc::Receiver<MediaCommand>,
    output: MediaOutput,
) {
    let reporter = Reporter { number: purpose.number, transport: purpose.number, output };
    // Both take their time, and neither needs the other.
    let (voice, line) = tokio::join!(prepare_voice(&settings), Line::prepare(config, purpose.role, purpose.is_group));
    let line = match line {
        Ok(line) => line,
        Err(error) => {
            tracing::warn!(error, "no media transport");
            drop(commands); // another transport cannot be asked for any more
            reporter.media(Media::Failed).await;
            return;
        }
    };
    match voice {
        Ok(voice) => MediaTask::new(purpose, line, voice, settings, reporter).serve(commands).await,
        Err(detail) => {
            drop(commands);
            reporter.notice(MediaNotice::Failed { device: MediaDevice::Microphone, detail }).await;
            reporter.media(Media::Failed).await;
            line::close(&line.transport).await;
        }
    }
}

async fn prepare_voice(settings: &watch::Receiver<CallSettings>) -> Result<Voice, String> {
    let config = convert::voice(settings.borrow().media.clone());
    let preparing = tokio::task::spawn_blocking(move || Voice::prepare(config));
    preparing.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}

struct MediaTask {
    transport: Arc<Transport>,
    events: mpsc::Receiver<TransportEvent>,
    voice: Voice,
    voice_events: broadcast::Receiver<VoiceEvent>,
    settings: watch::Receiver<CallSettings>,
    applied: CallSettings,
    reporter: Reporter,
    /// By which the microphone is sent.
    microphone: watch::Sender<SendingTrack>,
    /// Who is in which slot of a group call's transport.
    slots: Slots,
    voices: Voices,
    pictures: Pictures,
    screen_sound: SharedSound,
    microphone_watch: MicrophoneWatch,
    published_tx: PublishedSender,
    published: watch::Receiver<Published>,
    purpose: Purpose,
    /// Tracks of the other end of which a first frame came.
    begun: mpsc::Receiver<TrackId>,
    stats_tx: watch::Sender<TransportStats>,
    stats: watch::Receiver<TransportStats>,
    quality: Quality,
    rates: Rates,
    /// What the path carries of pictures.
    available: watch::Receiver<u32>,
    /// One for each track of the transport, and one that asks for its statistics.
    tasks: JoinSet<()>,
    /// The one of the microphone, which outlives a transport.
    lasting_tasks: JoinSet<()>,
    /// Another transport that is being made, with its number, while this one goes on.
    preparing: JoinSet<(u64, Result<Line, String>)>,
    /// Transports that were replaced and close.
    closing: JoinSet<()>,
    is_open: bool,
    /// Whether media have ever flowed.
    is_connected: bool,
    /// Where the transport leads.
    way: CallPath,
}

impl MediaTask {
    fn new(
        purpose: Purpose,
        line: Line,
        voice: Voice,
        settings: watch::Receiver<CallSettings>,
        reporter: Reporter,
    ) -> Self {
        let Line { transport, events, microphone, heard } = line;
        let way = if purpose.role == MediaRole::Participant { CallPath::Server } else { CallPath::Direct };
        let (voice_events, applied) = (voice.events(), settings.borrow().clone());
        voice.set_muted(applied.muted);
        let (begun_tx, begun) = mpsc::channel(BEGUN_QUEUE);
        let (stats_tx, stats) = watch::channel(TransportStats::default());
        let available = transport.available();
        let lip_sync = LipSync::new(Instant::now());
        let slots = Slots::default();
        let voices = Voices::new(voice.listener(), lip_sync.clone(), settings.clone(), begun_tx, slots.subscribe());
        let (mut tasks, mut voices) = (JoinSet::new(), voices);
        voices.hear(heard, &mut tasks);
        let (published_tx, published) = PublishedSender::new();
        let others = match purpose.is_group {
            true => Others::Many(slots.subscribe()),
            false => Others::One(lip_sync),
        };
        let (shown, recordings) = (reporter.output.shown.clone(), Recordings::new(&applied.media));
        let pictures =
            Pictures::prepare(&transport, Stage { shown, published: published_tx.clone(), recordings, others });
        let screen_sound = SharedSound::prepare(&transport, &published_tx);
        Self {
            transport,
            events,
            voice,
            voice_events,
            settings,
            applied,
            reporter,
            microphone: watch::Sender::new(microphone),
            slots,
            voices,
            pictures,
            screen_sound,
            microphone_watch: MicrophoneWatch::default(),
            published_tx,
            published,
            purpose,
            begun,
            stats_tx,
            stats,
            quality: Quality::new(),
            rates: Rates::default(),
            available,
            tasks,
            lasting_tasks: JoinSet::new(),
            preparing: JoinSet::new(),
            closing: JoinSet::new(),
            is_open: false,
            is_connected: false,
            way,
        }
    }

    async fn serve(mut self, mut commands: mpsc::Receiver<MediaCommand>) {
        let mut levels = interval(LEVELS_EVERY);
        levels.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.obey(command).await,
                    None => break,
                },
                Some(event) = self.events.recv() => self.pass_on(event).await,
                Some(_) = self.begun.recv() => self.reporter.report(MediaReport::Hearing).await,
                Ok(event) = self.voice_events.recv() => self.hear_of_voice(event).await,
                Ok(()) = self.published.changed() => self.publish().await,
                notice = self.pictures.notice() => self.hear_of_pictures(notice).await,
                notice = self.screen_sound.notice() => self.reporter.notice(notice).await,
                Ok(()) = self.settings.changed() => self.apply_settings(),
                Ok(()) = self.stats.changed() => self.look().await,
                Ok(()) = self.available.changed() => self.share_path(),
                Some(ended) = self.tasks.join_next() => panic_along(ended),
                Some(ended) = self.lasting_tasks.join_next() => panic_along(ended),
                Some(ended) = self.closing.join_next() => panic_along(ended),
                Some(prepared) = self.preparing.join_next() => match prepared {
                    Ok((number, line)) => self.replace_transport(number, line).await,
                    Err(error) => panic_along(Err(error)), // or a later one is made in its place
                },
                _ = levels.tick(), if self.is_open => self.tell_levels(),
            }
        }
        self.close().await;
    }

    async fn obey(&mut self, command: MediaCommand) {
        match command {
            MediaCommand::Open => self.open().await,
            MediaCommand::Deliver(signal) => {
                if let Err(error) = self.deliver(signal).await {
                    tracing::warn!(%error, "the other end's media signal is no use");
                }
            }
            MediaCommand::Slots(slots) => self.slots.hear(slots),
            MediaCommand::Want(pictures) => self.slots.want(pictures),
            MediaCommand::Renew { number, config } => {
                self.preparing.abort_all();
                let is_group = self.purpose.is_group;
                let preparing = Line::prepare(config, MediaRole::Participant, is_group);
                self.preparing.spawn(async move { (number, preparing.await) });
            }
            MediaCommand::Restart => {
                if let Err(error) = self.transport.restart().await {
                    tracing::warn!(%error, "no new path can be looked for");
                }
            }
        }
    }

    /// Goes on through the server, which may know nothing of the transport that there was. The devices stay as they are.
    async fn replace_transport(&mut self, number: u64, line: Result<Line, String>) {
        self.reporter.transport = number;
        let line = match line {
            Ok(line) => line,
            Err(error) => {
                tracing::warn!(error, "no other media transport");
                return self.reporter.media(Media::Failed).await;
            }
        };
        let Line { transport, events, microphone, heard } = line;
        let old = std::mem::replace(&mut self.transport, transport);
        self.way = CallPath::Server;
        self.tasks.shutdown().await;
        self.closing.spawn(async move { line::abandon(&old).await });
        self.events = events;
        self.microphone.send_replace(microphone);
        self.slots.begin_anew();
        self.voices.hear(heard, &mut self.tasks);
        self.pictures.move_to(&self.transport);
        self.screen_sound.move_to(&self.transport);
        self.available = self.transport.available();
        if std::mem::replace(&mut self.quality, Quality::new()).is_poor() {
            self.reporter.report(MediaReport::PoorNetwork(false)).await; // nothing is known of the new one
        }
        self.rates = Rates::default();
        if self.is_open {
            self.watch_transport();
        }
    }

    fn watch_transport(&mut self) {
        self.tasks.spawn(tracks::watch(Arc::clone(&self.transport), self.stats_tx.clone()));
    }

    fn tell_levels(&self) {
        self.reporter.output.levels.send_replace(Levels::of(self.voice.levels()));
        let voices = self.voices.levels();
        self.reporter.output.voices.send_if_modified(|told| {
            let has_changed = *told != voices;
            *told = voices;
            has_changed
        });
    }

    async fn open(&mut self) {
        if self.is_open {
            // Of another transport it is to be said anew what it sends.
            return self.publish().await;
        }
        self.apply_settings(); // a mute that was set just now counts from the first sample
        let (packets_tx, packets) = mpsc::channel::<EncodedPacket>(PACKET_QUEUE);
        match self.voice.open(packets_tx) {
            Ok(()) => drop(self.lasting_tasks.spawn(tracks::send(self.microphone.subscribe(), packets))),
            Err(error) => self.reporter.notice(MediaNotice::of(MediaDevice::Microphone, error)).await,
        }
        self.is_open = true;
        self.watch_transport();
        self.apply_pictures();
        // The call may still know what other media published, which these take the place of.
        self.publish().await;
    }

    async fn hear_of_voice(&mut self, event: VoiceEvent) {
        self.microphone_watch.note(&event);
        self.publish_microphone();
        self.reporter.of_voice(event).await;
    }

    fn publish_microphone(&self) {
        self.published_tx.microphone(self.microphone_watch.state(self.applied.muted));
    }

    async fn publish(&mut self) {
        let published = *self.published.borrow_and_update();
        self.reporter.report(MediaReport::Publishes(published)).await;
    }

    /// Opens and closes camera and screen as they are wanted, and none before the user has consented.
    fn apply_pictures(&mut self) {
        if self.is_open {
            for source in PictureSource::ALL {
                self.pictures.set(source, self.applied.input(source, self.purpose.kind));
            }
            self.apply_screen_sound();
        }
    }

    /// It goes with a screen that is shown: what could not be shared, is yet to be chosen or is no longer there is not heard either.
    fn apply_screen_sound(&mut self) {
        let is_shown = !self.pictures.is_held_back(PictureSource::Screen);
        self.screen_sound.set(self.applied.sound_of_screen().filter(|_| is_shown));
    }

    async fn hear_of_pictures(&mut self, notice: MediaNotice) {
        self.apply_pictures();
        self.reporter.notice(notice).await;
    }

    async fn deliver(&self, signal: MediaSignal) -> Result<(), TransportError> {
        match signal {
            MediaSignal::Description(description) => {
                self.transport.set_remote(convert::description_in(description)).await
            }
            MediaSignal::Candidate(candidate) => self.transport.add_candidate(convert::candidate_in(candidate)).await,
            MediaSignal::EndOfCandidates => self.transport.add_candidate(convert::end_of_candidates()).await,
        }
    }

    async fn pass_on(&mut self, event: TransportEvent) {
        if event == TransportEvent::Connected {
            self.is_connected = true;
            // Not before: only now it is known what the other end reads.
            self.protect(self.quality.protection());
            let networks = self.reporter.output.networks.clone();
            self.tasks.spawn(tracks::recall(Arc::clone(&self.transport), networks));
            self.pictures.refresh();
        }
        self.reporter
            .media(match event {
                TransportEvent::LocalDescription(description) => Media::Signal(convert::description_out(description)),
                TransportEvent::LocalCandidate(candidate) => Media::Signal(convert::candidate_out(candidate)),
                TransportEvent::EndOfCandidates => Media::Signal(MediaSignal::EndOfCandidates),
                TransportEvent::Connected => Media::Connected,
                TransportEvent::Lost => Media::Lost,
                TransportEvent::Failed => Media::Failed,
                TransportEvent::Left => Media::Left,
            })
            .await;
    }

    fn apply_settings(&mut self) {
        let wanted = self.settings.borrow_and_update().clone();
        let had = std::mem::replace(&mut self.applied, wanted.clone());
        if wanted.muted != had.muted {
            self.voice.set_muted(wanted.muted);
            self.publish_microphone();
        }
        if wanted.media.microphone != had.media.microphone {
            self.voice.set_microphone(wanted.media.microphone);
        }
        if wanted.media.speaker != had.media.speaker {
            self.voice.set_speaker(wanted.media.speaker);
        }
        if wanted.media.processing != had.media.processing {
            self.voice.set_processing(wanted.media.processing);
        }
        self.apply_pictures();
    }

    fn share_path(&mut self) {
        let available = *self.available.borrow_and_update();
        self.pictures.set_available(available);
    }

    async fn look(&mut self) {
        let stats = self.stats.borrow_and_update().clone();
        if self.is_connected {
            let levels = Levels::of(self.voice.levels());
            let is_sent = |track: &TrackStats| track.id.end == End::This && PICTURES.contains(&track.id.source);
            let has_pictures = stats.tracks.iter().any(|track| is_sent(track) && track.frames > 0);
            if let Some(address) = stats.local_address.filter(|_| has_pictures) {
                self.reporter.output.networks.remember(address, stats.available);
            }
            let pictures = self.rates.pictures(self.pictures.figures(), &stats, Instant::now());
            self.reporter.output.stats.send_replace(Some(CallStats::new(self.way, &stats, levels, pictures)));
        }
        if let Some(protection) = self.quality.look_at_losses(&stats) {
            self.protect(protection);
        }
        if let Some(is_poor) = self.quality.look(&stats) {
            self.reporter.report(MediaReport::PoorNetwork(is_poor)).await;
        }
    }

    fn protect(&self, against: Protection) {
        let is_repeated = self.microphone.borrow().set_redundancy(against.earlier_frames) && against.earlier_frames > 0;
        // A whole copy of each frame is better than a rough one, and leaves the encoder its bits.
        self.voice.set_packet_loss(if is_repeated { 0 } else { against.percent });
    }

    /// The microphone first: it is what people want closed.
    async fn close(self) {
        let Self {
            voice,
            mut voice_events,
            reporter,
            transport,
            mut tasks,
            mut lasting_tasks,
            mut closing,
            pictures,
            screen_sound,
            ..
        } = self;
        drop(screen_sound);
        tasks.abort_all();
        lasting_tasks.abort_all();
        let pictures = tokio::spawn(pictures.close());
        let devices = tokio::task::spawn_blocking(move || drop(voice));
        if timeout(CLOSE_TIMEOUT, devices).await.is_err() {
            tracing::warn!("the sound devices did not close in time");
        }
        while let Ok(event) = voice_events.try_recv() {
            reporter.of_voice(event).await;
        }
        for notice in pictures.await.unwrap_or_default() {
            reporter.notice(notice).await;
        }
        reporter.output.levels.send_replace(Levels::default());
        reporter.output.voices.send_replace(Vec::new());
        reporter.output.stats.send_replace(None);
        tasks.shutdown().await;
        lasting_tasks.shutdown().await;
        line::close(&transport).await;
        // Each takes no longer than that, and one that is cut short would leave its sockets open.
        while closing.join_next().await.is_some() {}
    }
}

/// What fails in a track's task fails the call's media, which are told of and end.
fn panic_along(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        std::panic::resume_unwind(error.into_panic());
    }
}
