//! `cargo xtask figures`: how large our crates are, and how much of each is hard to read.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;
use xtask::imports::{Crate, code};

use crate::workspace::Workspace;

/// clippy's `too_many_lines` says so, in clippy.toml.
const LONG_FUNCTION: usize = 60;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Another checkout, to compare with
    #[arg(long)]
    of: Option<PathBuf>,
}

/// Production code only: no tests, no examples. Lines count comments too; a function's lines are those of its body with code in them.
pub(crate) fn chore(workspace: &Workspace, args: &Args) -> Result<()> {
    let root = args.of.as_ref().unwrap_or(&workspace.root);
    let mut crates: Vec<PathBuf> =
        fs::read_dir(root.join("crates"))?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    crates.sort();
    crates.extend([root.join("src-tauri"), root.join("ui")]);
    println!("crate       files  lines  clones/1000  long functions  largest circle");
    for folder in crates {
        let sources = if folder.join("src").is_dir() { folder.join("src") } else { folder.clone() };
        let texts = rust_files(&sources)?.iter().map(fs::read_to_string).collect::<Result<Vec<_>, _>>()?;
        let production: Vec<&str> =
            texts.iter().filter_map(|text| text.split("#[cfg(test)]\nmod tests {").next()).collect();
        let lines: usize = production.iter().map(|text| text.lines().count()).sum();
        let codes: Vec<String> = production.iter().map(|text| code(text)).collect();
        let clones: usize = codes
            .iter()
            .map(|code| {
                [".clone()", ".cloned()", "::clone("].map(|call| code.matches(call).count()).iter().sum::<usize>()
            })
            .sum();
        let long = codes.iter().flat_map(|code| function_lines(code)).filter(|lines| *lines > LONG_FUNCTION).count();
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let per_thousand = 1000.0 * clones as f64 / lines.max(1) as f64;
        println!("{name:10} {:6} {lines:6} {per_thousand:12.1} {long:15} {:15}", texts.len(), largest_circle(&sources));
    }
    Ok(())
}

/// Of files that import each other, the most.
fn largest_circle(sources: &Path) -> usize {
    let roots = ["lib.rs", "main.rs"].map(|root| sources.join(root));
    let read = roots.iter().find(|root| root.exists()).and_then(|root| Crate::read(root).ok());
    read.map_or(0, |read| read.circles().first().map_or(0, Vec::len))
}

fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let is_test = path.file_stem().is_some_and(|name| name == "tests" || name == "target");
            if path.is_dir() && !is_test {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") && !is_test {
                found.push(path);
            }
        }
    }
    Ok(found)
}

/// How many lines the body of each function has.
fn function_lines(code: &str) -> Vec<usize> {
    let bodies =
        code.match_indices("fn ").filter(|(at, _)| !code[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
    bodies
        .filter_map(|(at, _)| body(&code[at..]))
        .map(|body| body.lines().filter(|line| !line.trim().is_empty()).count())
        .collect()
}

/// What stands between the first brace and the one that closes it; nothing for a function without a body.
fn body(code: &str) -> Option<&str> {
    let mut depth = 0_i32;
    let mut nested = |c: char, open: &[char], close: &[char]| {
        depth += i32::from(open.contains(&c)) - i32::from(close.contains(&c));
        depth
    };
    let begin = code.find(|c| nested(c, &['(', '['], &[')', ']']) == 0 && matches!(c, '{' | ';'))?;
    let behind = code[begin..].strip_prefix('{')?;
    let end = behind.find(|c| nested(c, &['{'], &['}']) < 0)?;
    Some(&behind[..end])
}
