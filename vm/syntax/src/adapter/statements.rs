//! Statements: blocks and their ends, `elif` chains, definitions, imports, type parameters.

use super::expressions::operator;
use super::{Adapter, Refused, Result, span};
use crate::ast::*;
use crate::error::ErrorClass;
use ruff_python_ast as ruff;
use ruff_text_size::Ranged;

impl Adapter<'_> {
    /// A block or file.
    pub(super) fn body(&mut self, body: &[ruff::Stmt]) -> Result<Vec<Stmt>> {
        let mut converted = Vec::with_capacity(body.len());
        for stmt in body {
            converted.push(self.deeper(|this| this.stmt(stmt))?);
        }
        Ok(converted)
    }

    fn stmt(&mut self, stmt: &ruff::Stmt) -> Result<Stmt> {
        let mut place = span(stmt.range());
        let kind = match stmt {
            ruff::Stmt::FunctionDef(node) => self.function(node, &mut place)?,
            ruff::Stmt::ClassDef(node) => self.class(node, &mut place)?,
            ruff::Stmt::For(node) => self.for_loop(node, &mut place)?,
            ruff::Stmt::While(node) => {
                let test = self.boxed(&node.test)?;
                let (body, orelse) = (self.loop_body(&node.body)?, self.body(&node.orelse)?);
                self.end_at(&mut place, &[&body, &orelse]);
                StmtKind::While { test, body, orelse }
            }
            ruff::Stmt::If(node) => return self.if_chain(node),
            ruff::Stmt::With(node) => {
                let mut items = Vec::with_capacity(node.items.len());
                for item in &node.items {
                    items.push(WithItem {
                        context_expr: self.expr(&item.context_expr)?,
                        optional_vars: self.optional(item.optional_vars.as_deref())?,
                    });
                }
                let body = self.body(&node.body)?;
                self.end_at(&mut place, &[&body]);
                let with = Box::new(With { items, body });
                if node.is_async { StmtKind::AsyncWith(with) } else { StmtKind::With(with) }
            }
            ruff::Stmt::Match(node) => {
                let subject = self.boxed(&node.subject)?;
                let mut cases = Vec::with_capacity(node.cases.len());
                for case in &node.cases {
                    cases.push(MatchCase {
                        pattern: self.pattern(&case.pattern)?,
                        guard: self.optional(case.guard.as_deref())?,
                        body: self.body(&case.body)?,
                    });
                }
                if let Some(last) = cases.last() {
                    let end = self.block_end(&last.body);
                    place.end = end.unwrap_or(place.end);
                }
                StmtKind::Match { subject, cases }
            }
            ruff::Stmt::Try(node) => self.try_stmt(node, &mut place)?,
            _ => self.simple(stmt)?,
        };
        Ok(Stmt { span: place, kind })
    }

    fn simple(&mut self, stmt: &ruff::Stmt) -> Result<StmtKind> {
        Ok(match stmt {
            ruff::Stmt::Return(node) => {
                self.warn_jump(super::warn::Jump::Return, span(node.range));
                StmtKind::Return { value: self.optional(node.value.as_deref())? }
            }
            ruff::Stmt::Delete(node) => StmtKind::Delete { targets: self.exprs(&node.targets)? },
            ruff::Stmt::Assign(node) => {
                // In the order of evaluation, so that warnings come in CPython's order.
                let value = self.yieldable(&node.value)?;
                StmtKind::Assign { targets: self.exprs(&node.targets)?, value }
            }
            ruff::Stmt::TypeAlias(node) => StmtKind::TypeAlias {
                name: self.boxed(&node.name)?,
                type_params: self.type_params(node.type_params.as_deref())?,
                value: self.boxed(&node.value)?,
            },
            ruff::Stmt::AugAssign(node) => StmtKind::AugAssign {
                target: self.boxed(&node.target)?,
                op: operator(node.op),
                value: self.yieldable(&node.value)?,
            },
            ruff::Stmt::AnnAssign(node) => StmtKind::AnnAssign {
                target: self.boxed(&node.target)?,
                annotation: self.boxed(&node.annotation)?,
                value: match node.value.as_deref() {
                    Some(value) => Some(self.yieldable(value)?),
                    None => None,
                },
                simple: node.simple,
            },
            ruff::Stmt::Raise(node) => StmtKind::Raise {
                exc: self.optional(node.exc.as_deref())?,
                cause: self.optional(node.cause.as_deref())?,
            },
            ruff::Stmt::Assert(node) => {
                self.warn_assert(node);
                StmtKind::Assert {
                    test: self.boxed(&node.test)?,
                    msg: self.optional(node.msg.as_deref())?,
                }
            }
            ruff::Stmt::Import(node) => {
                if node.is_lazy {
                    return Err(Refused::Suspect);
                }
                StmtKind::Import { names: self.aliases(&node.names)? }
            }
            ruff::Stmt::ImportFrom(node) => {
                if node.is_lazy {
                    return Err(Refused::Suspect);
                }
                StmtKind::ImportFrom {
                    module: node.module.as_ref().map(|module| self.symbol(module)),
                    names: self.aliases(&node.names)?,
                    level: node.level,
                }
            }
            ruff::Stmt::Global(node) => StmtKind::Global {
                names: node.names.iter().map(|name| self.symbol(name)).collect(),
            },
            ruff::Stmt::Nonlocal(node) => StmtKind::Nonlocal {
                names: node.names.iter().map(|name| self.symbol(name)).collect(),
            },
            ruff::Stmt::Expr(node) => StmtKind::Expr { value: self.yieldable(&node.value)? },
            ruff::Stmt::Pass(_) => StmtKind::Pass,
            ruff::Stmt::Break(node) => {
                self.warn_jump(super::warn::Jump::Break, span(node.range));
                StmtKind::Break
            }
            ruff::Stmt::Continue(node) => {
                self.warn_jump(super::warn::Jump::Continue, span(node.range));
                StmtKind::Continue
            }
            _ => return Err(Refused::Suspect),
        })
    }

    fn aliases(&mut self, aliases: &[ruff::Alias]) -> Result<Vec<Alias>> {
        let mut converted = Vec::with_capacity(aliases.len());
        for alias in aliases {
            converted.push(Alias {
                span: span(alias.range),
                name: self.symbol(&alias.name),
                asname: alias.asname.as_ref().map(|name| self.bound(name)).transpose()?,
            });
        }
        Ok(converted)
    }

    fn function(&mut self, node: &ruff::StmtFunctionDef, place: &mut Span) -> Result<StmtKind> {
        let decorator_list = self.decorators(&node.decorator_list, place)?;
        let name = self.bound(&node.name)?;
        let type_params = self.type_params(node.type_params.as_deref())?;
        let args = Box::new(self.parameters(&node.parameters)?);
        let returns = self.optional(node.returns.as_deref())?;
        let outer = self.enter_inner();
        let body = self.body(&node.body)?;
        self.in_finally = outer;
        self.end_at(place, &[&body]);
        let def = Box::new(FunctionDef { name, args, body, decorator_list, returns, type_params });
        Ok(if node.is_async { StmtKind::AsyncFunctionDef(def) } else { StmtKind::FunctionDef(def) })
    }

    fn class(&mut self, node: &ruff::StmtClassDef, place: &mut Span) -> Result<StmtKind> {
        let decorator_list = self.decorators(&node.decorator_list, place)?;
        let name = self.bound(&node.name)?;
        let type_params = self.type_params(node.type_params.as_deref())?;
        let (bases, keywords) = match &node.arguments {
            Some(arguments) => self.arguments(arguments, false)?,
            None => (Vec::new(), Vec::new()),
        };
        let body = self.body(&node.body)?;
        self.end_at(place, &[&body]);
        Ok(StmtKind::ClassDef(Box::new(ClassDef {
            name,
            bases,
            keywords,
            body,
            decorator_list,
            type_params,
        })))
    }

    /// Converts decorators and moves the start of the definition behind them.
    fn decorators(
        &mut self,
        decorators: &[ruff::Decorator],
        place: &mut Span,
    ) -> Result<Vec<Expr>> {
        if let Some(last) = decorators.last() {
            place.start = self.skip_trivia(last.range.end().to_u32(), true);
        }
        self.exprs(decorators.iter().map(|decorator| &decorator.expression))
    }

    fn for_loop(&mut self, node: &ruff::StmtFor, place: &mut Span) -> Result<StmtKind> {
        let target = self.boxed(&node.target)?;
        let iter = self.boxed(&node.iter)?;
        let (body, orelse) = (self.loop_body(&node.body)?, self.body(&node.orelse)?);
        self.end_at(place, &[&body, &orelse]);
        let for_loop = Box::new(For { target, iter, body, orelse });
        Ok(if node.is_async { StmtKind::AsyncFor(for_loop) } else { StmtKind::For(for_loop) })
    }

    /// `if` with its `elif`s nested, as CPython's tree has them.
    fn if_chain(&mut self, node: &ruff::StmtIf) -> Result<Stmt> {
        // Tests and bodies in source order, so that symbols and warnings come in that order.
        let mut links = Vec::with_capacity(1 + node.elif_else_clauses.len());
        links.push((span(node.range), self.boxed(&node.test)?, self.body(&node.body)?));
        let mut tail = Vec::new();
        let outer_depth = self.depth;
        for clause in &node.elif_else_clauses {
            match &clause.test {
                Some(test) => {
                    // Each link nests one deeper in our tree.
                    self.depth += 1;
                    if self.depth > super::MAX_DEPTH {
                        return Err(Refused::TooDeep(ErrorClass::Memory));
                    }
                    links.push((span(clause.range), self.boxed(test)?, self.body(&clause.body)?));
                }
                None => tail = self.body(&clause.body)?,
            }
        }
        self.depth = outer_depth;
        while let Some((mut place, test, body)) = links.pop() {
            self.end_at(&mut place, &[&body, &tail]);
            let stmt = Stmt { span: place, kind: StmtKind::If { test, body, orelse: tail } };
            if links.is_empty() {
                return Ok(stmt);
            }
            tail = vec![stmt];
        }
        Err(Refused::Suspect)
    }

    fn try_stmt(&mut self, node: &ruff::StmtTry, place: &mut Span) -> Result<StmtKind> {
        if node.handlers.is_empty() && !node.orelse.is_empty() {
            // An `else` needs an `except`, even if there is a `finally`.
            return Err(Refused::Suspect);
        }
        let body = self.body(&node.body)?;
        let mut handlers = Vec::with_capacity(node.handlers.len());
        for handler in &node.handlers {
            let ruff::ExceptHandler::ExceptHandler(handler) = handler;
            let typ = self.optional(handler.type_.as_deref())?;
            let name = handler.name.as_ref().map(|name| self.bound(name)).transpose()?;
            let body = self.body(&handler.body)?;
            let mut place = span(handler.range);
            self.end_at(&mut place, &[&body]);
            handlers.push(ExceptHandler { span: place, typ, name, body });
        }
        let orelse = self.body(&node.orelse)?;
        let outer = self.enter_finally();
        let finalbody = self.body(&node.finalbody)?;
        self.in_finally = outer;
        let last_handler = handlers.last().map(|handler| handler.body.as_slice());
        self.end_at(place, &[&body, last_handler.unwrap_or(&[]), &orelse, &finalbody]);
        let stmt = Box::new(Try { body, handlers, orelse, finalbody });
        Ok(if node.is_star { StmtKind::TryStar(stmt) } else { StmtKind::Try(stmt) })
    }

    fn loop_body(&mut self, body: &[ruff::Stmt]) -> Result<Vec<Stmt>> {
        let outer = self.enter_inner();
        let body = self.body(body)?;
        self.in_finally = outer;
        Ok(body)
    }

    /// Moves the end of a compound statement to the end of its last block that has statements.
    fn end_at(&self, place: &mut Span, blocks: &[&[Stmt]]) {
        let last = blocks.iter().rev().find_map(|block| self.block_end(block));
        place.end = last.unwrap_or(place.end);
    }

    /// Where a block ends: behind its last statement, or behind the `;` that follows it.
    fn block_end(&self, block: &[Stmt]) -> Option<u32> {
        let last = block.last()?;
        let end = last.span.end;
        let compound = matches!(
            last.kind,
            StmtKind::FunctionDef(_)
                | StmtKind::AsyncFunctionDef(_)
                | StmtKind::ClassDef(_)
                | StmtKind::For(_)
                | StmtKind::AsyncFor(_)
                | StmtKind::While { .. }
                | StmtKind::If { .. }
                | StmtKind::With(_)
                | StmtKind::AsyncWith(_)
                | StmtKind::Match { .. }
                | StmtKind::Try(_)
                | StmtKind::TryStar(_)
        );
        if compound || self.source.as_bytes().get(end as usize) == Some(&b'\n') {
            return Some(end);
        }
        let next = self.skip_trivia(end, false);
        let semicolon = self.source.as_bytes().get(next as usize) == Some(&b';');
        Some(if semicolon { next + 1 } else { end })
    }

    fn type_params(&mut self, params: Option<&ruff::TypeParams>) -> Result<Vec<TypeParam>> {
        let Some(params) = params else { return Ok(Vec::new()) };
        let mut converted = Vec::with_capacity(params.type_params.len());
        for param in &params.type_params {
            let kind = match param {
                ruff::TypeParam::TypeVar(param) => TypeParamKind::TypeVar {
                    name: self.bound(&param.name)?,
                    bound: self.optional(param.bound.as_deref())?,
                    default_value: self.optional(param.default.as_deref())?,
                },
                ruff::TypeParam::ParamSpec(param) => TypeParamKind::ParamSpec {
                    name: self.bound(&param.name)?,
                    default_value: self.optional(param.default.as_deref())?,
                },
                ruff::TypeParam::TypeVarTuple(param) => TypeParamKind::TypeVarTuple {
                    name: self.bound(&param.name)?,
                    default_value: self.optional(param.default.as_deref())?,
                },
            };
            converted.push(TypeParam { span: span(param.range()), kind });
        }
        Ok(converted)
    }
}
