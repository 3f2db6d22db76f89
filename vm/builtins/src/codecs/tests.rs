//! Codecs through `str.encode` and `bytes.decode`.

use super::*;
use pyrs_core::Settings;

fn vm() -> Box<Vm> {
    let vm = Vm::new(Settings::default());
    crate::install(&vm).expect("memory");
    vm
}
fn encode(vm: &Vm, text: &[u32], encoding: &str, errors: &str) -> Result<Vec<u8>, String> {
    let s = vm.new_str_points(pyrs_text::CodePoints::Four(text)).expect("memory");
    let (encoding, errors) = (vm.intern(encoding), vm.intern(errors));
    match encode_text(vm, s.value(), encoding, errors) {
        Ok(b) => Ok(vm.as_bytes(b).expect("bytes").data().to_vec()),
        Err(r) => Err(reason(vm, r)),
    }
}
/// Class, range and reason of the pending exception.
fn reason(vm: &Vm, r: pyrs_core::Raised) -> String {
    let e = vm.take_exception(r);
    let field = |i| vm.repr_lossy(vm.exception_field(e, i));
    format!("{} {} {}", vm.type_name(e.value()), field(2), field(3))
}

#[test]
fn native_codecs_and_handlers() {
    let vm = vm();
    assert_eq!(encode(&vm, &[0x61, 0x20ac], "UTF-8", "strict"), Ok(b"a\xe2\x82\xac".to_vec()));
    assert_eq!(
        encode(&vm, &[0xff, 0x1234], "ascii", "xmlcharrefreplace"),
        Ok(b"&#255;&#4660;".to_vec())
    );
    assert_eq!(
        encode(&vm, &[0xff], "ascii", "namereplace"),
        Ok(b"\\N{LATIN SMALL LETTER Y WITH DIAERESIS}".to_vec())
    );
    assert_eq!(encode(&vm, &[0xdc80], "utf8", "surrogateescape"), Ok(b"\x80".to_vec()));
    assert_eq!(encode(&vm, &[0xd800], "utf-16-le", "surrogatepass"), Ok(b"\x00\xd8".to_vec()));
    assert_eq!(
        encode(&vm, &[0x61, 0xff], "ascii", "strict"),
        Err("UnicodeEncodeError 1 2".to_owned())
    );
    assert!(encode(&vm, &[0xff], "ascii", "nope").is_err());
}

#[test]
fn decoding_reports_the_place_and_recovers() {
    let vm = vm();
    let decode = |data: &[u8], errors: &str| -> Result<String, String> {
        let b = vm.bytes(data).expect("memory");
        let buffer = vm.buffer(b, false).expect("bytes");
        match decode_buffer(&vm, b, buffer, None, Some(vm.intern(errors))) {
            Ok(s) => {
                Ok(vm.as_str(s).expect("str").points().iter().map(|p| format!("{p:x} ")).collect())
            }
            Err(r) => Err(reason(&vm, r)),
        }
    };
    assert_eq!(decode(b"a\xff", "strict"), Err("UnicodeDecodeError 1 2".to_owned()));
    assert_eq!(decode(b"a\xff", "replace"), Ok("61 fffd ".to_owned()));
    assert_eq!(decode(b"a\xff", "surrogateescape"), Ok("61 dcff ".to_owned()));
    assert_eq!(decode(b"\xe2\x82\xac", "strict"), Ok("20ac ".to_owned()));
}

#[test]
fn handlers_as_functions() {
    let vm = vm();
    let f = lookup_error(&vm, vm.intern("replace")).expect("built in");
    let args = [
        vm.str("u").expect("memory"),
        vm.bytes(b"abc").expect("memory"),
        Value::small_int(0),
        Value::small_int(2),
        vm.str("r").expect("memory"),
    ];
    let e = vm.new_exception(vm.exc().unicode_decode_error, &args).expect("memory");
    let r = vm.as_tuple(vm.call(f, &[e.value()]).expect("handled")).expect("a pair");
    assert_eq!(vm.as_str(r.get(0)).expect("str").to_lossy(), "\u{fffd}");
    assert_eq!(r.get(1), Value::small_int(2));
}
