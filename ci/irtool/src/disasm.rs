//! Disassembly with independent decoders.

use iced_x86::{Decoder, DecoderOptions, Formatter, IntelFormatter};
use yaxpeax_arch::{Decoder as _, U8Reader};

/// Prints code that lies at `base`: instructions up to `end`, then only the marked places.
pub fn print(
    cpu: &str,
    bytes: &[u8],
    base: u64,
    end: u64,
    marks: &[(u64, String)],
    show_bytes: bool,
) {
    let mut at = base;
    while at <= end {
        for (_, name) in marks.iter().filter(|m| m.0 == at) {
            println!("{name}:");
        }
        let rest = &bytes[(at - base) as usize..];
        let (text, len) = if cpu == "aarch64" { a64(rest) } else { x86(rest, at, cpu) };
        let raw: String = match show_bytes {
            true => rest[..len].iter().map(|b| format!("{b:02x}")).collect(),
            false => String::new(),
        };
        println!("  {at:x}  {raw:<24}{text}");
        at += len as u64;
        if len == 0 || (at - base) as usize >= bytes.len() {
            break;
        }
    }
}

fn x86(bytes: &[u8], at: u64, cpu: &str) -> (String, usize) {
    let bits = if cpu == "ia32" { 32 } else { 64 };
    let i = Decoder::with_ip(bits, bytes, at, DecoderOptions::NONE).decode();
    let mut text = String::new();
    IntelFormatter::new().format(&i, &mut text);
    (text, i.len())
}

fn a64(bytes: &[u8]) -> (String, usize) {
    let d = yaxpeax_arm::armv8::a64::InstDecoder::default();
    match d.decode(&mut U8Reader::new(bytes)) {
        Ok(i) => (i.to_string(), 4),
        Err(_) => (".word".into(), 4.min(bytes.len())),
    }
}
