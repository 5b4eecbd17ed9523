//! Tries what this machine has: lists cameras, screens and windows, and says of the first of each, and of the sound of other programs, what came in
//! some seconds. For machines that nobody has tried yet.
#![allow(clippy::print_stdout, reason = "it is there to print")]

use std::time::{Duration, Instant};

use carillon_media::{
    Camera, MediaError, Picture, PictureEvent, PictureInput, PictureStream, Screen, ScreenSound, ScreenSoundStream,
    Thumbnails, cameras, screens,
};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout_at;

const EACH: Duration = Duration::from_secs(4);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for camera in cameras() {
        println!("camera {camera:?}");
    }
    let listed = screens(Thumbnails::Made);
    for screen in &listed {
        let thumbnail = screen.thumbnail.as_ref().map(Picture::size);
        println!("{:?} {} {:?} {:?}, thumbnail {thumbnail:?}", screen.kind, screen.id, screen.name, screen.size);
    }
    let screen = listed.into_iter().next().map(|first| PictureInput::Screen(Screen::Device(first.id)));
    let trying = async {
        for input in screen.into_iter().chain([PictureInput::Camera(Camera::Device { id: None })]) {
            see(input).await?;
        }
        hear().await
    };
    Ok(tokio::runtime::Runtime::new()?.block_on(trying)?)
}

async fn see(input: PictureInput) -> Result<(), MediaError> {
    println!("{input:?}");
    let (shown_tx, mut shown) = watch::channel(None::<Picture>);
    let (pictures_tx, mut pictures) = mpsc::channel(4);
    let tell = |event: PictureEvent| println!("  {event:?}");
    let stream = PictureStream::open(&input, 1_000_000, shown_tx, pictures_tx, tell)?;
    let (mut encoded, mut bytes, until) = (0, 0, Instant::now() + EACH);
    while let Ok(Some(picture)) = timeout_at(until.into(), pictures.recv()).await {
        (encoded, bytes) = (encoded + 1, bytes + picture.payload.len());
    }
    if let Some(picture) = shown.borrow_and_update().as_ref() {
        let middle = |plane: &[u8]| plane.get(plane.len() / 2).copied();
        let colour = (middle(picture.y()), middle(picture.u()), middle(picture.v()));
        println!("  the latest is {:?}, in its middle {colour:?}", picture.size());
    }
    println!("  {encoded} pictures in {bytes} bytes");
    drop(stream);
    Ok(())
}

async fn hear() -> Result<(), MediaError> {
    println!("the sound of other programs");
    let (packets_tx, mut packets) = mpsc::channel(64);
    let stream = ScreenSoundStream::open(&ScreenSound::OtherPrograms, packets_tx, |error| println!("  {error}"))?;
    let (mut heard, until) = (0, Instant::now() + EACH);
    while let Ok(Some(_)) = timeout_at(until.into(), packets.recv()).await {
        heard += 1;
    }
    println!("  {heard} packets of 20 ms");
    drop(stream);
    Ok(())
}
