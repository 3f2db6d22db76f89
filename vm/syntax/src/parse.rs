//! The way of a source through the crate: normalise, parse with ruff, convert, check; and on any
//! doubt ask the diagnosing pass for CPython's verdict.

use crate::adapter::{Adapter, Refused};
use crate::ast::{Expr, ExprKind, Mod, Span, Stmt, StmtKind};
use crate::error::{ErrorClass, SyntaxError};
use crate::lines::LineIndex;
use crate::{Mode, Options, Parsed, checks, diagnose};
use ruff_python_ast::{self as ruff, PythonVersion};
use ruff_python_parser as parser;
use std::borrow::Cow;

/// Parses Python source text.
///
/// # Errors
/// What CPython 3.14 raises for the same text when parsing it, and those errors of its compiler
/// that can be seen without knowing scopes.
pub fn parse(source: &str, mode: Mode, options: &Options) -> Result<Parsed, SyntaxError> {
    if source.len() >= u32::MAX as usize {
        let message = "Parser column offset overflow - source line is too big";
        return Err(SyntaxError::bare(ErrorClass::Overflow, message));
    }
    if source.as_bytes().contains(&0) {
        let message = "source code string cannot contain null bytes";
        return Err(SyntaxError::bare(ErrorClass::Syntax, message));
    }
    let source = fold_newlines(source);
    if options.barry_as_flufl && source.contains("<>") {
        return flufl(&source, mode, options);
    }
    let lines = LineIndex::new(&source);
    let request = diagnose::Request { source: &source, lines: &lines, mode, options };
    let always = match mode {
        Mode::FuncType | Mode::Single => true,
        // Blanks at either end may be an indentation, which ruff's expression mode skips.
        Mode::Eval => source.trim_matches([' ', '\t', '\u{c}']).len() < source.len(),
        Mode::Exec => options.barry_as_flufl,
    };
    // A mark that decoding has left is a character like others, which ruff passes over.
    let always = always || source.starts_with('\u{feff}');
    if always || (needs_a_second_look(&source) && !diagnose::tokens_are_fine(&request)) {
        diagnose::verdict(&request)?;
    }
    let mut adapter = Adapter::new(&source);
    let module = if mode == Mode::FuncType {
        function_type(&mut adapter, &request)?
    } else {
        tree(&mut adapter, &request)?
    };
    let warnings = adapter.take_warnings();
    let names = adapter.names;
    if !options.only_tree
        && let Err(problem) = checks::check(&module, &names)
    {
        return Err(request.error_at(ErrorClass::Syntax, problem.message, problem.span));
    }
    Ok(Parsed { module, names, warnings, lines, source: source.into_owned().into() })
}

/// PEP 401: `<>` is the inequality operator. The verdict is on the text as it stands; the tree
/// comes from the text with the operators (same width) replaced.
fn flufl(source: &str, mode: Mode, options: &Options) -> Result<Parsed, SyntaxError> {
    let lines = LineIndex::new(source);
    let request = diagnose::Request { source, lines: &lines, mode, options };
    diagnose::verdict(&request)?;
    let operators = diagnose::unequal_operators(&request);
    let mut text = source.to_owned();
    for at in operators {
        text.replace_range(at..at + 2, "!=");
    }
    let plain = Options { barry_as_flufl: false, ..options.clone() };
    let parsed = parse(&text, mode, &plain)?;
    Ok(Parsed { source: source.into(), ..parsed })
}

/// `\r\n` and lone `\r` become `\n`, as CPython's reader does.
fn fold_newlines(source: &str) -> Cow<'_, str> {
    if !source.as_bytes().contains(&b'\r') {
        return Cow::Borrowed(source);
    }
    Cow::Owned(source.replace("\r\n", "\n").replace('\r', "\n"))
}

/// Whether the source may break a rule that ruff does not know: tabs in the indentation, a form
/// feed there, brackets nested beyond 200, blocks beyond 100, `<>`.
fn needs_a_second_look(source: &str) -> bool {
    let (mut depth, mut deepest) = (0u32, 0u32);
    let (mut at_line_start, mut blanks) = (true, 0u32);
    for byte in source.bytes() {
        match byte {
            b'(' | b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'\n' => {
                at_line_start = true;
                blanks = 0;
                continue;
            }
            b' ' if at_line_start => {
                blanks += 1;
                continue;
            }
            b'\t' | 0x0C if at_line_start => return true,
            _ => {}
        }
        if at_line_start && blanks >= 100 && byte != b'#' {
            return true;
        }
        at_line_start = false;
    }
    deepest > 200
}

fn ruff_options(mode: Mode) -> parser::ParseOptions {
    let mode = if mode == Mode::Eval { parser::Mode::Expression } else { parser::Mode::Module };
    parser::ParseOptions::from(mode).with_target_version(PythonVersion::PY314)
}

fn tree(adapter: &mut Adapter<'_>, request: &diagnose::Request<'_>) -> Result<Mod, SyntaxError> {
    let mut parsed = parser::parse_unchecked(request.source, ruff_options(request.mode));
    if parsed.has_syntax_errors()
        && let Some((text, stand_in)) = without_match_names(request)
    {
        parsed = parser::parse_unchecked(&text, ruff_options(request.mode));
        adapter.match_stand_in = Some(stand_in);
    }
    let converted = if parsed.has_syntax_errors() {
        let error = parsed.errors().first().map(|error| error.location);
        let other = parsed.unsupported_syntax_errors().first().map(|error| error.range);
        let range = error.or(other).unwrap_or_default();
        Err(Failure { refused: Refused::Suspect, at: range.start().to_u32() })
    } else if !is_plain_expression(parsed.syntax()) {
        Err(Failure { refused: Refused::Suspect, at: 0 })
    } else {
        adapter.module(parsed.syntax()).map_err(|refused| Failure { refused, at: 0 })
    };
    let too_deep = matches!(&converted, Err(Failure { refused: Refused::TooDeep(_), .. }));
    if too_deep || converted.is_err() {
        // Dropping a tree recurses; one that is too deep (or unknown) is better left alone.
        std::mem::forget(parsed);
    }
    match converted {
        Ok(Mod::Module { body }) if request.mode == Mode::Single => Ok(interactive(body)),
        Ok(module) => Ok(module),
        Err(failure) => Err(failure.explain(request)),
    }
}

/// ruff takes the name `match` behind a `;` for a match statement. Another name of the same
/// length stands in for it; the adapter changes it back.
fn without_match_names(request: &diagnose::Request<'_>) -> Option<(String, &'static str)> {
    if !request.source.contains(';') || !request.source.contains("match") {
        return None;
    }
    let places = diagnose::match_names_behind_semicolons(request);
    let unused = |name: &&str| !request.source.contains(*name);
    let stand_in = ["matcH", "matCH", "maTCH", "mATCH", "MATcH"].into_iter().find(unused)?;
    let mut text = request.source.to_owned();
    for at in &places {
        text.replace_range(at..&(at + stand_in.len()), stand_in);
    }
    (!places.is_empty()).then_some((text, stand_in))
}

/// Why there is no tree, and where ruff saw it.
struct Failure {
    refused: Refused,
    at: u32,
}

impl Failure {
    fn explain(self, request: &diagnose::Request<'_>) -> SyntaxError {
        match self.refused {
            Refused::Suspect => match diagnose::verdict(request) {
                Err(error) => error,
                Ok(()) => {
                    // CPython parses this and its compiler refuses it; ruff's parser does.
                    let rest = request.source.get(self.at as usize..).unwrap_or("");
                    let name = rest.trim_start_matches(['f', 'F', 't', 'T', 'r', 'R']);
                    let is_key = name.len() < rest.len() && name.starts_with(['"', '\'']);
                    let message = if is_key {
                        "mapping pattern keys may only match literals and attribute lookups"
                    } else {
                        "invalid syntax"
                    };
                    let place = Span::new(self.at, self.at);
                    request.error_at(ErrorClass::Syntax, message.to_owned(), place)
                }
            },
            Refused::Literal(message, span) => match diagnose::verdict(request) {
                Err(error) => error,
                Ok(()) => request.error_at(ErrorClass::Syntax, message, span),
            },
            Refused::TooDeep(class) => match class {
                ErrorClass::Memory => SyntaxError::bare(
                    class,
                    "Parser stack overflowed - Python source too complex to parse",
                ),
                _ => {
                    SyntaxError::bare(class, "maximum recursion depth exceeded during compilation")
                }
            },
        }
    }
}

/// Mode `eval` takes no bare `*x`, `yield` or `:=`.
fn is_plain_expression(module: &ruff::Mod) -> bool {
    let ruff::Mod::Expression(module) = module else { return true };
    match &*module.body {
        ruff::Expr::Starred(_) => false,
        ruff::Expr::Tuple(tuple) if !tuple.parenthesized => {
            !tuple.elts.iter().any(ruff::Expr::is_starred_expr)
        }
        _ => true,
    }
}

/// The statements of an interactive line; a blank one is a `pass`.
fn interactive(mut body: Vec<Stmt>) -> Mod {
    if body.is_empty() {
        body.push(Stmt { span: Span::default(), kind: StmtKind::Pass });
    }
    Mod::Interactive { body }
}

/// `(int, *str) -> bool`: the arguments and the result are parsed as expressions.
fn function_type(
    adapter: &mut Adapter<'_>,
    request: &diagnose::Request<'_>,
) -> Result<Mod, SyntaxError> {
    // The verdict has vouched for the shape; blank the arrow and read both sides as one tuple.
    let invalid =
        || request.error_at(ErrorClass::Syntax, "invalid syntax".to_owned(), Span::default());
    let arrow = request.source.rfind("->").ok_or_else(invalid)?;
    let mut text = request.source.replace("**", "  ");
    // A star before an argument means nothing here; one between operands cannot occur.
    let stars: Vec<usize> = text
        .match_indices('*')
        .map(|(at, _)| at)
        .filter(|at| text[..*at].trim_end().ends_with(['(', ',']))
        .collect();
    for at in stars {
        text.replace_range(at..=at, " ");
    }
    let (arguments, result) = (text.get(..arrow), text.get(arrow + 2..));
    let (Some(arguments), Some(result)) = (arguments, result) else { return Err(invalid()) };
    let padded = format!("{}{}", " ".repeat(arrow + 2), result);
    let mut side = |text: &str| -> Result<Expr, SyntaxError> {
        let parsed = parser::parse_expression(text.trim_end()).or_else(|_| {
            parser::parse_parenthesized_expression_range(
                text,
                ruff_text_size::TextRange::new(0.into(), (text.len() as u32).into()),
            )
        });
        let parsed = parsed.map_err(|_| invalid())?;
        let converted = adapter.module(&ruff::Mod::Expression(parsed.into_syntax()));
        match converted.map_err(|refused| Failure { refused, at: 0 }.explain(request))? {
            Mod::Expression { body } => Ok(*body),
            _ => Err(invalid()),
        }
    };
    // One argument becomes a tuple by a comma put where the closing parenthesis was.
    let close = arguments.rfind(')').ok_or_else(invalid)?;
    let empty = arguments[..close].trim_start().trim_start_matches('(').trim().is_empty();
    let comma = if empty || arguments[..close].trim_end().ends_with(',') { "" } else { "," };
    let listed = side(&format!("{}{comma})", &arguments[..close]))?;
    let ExprKind::Tuple { elts: argtypes, .. } = listed.kind else { return Err(invalid()) };
    Ok(Mod::FunctionType { argtypes, returns: Box::new(side(&padded)?) })
}
