//! What draws the windows' pictures (`ui/painter`), in a browser: in a worker and in the page, in each of its three ways.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use carillon_tests::browser::Browser;
use carillon_tests::desktop::until;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::{WebSocketStream, accept_async, tungstenite::Message};

/// For a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
const WAYS: [&str; 6] =
    ["worker-videoframe", "worker-webgl", "worker-pixels", "page-videoframe", "page-webgl", "page-pixels"];
/// A box of 4:3 in which pictures are shown, and a square one that shows them mirrored.
const PAGE: &str = r#"<!doctype html><meta charset="utf-8">
<style>div { position: absolute } #wide { width: 160px; height: 120px } #square { left: 200px; width: 120px; height: 120px }
canvas { width: 100%; height: 100% }</style><div id="wide"></div><div id="square"></div>
<script type="module">
  import { Pictures } from "./painter/page.js";
  const boxes = { wide: document.getElementById("wide"), square: document.getElementById("square") };
  window.show = (way) => {
    document.documentElement.dataset.painter = way;
    window.pictures = new Pictures(`ws://${location.host}/frames?token=any`);
    window.ids = [pictures.attach(boxes.wide, 0, "cover", false, "wide"), pictures.attach(boxes.square, 2, "cover", true, "square")];
  };
  // The layout changes: the wide box is drawn on another canvas.
  window.showAgain = () => {
    pictures.detach(ids[0]);
    ids[0] = pictures.attach(boxes.wide, 0, "cover", false, "wide");
  };
  // The colour at a place of a box, from 0 to 1: red, green, blue and opacity.
  window.colour = (name, x, y) => {
    const canvas = document.querySelector(`[data-testid=${name}]`);
    const copy = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
    const context = copy.getContext("2d");
    context.drawImage(canvas, 0, 0);
    return [...context.getImageData(Math.floor(x * canvas.width), Math.floor(y * canvas.height), 1, 1).data];
  };
  window.told = (name) => ({ showing: boxes[name].dataset.showing, ...document.querySelector(`[data-testid=${name}]`)?.dataset });
  window.ready = true;
</script>"#;

#[tokio::test(flavor = "multi_thread")]
async fn every_way_of_drawing_shows_the_same_colours_undistorted_and_mirrors_the_self_view() -> Result<()> {
    for way in WAYS {
        let mut show = Show::open(way).await?;
        show.send(Picture { stream: 0, width: 64, height: 48, sequence: 1 }).await?;
        show.send(Picture { stream: 2, width: 64, height: 36, sequence: 1 }).await?;
        show.credits(2).await?;

        show.until_told("wide", "size", "64x48").await?;
        show.until_told("square", "size", "64x36").await?;
        let told = show.page.run("return told('wide')", vec![]).await?;
        assert_eq!((told["way"].as_str(), told["showing"].as_str()), (Some(way), Some("true")));
        show.is(way, "wide", (0.2, 0.5), RED).await?;
        show.is(way, "wide", (0.8, 0.5), BLUE).await?;
        show.is(way, "wide", (0.2, 0.02), RED).await?;
        // 16:9 would lose more than a fifth in a square: it stands whole between two bars.
        show.is(way, "square", (0.2, 0.5), BLUE).await?;
        show.is(way, "square", (0.8, 0.5), RED).await?;
        show.is(way, "square", (0.2, 0.1), NOTHING).await?;
        show.is(way, "square", (0.2, 0.9), NOTHING).await?;
        show.page.close().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_of_odd_size_is_drawn() -> Result<()> {
    for way in WAYS {
        let mut show = Show::open(way).await?;
        show.send(Picture { stream: 0, width: 63, height: 47, sequence: 1 }).await?;
        show.until_told("wide", "size", "63x47").await?;
        show.is(way, "wide", (0.2, 0.5), RED).await?;
        show.is(way, "wide", (0.8, 0.5), BLUE).await?;
        show.page.close().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_drawn_after_a_stream_has_ended_until_it_begins_again() -> Result<()> {
    for way in ["worker-videoframe", "page-webgl"] {
        let mut show = Show::open(way).await?;
        let picture = |sequence| Picture { stream: 0, width: 64, height: 48, sequence };
        show.send(picture(1)).await?;
        show.until_told("wide", "showing", "true").await?;

        // The second is still waiting to be drawn when the end comes.
        show.send(picture(2)).await?;
        show.end(0).await?;
        show.until_told("wide", "showing", "false").await?;
        show.credits(2).await?;
        show.is(way, "wide", (0.2, 0.5), NOTHING).await?;

        show.send(picture(3)).await?;
        show.until_told("wide", "showing", "true").await?;
        show.is(way, "wide", (0.2, 0.5), RED).await?;
        show.page.close().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_stands_still_is_drawn_on_each_canvas_that_is_made_for_it() -> Result<()> {
    for way in ["worker-videoframe", "page-webgl"] {
        let mut show = Show::open(way).await?;
        show.send(Picture { stream: 0, width: 64, height: 48, sequence: 1 }).await?;
        show.until_told("wide", "size", "64x48").await?;

        // More than the contexts of WebGL that a page may have.
        for _ in 0..20 {
            show.page.run("showAgain()", vec![]).await?;
            show.until_told("wide", "showing", "true").await?;
            show.is(way, "wide", (0.2, 0.5), RED).await?;
        }

        show.send(Picture { stream: 2, width: 64, height: 48, sequence: 1 }).await?;
        show.until_told("square", "size", "64x48").await?;
        show.is(way, "square", (0.2, 0.5), BLUE).await?;
        show.end(0).await?;
        show.until_told("wide", "showing", "false").await?;
        show.page.run("showAgain()", vec![]).await?;
        show.is(way, "wide", (0.2, 0.5), NOTHING).await?;
        show.page.close().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_burst_every_picture_is_paid_back_and_what_is_no_picture_is_passed_over() -> Result<()> {
    let mut show = Show::open("").await?;
    show.socket.send(Message::binary(vec![9; 40])).await?;
    show.socket.send(Message::text("not a picture")).await?;
    for sequence in 1..=20 {
        show.send(Picture { stream: 0, width: 64, height: 48, sequence }).await?;
    }

    show.credits(20).await?;

    let told = show.page.run("return told('wide')", vec![]).await?;
    let drawn: u32 = told["drawn"].as_str().context("a count")?.parse()?;
    ensure!((1..=20).contains(&drawn), "drawn: {drawn}");
    show.page.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_hears_how_large_each_picture_is_shown_and_that_it_is_not() -> Result<()> {
    let mut show = Show::open("").await?;

    show.page.run("document.getElementById('wide').style.width = '320px'", vec![]).await?;
    show.tiles(json!([[0, 320, 120], [2, 120, 120]])).await?;

    show.page.run("pictures.detach(ids[0])", vec![]).await?;
    show.tiles(json!([[2, 120, 120]])).await?;
    show.page.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_falls_is_opened_again_and_one_that_is_closed_is_not() -> Result<()> {
    let mut show = Show::open("").await?;
    show.socket.close(None).await?;

    show.socket = timeout(PATIENCE, show.sockets.recv()).await?.context("another socket")?;
    show.tiles(json!([[0, 160, 120], [2, 120, 120]])).await?;
    show.send(Picture { stream: 0, width: 64, height: 48, sequence: 1 }).await?;
    show.until_told("wide", "showing", "true").await?;

    show.page.run("pictures.close()", vec![]).await?;
    while let Some(Ok(message)) = timeout(PATIENCE, show.socket.next()).await? {
        if message.is_close() {
            break;
        }
    }
    let left = show.page.run("return document.querySelectorAll('canvas').length", vec![]).await?;
    assert_eq!(left, json!(0), "no canvas is left");
    show.page.close().await
}

type Colour = [i64; 4];
const RED: Colour = [254, 0, 0, 255];
const BLUE: Colour = [0, 0, 255, 255];
const NOTHING: Colour = [0, 0, 0, 0];

/// Red on the left, blue on the right.
struct Picture {
    stream: u8,
    width: u16,
    height: u16,
    sequence: u64,
}

impl Picture {
    fn message(&self) -> Vec<u8> {
        let halves = |width: u16, height: u16, left: u8, right: u8| {
            let row = (0..width).map(move |column| if column < width / 2 { left } else { right });
            (0..height).flat_map(move |_| row.clone()).collect::<Vec<_>>()
        };
        let (chroma_width, chroma_height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let mut message = header(self.stream, 0, (self.width, self.height), self.sequence);
        message.extend(halves(self.width, self.height, 81, 41));
        message.extend(halves(chroma_width, chroma_height, 90, 240));
        message.extend(halves(chroma_width, chroma_height, 240, 110));
        message
    }
}

fn header(stream: u8, flags: u8, (width, height): (u16, u16), sequence: u64) -> Vec<u8> {
    let mut header = vec![1, stream, flags, 0];
    header.extend(width.to_le_bytes());
    header.extend(height.to_le_bytes());
    header.extend((sequence * 33_000).to_le_bytes());
    header.extend(sequence.to_le_bytes());
    header
}

/// A page with the painter, and the app's end of its socket.
struct Show {
    page: Browser,
    socket: WebSocketStream<TcpStream>,
    sockets: mpsc::Receiver<WebSocketStream<TcpStream>>,
    /// What the page has paid back.
    paid: u64,
    _folder: TempDir,
}

impl Show {
    /// With both boxes on the page, as the app has heard.
    async fn open(way: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}/", listener.local_addr()?);
        let (sockets_tx, mut sockets) = mpsc::channel(4);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, sockets_tx.clone()));
            }
        });
        let folder = tempfile::tempdir()?;
        let page = Browser::at(&address, folder.path()).await?;
        let ready = || async { (page.run("return window.ready", vec![]).await.ok()? == json!(true)).then_some(()) };
        until("the page", PATIENCE, ready).await?;
        page.run("show(arguments[0])", vec![json!(way)]).await?;
        let socket = timeout(PATIENCE, sockets.recv()).await?.context("a socket")?;
        let mut show = Self { page, socket, sockets, paid: 0, _folder: folder };
        show.tiles(json!([[0, 160, 120], [2, 120, 120]])).await?;
        Ok(show)
    }

    async fn send(&mut self, picture: Picture) -> Result<()> {
        Ok(self.socket.send(Message::binary(picture.message())).await?)
    }

    async fn end(&mut self, stream: u8) -> Result<()> {
        Ok(self.socket.send(Message::binary(header(stream, 1, (0, 0), 99))).await?)
    }

    async fn said(&mut self) -> Result<Value> {
        let message = timeout(PATIENCE, self.socket.next()).await.context("the page says nothing")?;
        Ok(serde_json::from_str(message.context("the socket is open")??.to_text()?)?)
    }

    /// Waits until the page has paid back so many pictures in all.
    async fn credits(&mut self, wanted: u64) -> Result<()> {
        while self.paid < wanted {
            self.paid += self.said().await?["credit"].as_u64().unwrap_or(0);
        }
        ensure!(self.paid == wanted, "paid back: {}", self.paid);
        Ok(())
    }

    /// Waits until the page says that tiles are so large: stream, width and height of each.
    async fn tiles(&mut self, wanted: Value) -> Result<()> {
        loop {
            let said = self.said().await?;
            let Some(tiles) = said["tiles"].as_array() else { continue };
            let sizes: Vec<_> =
                tiles.iter().map(|tile| json!([tile["stream"], tile["width"], tile["height"]])).collect();
            if json!(sizes) == wanted {
                return Ok(());
            }
        }
    }

    async fn until_told(&self, name: &str, what: &str, value: &str) -> Result<()> {
        let look = || async {
            let told = self.page.run("return told(arguments[0])", vec![json!(name)]).await.ok()?;
            (told[what] == json!(value)).then_some(())
        };
        until(&format!("{what}={value} of {name}"), PATIENCE, look).await
    }

    /// Waits until the colour at a place is this one, as far as the ways of rounding differ.
    async fn is(&self, way: &str, name: &str, (x, y): (f64, f64), wanted: Colour) -> Result<()> {
        let look = || async {
            let found =
                self.page.run("return colour(...arguments)", vec![json!(name), json!(x), json!(y)]).await.ok()?;
            let found: Colour = serde_json::from_value(found).ok()?;
            found.iter().zip(wanted).all(|(found, wanted)| (found - wanted).abs() <= 16).then_some(())
        };
        until(&format!("{way}: {wanted:?} at {x}, {y} of {name}"), PATIENCE, look).await
    }
}

async fn serve(mut stream: TcpStream, sockets: mpsc::Sender<WebSocketStream<TcpStream>>) -> Result<()> {
    let mut request = vec![0; 8192];
    let length = stream.peek(&mut request).await?;
    let request_line = String::from_utf8_lossy(&request[..length]).lines().next().unwrap_or_default().to_owned();
    let path = request_line.split(' ').nth(1).unwrap_or_default();
    if path.starts_with("/frames") {
        return Ok(sockets.send(accept_async(stream).await?).await?);
    }
    let read = stream.read(&mut request).await?;
    ensure!(read > 0, "a request");
    let (kind, body) = match path.strip_prefix("/painter/").filter(|name| !name.contains("..")) {
        Some(name) => ("text/javascript", std::fs::read(painter().join(name)).unwrap_or_default()),
        None => ("text/html", PAGE.as_bytes().to_vec()),
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await?;
    Ok(stream.shutdown().await?)
}

fn painter() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/painter")
}
