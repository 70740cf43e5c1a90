//! Makes `await` visible to the runtime, for Workers whose code follows asynchronous contexts.
//!
//! A Worker's `AsyncLocalStorage` has to know its store again after every `await`. The engine tells the
//! runtime of promises that are awaited and of nothing else, so the runtime's function makes a promise of
//! whatever else is awaited: `await value` becomes `await __qemu_dev_await(value)`.

use oxc::allocator::{Allocator, GetAllocator};
use oxc::ast::ast::{Argument, AwaitExpression, Expression, Program};
use oxc::ast::builder::{AstBuilder, GetAstBuilder};
use oxc::ast_visit::{VisitJsMut, walk_js_mut};
use oxc::span::SPAN;

/// The function of the runtime; see src/runtime/prelude/async_context.js.
const FUNCTION: &str = "__qemu_dev_await";

/// The module of Node.js whose import means that contexts are followed.
pub(super) const CONTEXT_MODULE: &str = "node:async_hooks";

/// Passes the operand of every `await` of `program` through the runtime.
pub(super) fn pass_operands<'ast>(program: &mut Program<'ast>, allocator: &'ast Allocator) {
    OperandPasser { builder: AstBuilder::new(allocator) }.visit_program(program);
}

struct OperandPasser<'ast> {
    builder: AstBuilder<'ast>,
}

impl<'ast> VisitJsMut<'ast> for OperandPasser<'ast> {
    fn visit_await_expression(&mut self, expression: &mut AwaitExpression<'ast>) {
        walk_js_mut::walk_await_expression(self, expression);
        let placeholder = Expression::new_null_literal(SPAN, self);
        let operand = std::mem::replace(&mut expression.argument, placeholder);
        let function = Expression::new_identifier(SPAN, FUNCTION, self);
        expression.argument =
            Expression::new_call_expression(SPAN, function, None, [Argument::from(operand)], false, self);
    }
}

impl<'ast> GetAstBuilder<'ast> for OperandPasser<'ast> {
    type Builder = AstBuilder<'ast>;

    fn builder(&self) -> &Self::Builder {
        &self.builder
    }
}

impl<'ast> GetAllocator<'ast> for OperandPasser<'ast> {
    fn allocator(&self) -> &'ast Allocator {
        self.builder.allocator()
    }
}
