//! The parts of `%`-formatting that tables with one value cannot show.

use super::*;
use proptest::prelude::*;

fn pieces(format: &str, bytes: bool) -> Vec<Result<Piece, Failure>> {
    let format = StrBuilder::from(format);
    let mut parser = Parser::new(format.as_points(), bytes);
    std::iter::from_fn(|| parser.next_piece()).take(50).collect()
}

fn only(format: &str) -> Conversion {
    match pieces(format, false).remove(0) {
        Ok(Piece::Conversion(conversion)) => conversion,
        other => panic!("{other:?}"),
    }
}

#[test]
fn stars_keys_and_failures() {
    let conversion = only("%(a(b)c)-+ #0*.*ld");
    assert_eq!(conversion.key, Some(2..7));
    let all = Flags { left: true, sign: true, blank: true, alternate: true, zero: true };
    assert_eq!(conversion.flags, all);
    assert_eq!((conversion.width, conversion.precision), (Amount::Star, Amount::Star));
    assert_eq!((conversion.letter, conversion.index), (u32::from(b'd'), 17));
    let layout = Layout::new(&conversion, Some(-7), Some(-2));
    assert_eq!((layout.width, layout.precision), (7, Some(0)));
    assert_eq!(only("%.d").precision, Amount::Value(0));
    let failure = pieces("%(k)*.*", false).remove(0).unwrap_err();
    assert_eq!((failure.key, failure.stars), (Some(2..3), 2));
    assert_eq!(failure.error.message.to_string(), "incomplete format");
    let failure = pieces("%*.99999999999d", true).remove(0).unwrap_err();
    assert_eq!((failure.stars, failure.error.message.to_string().as_str()), (1, "prec too big"));
}

#[test]
fn percent_signs() {
    assert_eq!(
        pieces("a%%b", false),
        [Ok(Piece::Literal(0..1)), Ok(Piece::Literal(2..3)), Ok(Piece::Literal(3..4))]
    );
    assert_eq!(only("%5%").letter, u32::from(b'%'));
    let text = |e: TextError| e.message.to_string();
    let unknown = "unsupported format character '?' (0x20ac) at index 1";
    assert_eq!(text(unsupported(0x20AC, 1, false)), unknown);
    assert_eq!(unsupported(0xFF, 1, true).kind, ErrorKind::Overflow);
}

fn int(value: i64, letter: u8, layout: &Layout) -> String {
    let mut out = StrBuilder::new();
    match format_int(&mut out, IntRef::Small(value), letter, layout, 0, &mut || false) {
        Ok(()) => out.to_string(),
        Err(error) => format!("{:?}: {}", error.kind, error.message),
    }
}

#[test]
fn precision_limits() {
    let layout = Layout { precision: Some(i32::MAX as usize), ..Layout::default() };
    assert_eq!(int(1, b'd', &layout), "Overflow: precision too large");
    if cfg!(target_pointer_width = "32") {
        return; // 2 GiB may be had there
    }
    let layout = Layout { width: isize::MAX as usize, ..Layout::default() };
    assert_eq!(int(1, b'd', &layout), "Memory: ");
    let mut out = StrBuilder::new();
    let text = CodePoints::One(b"x");
    assert_eq!(format_text(&mut out, text, &layout).unwrap_err().kind, ErrorKind::Memory);
}

proptest! {
    #[test]
    fn every_format_is_parsed_to_its_end(format in "[%()*.0-9+ #a-dhlé-]{0,20}") {
        let length = format.chars().count();
        for piece in pieces(&format, false).into_iter().flatten() {
            match piece {
                Piece::Literal(range) => prop_assert!(range.end <= length),
                Piece::Conversion(conversion) => prop_assert!(conversion.index < length),
            }
        }
    }

    #[test]
    fn padding_keeps_the_digits(value in any::<i64>(), width in 0usize..50, left in any::<bool>()) {
        let flags = Flags { left, zero: !left, ..Flags::default() };
        let text = int(value, b'd', &Layout { flags, width, precision: None });
        prop_assert_eq!(text.chars().count(), width.max(value.to_string().len()));
        prop_assert_eq!(text.trim().parse::<i64>().unwrap(), value);
    }
}
