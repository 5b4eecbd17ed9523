//! Our own server: accounts by REST, calls by the link.

mod accounts;
mod link;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use carillon_protocol::{
    CallId, CallKind, CallScope, ChannelName, Done, Invitation, MicrophoneState, Published, PublishedSize,
    PublishedSource, RECEIVING_SLOTS, RefusalCode, Request, SignedIn, UserId, WantedPicture,
};
use str0m::media::MediaKind;
use tokio::time::sleep;

use self::{accounts::Rest, link::Link};
use super::{Call, Setting, Signalling, SignallingError};
use crate::{
    connection::{Connection, Sections, Sending},
    floor::Driven,
    plan::{Account, Seat, Video},
};

/// An offer that comes before the record's order has reached what forwards media is refused, and good a little later.
const OFFER_AGAIN_AFTER: Duration = Duration::from_millis(100);
const MOST_OFFERS: usize = 30;

/// The first receiving slot for cameras, and how many there are.
const FIRST_CAMERA: u8 = RECEIVING_SLOTS[0].1;
const CAMERAS: usize = RECEIVING_SLOTS[1].1 as usize;

/// What cameras are said to show.
const SIZE: Option<PublishedSize> = PublishedSize::new(1280, 720);

/// Our own server.
pub(crate) struct Carillon {
    rest: Arc<Rest>,
}

impl Carillon {
    pub(crate) fn new(url: &str, account: Account) -> Result<Self, SignallingError> {
        Ok(Self { rest: Arc::new(Rest::new(url, account)?) })
    }

    async fn device(&self, seat: Seat) -> Result<Device, SignallingError> {
        let signed_in = self.rest.sign_in(seat.number).await?;
        let link = Link::open(self.rest.url(), &signed_in).await?;
        Ok(Device { seat, signed_in, link, driven: None })
    }
}

impl Signalling for Carillon {
    type Call = GroupCall;

    async fn fill(&self, setting: Setting<'_>, channel: usize) -> Result<GroupCall, SignallingError> {
        let channel_name = ChannelName::new(setting.plan.channel_name(channel))?;
        let mut devices = Vec::new();
        for seat in setting.plan.seats(channel) {
            devices.push(self.device(seat).await?);
        }
        let mut call = GroupCall {
            rest: Arc::clone(&self.rest),
            channel: channel_name,
            call: None,
            devices,
            video: setting.plan.video,
        };
        call.begin().await?;
        for at in 0..call.devices.len() {
            call.connect(at, setting, None).await?;
        }
        for at in 0..call.devices.len() {
            call.want_pictures(at).await?;
        }
        Ok(call)
    }

    async fn end(&self) {
        self.rest.sign_out_all().await;
    }
}

/// A group call of our server.
pub(crate) struct GroupCall {
    rest: Arc<Rest>,
    channel: ChannelName,
    call: Option<CallId>,
    devices: Vec<Device>,
    video: Option<Video>,
}

struct Device {
    seat: Seat,
    signed_in: SignedIn,
    link: Link,
    driven: Option<Driven>,
}

impl Device {
    fn user(&self) -> UserId {
        self.signed_in.account.user.clone()
    }
}

impl GroupCall {
    fn id(&self) -> Result<CallId, SignallingError> {
        self.call.ok_or(SignallingError::Silent("a call"))
    }

    /// The first calls the others, and all accept.
    async fn begin(&mut self) -> Result<(), SignallingError> {
        let others = self.devices.iter().skip(1).map(Device::user).collect();
        self.invite(others).await?;
        for at in 1..self.devices.len() {
            self.accept(at).await?;
        }
        Ok(())
    }

    async fn invite(&mut self, to: Vec<UserId>) -> Result<(), SignallingError> {
        let caller = &self.devices[0];
        let kind = if self.video.is_some() { CallKind::Video } else { CallKind::Voice };
        let invitation = Invitation {
            scope: CallScope::Several { kind, name: None },
            to,
            message: String::new(),
            channel: self.channel.clone(),
            access_token: Some(self.rest.token(&caller.signed_in, &self.channel).await?),
            uid: None,
            ring_ms: None,
            hides_address: false,
        };
        let done = caller.link.ask("an invitation", Request::Invite(invitation)).await?;
        let (Done::Calling { call, .. } | Done::Joined { ring: carillon_protocol::Ring { call, .. }, .. }) = done
        else {
            return Err(SignallingError::Unexpected("it does not ring".to_owned()));
        };
        self.call = Some(call);
        Ok(())
    }

    async fn accept(&mut self, at: usize) -> Result<(), SignallingError> {
        let device = &mut self.devices[at];
        // A ring of an earlier run may still be there.
        let call = loop {
            let ring = device.link.ring().await?;
            if ring.channel == self.channel {
                break ring.call;
            }
        };
        let access_token = Some(self.rest.token(&device.signed_in, &self.channel).await?);
        device.link.ask("an answer", Request::Accept { call, access_token, uid: None, hides_address: false }).await?;
        Ok(())
    }

    /// Connects a device's media, and says what it publishes.
    async fn connect(
        &mut self,
        at: usize,
        setting: Setting<'_>,
        asked_at: Option<Instant>,
    ) -> Result<(), SignallingError> {
        let call = self.id()?;
        let device = &mut self.devices[at];
        let (socket, address) = setting.floor.socket()?;
        let duty = setting.floor.duty(setting.plan, device.seat, asked_at);
        let (mut connection, sdp) = Connection::offer(address, &sections(device.seat, self.video), duty)?;
        connection.take_answer(&offer(&device.link, call, sdp).await?)?;
        device.driven = Some(setting.floor.drive(socket, connection));
        if device.seat.publishes {
            let published =
                Published { microphone: MicrophoneState::On, camera: self.video.and(SIZE), ..Published::default() };
            device.link.ask("what is published", Request::Publish { call, published }).await?;
        }
        Ok(())
    }

    async fn want_pictures(&self, at: usize) -> Result<(), SignallingError> {
        let (Some(video), call, device) = (self.video, self.id()?, &self.devices[at]) else { return Ok(()) };
        let others = self.devices.iter().filter(|other| other.seat.publishes && other.seat != device.seat);
        let pictures = others.take(CAMERAS).zip(FIRST_CAMERA..).map(|(other, slot)| WantedPicture {
            slot,
            user: other.user(),
            height: video.wanted_height,
        });
        let pictures = pictures.collect();
        device.link.ask("pictures", Request::WantPictures { call, pictures }).await?;
        Ok(())
    }
}

impl Call for GroupCall {
    fn connections(&self) -> usize {
        self.devices.iter().filter(|device| device.driven.is_some()).count()
    }

    async fn go_and_return(&mut self, setting: Setting<'_>) -> Result<(), SignallingError> {
        let (at, call) = (self.devices.len() - 1, self.id()?);
        let device = &mut self.devices[at];
        device.link.ask("an end", Request::HangUp { call }).await?;
        setting.floor.close(device.driven.take().as_slice());
        let user = device.user();
        self.invite(vec![user]).await?;
        let asked_at = Instant::now();
        self.accept(at).await?;
        self.connect(at, setting, Some(asked_at)).await?;
        self.want_pictures(at).await
    }

    async fn end(self) {
        for device in &self.devices {
            if let Some(call) = self.call {
                device.link.try_ask("an end", Request::HangUp { call }).await.ok();
            }
            self.rest.sign_out(&device.signed_in.token).await;
        }
    }
}

/// The server's answer to an offer.
async fn offer(link: &Link, call: CallId, sdp: String) -> Result<String, SignallingError> {
    for _ in 0..MOST_OFFERS {
        let asked = Request::MediaOffer { call, sdp: sdp.clone() };
        match link.try_ask("an offer of media", asked).await? {
            Ok(Done::MediaAnswer { sdp }) => return Ok(sdp),
            Ok(other) => return Err(SignallingError::Unexpected(format!("{other:?}"))),
            Err(refusal) if refusal.code == RefusalCode::Internal => sleep(OFFER_AGAIN_AFTER).await,
            Err(refusal) => return Err(SignallingError::Refused("an offer of media", refusal.to_string())),
        }
    }
    Err(SignallingError::Silent("an offer of media"))
}

/// As a participant of our server offers them: four that send, then all receiving slots.
fn sections(seat: Seat, video: Option<Video>) -> Sections {
    let (mut sound, mut camera) = (Sending::Silence(MediaKind::Audio), Sending::Silence(MediaKind::Video));
    if seat.publishes {
        sound = Sending::Sound;
        camera = video.map_or(camera, Sending::Camera);
    }
    let kind = |source| match source {
        PublishedSource::Microphone | PublishedSource::ScreenSound => MediaKind::Audio,
        PublishedSource::Camera | PublishedSource::Screen => MediaKind::Video,
    };
    let receiving =
        RECEIVING_SLOTS.iter().flat_map(|(source, count)| (0..*count).map(move |_| kind(*source))).collect();
    let own = vec![sound, camera, Sending::Silence(MediaKind::Video), Sending::Silence(MediaKind::Audio)];
    Sections { own, receiving, phase: phase(seat) }
}

/// Those who send do not all do so in the same moment.
pub(super) fn phase(seat: Seat) -> Duration {
    Duration::from_micros((seat.number as u64 * 7_919) % 33_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_has_the_sections_that_our_server_takes() {
        let seat = Seat { channel: 0, number: 3, publishes: true };

        let sections = sections(seat, None);

        assert_eq!((sections.own.len(), sections.receiving.len()), (4, 23));
        assert_eq!(sections.own[1], Sending::Silence(MediaKind::Video), "no camera in a voice call");
    }
}
