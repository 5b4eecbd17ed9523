//! Frames over a real socket.

use std::time::{Duration, Instant};

use carillon_ipc::{FeedAddress, Stream};
use carillon_kit::media::{Picture, PictureSize};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::{net::TcpStream, sync::watch, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest, http::header::ORIGIN},
};

use super::{FrameFeed, Sources, TileHeights, message::HEADER_BYTES};

const PATIENCE: Duration = Duration::from_secs(20);
const OURS: &str = "tauri://localhost";

#[tokio::test]
async fn a_window_gets_pictures_in_the_size_of_its_tile() {
    let (pictures, feed) = feed();
    let mut window = Page::open(feed.address()).await;

    window.tiles(64, 32).await;
    pictures.send_replace(Some(picture(16)));

    let frame = window.frame().await;
    assert_eq!((frame.stream, frame.is_end, frame.size), (0, false, (64, 32)));
    assert_eq!(frame.planes.len(), 64 * 32 * 3 / 2);
    assert!(frame.planes[..64 * 32].iter().all(|byte| *byte == 16));
}

#[tokio::test]
async fn a_wrong_token_or_a_page_from_elsewhere_is_refused() {
    let (_pictures, feed) = feed();
    let address = feed.address();
    let other = FeedAddress { token: carillon_kit::Secret::new("0".repeat(32)), ..address.clone() };

    for (address, origin) in [(&other, OURS), (address, "https://evil.example"), (address, "http://localhost")] {
        let refused = connect(address, origin).await.err();
        let Some(tungstenite::Error::Http(response)) = refused else { panic!("{origin} is let in: {refused:?}") };
        assert_eq!(response.status(), 403, "{origin}");
    }
}

#[tokio::test]
async fn a_window_that_stands_still_costs_two_pictures_and_then_gets_the_latest() {
    let (pictures, feed) = feed();
    let mut window = Page::open(feed.address()).await;
    window.tiles(128, 64).await;

    for brightness in 16..=20 {
        pictures.send_replace(Some(picture(brightness)));
        if brightness < 18 {
            assert_eq!(window.frame().await.planes[0], brightness);
        }
    }
    window.answer_comes_first().await;

    window.credit(1).await;
    assert_eq!(window.frame().await.planes[0], 20);
}

#[tokio::test]
async fn after_the_end_of_a_stream_there_is_one_message_and_no_picture() {
    let (pictures, feed) = feed();
    let mut window = Page::open(feed.address()).await;
    window.tiles(128, 64).await;
    for brightness in [16, 17] {
        pictures.send_replace(Some(picture(brightness)));
        window.frame().await;
    }

    pictures.send_replace(Some(picture(18))); // it waits for credit
    pictures.send_replace(None);
    let end = window.frame().await;
    assert_eq!((end.is_end, end.size, end.planes.len()), (true, (0, 0), 0));
    window.credit(2).await;
    window.answer_comes_first().await;

    pictures.send_replace(Some(picture(19)));
    assert_eq!(window.frame().await.planes[0], 19);
    drop(pictures);
    assert!(window.frame().await.is_end, "the call is over");
}

#[tokio::test]
async fn a_stream_that_is_not_shown_any_more_has_ended_and_its_pictures_are_let_go() {
    let (pictures, feed) = feed();
    let mut window = Page::open(feed.address()).await;
    window.tiles(128, 64).await;
    pictures.send_replace(Some(picture(16)));
    window.frame().await;

    feed.set_sources(Sources::default());

    assert!(window.frame().await.is_end);
    timeout(PATIENCE, pictures.closed()).await.expect("nothing looks at them");
}

#[tokio::test]
async fn a_stream_without_a_tile_is_not_sent() {
    let (pictures, feed) = feed();
    let mut window = Page::open(feed.address()).await;
    pictures.send_replace(Some(picture(16)));
    window.answer_comes_first().await;

    window.tiles(0, 0).await;
    window.answer_comes_first().await;

    window.tiles(128, 64).await;
    assert_eq!(window.frame().await.size, (128, 64));
}

#[tokio::test]
async fn people_of_a_group_have_streams_of_their_own_and_the_app_knows_which_are_seen_and_how_large() {
    let (one_tx, one) = watch::channel(None);
    let (other_tx, other) = watch::channel(None);
    let sources = Sources::default().with(Stream::Camera(0), one).with(Stream::Camera(31), other);
    let feed = FrameFeed::begin(sources).expect("a free port");
    let mut heights = feed.heights();
    let mut window = Page::open(feed.address()).await;

    let tile = |stream: Stream, height: u16| json!({ "stream": stream.number(), "width": 128, "height": height });
    window.say(&json!({ "tiles": [tile(Stream::Camera(31), 64), tile(Stream::Screen(0), 0)] })).await;
    timeout(PATIENCE, heights.changed()).await.expect("in time").expect("it is open");
    assert_eq!(*heights.borrow_and_update(), [(Stream::Camera(31), 64)].into());
    one_tx.send_replace(Some(picture(16)));
    other_tx.send_replace(Some(picture(17)));
    let frame = window.frame().await;
    assert_eq!((frame.stream, frame.planes[0]), (Stream::Camera(31).number(), 17));
    window.answer_comes_first().await;

    drop(window);
    timeout(PATIENCE, heights.wait_for(TileHeights::is_empty)).await.expect("in time").expect("it is open");
}

#[tokio::test]
async fn a_window_that_comes_again_takes_the_place_of_the_one_before() {
    let (pictures, feed) = feed();
    pictures.send_replace(Some(picture(16)));
    let mut before = Page::open(feed.address()).await;

    let mut window = Page::open(feed.address()).await;
    window.tiles(128, 64).await;

    assert_eq!(window.frame().await.planes[0], 16);
    before.is_closed().await;
}

#[tokio::test]
async fn nothing_listens_once_there_is_nothing_to_show() {
    let (pictures, feed) = feed();
    pictures.send_replace(Some(picture(16)));
    let address = feed.address().clone();
    let mut window = Page::open(&address).await;

    drop(feed);

    window.is_closed().await;
    let refused = connect(&address, OURS).await.err();
    assert!(matches!(refused, Some(tungstenite::Error::Io(_))), "{refused:?}");
}

fn feed() -> (watch::Sender<Option<Picture>>, FrameFeed) {
    let (pictures_tx, pictures) = watch::channel(None);
    let feed = FrameFeed::begin(Sources::default().with(Stream::TheirCamera, pictures)).expect("a free port");
    (pictures_tx, feed)
}

fn picture(brightness: u8) -> Picture {
    let size = PictureSize::new(128, 64).expect("a size");
    Picture::new(size, Instant::now(), vec![brightness; size.bytes()]).expect("all its planes")
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn connect(address: &FeedAddress, origin: &str) -> Result<Socket, tungstenite::Error> {
    let url = format!("{}?token={}", address.url, address.token.expose());
    let mut request = url.into_client_request()?;
    request.headers_mut().insert(ORIGIN, origin.parse().expect("a header"));
    timeout(PATIENCE, connect_async(request)).await.expect("in time").map(|(socket, _)| socket)
}

/// A window's page, without a window.
struct Page(Socket);

#[derive(Debug)]
struct Frame {
    stream: u8,
    is_end: bool,
    size: (u16, u16),
    planes: Vec<u8>,
}

impl Page {
    async fn open(address: &FeedAddress) -> Self {
        Self(connect(address, OURS).await.expect("it is let in"))
    }

    async fn tiles(&mut self, width: u16, height: u16) {
        self.say(&json!({ "tiles": [{ "stream": 0, "width": width, "height": height }] })).await;
    }

    async fn credit(&mut self, credit: u8) {
        self.say(&json!({ "credit": credit, "stream": 0 })).await;
    }

    async fn say(&mut self, what: &serde_json::Value) {
        self.0.send(Message::text(what.to_string())).await.expect("it listens");
    }

    async fn next(&mut self) -> Option<Message> {
        timeout(PATIENCE, self.0.next()).await.expect("in time").and_then(Result::ok)
    }

    async fn frame(&mut self) -> Frame {
        let message = self.next().await.expect("it is not over").into_data();
        let number = |at: usize| u16::from_le_bytes([message[at], message[at + 1]]);
        assert_eq!(message[0], 1, "the version");
        Frame {
            stream: message[1],
            is_end: message[2] == 1,
            size: (number(4), number(6)),
            planes: message[HEADER_BYTES..].to_vec(),
        }
    }

    /// Nothing else has been sent before this is answered.
    async fn answer_comes_first(&mut self) {
        self.0.send(Message::Ping(b"now"[..].into())).await.expect("it listens");
        assert_eq!(self.next().await, Some(Message::Pong(b"now"[..].into())));
    }

    async fn is_closed(&mut self) {
        while self.next().await.is_some() {}
    }
}
