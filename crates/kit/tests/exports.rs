//! A program that depends on the kit alone can name every type that it is given and every type that it has to give.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The crates whose types an app may meet.
const CRATES: [&str; 5] = ["kit", "call", "protocol", "media", "rtc"];
/// Modules of `carillon-media` that `carillon_kit::media` exports as they are.
const WHOLE_MODULES: [&str; 4] = ["bell", "devices", "measure", "wav"];
/// Types of the standard library that have the name of one of ours.
const OF_STD: [&str; 1] = ["Path"];

#[test]
fn every_type_in_a_public_signature_is_exported() {
    assert_eq!(missing(&exported()), BTreeMap::new(), "the types, and where each is needed");
}

#[test]
fn a_type_that_is_no_longer_exported_is_found() {
    for (taken_out, needed_by) in [("EndReason", "CallEntry"), ("SignedIn", "Login"), ("HandledHow", "HangupReason")] {
        let mut exported = exported();
        assert!(exported.remove(taken_out), "{taken_out} is exported");

        let missing = missing(&exported);

        assert_eq!(missing.keys().collect::<Vec<_>>(), [taken_out]);
        assert!(missing[taken_out].contains(needed_by), "{missing:?}");
    }
}

/// Types that are needed and not exported, each with the exported ones that need it.
fn missing(exported: &BTreeSet<String>) -> BTreeMap<String, BTreeSet<String>> {
    let sources = sources();
    let ours: BTreeSet<String> = sources.iter().flat_map(|source| types_in(source)).map(|(name, _)| name).collect();
    let mut missing = BTreeMap::<String, BTreeSet<String>>::new();
    for (name, text) in sources.iter().flat_map(|source| public_parts(source)) {
        if !exported.contains(&name) {
            continue;
        }
        let needed =
            words(&text).filter(|word| ours.contains(*word) && !exported.contains(*word) && !OF_STD.contains(word));
        for needed in needed {
            missing.entry(needed.to_owned()).or_default().insert(name.clone());
        }
    }
    missing
}

/// What an app can name.
fn exported() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in ["lib.rs", "media/mod.rs"] {
        let source = code(&root().join("kit/src").join(file));
        for used in source.split("pub use ").skip(1) {
            let used = used.split(';').next().unwrap_or_default();
            names.extend(words(used).map(str::to_owned));
        }
        names.extend(types_in(&source).into_iter().map(|(name, _)| name));
    }
    for module in WHOLE_MODULES {
        for file in rust_files(&root().join("media/src/sound").join(module)) {
            names.extend(types_in(&code(&file)).into_iter().map(|(name, _)| name));
        }
    }
    names
}

/// The public parts of each type's definition and of its own methods.
fn public_parts(source: &str) -> Vec<(String, String)> {
    let mut parts = types_in(source);
    for block in blocks(source, "impl") {
        let Some((head, body)) = block.split_once('{') else { continue };
        if head.contains(" for ") {
            continue; // what a trait's methods take is the trait's
        }
        let name = words(head).last().unwrap_or_default().to_owned();
        let mut signatures = String::new();
        for method in body.split("    pub ").skip(1).filter(|method| is_method(method)) {
            signatures += method.split('{').next().unwrap_or_default();
        }
        parts.push((name, signatures));
    }
    parts
}

fn is_method(text: &str) -> bool {
    ["fn ", "const fn ", "async fn "].iter().any(|start| text.starts_with(start))
}

/// Public types, each with what everybody sees of it.
fn types_in(source: &str) -> Vec<(String, String)> {
    let mut types = Vec::new();
    for block in blocks(source, "pub enum") {
        let variants = block.lines().skip(1).map(|line| match line.strip_prefix("    ") {
            Some(variant) if variant.starts_with(char::is_uppercase) => {
                variant.trim_start_matches(char::is_alphanumeric) // its own name is no type's
            }
            Some(_) | None => line,
        });
        types.push((name_in(&block), variants.flat_map(|line| [line, "\n"]).collect()));
    }
    for block in blocks(source, "pub struct") {
        let fields = block.lines().filter(|line| line.trim_start().starts_with("pub ") && !line.starts_with("pub"));
        types.push((name_in(&block), fields.collect()));
    }
    types
}

fn name_in(block: &str) -> String {
    words(block).next().unwrap_or_default().to_owned()
}

/// Items at the left edge that begin so, up to their end.
fn blocks(source: &str, start: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        if line.strip_prefix(start).is_none_or(|rest| !rest.starts_with([' ', '<'])) {
            continue;
        }
        let mut block = line.strip_prefix(start).unwrap_or_default().to_owned();
        if !line.ends_with([';', '}']) {
            for line in lines.by_ref() {
                block += "\n";
                block += line;
                if line.starts_with('}') {
                    break;
                }
            }
        }
        blocks.push(block);
    }
    blocks
}

/// Words that begin with a capital, as types do.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = text.split(move |c| !is_part(c));
    words.filter(|word| {
        word.starts_with(|c: char| c.is_ascii_uppercase()) && word.contains(|c: char| c.is_ascii_lowercase())
    })
}

fn sources() -> Vec<String> {
    let files = CRATES.iter().flat_map(|name| rust_files(&root().join(name).join("src")));
    files.map(|file| code(&file)).collect()
}

/// A file without comments, attributes and tests.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).expect("the sources can be read");
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned();
    let is_code = |line: &&str| !line.trim_start().starts_with("//") && !line.trim_start().starts_with("#[");
    text.lines().filter(is_code).flat_map(|line| [line, "\n"]).collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
