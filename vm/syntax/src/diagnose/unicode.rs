//! Which characters identifiers take, and which are printable.

/// The first character of `text` that may not stand there in an identifier, with its offset.
pub(super) fn first_not_in_identifier(text: &str) -> Option<(usize, char)> {
    text.char_indices().find(|(at, character)| {
        let fits = if *at == 0 {
            *character == '_' || unicode_ident::is_xid_start(*character)
        } else {
            unicode_ident::is_xid_continue(*character)
        };
        !fits
    })
}

/// Whether `repr()` shows the character as itself.
pub(super) fn is_printable(character: char) -> bool {
    // The standard library escapes the same categories; combining marks only at the start.
    let mut buffer = [0u8; 5];
    buffer[0] = b'a';
    let length = character.encode_utf8(&mut buffer[1..]).len() + 1;
    let text = std::str::from_utf8(&buffer[..length]).unwrap_or("a");
    matches!(character, '"' | '\'' | '\\') || text.escape_debug().count() == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_and_printables() {
        assert_eq!(first_not_in_identifier("héllo"), None);
        assert_eq!(first_not_in_identifier("x€"), Some((1, '€')));
        assert_eq!(first_not_in_identifier("\u{200b}"), Some((0, '\u{200b}')));
        assert!(is_printable('€') && is_printable('\u{301}') && is_printable('\''));
        assert!(!is_printable('\u{a0}') && !is_printable('\u{200b}') && !is_printable('\u{3000}'));
    }
}
