//! The committed inputs of the fuzz target `call_record`, replayed.

use std::{fs, panic, path::Path};

use carillon_call::record::fuzz::call_record;

#[test]
fn no_story_of_the_corpus_breaks_a_promise() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/call_record");
    let mut replayed = 0;

    for input in fs::read_dir(corpus).unwrap() {
        let path = input.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        assert!(panic::catch_unwind(|| call_record(&bytes)).is_ok(), "{}", path.display());
        replayed += 1;
    }

    assert!(replayed >= 30, "only {replayed} inputs are there");
}
