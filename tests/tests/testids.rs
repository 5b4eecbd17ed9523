//! Every control of the windows has a story with the real app that shows what it does.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context as _, Result};

/// What no story with the real app has yet, and why. Nothing may be added here.
const WITHOUT_A_STORY: &[(&str, &str)] = &[
    ("SEND_AGAIN", "its first story, with a server that has no room for a message, did not hold"),
    ("SIGN_IN_KEEP_IN_FILE", "its first story, with an app that finds no keychain, did not hold"),
];

#[test]
fn every_test_id_is_in_a_story_with_the_real_app() -> Result<()> {
    let stories = stories()?;
    let without: BTreeSet<_> = names()?.into_iter().filter(|name| !is_named(&stories, name)).collect();
    let known: BTreeSet<_> = WITHOUT_A_STORY.iter().map(|entry| entry.0.to_owned()).collect();
    assert_eq!(without, known, "on the left: ids without a story; on the right: those that are known to have none");
    Ok(())
}

/// Every constant and every function of the list of test ids.
fn names() -> Result<Vec<String>> {
    let list = fs::read_to_string(workspace().join("crates/ipc/src/testid.rs"))?;
    let constant = |line: &str| Some(line.strip_prefix("    ")?.split_once(" = \"")?.0.to_owned());
    let function = |line: &str| Some(line.strip_prefix("pub fn ")?.split_once('(')?.0.to_owned());
    Ok(list.lines().filter_map(|line| constant(line).or_else(|| function(line))).collect())
}

/// The sources of all stories with windows, in one.
fn stories() -> Result<String> {
    let mut all = fs::read_to_string(workspace().join("tests/src/desktop/stage.rs"))?;
    for entry in fs::read_dir(workspace().join("tests/tests"))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).context("a name")?;
        if name.starts_with("desktop") {
            all.push_str(&fs::read_to_string(&path)?);
        }
    }
    Ok(all)
}

/// As a whole word: `RING` is not in `RING_BAR`.
fn is_named(stories: &str, name: &str) -> bool {
    let used = format!("testid::{name}");
    stories.match_indices(&used).any(|(at, _)| {
        let next = stories[at + used.len()..].chars().next();
        next.is_none_or(|next| !next.is_alphanumeric() && next != '_')
    })
}

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in the workspace's folder")
}
