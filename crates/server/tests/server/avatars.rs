//! Pictures of users.

use std::io::Cursor;

use carillon_protocol::{Account, Signal};
use image::{ImageBuffer, ImageFormat, Rgb};
use reqwest::{Response, StatusCode};

use crate::support::{House, befriend};

#[tokio::test]
async fn a_picture_is_told_to_devices_and_contacts_and_can_be_fetched_by_its_id() {
    let house = House::open().await;
    let (mut ada, mut ben) = (house.newcomer("ada").await, house.newcomer("ben").await);
    befriend(&mut ada, &mut ben).await;

    let account: Account = put(&house, &ada.signed_in.token, picture(1, ImageFormat::Png)).await.json().await.unwrap();

    let id = account.avatar.clone().unwrap();
    assert_eq!(ada.hears().await, Signal::AccountChanged(account));
    assert_eq!(ben.hears_of("ada").await.avatar, Some(id.clone()));
    let fetched = get(&house, &ben.signed_in.token, id.as_str()).await;
    assert_eq!(fetched.headers()["content-type"], "image/jpeg");
    assert_eq!(fetched.headers()["cache-control"], "private, max-age=31536000, immutable");
    assert_eq!(fetched.headers()["x-content-type-options"], "nosniff");
    let body = fetched.bytes().await.unwrap();
    assert_eq!(image::load_from_memory(&body).unwrap().width(), 256);
}

#[tokio::test]
async fn a_picture_that_one_has_already_is_not_sent_again() {
    let house = House::open().await;
    let ada = house.register("ada").await;
    let account: Account = put(&house, &ada.token, picture(1, ImageFormat::Jpeg)).await.json().await.unwrap();
    let url = format!("{}/v1/avatars/{}", house.url(), account.avatar.unwrap());
    let tag = fetch(&url, &ada.token).await.headers()["etag"].clone();

    let again = reqwest::Client::new().get(&url).bearer_auth(&ada.token).header("if-none-match", tag).send().await;

    assert_eq!(again.unwrap().status(), StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn a_picture_goes_with_the_last_who_shows_it() {
    let house = House::open().await;
    let (ada, ben) = (house.register("ada").await, house.register("ben").await);
    let account: Account = put(&house, &ada.token, picture(1, ImageFormat::Png)).await.json().await.unwrap();
    let id = account.avatar.unwrap();
    put(&house, &ben.token, picture(1, ImageFormat::Png)).await;

    put(&house, &ada.token, picture(2, ImageFormat::Png)).await;
    assert_eq!(get(&house, &ada.token, id.as_str()).await.status(), StatusCode::OK, "ben shows it");

    let url = format!("{}/v1/avatar", house.url());
    let gone = reqwest::Client::new().delete(&url).bearer_auth(&ben.token).send().await.unwrap();
    assert_eq!(gone.json::<Account>().await.unwrap().avatar, None);
    assert_eq!(get(&house, &ada.token, id.as_str()).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn only_who_is_signed_in_puts_or_gets_pictures() {
    let house = House::open().await;
    let ada = house.register("ada").await;
    let account: Account = put(&house, &ada.token, picture(1, ImageFormat::Png)).await.json().await.unwrap();

    assert_eq!(put(&house, "nonsense", picture(1, ImageFormat::Png)).await.status(), StatusCode::UNAUTHORIZED);
    let stranger = get(&house, "nonsense", account.avatar.unwrap().as_str()).await;
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_is_no_picture_or_too_large_is_refused_whatever_it_is_called() {
    let house = House::open().await;
    let ada = house.register("ada").await;
    let script = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>".to_vec();

    for (body, expected) in [
        (script, (StatusCode::UNPROCESSABLE_ENTITY, "bad_picture")),
        (Vec::new(), (StatusCode::UNPROCESSABLE_ENTITY, "bad_picture")),
        (vec![0; 1024 * 1024 + 1], (StatusCode::PAYLOAD_TOO_LARGE, "too_large")),
    ] {
        let response = put(&house, &ada.token, body).await;
        let status = response.status();
        let answer: serde_json::Value = response.json().await.unwrap();
        assert_eq!((status, answer["code"].as_str().unwrap()), expected);
    }
}

async fn put(house: &House, token: &str, body: Vec<u8>) -> Response {
    let request = reqwest::Client::new().put(format!("{}/v1/avatar", house.url())).bearer_auth(token);
    request.header("content-type", "image/png").body(body).send().await.unwrap()
}

async fn get(house: &House, token: &str, id: &str) -> Response {
    fetch(&format!("{}/v1/avatars/{id}", house.url()), token).await
}

async fn fetch(url: &str, token: &str) -> Response {
    reqwest::Client::new().get(url).bearer_auth(token).send().await.unwrap()
}

pub(crate) fn picture(shade: u8, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    ImageBuffer::from_pixel(300, 300, Rgb([shade, 100, 200])).write_to(&mut file, format).unwrap();
    file.into_inner()
}
