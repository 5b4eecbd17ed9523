//! The task of one call's media.

use std::time::Duration;

use carillon_call::device::{Media, MediaRole};
use carillon_media::{EncodedPacket, SoundSink, Voice, VoiceEvent};
use carillon_protocol::MediaSignal;
use carillon_rtc::{Transport, TransportConfig, TransportError, TransportEvent};
use tokio::{
    sync::{broadcast, mpsc, watch},
    time::{MissedTickBehavior, interval, timeout},
};

use super::{
    convert,
    quality::{Protection, Quality},
    session::{Command, MediaEvent, MediaOutput, Settings, What},
};
use crate::{Levels, MediaDevice, MediaNotice};

/// A second of voice: whoever is later than that has lost the thread anyway.
const PACKET_QUEUE: usize = 50;
/// Sockets and gathering; a name server that does not answer must not hold a call up for long.
const PREPARE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long saying goodbye to the other end may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// As often as an eye can follow.
const LEVELS_EVERY: Duration = Duration::from_millis(50);
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Runs until the handle is gone, and then until everything is closed.
pub(super) async fn run(
    number: u64,
    role: MediaRole,
    config: TransportConfig,
    settings: watch::Receiver<Settings>,
    commands: mpsc::Receiver<Command>,
    output: MediaOutput,
) {
    let tell = Teller { number, output };
    // Both take their time, and neither needs the other.
    let (voice, transport) = tokio::join!(prepare_voice(&settings), prepare_transport(config, role));
    let (transport, events) = match transport {
        Ok(ready) => ready,
        Err(error) => {
            tracing::warn!(error, "no media transport");
            tell.media(Media::Failed).await;
            return;
        }
    };
    match voice {
        Ok(voice) => Run::new(transport, voice, settings, tell).serve(commands, events).await,
        Err(detail) => {
            tell.notice(MediaNotice::Failed { device: MediaDevice::Microphone, detail }).await;
            tell.media(Media::Failed).await;
            close_transport(&transport).await;
        }
    }
}

async fn prepare_voice(settings: &watch::Receiver<Settings>) -> Result<Voice, String> {
    let config = convert::voice(settings.borrow().media.clone());
    let preparing = tokio::task::spawn_blocking(move || Voice::prepare(config));
    preparing.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}

type Ready = (Transport, mpsc::Receiver<TransportEvent>);

async fn prepare_transport(config: TransportConfig, role: MediaRole) -> Result<Ready, String> {
    let preparing = async {
        let (transport, events) = Box::pin(Transport::prepare(config)).await?;
        if role == MediaRole::Offerer {
            transport.create_offer().await?;
        }
        Ok((transport, events))
    };
    match timeout(PREPARE_TIMEOUT, preparing).await {
        Ok(ready) => ready.map_err(|error: TransportError| error.to_string()),
        Err(_) => Err("it was not ready in time".into()),
    }
}

async fn close_transport(transport: &Transport) {
    if timeout(CLOSE_TIMEOUT, transport.close()).await.is_err() {
        tracing::warn!("the transport did not close in time");
    }
}

/// The way out for what is told.
struct Teller {
    number: u64,
    output: MediaOutput,
}

impl Teller {
    async fn say(&self, what: What) {
        // A driver that is gone closes these media too.
        let _ = self.output.events.send(MediaEvent { by: self.number, what }).await;
    }

    async fn media(&self, media: Media) {
        self.say(What::Media(media)).await;
    }

    async fn notice(&self, notice: MediaNotice) {
        self.say(What::Notice(notice)).await;
    }

    async fn of_voice(&self, event: VoiceEvent) {
        let notice = match event {
            VoiceEvent::MicrophoneFailed(error) => MediaNotice::of(MediaDevice::Microphone, error),
            VoiceEvent::SpeakerFailed(error) => MediaNotice::of(MediaDevice::Speaker, error),
            VoiceEvent::MicrophoneRestored(named) => MediaNotice::restored(MediaDevice::Microphone, named),
            VoiceEvent::SpeakerRestored(named) => MediaNotice::restored(MediaDevice::Speaker, named),
            VoiceEvent::MicrophoneOpened(named) => return tracing::info!(?named, "the microphone is open"),
            VoiceEvent::SpeakerOpened(named) => return tracing::info!(?named, "the speaker is open"),
            VoiceEvent::Crashed { error, goes_on } => {
                self.notice(MediaNotice::of(MediaDevice::Microphone, error)).await;
                if !goes_on {
                    self.say(What::Useless).await;
                }
                return;
            }
        };
        self.notice(notice).await;
    }
}

struct Run {
    transport: Transport,
    voice: Voice,
    sink: SoundSink,
    settings: watch::Receiver<Settings>,
    applied: Settings,
    tell: Teller,
    packets_tx: mpsc::Sender<EncodedPacket>,
    packets: mpsc::Receiver<EncodedPacket>,
    voice_events: broadcast::Receiver<VoiceEvent>,
    quality: Quality,
    is_open: bool,
    is_heard: bool,
}

impl Run {
    fn new(transport: Transport, voice: Voice, settings: watch::Receiver<Settings>, tell: Teller) -> Self {
        let (packets_tx, packets) = mpsc::channel(PACKET_QUEUE);
        let (voice_events, applied) = (voice.events(), settings.borrow().clone());
        voice.set_muted(applied.muted);
        let (quality, is_open, is_heard) = (Quality::default(), false, false);
        let sink = voice.sink();
        Self {
            transport,
            voice,
            sink,
            settings,
            applied,
            tell,
            packets_tx,
            packets,
            voice_events,
            quality,
            is_open,
            is_heard,
        }
    }

    async fn serve(mut self, mut commands: mpsc::Receiver<Command>, mut events: mpsc::Receiver<TransportEvent>) {
        let mut levels = interval(LEVELS_EVERY);
        let mut look = interval(LOOK_EVERY);
        levels.set_missed_tick_behavior(MissedTickBehavior::Skip);
        look.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.obey(command).await,
                    None => break,
                },
                Some(event) = events.recv() => self.pass_on(event).await,
                Some(packet) = self.packets.recv() => self.send(packet).await,
                Ok(event) = self.voice_events.recv() => self.tell.of_voice(event).await,
                Ok(()) = self.settings.changed() => self.apply_settings(),
                _ = levels.tick(), if self.is_open => {
                    self.tell.output.levels.send_replace(Levels::of(self.voice.levels()));
                }
                _ = look.tick(), if self.is_open => self.look().await,
            }
        }
        self.close().await;
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Open => self.open().await,
            Command::Deliver(signal) => {
                if let Err(error) = self.deliver(signal).await {
                    tracing::warn!(%error, "the other end's media signal is no use");
                }
            }
            Command::Restart => {
                if let Err(error) = self.transport.restart().await {
                    tracing::warn!(%error, "no new path can be looked for");
                }
            }
        }
    }

    async fn open(&mut self) {
        if let Err(error) = self.voice.open(self.packets_tx.clone()) {
            self.tell.notice(MediaNotice::of(MediaDevice::Microphone, error)).await;
        }
        self.is_open = true;
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
        let media = match event {
            TransportEvent::Audio(packet) => {
                self.sink.push(convert::packet_in(packet));
                if !std::mem::replace(&mut self.is_heard, true) {
                    self.tell.say(What::Hearing).await;
                }
                return;
            }
            TransportEvent::LocalDescription(description) => Media::Signal(convert::description_out(description)),
            TransportEvent::LocalCandidate(candidate) => Media::Signal(convert::candidate_out(candidate)),
            TransportEvent::EndOfCandidates => Media::Signal(MediaSignal::EndOfCandidates),
            TransportEvent::Connected => Media::Connected,
            TransportEvent::Lost => Media::Lost,
            TransportEvent::Failed => Media::Failed,
            TransportEvent::Left => Media::Left,
        };
        self.tell.media(media).await;
    }

    async fn send(&self, packet: EncodedPacket) {
        // What was said before the microphone was muted stays here.
        if packet.is_stale() {
            return;
        }
        if let Err(error) = self.transport.send_audio(convert::frame_out(packet)).await {
            tracing::debug!(%error, "a voice packet is lost");
        }
    }

    fn apply_settings(&mut self) {
        let wanted = self.settings.borrow_and_update().clone();
        let had = std::mem::replace(&mut self.applied, wanted.clone());
        if wanted.muted != had.muted {
            self.voice.set_muted(wanted.muted);
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
    }

    async fn look(&mut self) {
        let stats = self.transport.stats().await;
        if let Some(Protection { percent, earlier_frames }) = self.quality.protection(&stats) {
            let is_repeated = self.transport.set_redundancy(earlier_frames) && earlier_frames > 0;
            // A whole copy of each frame is better than a rough one, and leaves the encoder its bits.
            self.voice.set_packet_loss(if is_repeated { 0 } else { percent });
        }
        if let Some(is_poor) = self.quality.look(&stats) {
            self.tell.say(What::PoorNetwork(is_poor)).await;
        }
    }

    /// The microphone first: it is what people want closed.
    async fn close(self) {
        let Self { voice, mut voice_events, tell, transport, .. } = self;
        let devices = tokio::task::spawn_blocking(move || drop(voice));
        if timeout(CLOSE_TIMEOUT, devices).await.is_err() {
            tracing::warn!("the sound devices did not close in time");
        }
        while let Ok(event) = voice_events.try_recv() {
            tell.of_voice(event).await;
        }
        tell.output.levels.send_replace(Levels::default());
        close_transport(&transport).await;
    }
}
