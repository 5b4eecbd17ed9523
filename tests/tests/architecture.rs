//! The house is what ARCHITECTURE.md says it is.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};
use xtask::imports::{Crate, FloorPlan, upward};

/// Files that import each other are understood together or not at all.
const LARGEST_CIRCLE: usize = 5;

type Edges = BTreeMap<String, BTreeSet<String>>;

#[test]
fn our_packages_know_each_other_exactly_as_drawn() {
    let drawn = edges_drawn(&read("ARCHITECTURE.md"));

    let built = edges_built(&metadata());

    // Those that test, and `xtask`, may use any library, so they are not part of the drawing.
    for (package, knows) in built.iter().filter(|(package, _)| !["tests", "sim", "xtask"].contains(&package.as_str())) {
        let drawn = drawn.get(package).unwrap_or_else(|| panic!("{package} is missing in ARCHITECTURE.md's drawing"));
        assert_eq!(knows, drawn, "what {package} knows (left: Cargo.toml, right: ARCHITECTURE.md)");
    }
    let gone: Vec<_> = drawn.keys().filter(|package| !built.contains_key(*package)).collect();
    assert!(gone.is_empty(), "drawn, but not there: {gone:?}");
}

#[test]
fn the_pure_crates_reach_no_runtime_no_socket_and_no_random_source() {
    let metadata = metadata();

    for pure in ["carillon-call", "carillon-protocol", "carillon-ipc", "carillon-token"] {
        let reached = reached_from(&metadata, pure);
        for forbidden in ["tokio", "async-std", "mio", "socket2", "tauri", "webrtc", "rand"] {
            assert!(!reached.contains(forbidden), "{pure} reaches {forbidden}");
        }
    }
}

#[test]
fn no_crate_is_a_drawer_for_everything() {
    let metadata = metadata();

    for package in metadata.workspace_packages() {
        let name = short(package);
        assert!(!["common", "shared", "utils", "util", "misc"].contains(&name), "{name} says nothing about its reason");
    }
}

#[test]
fn the_pure_machine_and_the_tokens_may_not_read_a_clock() {
    for rules in ["crates/call/clippy.toml", "crates/token/clippy.toml"] {
        for clock in ["std::time::Instant::now", "std::time::SystemTime::now"] {
            assert!(read(rules).contains(clock), "{rules} no longer bans {clock}");
        }
    }
}

#[test]
fn inside_a_crate_floors_import_only_from_those_below_them() {
    let plans = FloorPlan::drawn(&read("ARCHITECTURE.md"));

    let names: Vec<&str> = plans.iter().map(|plan| plan.name.as_str()).collect();
    assert_eq!(names, ["server", "call"]);
    for plan in &plans {
        let arrows = upward(&sources_of(&plan.name), plan);
        assert!(arrows.is_empty(), "these run upwards in {}: {arrows:#?}", plan.name);
    }
}

#[test]
fn few_files_import_each_other_in_circles() {
    for name in ["server", "call"] {
        let circles = sources_of(name).circles();
        let large: Vec<_> = circles.iter().filter(|circle| circle.len() > LARGEST_CIRCLE).collect();
        assert!(large.is_empty(), "circles of more than {LARGEST_CIRCLE} files in {name}: {large:#?}");
    }
}

#[test]
fn one_place_alone_knows_which_characters_turn_or_hide_text() {
    let mut lists = BTreeSet::new();
    for folder in ["crates", "src-tauri", "ui/src"] {
        for file in rust_files(&root().join(folder)) {
            let path = file.strip_prefix(root()).expect("it is below the root").to_string_lossy().into_owned();
            let source = fs::read_to_string(&file).expect("the sources can be read").to_lowercase();
            let code = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
            let has_list = ["u{200b}", "u{202a}", "u{202e}", "u{2066}"].iter().any(|mark| code.contains(mark));
            if has_list && !path.contains("tests") {
                lists.insert(path);
            }
        }
    }

    let others: Vec<_> = lists.iter().filter(|path| !path.starts_with("crates/protocol/src/name")).collect();
    assert!(others.is_empty(), "ask `carillon_protocol::GivenName` or `shown_name` instead: {others:?}");
}

#[test]
fn what_is_written_is_begun_and_committed_by_the_change_and_the_store_alone() {
    let server = root().join("crates/server/src");
    let commits = rust_files(&server).into_iter().filter(|file| {
        let source = fs::read_to_string(file).expect("the sources can be read");
        let code = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        [".write().await", "tx.commit()", "\"BEGIN", "\"SAVEPOINT", "\"COMMIT"].iter().any(|word| code.contains(word))
    });

    let below = |file: PathBuf| file.strip_prefix(&server).map(Path::to_path_buf).expect("it is below the server");
    let names: BTreeSet<PathBuf> = commits.map(below).collect();
    let stories = ["testing.rs", "vanishing.rs"];
    let known = ["change/mod.rs", "store/connections.rs", "store/engine.rs", "store/migrations.rs", "store/writer.rs"];
    assert_eq!(names, known.into_iter().chain(stories).map(PathBuf::from).collect());
}

#[test]
fn encoded_frames_pass_the_kit_in_one_place() {
    let files = rust_files(&root().join("crates/kit/src"));
    let see_frames = files.iter().filter(|file| {
        let source = fs::read_to_string(file).expect("the sources can be read");
        ["ReceivedFrame", "ReceivedPacket", "rtc::Frame", "is_stale"].iter().any(|name| source.contains(name))
    });

    let names: Vec<_> = see_frames.map(|file| file.strip_prefix(root()).expect("it is below the root")).collect();
    assert_eq!(names, [Path::new("crates/kit/src/media/frames.rs")]);
}

#[test]
fn the_top_level_is_the_one_that_was_agreed_on() {
    for part in ["Cargo.toml", "src-tauri", "ui", "icons", "tests", "tauri.conf.json"] {
        assert!(root().join(part).exists(), "{part} is missing");
    }
}

#[test]
fn the_architecture_page_stays_short_enough_to_be_read() {
    let lines = read("ARCHITECTURE.md").lines().count();

    assert!(lines <= 200, "ARCHITECTURE.md has {lines} lines; 200 are enough");
}

#[test]
fn the_build_servers_run_the_developers_command() {
    for file in [".ci/run", ".github/workflows/ci.yml"] {
        assert!(read(file).contains("cargo xtask test"), "{file}");
    }
}

#[test]
fn tracked_files_do_not_name_the_machine_they_were_written_on() {
    let home = std::env::var("HOME").unwrap_or_default();
    let here = [root().display().to_string(), home].map(|folder| format!("{}/", folder.trim_end_matches('/')));
    let telling: Vec<_> = here.iter().filter(|folder| folder.len() > 3).collect();

    for file in tracked_files() {
        let Ok(text) = fs::read_to_string(root().join(&file)) else { continue };
        for folder in &telling {
            assert!(!text.contains(folder.as_str()), "{} contains {folder}", file.display());
        }
    }
}

#[test]
fn no_test_is_ignored_and_nothing_is_left_as_a_promise() {
    let (ignored, promised) = (concat!("#[", "ignore"), concat!("unimplemented", "!("));

    for file in tracked_files().into_iter().filter(|file| file.extension().is_some_and(|kind| kind == "rs")) {
        let Ok(text) = fs::read_to_string(root().join(&file)) else { continue };
        assert!(!text.contains(ignored) && !text.contains(promised), "{} is not finished", file.display());
    }
}

#[test]
fn the_drawing_is_read_as_a_person_reads_it() {
    let edges = edges_drawn("text\n```edges\na, b ► c        # why\nc ► nothing of ours\n```\nb ► x\n");

    assert_eq!(edges["a"], BTreeSet::from(["c".to_owned()]));
    assert_eq!(edges["b"], edges["a"]);
    assert!(edges["c"].is_empty());
}

/// The fenced block `edges`: `who, who ► whom, whom`, and `nothing of ours` for none.
fn edges_drawn(page: &str) -> Edges {
    let block = page.split("```edges\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block of edges");
    let mut edges = Edges::new();
    for line in block.lines().filter(|line| !line.trim().is_empty()) {
        let line = line.split('#').next().unwrap_or(line);
        let (from, to) = line.split_once('►').unwrap_or_else(|| panic!("no arrow in {line:?}"));
        let to = names(to).into_iter().filter(|name| name != "nothing of ours").collect::<BTreeSet<_>>();
        for package in names(from) {
            edges.entry(package).or_default().extend(to.clone());
        }
    }
    edges
}

fn names(list: &str) -> BTreeSet<String> {
    list.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

fn edges_built(metadata: &Metadata) -> Edges {
    let ours: BTreeSet<_> = metadata.workspace_packages().iter().map(|package| package.name.to_string()).collect();
    let knows = |package: &Package| {
        let direct = package.dependencies.iter().filter(|dependency| ours.contains(&dependency.name));
        direct.map(|dependency| shorten(&dependency.name).to_owned()).collect()
    };
    metadata.workspace_packages().iter().map(|package| (short(package).to_owned(), knows(package))).collect()
}

/// The names of all packages that end up in a build of `package`, its tests aside.
fn reached_from(metadata: &Metadata, package: &str) -> BTreeSet<String> {
    let resolve = metadata.resolve.as_ref().expect("metadata was asked for with dependencies");
    let nodes: BTreeMap<&PackageId, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let start = metadata.packages.iter().find(|candidate| *candidate.name == package).expect("one of our packages");
    let mut reached = BTreeSet::new();
    let mut open = vec![&start.id];
    while let Some(id) = open.pop() {
        if !reached.insert(id) {
            continue;
        }
        let normal =
            |kinds: &[cargo_metadata::DepKindInfo]| kinds.iter().any(|kind| kind.kind == DependencyKind::Normal);
        open.extend(nodes[id].deps.iter().filter(|dep| normal(&dep.dep_kinds)).map(|dep| &dep.pkg));
    }
    reached.into_iter().map(|id| metadata[id].name.to_string()).collect()
}

fn sources_of(name: &str) -> Crate {
    Crate::read(&root().join("crates").join(name).join("src/lib.rs")).expect("the sources can be read")
}

fn short(package: &Package) -> &str {
    shorten(&package.name)
}

fn shorten(name: &str) -> &str {
    name.strip_prefix("carillon-").unwrap_or(name)
}

fn metadata() -> Metadata {
    MetadataCommand::new().current_dir(root()).exec().expect("cargo knows its workspace")
}

fn tracked_files() -> Vec<PathBuf> {
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output().expect("git is there");
    let listed = String::from_utf8(listed.stdout).expect("file names are UTF-8");
    listed.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from).collect()
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the workspace")
}

/// All sources in and below a folder, without what builds leave there.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("it can be read").path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let below = folders.iter().filter(|path| !path.ends_with("target")).flat_map(|path| rust_files(path));
    files.into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs")).chain(below).collect()
}
