//! Big integers against `dashu-int`, whose operations are independent of our kernels.

use super::*;
use dashu_base::{Abs, DivRemEuclid};
use proptest::prelude::*;

/// Numbers with many zero and all-one limbs, of up to `max` limbs.
fn number(max: usize) -> impl Strategy<Value = BigInt> {
    let limb = prop_oneof![Just(0), Just(Limb::MAX), Just(1), any::<Limb>(), 0..16 as Limb];
    (any::<bool>(), proptest::collection::vec(limb, 0..=max))
        .prop_map(|(negative, limbs)| BigInt::from_vec(negative, limbs))
}

fn big(value: &BigInt) -> IBig {
    value.as_ref().to_ibig()
}

fn never() -> impl FnMut() -> bool {
    || false
}

proptest! {
    #[test]
    fn arithmetic(a in number(24), b in number(24)) {
        let (x, y) = (big(&a), big(&b));
        let (a, b) = (a.as_ref(), b.as_ref());
        prop_assert_eq!(big(&add(a, b)), &x + &y);
        prop_assert_eq!(big(&sub(a, b)), &x - &y);
        prop_assert_eq!(big(&mul(a, b)), &x * &y);
        prop_assert_eq!(cmp(a, b), x.cmp(&y));
        prop_assert_eq!(big(&bitand(a, b)), &x & &y);
        prop_assert_eq!(big(&bitor(a, b)), &x | &y);
        prop_assert_eq!(big(&bitxor(a, b)), &x ^ &y);
        prop_assert_eq!(big(&bitnot(a)), !&x);
    }

    #[test]
    fn division(a in number(12), b in number(6)) {
        let (a, b) = (a.as_ref(), b.as_ref());
        match divmod(a, b) {
            None => prop_assert!(b.is_zero()),
            Some((quotient, remainder)) => {
                let back = add(mul(quotient.as_ref(), b).as_ref(), remainder.as_ref());
                prop_assert_eq!(back.as_ref(), a);
                prop_assert!(remainder.is_zero() || remainder.is_negative() == b.negative);
                prop_assert!(cmp(remainder.as_ref().abs(), b.abs()).is_lt());
                let (_, euclid) = a.to_ibig().abs().div_rem_euclid(b.to_ibig().abs());
                let rest = rem_floor(a.abs(), b.abs()).unwrap();
                prop_assert_eq!(rest.as_ref().to_ubig(), euclid);
            }
        }
    }

    #[test]
    fn shifts(a in number(6), shift in 0usize..400) {
        let x = big(&a);
        prop_assert_eq!(big(&shl(a.as_ref(), shift).unwrap()), &x << shift);
        prop_assert_eq!(big(&shr(a.as_ref(), shift)), &x >> shift);
    }

    #[test]
    fn bytes_round_trip(a in number(5), extra in 0usize..4, little in any::<bool>()) {
        let order = if little { ByteOrder::Little } else { ByteOrder::Big };
        let length = bit_length(a.limbs()) / 8 + 1 + extra;
        let bytes = to_bytes(a.as_ref(), length, order, true).unwrap();
        prop_assert_eq!(from_bytes(&bytes, order, true), a.clone());
        if !a.is_negative() {
            let bytes = to_bytes(a.as_ref(), length, order, false).unwrap();
            prop_assert_eq!(from_bytes(&bytes, order, false), a);
        }
    }

    #[test]
    fn powers(a in number(3), n in 0i64..40, m in number(4)) {
        let exponent = BigInt::from_i64(n);
        let power = pow(a.as_ref(), exponent.as_ref(), &mut never()).unwrap().unwrap();
        prop_assert_eq!(big(&power), big(&a).pow(n as usize));
        let modular = pow_mod(a.as_ref(), exponent.as_ref(), m.as_ref(), &mut never());
        match modular {
            Ok(modular) => prop_assert_eq!(modular, rem_floor(power.as_ref(), m.as_ref()).unwrap()),
            Err(error) => {
                prop_assert_eq!(error, ModPowError::ZeroModulus);
                prop_assert!(m.is_zero());
            }
        }
    }

    #[test]
    fn inverses(a in number(6), m in number(6)) {
        let m = m.as_ref().abs();
        if m.limbs != [1] && !m.is_zero() {
            let inverse = mod_inverse(a.as_ref(), m);
            prop_assert_eq!(inverse.is_some(), gcd(a.as_ref(), m).limbs() == [1]);
            if let Some(inverse) = inverse {
                let product = mul(inverse.as_ref(), a.as_ref());
                let rest = rem_floor(product.as_ref(), m).unwrap();
                prop_assert_eq!(rest.limbs(), &[1]);
            }
        }
    }

    #[test]
    fn roots(a in number(8)) {
        let a = a.as_ref().abs().to_owned();
        let root = isqrt(a.as_ref()).unwrap();
        let next = add(root.as_ref(), BigInt::from_i64(1).as_ref());
        prop_assert!(cmp(mul(root.as_ref(), root.as_ref()).as_ref(), a.as_ref()).is_le());
        prop_assert!(cmp(mul(next.as_ref(), next.as_ref()).as_ref(), a.as_ref()).is_gt());
    }

    #[test]
    fn floats_are_exact(bits in any::<u64>()) {
        let x = f64::from_bits(bits);
        match from_float(x) {
            None => prop_assert!(!x.is_finite()),
            Some(whole) => {
                prop_assert_eq!(to_float(whole.as_ref()), Some(x.trunc() + 0.0));
                let order = compare_float(whole.as_ref(), x);
                prop_assert_eq!(order, x.trunc().partial_cmp(&x));
            }
        }
    }

    #[test]
    fn quotients_are_nearest(a in number(6), b in number(6)) {
        if b.is_zero() {
            prop_assert_eq!(true_divide(a.as_ref(), b.as_ref()), Err(DivideError::Zero));
        } else if let Ok(q) = true_divide(a.as_ref(), b.as_ref()) {
            // No neighbour of q is nearer to a / b: compare |a - q * b| scaled to whole numbers.
            let distance = |x: f64| {
                let (m, e) = crate::float_repr::decompose(x);
                let scaled = shl(a.as_ref(), 1200).unwrap();
                let product = mul(BigInt::from_i64(m).as_ref(), b.as_ref());
                let product = shl(product.as_ref(), (1200 + i64::from(e)) as usize).unwrap();
                sub(scaled.as_ref(), product.as_ref()).as_ref().abs().to_owned()
            };
            let near = distance(q);
            for other in [q.next_up(), q.next_down()] {
                if other.is_finite() {
                    prop_assert!(cmp(near.as_ref(), distance(other).as_ref()).is_le());
                }
            }
        }
    }

    #[test]
    fn frexp_is_nearest(a in number(20)) {
        match frexp(a.as_ref()) {
            None => prop_assert!(a.is_zero()),
            Some((mantissa, exponent)) => {
                prop_assert!((0.5..1.0).contains(&mantissa));
                if exponent < 1000 {
                    let value = to_float(a.as_ref().abs()).unwrap();
                    prop_assert_eq!(mantissa * 2f64.powi(exponent as i32), value);
                }
            }
        }
    }
}

/// A number of `limbs` limbs without pattern.
fn random(limbs: usize, seed: u64) -> BigInt {
    let mut state = seed | 1;
    let next = |state: &mut u64| {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state as Limb
    };
    BigInt::from_vec(false, (0..limbs).map(|_| next(&mut state)).collect())
}

#[test]
fn huge_products_are_cut_and_can_be_stopped() {
    for (m, n) in [(20_000, 20_000), (40_000, 9_000), (30_000, 100), (17_000, 12_000)] {
        let (a, b) = (random(m, 5), random(n, 7));
        let mut polls = 0;
        let mut count = || {
            polls += 1;
            false
        };
        let product = mul_poll(a.as_ref(), b.as_ref(), &mut count).unwrap();
        assert_eq!(big(&product), big(&a) * big(&b));
        assert!(polls >= 2, "{polls} polls");
        assert_eq!(mul_poll(a.as_ref(), b.as_ref(), &mut || true), Err(Interrupted));
    }
}

#[test]
fn powers_can_be_stopped() {
    let (base, exponent, modulus) = (random(400, 1), random(400, 2), random(400, 3));
    let mut left = 3;
    let mut poll = || {
        left -= 1;
        left == 0
    };
    let stopped = pow_mod(base.as_ref(), exponent.as_ref(), modulus.as_ref(), &mut poll);
    assert_eq!(stopped, Err(ModPowError::Interrupted));
    let exponent = BigInt::from_i64(1000);
    assert_eq!(pow(base.as_ref(), exponent.as_ref(), &mut || true), Err(Interrupted));
}

#[test]
fn powers_beyond_all_memory_are_refused() {
    let (three, huge) = (BigInt::from_i64(3), shl(BigInt::from_i64(1).as_ref(), 100).unwrap());
    assert_eq!(pow(three.as_ref(), huge.as_ref(), &mut never()), Ok(None));
    let large = BigInt::from_i64(isize::MAX as i64);
    let base = BigInt::from_i64(1_000_003);
    assert_eq!(pow(base.as_ref(), large.as_ref(), &mut never()), Ok(None));
    let minus_one = BigInt::from_i64(-1);
    assert_eq!(pow(minus_one.as_ref(), huge.as_ref(), &mut never()), Ok(Some(BigInt::from_i64(1))));
    if cfg!(target_pointer_width = "64") {
        assert!(shl(three.as_ref(), usize::MAX).is_none());
    }
    assert_eq!(shl(BigInt::zero().as_ref(), usize::MAX), Some(BigInt::zero()));
}

#[test]
fn float_limits() {
    let two_to = |n| shl(BigInt::from_i64(1).as_ref(), n).unwrap();
    assert_eq!(to_float(two_to(1024).as_ref()), None);
    let half_ulp_below = sub(two_to(1024).as_ref(), two_to(970).as_ref());
    assert_eq!(to_float(half_ulp_below.as_ref()), None);
    let less = sub(half_ulp_below.as_ref(), BigInt::from_i64(1).as_ref());
    assert_eq!(to_float(less.as_ref()), Some(f64::MAX));
    let tiny = true_divide(BigInt::from_i64(1).as_ref(), two_to(1075).as_ref());
    assert_eq!(tiny, Ok(0.0));
    let more = true_divide(BigInt::from_i64(3).as_ref(), two_to(1076).as_ref());
    assert_eq!(more, Ok(5e-324));
    let zero_over = true_divide(BigInt::zero().as_ref(), BigInt::from_i64(-3).as_ref());
    assert_eq!(zero_over.map(f64::to_bits), Ok((-0.0f64).to_bits()));
    let too_large = true_divide(two_to(2000).as_ref(), BigInt::from_i64(3).as_ref());
    assert_eq!(too_large, Err(DivideError::TooLarge));
}

#[test]
fn bytes_at_the_limits() {
    let value = BigInt::from_i64(-128);
    assert_eq!(to_bytes(value.as_ref(), 1, ByteOrder::Big, true), Ok(vec![0x80]));
    let value = BigInt::from_i64(128);
    assert!(to_bytes(value.as_ref(), 1, ByteOrder::Big, true).is_err());
    assert_eq!(to_bytes(value.as_ref(), 1, ByteOrder::Big, false), Ok(vec![0x80]));
    assert_eq!(to_bytes(BigInt::zero().as_ref(), 0, ByteOrder::Big, true), Ok(vec![]));
    let error = to_bytes(BigInt::from_i64(-1).as_ref(), 8, ByteOrder::Little, false).unwrap_err();
    assert_eq!(error.message.to_string(), "can't convert negative int to unsigned");
    assert_eq!(from_bytes(&[], ByteOrder::Big, true), BigInt::zero());
}
