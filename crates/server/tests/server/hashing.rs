//! S22: who has an account is not told, and hashing passwords is no way to stop the server.

use reqwest::StatusCode;

use crate::support::{House, PASSWORD, credentials, post};

#[tokio::test]
async fn s22_an_unknown_user_costs_as_many_hashes_as_a_wrong_password() {
    let house = House::with(|config| {
        config.metrics_listen = Some(([127, 0, 0, 1], 0).into());
        config.limits.sign_ins_per_minute = 100;
    })
    .await;
    house.register("ada").await;
    let long = "x".repeat(2000);

    for password in ["not the password", "", &long] {
        let before = hashes(&house).await;
        let wrong = post(&house.url(), "sign-in", credentials("ada", password, "laptop")).await;
        let between = hashes(&house).await;
        let unknown = post(&house.url(), "sign-in", credentials("nobody", password, "laptop")).await;
        let after = hashes(&house).await;

        assert_eq!(between - before, after - between, "the same work for {password:.20?}");
        assert_eq!(wrong, unknown, "and the same words");
    }
}

#[tokio::test]
async fn s22_a_crowd_of_sign_ins_is_served_a_few_at_a_time_and_nobody_waits_for_ever() {
    let house = House::with(|config| {
        config.metrics_listen = Some(([127, 0, 0, 1], 0).into());
        config.limits.sign_ins_per_minute = 1000;
    })
    .await;
    let url = house.url();

    let crowd = (0..60).map(|number| post(&url, "sign-in", credentials(&format!("user-{number}"), PASSWORD, "laptop")));
    let answers = futures_util::future::join_all(crowd).await;

    let count = |wanted| answers.iter().filter(|(status, _)| *status == wanted).count();
    let (refused, turned_away) = (count(StatusCode::UNAUTHORIZED), count(StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(refused + turned_away, 60);
    assert!(refused >= 32, "{refused}");
    assert!(metric(&house, "carillon_password_hashes_at_once_max").await <= 2);
}

async fn hashes(house: &House) -> u64 {
    metric(house, "carillon_password_hashes_total").await
}

/// What a metric without labels says.
pub(crate) async fn metric(house: &House, name: &str) -> u64 {
    let page =
        reqwest::get(format!("http://{}/metrics", house.server.metrics.unwrap())).await.unwrap().text().await.unwrap();
    let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap();
    line.parse().unwrap()
}
