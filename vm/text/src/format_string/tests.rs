//! Numbering, ranges and properties of `str.format` parsing; the grammar is in the golden tables.

use super::*;
use proptest::prelude::*;

fn numbered(names: &[&str]) -> Vec<Result<Option<usize>, String>> {
    let mut numbers = AutoNumber::default();
    let mut resolve = |name: &&str| {
        let text = StrBuilder::from(*name);
        let (first, _) = split_name(text.as_points(), 0..text.len()).expect("a name");
        numbers.resolve(&first).map_err(|e| e.message.to_string())
    };
    names.iter().map(&mut resolve).collect()
}

#[test]
fn automatic_numbers() {
    assert_eq!(numbered(&["", "a", "", ".x"]), [Ok(Some(0)), Ok(None), Ok(Some(1)), Ok(Some(2))]);
    assert_eq!(numbered(&["3", "a", "0"]), [Ok(Some(3)), Ok(None), Ok(Some(0))]);
    let to_automatic = "cannot switch from manual field specification to automatic field numbering";
    assert_eq!(numbered(&["0", ""])[1], Err(to_automatic.to_string()));
    let to_manual = "cannot switch from automatic field numbering to manual field specification";
    assert_eq!(numbered(&["", "0"])[1], Err(to_manual.to_string()));
}

#[test]
fn nested_specifications() {
    let text = StrBuilder::from("{a:{b}>{c[d}]}x");
    let pieces: Vec<Piece> = Parser::new(text.as_points()).map(|p| p.expect("a piece")).collect();
    let field = pieces[0].field.as_ref().expect("a field");
    assert!(field.nested);
    let inner = Parser::of_range(text.as_points(), field.spec.clone());
    let names: Vec<_> = inner
        .map(|p| p.map(|p| p.field.map(|f| part(text.as_points(), &f.name).to_string())))
        .collect();
    assert_eq!(names[0], Ok(Some("b".to_string())));
    // The outer scan counts braces only, the inner one knows brackets.
    assert_eq!(names.len(), 2);
    assert_eq!(
        unknown_conversion(u32::from(b'q')).message.to_string(),
        "Unknown conversion specifier q"
    );
    assert_eq!(unknown_conversion(0xE9).message.to_string(), "Unknown conversion specifier \\xe9");
}

proptest! {
    #[test]
    fn parsing_ends_and_stays_inside(format in "[{}a.0!:\\[\\]é]{0,16}") {
        let text = StrBuilder::from(format.as_str());
        let mut count = 0;
        for piece in Parser::new(text.as_points()) {
            count += 1;
            prop_assert!(count <= text.len());
            let Ok(piece) = piece else { break };
            prop_assert!(piece.literal.end <= text.len());
            if let Some(field) = piece.field {
                prop_assert!(field.name.start <= field.name.end && field.spec.end <= text.len());
                if let Ok((_, steps)) = split_name(text.as_points(), field.name) {
                    prop_assert!(steps.count() <= text.len());
                }
            }
        }
    }

    #[test]
    fn text_without_braces_is_one_literal(format in "[^{}]{1,16}") {
        let text = StrBuilder::from(format.as_str());
        let pieces: Vec<_> = Parser::new(text.as_points()).collect();
        prop_assert_eq!(pieces, vec![Ok(Piece { literal: 0..text.len(), field: None })]);
    }
}
