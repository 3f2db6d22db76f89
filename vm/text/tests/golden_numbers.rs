//! Numbers as CPython reads, writes and computes them.

mod common;

use common::{bits, each, float, int, same};
use pyrs_text::bigint::{self, BigInt, BigRef, ByteOrder, IntRef};
use pyrs_text::float_repr::{self, HexError};
use pyrs_text::hash;
use pyrs_text::int_text::{self, Int};

#[test]
fn float_repr_and_hex() {
    each(include_str!("golden/float_repr.txt"), |f| {
        let x = float(f[0]);
        same(&float_repr::repr(x), f[1])?;
        same(&float_repr::to_hex(x), f[2])?;
        same(&bits(float_repr::parse(f[1].as_bytes()).expect("a float")), &bits(x))
    });
}

#[test]
fn float_parse() {
    each(include_str!("golden/float_parse.txt"), |f| {
        let text = pyrs_text::unicode::to_ascii_number(common::text(f[0]).as_points());
        same(&float_repr::parse(&text).map_or("!".to_string(), bits), f[1])
    });
}

#[test]
fn float_from_hex() {
    each(include_str!("golden/float_hex.txt"), |f| {
        let got = match float_repr::from_hex(f[0].as_bytes()) {
            Ok(x) => bits(x),
            Err(HexError::Invalid) => "!V".to_string(),
            Err(HexError::TooLarge) => "!O".to_string(),
        };
        same(&got, f[1])
    });
}

#[test]
fn round() {
    each(include_str!("golden/round.txt"), |f| {
        let got = match float_repr::round_digits(float(f[0]), f[1].parse().expect("digits")) {
            Ok(x) => bits(x),
            Err(_) => "!OverflowError: rounded value too large to represent".to_string(),
        };
        same(&got, f[2])
    });
}

fn decimal(value: &BigInt) -> String {
    int_text::decimal(IntRef::Big(value.as_ref()))
}

#[test]
fn int_parse() {
    each(include_str!("golden/int_parse.txt"), |f| {
        let base = f[1].parse().expect("a base");
        let text = common::text(f[0]);
        let got = match int_text::parse_str(text.as_points(), base, 0, &mut || false) {
            Ok(Int::Small(value)) => value.to_string(),
            Ok(Int::Big(value)) => decimal(&value),
            Err(_) => "!".to_string(),
        };
        same(&got, f[2])
    });
}

fn shift_of(b: BigRef<'_>) -> usize {
    usize::try_from(b.to_i64().expect("a small number")).expect("not negative")
}

/// The result of `a op b` as the table writes it; `None` for an exception.
fn compute(op: &str, a: BigRef<'_>, b: &str) -> Option<String> {
    let mut never = || false;
    if op == "cmpf" {
        let order = bigint::compare_float(a, float(b))?;
        return Some((order as i32).to_string());
    }
    if op == "powmod" {
        let (exponent, modulus) = b.split_once(' ').expect("two numbers");
        let (exponent, modulus) = (int(exponent), int(modulus));
        let power = bigint::pow_mod(a, exponent.as_ref(), modulus.as_ref(), &mut never);
        return power.ok().map(|p| decimal(&p));
    }
    let b = int(b);
    let b = b.as_ref();
    let result = match op {
        "+" => bigint::add(a, b),
        "-" => bigint::sub(a, b),
        "*" => bigint::mul_poll(a, b, &mut never).expect("not stopped"),
        "//" => bigint::div_floor(a, b)?,
        "%" => bigint::rem_floor(a, b)?,
        "&" => bigint::bitand(a, b),
        "|" => bigint::bitor(a, b),
        "^" => bigint::bitxor(a, b),
        "~" => bigint::bitnot(a),
        "<<" => bigint::shl(a, shift_of(b))?,
        ">>" => bigint::shr(a, shift_of(b)),
        "gcd" => bigint::gcd(a, b),
        "lcm" => bigint::lcm(a, b),
        "isqrt" => bigint::isqrt(a)?,
        "pow" => bigint::pow(a, b, &mut never).expect("not stopped")?,
        "inv" => {
            let minus_one = BigInt::from_i64(-1);
            bigint::pow_mod(a, minus_one.as_ref(), b, &mut never).ok()?
        }
        "/" => return bigint::true_divide(a, b).ok().map(bits),
        "float" => return bigint::to_float(a).map(bits),
        "bits" => {
            let (length, count) = (bigint::bit_length(a.limbs), bigint::bit_count(a.limbs));
            return Some(format!("{length} {count}"));
        }
        "bytes" => {
            let bytes = bigint::to_bytes(a, shift_of(b), ByteOrder::Big, true).ok()?;
            let back = bigint::from_bytes(&bytes, ByteOrder::Big, true);
            assert_eq!(back.as_ref(), a);
            let mut little = bytes.clone();
            little.reverse();
            assert_eq!(bigint::to_bytes(a, bytes.len(), ByteOrder::Little, true), Ok(little));
            return Some(bytes.iter().map(|b| format!("{b:02x}")).collect());
        }
        "str" => {
            let n = IntRef::Big(a);
            let [b, o, x] = [2, 8, 16].map(|base| int_text::with_prefix(n, base));
            return Some(format!("{} {b} {o} {x}", int_text::decimal(n)));
        }
        other => panic!("unknown operation {other}"),
    };
    Some(decimal(&result))
}

#[test]
fn big_integers() {
    each(include_str!("golden/bigint.txt"), |f| {
        let a = int(f[1]);
        same(&compute(f[0], a.as_ref(), f[2]).unwrap_or("!".to_string()), f[3])
    });
}

#[test]
fn hashes_of_64_bit_machines() {
    if hash::MODULUS_BITS != 61 {
        return;
    }
    let items = |text: &str| -> Vec<isize> {
        text.split_whitespace().map(|h| h.parse().expect("a hash")).collect()
    };
    each(include_str!("golden/hash64.txt"), |f| {
        let got = match f[0] {
            "i" => hash::hash_int(IntRef::Big(int(f[1]).as_ref())),
            "f" => hash::hash_float(float(f[1])).expect("not NaN"),
            "t" => hash::hash_tuple(items(f[1])),
            _ => {
                let mut hasher = hash::SetHasher::new();
                items(f[1]).into_iter().for_each(|h| hasher.add(h));
                hasher.finish()
            }
        };
        same(&got.to_string(), f[2])
    });
}

#[test]
fn complex_parse_and_repr() {
    each(include_str!("golden/complex_parse.txt"), |f| {
        let text = pyrs_text::unicode::to_ascii_number(common::text(f[0]).as_points());
        let got = float_repr::parse_complex(&text);
        let shown = got.map_or("!".to_string(), |(re, im)| format!("{} {}", bits(re), bits(im)));
        same(&shown, f[1])
    });
    each(include_str!("golden/complex_repr.txt"), |f| {
        same(&float_repr::repr_complex(float(f[0]), float(f[1])), f[2])
    });
}

#[test]
fn round_int() {
    each(include_str!("golden/round_int.txt"), |f| {
        let (a, places) = (int(f[0]), int(f[1]));
        let ten = BigInt::from_i64(10);
        let unit = bigint::pow(ten.as_ref(), places.as_ref(), &mut || false);
        let unit = unit.expect("not stopped").expect("small");
        let rounded = bigint::round_to_multiple(a.as_ref(), unit.as_ref()).expect("not zero");
        same(&decimal(&rounded), f[2])
    });
}
