//! The numbers of `_sre`'s code words (MAGIC 20230612), as `re/_constants.py` counts them.
//!
//! This is the only place where they are written down; the decoder and the tests take them from
//! here. Words used: an *opcode* starts an instruction, an *AT code* names a position test, a
//! *category code* names a character class such as `\w`.

/// The version of the code format; `_sre.MAGIC`.
pub const MAGIC: u32 = 20230612;
/// Bytes of one code word; `_sre.CODESIZE`.
pub const CODESIZE: usize = 4;
/// The repeat count that means "without limit"; `_sre.MAXREPEAT`.
pub const MAXREPEAT: u32 = u32::MAX;
/// The greatest number of groups of a pattern; `_sre.MAXGROUPS`.
pub const MAXGROUPS: usize = 0x3fff_ffff;

/// Flag `re.IGNORECASE`.
pub const FLAG_IGNORECASE: u32 = 2;
/// Flag `re.LOCALE`.
pub const FLAG_LOCALE: u32 = 4;
/// Flag `re.UNICODE`.
pub const FLAG_UNICODE: u32 = 32;

/// INFO: the pattern starts with a known literal.
pub(crate) const INFO_PREFIX: u32 = 1;
/// INFO: the pattern is nothing but that literal.
pub(crate) const INFO_LITERAL: u32 = 2;
/// INFO: the pattern starts with a character of a known set.
pub(crate) const INFO_CHARSET: u32 = 4;

macro_rules! numbered {
    ($($(#[$doc:meta])* $name:ident = $value:expr;)*) => {
        $($(#[$doc])* pub(crate) const $name: u32 = $value;)*
    };
}

/// Opcodes.
pub(crate) mod op {
    numbered! {
        FAILURE = 0; SUCCESS = 1; ANY = 2; ANY_ALL = 3; ASSERT = 4; ASSERT_NOT = 5; AT = 6;
        BRANCH = 7; CATEGORY = 8; CHARSET = 9; BIGCHARSET = 10; GROUPREF = 11;
        GROUPREF_EXISTS = 12; IN = 13; INFO = 14; JUMP = 15; LITERAL = 16; MARK = 17;
        MAX_UNTIL = 18; MIN_UNTIL = 19; NOT_LITERAL = 20; NEGATE = 21; RANGE = 22; REPEAT = 23;
        REPEAT_ONE = 24; MIN_REPEAT_ONE = 26; ATOMIC_GROUP = 27; POSSESSIVE_REPEAT = 28;
        POSSESSIVE_REPEAT_ONE = 29; GROUPREF_IGNORE = 30; IN_IGNORE = 31; LITERAL_IGNORE = 32;
        NOT_LITERAL_IGNORE = 33; GROUPREF_LOC_IGNORE = 34; IN_LOC_IGNORE = 35;
        LITERAL_LOC_IGNORE = 36; NOT_LITERAL_LOC_IGNORE = 37; GROUPREF_UNI_IGNORE = 38;
        IN_UNI_IGNORE = 39; LITERAL_UNI_IGNORE = 40; NOT_LITERAL_UNI_IGNORE = 41;
        RANGE_UNI_IGNORE = 42;
    }
}

/// AT codes.
pub(crate) mod at {
    numbered! {
        BEGINNING = 0; BEGINNING_LINE = 1; BEGINNING_STRING = 2; BOUNDARY = 3; NON_BOUNDARY = 4;
        END = 5; END_LINE = 6; END_STRING = 7; LOC_BOUNDARY = 8; LOC_NON_BOUNDARY = 9;
        UNI_BOUNDARY = 10; UNI_NON_BOUNDARY = 11;
    }
}

/// Category codes; an odd code is the complement of the even code before it.
pub(crate) mod category {
    numbered! {
        DIGIT = 0; SPACE = 2; WORD = 4; LINEBREAK = 6; LOC_WORD = 8; UNI_DIGIT = 10;
        UNI_SPACE = 12; UNI_WORD = 14; UNI_LINEBREAK = 16;
        /// One more than the greatest code.
        COUNT = 18;
    }
}
