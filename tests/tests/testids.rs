//! Every control of the windows has a story with the real app that shows what it does.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};

#[test]
fn every_test_id_is_in_a_story_with_the_real_app() -> Result<()> {
    let stories = stories()?;
    let without: Vec<_> = names()?.into_iter().filter(|name| !is_named(&stories, name)).collect();
    assert_eq!(without, Vec::<String>::new(), "these have no story");
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
    let mut all = String::new();
    for helper in ["stage", "desk"] {
        all.push_str(&fs::read_to_string(workspace().join(format!("tests/src/desktop/{helper}.rs")))?);
    }
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
