//! A call under Wine: the server for Windows, and two command lines for Windows with files for microphones and speakers. Each has to hear the
//! other and not itself. `cargo xtask bundle --check` runs it, with `WINEPREFIX` set.

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    use std::{path::PathBuf, time::Duration};

    use carillon_media::measure::heard;
    use carillon_tests::programs::{House, Person, Programs, ended_well};
    use clap::Parser as _;

    #[derive(clap::Parser)]
    struct Args {
        /// Where `carillon-server.exe` and `carillon.exe` are
        #[arg(long, value_name = "FOLDER")]
        programs: PathBuf,
    }

    const TALK: &str = "8s";
    /// Everything takes longer there, and machines that build are busy.
    const PATIENCE: Duration = Duration::from_secs(180);
    let (alice, bob) = (Person::ALICE, Person::BOB);
    let programs = Programs::UnderWine(Args::parse().programs);
    let house = House::of(programs, PATIENCE, &[alice, bob], &[])?;
    let mut answers = house.listen(bob, "attic", &["--accept-after", "500ms", "--once"])?;
    let mut calls = house.run(alice, "desk", &["call", "bob", "--for", TALK])?;
    calls.until("connected", PATIENCE)?;
    ended_well([&mut calls, &mut answers])?;
    heard(&house.recording(alice, "desk")?, bob.pitch, alice.pitch)?;
    heard(&house.recording(bob, "attic")?, alice.pitch, bob.pitch)?;
    eprintln!("Under Wine a call was made, and each heard the other");
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn main() -> anyhow::Result<()> {
    anyhow::bail!("Wine is looked for on Linux")
}
