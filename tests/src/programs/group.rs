//! What stories of several people have in common.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::{Device, House, Line, Person};

const SOON: Duration = Duration::from_secs(40);

/// Alice makes a group of these people, who all join it.
///
/// # Errors
/// If it does not become one.
pub fn make_team(house: &House, others: &[Person]) -> Result<String> {
    let names = others.iter().map(|person| person.user);
    let create: Vec<_> = ["group", "create", "Team"].into_iter().chain(names).collect();
    let (said, code) = house.ask(Person::ALICE, "first", &create)?.end(SOON)?;
    ensure!(code == 0, "{said:?}");
    let made = said.iter().find(|line| line["event"] == "group").context("the group is told")?;
    let team = made["group"]["group"].as_str().context("an id")?;
    for invited in others {
        let (said, code) = house.ask(*invited, "first", &["group", "join", team])?.end(SOON)?;
        ensure!(code == 0, "{said:?}");
    }
    Ok(team.to_owned())
}

/// Waits for the end of each, which has to be a good one.
///
/// # Errors
/// If it is not, or does not come in time.
pub fn ended_well<const N: usize>(devices: [&mut Device; N]) -> Result<Vec<Vec<Line>>> {
    let ended = devices.into_iter().map(|device| {
        let (said, code) = device.end(SOON)?;
        ensure!(code == 0, "it ended with {code}: {said:?}");
        Ok(said)
    });
    ended.collect()
}
