//! Every transform in pieces, and what is refused.

use super::*;

fn run(transforms: &mut Transforms, number: u32, input: &[u8], piece: usize) -> Result<Vec<u8>> {
    let mut output = Vec::new();
    let mut rest = input;
    loop {
        let now = &rest[..rest.len().min(piece)];
        let flush = if now.len() == rest.len() { 4 } else { 0 };
        let step = transforms.step(number, now, flush, 100)?;
        output.extend_from_slice(&step.output);
        rest = &rest[step.consumed..];
        if step.has_ended || (rest.is_empty() && step.output.is_empty()) {
            return Ok(output);
        }
    }
}

#[test]
fn every_format_round_trips_in_pieces_of_any_length() {
    let data: Vec<u8> = (0..50_000_u32).flat_map(|number| (number / 7).to_le_bytes()).collect();
    for (compress, decompress, format) in [
        ("deflate", "inflate", "gzip"),
        ("deflate", "inflate", "deflate"),
        ("deflate", "inflate", "deflate-raw"),
        ("brotli-compress", "brotli-decompress", ""),
    ] {
        let parameters = format!(r#"{{"format":"{format}","level":6,"quality":4}}"#);
        let mut transforms = Transforms::default();
        let number = transforms.open(compress, &parameters, Vec::new()).expect("opens");
        let small = run(&mut transforms, number, &data, 777).expect("compresses");
        assert!(small.len() < data.len() / 2, "{format}");
        let number = transforms.open(decompress, &parameters, Vec::new()).expect("opens");
        assert_eq!(run(&mut transforms, number, &small, 13).expect("decompresses"), data, "{format}");
    }
}

#[test]
fn a_bomb_comes_out_in_pieces() {
    let mut transforms = Transforms::default();
    let number = transforms.open("deflate", r#"{"format":"gzip"}"#, Vec::new()).expect("opens");
    let small = run(&mut transforms, number, &vec![0; 4 << 20], 1 << 16).expect("compresses");
    let number = transforms.open("inflate", r#"{"format":"gzip"}"#, Vec::new()).expect("opens");
    let step = transforms.step(number, &small, 4, u32::MAX).expect("decompresses");
    assert_eq!(step.output.len(), OUTPUT_BYTES_MAX);
    assert!(!step.has_ended);
}

#[test]
fn what_is_open_is_counted() {
    let mut transforms = Transforms::default();
    let open = |transforms: &mut Transforms| transforms.open("brotli-compress", "{}", Vec::new());
    let numbers: Vec<_> = std::iter::from_fn(|| open(&mut transforms).ok()).collect();
    assert_eq!(numbers.len(), 8);
    transforms.close(numbers[3]);
    transforms.close(numbers[3]);
    assert!(open(&mut transforms).is_ok());
    assert!(open(&mut transforms).is_err());
    assert!(transforms.step(numbers[7] + 9, b"", 0, 1).is_err());
}

#[test]
fn parameters_out_of_range_are_refused() {
    let mut transforms = Transforms::default();
    for parameters in [r#"{"level":10}"#, r#"{"memLevel":0}"#, r#"{"windowBits":16}"#, r#"{"strategy":5}"#] {
        assert!(transforms.open("deflate", parameters, Vec::new()).is_err(), "{parameters}");
    }
    assert!(transforms.open("brotli-compress", r#"{"quality":12}"#, Vec::new()).is_err());
    assert!(transforms.open("digest", r#"{"hash":"SHA-3"}"#, Vec::new()).is_err());
    assert!(transforms.open("cipher", r#"{"mode":"ECB"}"#, vec![vec![0; 16]]).is_err());
}

#[test]
fn a_cipher_in_pieces_is_what_it_is_at_once() {
    let data: Vec<u8> = (0..100).collect();
    for mode in ["CBC", "CTR", "GCM"] {
        let inputs = || vec![vec![7; 16], vec![9; 16], b"more".to_vec()];
        let parameters = format!(r#"{{"mode":"{mode}","encrypt":true}}"#);
        let mut transforms = Transforms::default();
        let mut secrets = Vec::new();
        for piece in [1, 15, 16, 17, 100] {
            let number = transforms.open("cipher", &parameters, inputs()).expect("opens");
            let mut secret = Vec::new();
            for part in data.chunks(piece) {
                secret.extend(transforms.step(number, part, 0, 1).expect("encrypts").output);
            }
            secret.extend(transforms.step(number, b"", 4, 1).expect("finishes").output);
            secrets.push(secret);
        }
        assert!(secrets.windows(2).all(|pair| pair[0] == pair[1]), "{mode}");
        let secret = &secrets[0];
        let (secret, tag) = secret.split_at(if mode == "GCM" { 100 } else { secret.len() });
        let parameters = format!(r#"{{"mode":"{mode}"}}"#);
        for piece in [1, 16, 33, 200] {
            let number = transforms.open("cipher", &parameters, inputs()).expect("opens");
            let mut plain = Vec::new();
            for part in secret.chunks(piece) {
                plain.extend(transforms.step(number, part, 0, 1).expect("decrypts").output);
            }
            plain.extend(transforms.step(number, tag, 4, 1).expect("finishes").output);
            assert_eq!(plain, data, "{mode} {piece}");
        }
    }
}
