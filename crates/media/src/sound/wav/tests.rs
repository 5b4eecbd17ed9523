//! Files as programs write them, the faulty ones too.

use proptest::prelude::*;

use super::*;

const PCM: u16 = 1;
const FLOAT: u16 = 3;

#[test]
fn the_sound_is_found_whatever_stands_around_it() {
    let (fmt, data) = (chunk(b"fmt ", &format(PCM, 1, 16)), chunk(b"data", &tone_16()));
    let odd = chunk(b"LIST", b"INFOx");
    let unpadded = &odd[..odd.len() - 1];
    let silent = chunk(b"fact", &24_000_u32.to_le_bytes());

    for (what, file) in [
        ("nothing", riff(&[&fmt, &data])),
        ("lists before and after", riff(&[&odd, &fmt, &odd, &data, &odd])),
        ("an odd chunk whose writer forgot the padding", riff(&[&fmt, unpadded, &data])),
        ("what broadcasters add", riff(&[&chunk(b"JUNK", &[0; 28]), &chunk(b"bext", &[0; 602]), &fmt, &silent, &data])),
        ("a format that comes last", riff(&[&data, &fmt])),
    ] {
        assert_is_the_tone(&file, 1e-4, what);
    }
}

#[test]
fn a_size_that_was_not_known_when_it_was_written_is_all_there_is() {
    let fmt = chunk(b"fmt ", &format(PCM, 1, 16));
    for size in [0, u32::MAX, u32::MAX - 7, 1_000_000] {
        let data = [b"data".as_slice(), &size.to_le_bytes(), &tone_16()].concat();

        assert_is_the_tone(&riff(&[&fmt, &data]), 1e-4, &format!("a size of {size}"));
    }
}

#[test]
fn a_sound_of_no_length_is_not_what_comes_after_it() {
    let file = riff(&[&chunk(b"fmt ", &format(PCM, 1, 16)), &chunk(b"data", &[]), &chunk(b"LIST", b"INFOabc")]);

    assert_eq!(recording(&file).expect("taken").samples(), []);
}

#[test]
fn a_file_that_breaks_off_is_taken_as_far_as_it_goes() {
    let mut file = riff(&[&chunk(b"fmt ", &format(PCM, 1, 16)), &chunk(b"data", &tone_16())]);
    file.truncate(file.len() - 24_001);

    let expected = tone().len() - 12_001;
    assert_eq!(recording(&file).expect("taken").samples().len(), expected);
}

#[test]
fn all_usual_formats_are_taken() {
    let integers = |bytes: usize| -> Vec<u8> {
        let of = |s: f32| (f64::from(s) * 2_f64.powi(31)) as i32;
        tone().iter().flat_map(|s| of(*s).to_le_bytes()[4 - bytes..].to_vec()).collect()
    };
    let eight: Vec<u8> = tone().iter().map(|s| (s * 127.0 + 128.0).round() as u8).collect();
    let floats: Vec<u8> = tone().iter().flat_map(|s| s.to_le_bytes()).collect();
    let long_floats: Vec<u8> = tone().iter().flat_map(|s| f64::from(*s).to_le_bytes()).collect();

    for (what, format, data) in [
        ("8 bits", format(PCM, 1, 8), eight),
        ("24 bits", format(PCM, 1, 24), integers(3)),
        ("32 bits", format(PCM, 1, 32), integers(4)),
        ("12 bits in 16", [&format(PCM, 1, 16)[..14], &[12, 0]].concat(), integers(2)),
        ("32 bits, extensible", extensible(PCM, 32), integers(4)),
        ("floats", format(FLOAT, 1, 32), floats.clone()),
        ("floats, extensible", extensible(FLOAT, 32), floats),
        ("long floats", format(FLOAT, 1, 64), long_floats),
        ("A-law", format(6, 1, 8), tone().iter().map(|s| nearest(6, *s)).collect()),
        ("\u{b5}-law", format(7, 1, 8), tone().iter().map(|s| nearest(7, *s)).collect()),
    ] {
        let worst = if format[14] == 8 { 0.02 } else { 1e-4 };
        assert_is_the_tone(&riff(&[&chunk(b"fmt ", &format), &chunk(b"data", &data)]), worst, what);
    }
}

#[test]
fn channels_are_mixed() {
    let both: Vec<u8> = tone_16().chunks(2).flat_map(|s| [s[0], s[1], s[0], s[1]]).collect();

    assert_is_the_tone(&riff(&[&chunk(b"fmt ", &format(PCM, 2, 16)), &chunk(b"data", &both)]), 1e-4, "two channels");
}

#[test]
fn an_rf64_file_has_its_size_in_another_place() {
    let sizes = [0_u64, tone_16().len() as u64, 0].map(u64::to_le_bytes).concat();
    let data = [b"data".as_slice(), &u32::MAX.to_le_bytes(), &tone_16()].concat();
    let chunks = [chunk(b"ds64", &[sizes, vec![0; 4]].concat()), chunk(b"fmt ", &format(PCM, 1, 16)), data];
    let mut file = riff(&[&chunks.concat(), &chunk(b"LIST", b"INFOabcd")]);
    file[..8].copy_from_slice(b"RF64\xff\xff\xff\xff");

    assert_is_the_tone(&file, 1e-4, "RF64");
}

#[test]
fn what_is_no_number_is_silence_and_counted() {
    let mut broken = tone();
    (broken[4_800], broken[9_600], broken[9_601]) = (f32::NAN, f32::INFINITY, f32::NEG_INFINITY);
    let data: Vec<u8> = broken.iter().flat_map(|s| s.to_le_bytes()).collect();

    let read = recording(&riff(&[&chunk(b"fmt ", &format(FLOAT, 1, 32)), &chunk(b"data", &data)])).expect("taken");

    assert_eq!(read.not_numbers(), 3);
    assert_eq!((read.samples()[4_800], read.samples()[9_600], read.samples()[9_601]), (0.0, 0.0, 0.0));
}

#[test]
fn what_is_not_taken_is_named() {
    let of = |format: &[u8]| riff(&[&chunk(b"fmt ", format), &chunk(b"data", &tone_16())]);
    let refused = |file: &[u8]| recording(file).expect_err("it is not taken").to_string();

    assert!(refused(&of(&format(0x55, 1, 16))).contains("MP3"));
    assert!(refused(&of(&format(0x11, 1, 4))).contains("IMA ADPCM"));
    assert!(refused(&of(&format(0x1234, 1, 16))).contains("0x1234"));
    assert!(refused(&of(&format(PCM, 1, 64))).contains("PCM of 64 bits"));
    assert!(refused(&of(&[&format(PCM, 1, 16)[..4], &[0; 4], &format(PCM, 1, 16)[8..]].concat())).contains("0 Hz"));
    assert_eq!(refused(b"OggS"), Refused::NotWav.to_string());
    assert_eq!(refused(&of(&[1, 0])), Refused::NoFormat.to_string());
    assert_eq!(refused(&riff(&[&chunk(b"fmt ", &format(PCM, 1, 16))])), Refused::NoData.to_string());
    let turned = riff(&[]);
    assert_eq!(refused(&[b"RIFX", &turned[4..]].concat()), Refused::BigEndian.to_string());
}

proptest! {
    #[test]
    fn whatever_a_file_holds_it_is_read_or_refused(
        start in prop::sample::select(vec![0_usize, 12, 20, 36, 44]),
        noise in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let whole = riff(&[&chunk(b"fmt ", &format(PCM, 1, 16)), &chunk(b"data", &tone_16()[..400])]);
        let file = [&whole[..start], &noise].concat();

        // Either is fine; it ends, and what was read are numbers.
        if let Ok(read) = recording(&file) {
            prop_assert!(read.samples().iter().all(|sample| sample.is_finite()));
        }
    }
}

fn recording(file: &[u8]) -> Result<Recording, Refused> {
    Recording::of(file).map(|read| read.expect("its rate can be converted"))
}

#[track_caller]
fn assert_is_the_tone(file: &[u8], worst: f32, what: &str) {
    let read = recording(file).unwrap_or_else(|refused| panic!("{what}: {refused}"));
    let (read, tone) = (read.samples(), tone());
    assert_eq!(read.len(), tone.len(), "{what}");
    let off = read.iter().zip(&tone).map(|(read, meant)| (read - meant).abs()).fold(0.0, f32::max);
    assert!(off <= worst, "{what}: off by {off}");
}

/// Half a second of 440 Hz.
fn tone() -> Vec<f32> {
    (0..24_000).map(|n| 0.5 * (n as f32 * 440.0 * std::f32::consts::TAU / 48_000.0).sin()).collect()
}

fn tone_16() -> Vec<u8> {
    tone().iter().flat_map(|s| ((s * 32_768.0) as i16).to_le_bytes()).collect()
}

fn nearest(kind: u16, sample: f32) -> u8 {
    let format = chunks::Format { kind, channels: 1, rate_hz: SAMPLE_RATE, bytes: 1 };
    let all: Vec<u8> = (0..=255).collect();
    let (values, _) = samples::mono(&format, &all).expect("taken");
    let off = |byte: &u8| (values[usize::from(*byte)] - sample).abs();
    all.iter().copied().min_by(|a, b| off(a).total_cmp(&off(b))).expect("there are some")
}

fn chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let padding: &[u8] = if body.len().is_multiple_of(2) { &[] } else { &[0] };
    [id.as_slice(), &(body.len() as u32).to_le_bytes(), body, padding].concat()
}

fn riff(chunks: &[&[u8]]) -> Vec<u8> {
    let body = chunks.concat();
    [b"RIFF".as_slice(), &(body.len() as u32 + 4).to_le_bytes(), b"WAVE", &body].concat()
}

fn format(kind: u16, channels: u16, bits: u16) -> Vec<u8> {
    let align = channels * bits.div_ceil(8);
    let two = |value: u16| value.to_le_bytes();
    let four = |value: u32| value.to_le_bytes();
    [&two(kind)[..], &two(channels), &four(SAMPLE_RATE), &four(SAMPLE_RATE * u32::from(align)), &two(align), &two(bits)]
        .concat()
}

/// WAVEFORMATEXTENSIBLE.
fn extensible(kind: u16, bits: u16) -> Vec<u8> {
    let more = [&22_u16.to_le_bytes()[..], &bits.to_le_bytes(), &4_u32.to_le_bytes(), &kind.to_le_bytes()].concat();
    let guid = *b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71";
    [&format(0xfffe, 1, bits)[..], &more, &guid].concat()
}
