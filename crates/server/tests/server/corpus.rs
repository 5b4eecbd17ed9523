//! What fuzzers and people found, replayed: `tests/corpus/ws_frame` of the workspace.

use std::path::Path;

use carillon_protocol::{ClientFrame, ServerFrame};
use carillon_server::fuzz;

#[test]
fn no_frame_of_the_corpus_is_too_strange() {
    let corpus = corpus();
    assert!(corpus.len() >= 30, "{}", corpus.len());

    for (name, bytes) in &corpus {
        let outcome = std::panic::catch_unwind(|| fuzz::ws_frame(bytes));
        assert!(outcome.is_ok(), "{name}");
    }
}

#[test]
fn the_corpus_has_frames_of_both_ends_that_are_understood() {
    let understood = |name: &str| {
        let corpus = corpus();
        let (_, bytes) = corpus.iter().find(|(known, _)| known == name).unwrap();
        let text = std::str::from_utf8(bytes).unwrap().to_owned();
        serde_json::from_str::<ClientFrame>(&text).is_ok() || serde_json::from_str::<ServerFrame>(&text).is_ok()
    };
    for name in [
        "hello",
        "hello_resume",
        "ack",
        "invite",
        "accept",
        "media_offer",
        "media_candidate",
        "signal_ring",
        "answer_refused",
    ] {
        assert!(understood(name), "{name}");
    }
}

fn corpus() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/ws_frame");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap())).collect()
}
