//! Janus and its VideoRoom, over its WebSocket: what it takes to do the same as our own server.
//!
//! A participant who sends has a connection for that; one who receives has another, in which all others are. Janus offers those.

mod socket;

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::time::sleep;

use self::socket::{Said, Session};
use super::{Call, Setting, Signalling, SignallingError, carillon::phase};
use crate::{
    connection::{Connection, Sections, Sending},
    floor::Driven,
    flow::Expected,
    plan::{Seat, Video},
};

/// Rooms are numbers; this is where ours begin.
const FIRST_ROOM: u64 = 474_700;

const PLUGIN: &str = "janus.plugin.videoroom";

/// How Janus refuses who asks too early for somebody who sends, and how often it is asked again.
const NO_SUCH_FEED: &str = "\"error_code\":428";
const MOST_JOINS: usize = 100;
const JOIN_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// A Janus.
pub(crate) struct Janus {
    session: Session,
    rooms: Rooms,
}

/// Those that are there: Janus keeps them when their makers have gone.
type Rooms = Arc<Mutex<HashSet<u64>>>;

impl Janus {
    pub(crate) async fn connect(url: &str) -> Result<Self, SignallingError> {
        Ok(Self { session: Session::open(url).await?, rooms: Rooms::default() })
    }
}

impl Signalling for Janus {
    type Call = Room;

    async fn fill(&self, setting: Setting<'_>, channel: usize) -> Result<Room, SignallingError> {
        let room = FIRST_ROOM + channel as u64;
        let keeper = self.session.attach(PLUGIN).await?;
        let create = json!({
            "request": "create", "room": room, "publishers": 1_000, "audiocodec": "opus", "videocodec": "h264",
            "h264_profile": "42e01f", "bitrate": 0, "fir_freq": 0, "is_private": true
        });
        self.session.ask(keeper, create, None).await?;
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner).insert(room);
        let mut room = Room {
            session: self.session.clone(),
            rooms: Arc::clone(&self.rooms),
            room,
            keeper,
            members: Vec::new(),
            video: setting.plan.video,
        };
        for seat in setting.plan.seats(channel) {
            let publishing = if seat.publishes { Some(room.publish(seat, setting).await?) } else { None };
            room.members.push(Member { seat, publishing, receiving: None });
        }
        for at in 0..room.members.len() {
            room.receive(at, setting, None).await?;
        }
        Ok(room)
    }

    async fn end(&self) {
        let left: Vec<u64> = self.rooms.lock().unwrap_or_else(PoisonError::into_inner).drain().collect();
        let Ok(keeper) = self.session.attach(PLUGIN).await else { return };
        for room in left {
            destroy(&self.session, keeper, room).await;
        }
    }
}

async fn destroy(session: &Session, keeper: u64, room: u64) {
    if let Err(error) = session.ask(keeper, json!({ "request": "destroy", "room": room }), None).await {
        tracing::info!(%error, "a room is left");
    }
}

/// A room with its participants.
pub(crate) struct Room {
    session: Session,
    rooms: Rooms,
    room: u64,
    /// The handle that made the room.
    keeper: u64,
    members: Vec<Member>,
    video: Option<Video>,
}

struct Member {
    seat: Seat,
    publishing: Option<Publishing>,
    receiving: Option<Connected>,
}

struct Publishing {
    /// By what the others ask for it.
    feed: u64,
    connected: Connected,
}

struct Connected {
    handle: u64,
    driven: Driven,
}

impl Room {
    async fn publish(&self, seat: Seat, setting: Setting<'_>) -> Result<Publishing, SignallingError> {
        let handle = self.session.attach(PLUGIN).await?;
        let join = json!({
            "request": "join", "ptype": "publisher", "room": self.room, "display": format!("load{}", seat.number)
        });
        let joined = self.session.ask(handle, join, None).await?;
        let feed = number(&joined.data, "id")?;
        let (socket, address) = setting.floor.socket()?;
        let own = std::iter::once(Sending::Sound).chain(self.video.map(Sending::Camera)).collect();
        let sections = Sections { own, receiving: Vec::new(), phase: phase(seat) };
        // It says what arrives, as a client that sends does.
        let expects = Expected::default();
        let duty = crate::connection::Duty { decrypts: true, expects, ..setting.floor.duty(setting.plan, seat, None) };
        let (mut connection, sdp) = Connection::offer(address, &sections, duty)?;
        let offer = json!({ "type": "offer", "sdp": sdp });
        let configured = self.session.ask(handle, json!({ "request": "publish" }), Some(offer)).await?;
        connection.take_answer(&configured.sdp()?)?;
        self.session.complete(handle).await?;
        let driven = setting.floor.drive(socket, connection);
        Ok(Publishing { feed, connected: Connected { handle, driven } })
    }

    /// Receives all others who send, in one connection.
    async fn receive(
        &mut self,
        at: usize,
        setting: Setting<'_>,
        asked_at: Option<Instant>,
    ) -> Result<(), SignallingError> {
        let seat = self.members[at].seat;
        let others = self.members.iter().filter(|other| other.seat != seat);
        let streams: Vec<Value> =
            others.filter_map(|other| Some(json!({ "feed": other.publishing.as_ref()?.feed }))).collect();
        if streams.is_empty() {
            return Ok(()); // the only one who sends
        }
        let handle = self.session.attach(PLUGIN).await?;
        let join = json!({ "request": "join", "ptype": "subscriber", "room": self.room, "streams": streams });
        let attached = self.join_when_they_send(handle, join).await?;
        let (socket, address) = setting.floor.socket()?;
        let duty = setting.floor.duty(setting.plan, seat, asked_at);
        let (connection, sdp) = Connection::answer(address, &attached.sdp()?, duty)?;
        // It may connect as soon as Janus has the answer.
        let driven = setting.floor.drive(socket, connection);
        let answer = json!({ "type": "answer", "sdp": sdp });
        self.session.ask(handle, json!({ "request": "start" }), Some(answer)).await?;
        self.session.complete(handle).await?;
        if let Some(video) = self.video.filter(|video| video.is_in_sizes) {
            self.choose_size(handle, &attached.data, video).await?;
        }
        self.members[at].receiving = Some(Connected { handle, driven });
        Ok(())
    }

    /// Janus knows of nobody who sends before their connection has come about.
    async fn join_when_they_send(&self, handle: u64, join: Value) -> Result<Said, SignallingError> {
        for _ in 0..MOST_JOINS {
            match self.session.ask(handle, join.clone(), None).await {
                Err(SignallingError::Refused(_, why)) if why.contains(NO_SUCH_FEED) => sleep(JOIN_AGAIN_AFTER).await,
                other => return other,
            }
        }
        Err(SignallingError::Silent("joining those who send"))
    }

    /// Janus sends the largest unless it is told otherwise.
    async fn choose_size(&self, handle: u64, attached: &Value, video: Video) -> Result<(), SignallingError> {
        let size = match video.wanted_height {
            ..=180 => 0,
            181..=360 => 1,
            _ => 2,
        };
        let streams = attached["streams"].as_array().map(Vec::as_slice).unwrap_or_default();
        let of_video = streams.iter().filter(|stream| stream["type"] == "video");
        let streams: Vec<Value> = of_video.map(|stream| json!({ "mid": stream["mid"], "substream": size })).collect();
        self.session.ask(handle, json!({ "request": "configure", "streams": streams }), None).await?;
        Ok(())
    }
}

impl Call for Room {
    fn connections(&self) -> usize {
        let of = |member: &Member| usize::from(member.publishing.is_some()) + usize::from(member.receiving.is_some());
        self.members.iter().map(of).sum()
    }

    /// Only its connection for receiving comes anew: that is what its first packet comes by.
    async fn go_and_return(&mut self, setting: Setting<'_>) -> Result<(), SignallingError> {
        let at = self.members.len() - 1;
        if let Some(Connected { handle, driven }) = self.members[at].receiving.take() {
            setting.floor.close(&[driven]);
            self.session.detach(handle).await?;
        }
        self.receive(at, setting, Some(Instant::now())).await
    }

    async fn end(self) {
        for member in &self.members {
            let handles = member.publishing.iter().map(|publishing| &publishing.connected).chain(&member.receiving);
            for connected in handles {
                self.session.detach(connected.handle).await.ok();
            }
        }
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.room);
        destroy(&self.session, self.keeper, self.room).await;
        self.session.detach(self.keeper).await.ok();
    }
}

fn number(data: &Value, key: &str) -> Result<u64, SignallingError> {
    data[key].as_u64().ok_or_else(|| SignallingError::Unexpected(data.to_string()))
}
