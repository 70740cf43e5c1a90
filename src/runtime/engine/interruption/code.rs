//! Functions with what charges for their work.

use wasm_encoder::reencode::{Error, Reencode, RoundtripReencoder};
use wasm_encoder::{BlockType, BranchHint, Function, ValType};
use wasmparser::{FunctionBody, Operator};

use super::BUDGET;

/// What one round of a loop is charged, if it calls.
const ROUND: i32 = 1;
/// Rounds of loops that do not call are counted in a local, which is quicker, and charged so many at a time: a function
/// that has fewer is soon over. A power of two.
const ROUNDS: i32 = 4096;
/// What a call of the host is charged, however long it takes: it cannot be interrupted.
const HOST_CALL: i32 = 1 << 18;
/// As many bytes, as a power of two, are copied or filled for one unit.
const BYTES_LOG2: i32 = 8;
const UNLIKELY: u32 = 0;

/// What of the module the code is about.
#[derive(Clone, Copy)]
pub(super) struct Indices {
    pub imported_functions: u32,
    /// Looks at the deadline.
    pub look: u32,
    /// The interpreter calls it after many instructions.
    pub poll: u32,
    pub interpreter: u32,
    /// The first function that is added: looks, and begins a new budget.
    pub renew: u32,
    /// The second: charges for as many bytes as its parameter says, and returns it.
    pub charge_bytes: u32,
    /// The third: charges for [`ROUNDS`].
    pub charge_rounds: u32,
    /// The global that holds what is left.
    pub budget: u32,
}

/// A function.
pub(super) struct Body<'a> {
    pub code: FunctionBody<'a>,
    /// How many parameters it has.
    pub parameters: u32,
}

/// Rewrites functions.
pub(super) struct Metering {
    indices: Indices,
    /// By function: which of its branches are hardly ever taken.
    pub hints: Vec<(u32, Vec<BranchHint>)>,
}

impl Metering {
    pub fn new(indices: Indices) -> Self {
        Self { indices, hints: Vec::new() }
    }

    /// All functions, and those that are added.
    pub fn rewrite(&mut self, bodies: &[Body<'_>]) -> Result<Vec<Function>, Error> {
        let mut functions = Vec::with_capacity(bodies.len() + 2);
        for (index, body) in (self.indices.imported_functions..).zip(bodies) {
            functions.push(self.rewrite_one(index, body)?);
        }
        functions.push(self.renew());
        functions.push(self.charge_bytes());
        functions.push(self.charge_rounds());
        Ok(functions)
    }

    fn rewrite_one(&mut self, index: u32, body: &Body<'_>) -> Result<Function, Error> {
        let Indices { imported_functions, look, poll, interpreter, charge_bytes, .. } = self.indices;
        let (mut function, rounds) = with_count_of_rounds(body)?;
        let mut loops = calling_loops(&body.code)?.into_iter();
        let mut hints = Vec::new();
        if index == poll {
            function.instructions().call(look);
        }
        for operator in body.code.get_operators_reader()? {
            let operator = operator?;
            let calling = if matches!(operator, Operator::Loop { .. }) { loops.next() } else { None };
            match operator {
                Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } => {
                    function.instructions().call(charge_bytes);
                }
                Operator::Call { function_index } if function_index < imported_functions => {
                    self.charge(HOST_CALL, &mut function, &mut hints);
                }
                _ => {}
            }
            function.instruction(&RoundtripReencoder.instruction(operator)?);
            match calling {
                // All rounds of the interpreter's loops that can go on are jumps of JavaScript.
                _ if index == interpreter => {}
                Some(true) => self.charge(ROUND, &mut function, &mut hints),
                Some(false) => self.count_round(rounds, &mut function, &mut hints),
                None => {}
            }
        }
        if !hints.is_empty() {
            self.hints.push((index, hints));
        }
        Ok(function)
    }

    fn charge(&self, units: i32, function: &mut Function, hints: &mut Vec<BranchHint>) {
        let Indices { budget, .. } = self.indices;
        function.instructions().global_get(budget).i32_const(units).i32_sub().global_set(budget);
        self.renew_if_used_up(function, hints);
    }

    fn count_round(&self, rounds: u32, function: &mut Function, hints: &mut Vec<BranchHint>) {
        let Indices { charge_rounds, .. } = self.indices;
        function.instructions().local_get(rounds).i32_const(1).i32_add().local_tee(rounds);
        function.instructions().i32_const(ROUNDS - 1).i32_and().i32_eqz();
        hints.push(unlikely(function));
        function.instructions().if_(BlockType::Empty).call(charge_rounds).end();
    }

    fn renew_if_used_up(&self, function: &mut Function, hints: &mut Vec<BranchHint>) {
        let Indices { budget, renew, .. } = self.indices;
        function.instructions().global_get(budget).i32_const(0).i32_lt_s();
        hints.push(unlikely(function));
        function.instructions().if_(BlockType::Empty).call(renew).end();
    }

    fn renew(&self) -> Function {
        let Indices { budget, look, .. } = self.indices;
        let mut function = Function::new([]);
        function.instructions().i32_const(BUDGET).global_set(budget).call(look).end();
        function
    }

    fn charge_bytes(&mut self) -> Function {
        let Indices { budget, charge_bytes, .. } = self.indices;
        let (mut function, mut hints) = (Function::new([]), Vec::new());
        let mut instructions = function.instructions();
        instructions.global_get(budget).local_get(0).i32_const(BYTES_LOG2).i32_shr_u();
        instructions.i32_sub().global_set(budget);
        self.renew_if_used_up(&mut function, &mut hints);
        function.instructions().local_get(0).end();
        self.hints.push((charge_bytes, hints));
        function
    }

    fn charge_rounds(&mut self) -> Function {
        let (mut function, mut hints) = (Function::new([]), Vec::new());
        self.charge(ROUNDS, &mut function, &mut hints);
        function.instructions().end();
        self.hints.push((self.indices.charge_rounds, hints));
        function
    }
}

/// The function with nothing but locals, of which the last is to count rounds.
fn with_count_of_rounds(body: &Body<'_>) -> Result<(Function, u32), Error> {
    let (mut locals, mut count) = (Vec::new(), body.parameters);
    for declared in body.code.get_locals_reader()? {
        let (same, value_type) = declared?;
        locals.push((same, RoundtripReencoder.val_type(value_type)?));
        count += same;
    }
    locals.push((1, ValType::I32));
    Ok((Function::new(locals), count))
}

/// For each loop, in the order in which they begin, whether anything in it calls.
fn calling_loops(code: &FunctionBody<'_>) -> Result<Vec<bool>, Error> {
    let mut loops = Vec::new();
    // What is open: the number of a loop, or none for a block.
    let mut open: Vec<Option<usize>> = Vec::new();
    for operator in code.get_operators_reader()? {
        match operator? {
            Operator::Loop { .. } => {
                open.push(Some(loops.len()));
                loops.push(false);
            }
            Operator::Block { .. } | Operator::If { .. } => open.push(None),
            Operator::End => drop(open.pop()),
            Operator::Call { .. }
            | Operator::CallIndirect { .. }
            | Operator::MemoryCopy { .. }
            | Operator::MemoryFill { .. } => {
                for number in open.iter().flatten() {
                    loops[*number] = true;
                }
            }
            _ => {}
        }
    }
    Ok(loops)
}

fn unlikely(function: &Function) -> BranchHint {
    // A function of more than 4 GB is none.
    let branch_func_offset = u32::try_from(function.byte_len()).unwrap_or(u32::MAX);
    BranchHint { branch_func_offset, branch_hint_value: UNLIKELY }
}
