//! Number literals as CPython's tokenizer reads them, with its complaints.

/// What is wrong with a number: the message, where reading stopped, and the end of the range for
/// the one complaint that has a range.
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) at: usize,
    pub(super) range: Option<usize>,
}

/// Moves `at` behind the number that starts there.
pub(super) fn number(bytes: &[u8], at: &mut usize) -> Result<(), Problem> {
    let start = *at;
    let mut reader = Reader { bytes, at: start };
    let result = reader.number(start);
    *at = reader.at;
    result
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn problem<T>(&self, message: impl Into<String>) -> Result<T, Problem> {
        Err(Problem { message: message.into(), at: self.at, range: None })
    }

    fn number(&mut self, start: usize) -> Result<(), Problem> {
        if self.peek() == b'.' {
            self.at += 1;
            return self.fraction();
        }
        if self.peek() != b'0' {
            self.decimal_tail()?;
            return self.after_digits();
        }
        self.at += 1;
        match self.peek() {
            b'x' | b'X' => self.radix("hexadecimal", |byte| byte.is_ascii_hexdigit()),
            b'o' | b'O' => self.radix("octal", |byte| (b'0'..b'8').contains(&byte)),
            b'b' | b'B' => self.radix("binary", |byte| matches!(byte, b'0' | b'1')),
            _ => self.leading_zero(start),
        }
    }

    fn radix(&mut self, name: &str, is_digit: fn(u8) -> bool) -> Result<(), Problem> {
        self.at += 1;
        loop {
            if self.peek() == b'_' {
                self.at += 1;
            }
            if !is_digit(self.peek()) {
                return self.bad_digit(name, true);
            }
            while is_digit(self.peek()) {
                self.at += 1;
            }
            if self.peek() != b'_' {
                break;
            }
        }
        if self.peek().is_ascii_digit() {
            return self.bad_digit(name, false);
        }
        self.verify_end(name)
    }

    fn bad_digit(&mut self, name: &str, required: bool) -> Result<(), Problem> {
        if self.peek().is_ascii_digit() {
            let digit = char::from(self.peek());
            self.at += 1;
            return self.problem(format!("invalid digit '{digit}' in {name} literal"));
        }
        debug_assert!(required);
        self.problem(format!("invalid {name} literal"))
    }

    fn leading_zero(&mut self, start: usize) -> Result<(), Problem> {
        loop {
            if self.peek() == b'_' {
                self.at += 1;
                if !self.peek().is_ascii_digit() {
                    return self.problem("invalid decimal literal");
                }
            }
            if self.peek() != b'0' {
                break;
            }
            self.at += 1;
        }
        let zeros_end = self.at;
        let nonzero = self.peek().is_ascii_digit();
        if nonzero {
            self.decimal_tail()?;
        }
        match self.peek() {
            b'.' | b'e' | b'E' | b'j' | b'J' => self.after_digits(),
            _ if nonzero => Err(Problem {
                message: "leading zeros in decimal integer literals are not permitted; use an 0o \
                          prefix for octal integers"
                    .to_owned(),
                at: self.at,
                range: Some(zeros_end.max(start) + 1),
            }),
            _ => self.verify_end("decimal"),
        }
    }

    /// Digits with single underscores between them.
    fn decimal_tail(&mut self) -> Result<(), Problem> {
        loop {
            while self.peek().is_ascii_digit() {
                self.at += 1;
            }
            if self.peek() != b'_' {
                return Ok(());
            }
            self.at += 1;
            if !self.peek().is_ascii_digit() {
                return self.problem("invalid decimal literal");
            }
        }
    }

    fn after_digits(&mut self) -> Result<(), Problem> {
        if self.peek() == b'.' {
            self.at += 1;
            return self.fraction();
        }
        self.exponent()
    }

    fn fraction(&mut self) -> Result<(), Problem> {
        if self.peek().is_ascii_digit() {
            self.decimal_tail()?;
        }
        self.exponent()
    }

    fn exponent(&mut self) -> Result<(), Problem> {
        if matches!(self.peek(), b'e' | b'E') {
            let mark = self.at;
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
                if !self.peek().is_ascii_digit() {
                    return self.problem("invalid decimal literal");
                }
            } else if !self.peek().is_ascii_digit() {
                self.at = mark;
                return self.verify_end("decimal");
            }
            self.decimal_tail()?;
        }
        if matches!(self.peek(), b'j' | b'J') {
            self.at += 1;
            return self.verify_end("imaginary");
        }
        self.verify_end("decimal")
    }

    /// Behind a number there may be a keyword that can follow one, but no other name.
    fn verify_end(&mut self, name: &str) -> Result<(), Problem> {
        let rest = &self.bytes[self.at..];
        let word = |text: &str| {
            rest.starts_with(text.as_bytes())
                && !rest.get(text.len()).is_some_and(|b| is_name_byte(*b))
        };
        let keyword = word("and")
            || word("else")
            || word("for")
            || word("or")
            || word("not")
            || matches!(rest, [b'i', b'f' | b'n' | b's', ..]);
        if !keyword && self.peek() < 0x80 && is_name_byte(self.peek()) {
            return self.problem(format!("invalid {name} literal"));
        }
        Ok(())
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
