//! The modules of one isolate, run as coroutines.
//!
//! The engine cannot be entered while it waits for a function of the host. So a module that calls a function
//! of JavaScript does not call it: its own stack is suspended, the host's function answers "this import is
//! called", JavaScript calls it, and resumes the module with the result. What JavaScript asks meanwhile, such
//! as another call of the same module, is done on top of the suspended stack.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use wasmtime::{
    AsContextMut, Caller, Engine, Func, FuncType, Instance, RootScope, Store, StoreContextMut, Trap, Val,
};

use super::budget::Budget;
use super::mailbox::{Failure, Mailbox, Request, Step};
use super::objects::{ImportKind, Objects, number_of_export};
use super::values::{self, Released};
use crate::runtime::limits::{self, MemoryUsage};

/// How many calls of imports may be under way inside each other. Each has a stack of its own, and a step goes
/// through all of them.
const NESTED_IMPORTS_MAX: usize = 200;

/// The data of the modules' store.
pub struct State {
    /// What JavaScript knows by number.
    pub objects: Objects,
    /// JavaScript values that modules let go of.
    pub released: Released,
    budget: Budget,
    cpu_ms: u64,
    nested_imports: usize,
}

/// The modules of one isolate.
pub struct Coroutines {
    mailbox: Mailbox,
    serving: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Coroutines {
    /// An isolate's part without modules. Calls into modules are interrupted after `cpu_ms` milliseconds.
    pub fn new(engine: &Engine, usage: MemoryUsage, cpu_ms: u64) -> Self {
        let state = State {
            objects: Objects::default(),
            released: Released::default(),
            budget: Budget::new(usage),
            cpu_ms,
            nested_imports: 0,
        };
        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.budget);
        let mailbox = Mailbox::default();
        Self { serving: Box::pin(serve(store, mailbox.clone())), mailbox }
    }

    /// Does what `request` says, until it is done or an import is called.
    pub fn run(&mut self, request: Request) -> Step {
        self.mailbox.ask(request);
        // Nothing in there waits for anything but requests, so one poll goes all the way.
        let polled = self.serving.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        match (polled, self.mailbox.step()) {
            (Poll::Pending, Some(step)) => step,
            _ => Step::Failed(internal("the WebAssembly of this isolate has ended")),
        }
    }

    /// For imports that are made; see [`import`].
    pub fn mailbox(&self) -> Mailbox {
        self.mailbox.clone()
    }

    /// Looks at the store, wherever in a call the modules are.
    ///
    /// # Errors
    ///
    /// Those of `look`.
    pub fn access<T: Send + 'static>(
        &mut self,
        look: impl FnOnce(&mut StoreContextMut<'_, State>) -> wasmtime::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let seen = Arc::new(Mutex::new(None));
        let slot = seen.clone();
        let step = self.run(Request::Access(Box::new(move |store| {
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(look(store));
        })));
        let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (step, seen) {
            (Step::Failed(failure), _) => Err(failure),
            (_, Some(result)) => result.map_err(|error| internal(&format!("{error:#}"))),
            (_, None) => Err(internal("the WebAssembly of this isolate did not answer")),
        }
    }
}

fn internal(message: &str) -> Failure {
    Failure { kind: "TypeError", message: message.to_owned() }
}

/// A function that modules import and JavaScript implements; its number tells JavaScript which.
///
/// # Errors
///
/// When an isolate has too many functions.
pub fn import(
    store: &mut StoreContextMut<'_, State>,
    ty: FuncType,
    mailbox: Mailbox,
) -> wasmtime::Result<u32> {
    let own_number = Arc::new(std::sync::OnceLock::new());
    let number = own_number.clone();
    let function = Func::new_async(&mut *store, ty, move |caller, arguments, results| {
        let function = number.get().copied().unwrap_or(u32::MAX);
        let mailbox = mailbox.clone();
        Box::new(call_import(caller, mailbox, function, arguments, results))
    });
    let address = function.to_raw(&mut *store) as usize;
    let number = store.data_mut().objects.add_function(function, address)?;
    Ok(*own_number.get_or_init(|| number))
}

async fn call_import(
    mut caller: Caller<'_, State>,
    mailbox: Mailbox,
    function: u32,
    arguments: &[Val],
    results: &mut [Val],
) -> wasmtime::Result<()> {
    if caller.data().nested_imports >= NESTED_IMPORTS_MAX {
        return Err(Trap::StackOverflow.into());
    }
    let ty = caller.data().objects.function(function)?.ty(&caller);
    let arguments = values::encode(&mut caller.as_context_mut(), arguments)?;
    mailbox.answer(Step::Called { function, arguments });
    caller.data_mut().nested_imports += 1;
    let ended: wasmtime::Result<Vec<u8>> = loop {
        match mailbox.request().await {
            Request::Resume(slots) => break Ok(slots),
            Request::Throw => break Err(ImportThrew.into()),
            other => {
                let step = perform(caller.as_context_mut(), other).await;
                mailbox.answer(step);
            }
        }
    };
    caller.data_mut().nested_imports -= 1;
    let values = values::decode(&mut caller.as_context_mut(), ty.results(), &ended?)?;
    for (result, value) in results.iter_mut().zip(values) {
        *result = value;
    }
    Ok(())
}

/// An exception of JavaScript on its way through a module. The prelude keeps the exception itself.
#[derive(Debug, thiserror::Error)]
#[error("an imported function threw")]
struct ImportThrew;

async fn serve(mut store: Store<State>, mailbox: Mailbox) {
    loop {
        let request = mailbox.request().await;
        let cpu_ms = store.data().cpu_ms;
        store.set_epoch_deadline(limits::epochs(cpu_ms));
        let step = perform(store.as_context_mut(), request).await;
        mailbox.answer(step);
    }
}

/// Boxed, as an import that is called may perform further requests.
fn perform<'a>(
    mut store: StoreContextMut<'a, State>,
    request: Request,
) -> Pin<Box<dyn Future<Output = Step> + Send + 'a>> {
    Box::pin(async move {
        match request {
            Request::Access(look) => {
                let mut scope = RootScope::new(&mut store);
                look(&mut scope.as_context_mut());
                Step::Finished(Vec::new())
            }
            Request::Call { function, arguments } => {
                step(call(store, function, &arguments).await, "RuntimeError")
            }
            Request::Instantiate { module, imports } => {
                step(instantiate(store, &module, &imports).await, "LinkError")
            }
            Request::Resume(_) | Request::Throw => Step::Failed(internal("no import is being called")),
        }
    })
}

async fn call(
    mut store: StoreContextMut<'_, State>,
    function: u32,
    arguments: &[u8],
) -> wasmtime::Result<Vec<u8>> {
    let function = store.data().objects.function(function)?;
    let mut scope = RootScope::new(&mut store);
    let ty = function.ty(&scope);
    let arguments = values::decode(&mut scope.as_context_mut(), ty.params(), arguments)?;
    let mut results = vec![Val::I32(0); ty.results().len()];
    function.call_async(&mut scope, &arguments, &mut results).await?;
    values::encode(&mut scope.as_context_mut(), &results)
}

/// Answers with the numbers of the exports, in their order, as slots.
async fn instantiate(
    mut store: StoreContextMut<'_, State>,
    module: &wasmtime::Module,
    imports: &[u32],
) -> wasmtime::Result<Vec<u8>> {
    let mut externs = Vec::with_capacity(imports.len());
    for (import, number) in module.imports().zip(imports) {
        let kind = match import.ty() {
            wasmtime::ExternType::Func(_) => ImportKind::Function,
            wasmtime::ExternType::Memory(_) => ImportKind::Memory,
            wasmtime::ExternType::Table(_) => ImportKind::Table,
            wasmtime::ExternType::Global(_) => ImportKind::Global,
            wasmtime::ExternType::Tag(_) => {
                wasmtime::bail!("imports of exception tags are not emulated by qemu-dev")
            }
        };
        externs.push(store.data().objects.import(kind, *number)?);
    }
    let mut scope = RootScope::new(&mut store);
    let instance = Instance::new_async(&mut scope, module, &externs).await?;
    let names: Vec<_> = module.exports().map(|export| export.name().to_owned()).collect();
    let mut slots = Vec::with_capacity(names.len() * values::SLOT_BYTES);
    for name in names {
        let Some(export) = instance.get_export(&mut scope, &name) else { continue };
        let number = number_of_export(&mut scope.as_context_mut(), export)?;
        slots.extend_from_slice(&u64::from(number).to_le_bytes());
    }
    Ok(slots)
}

/// What JavaScript hears; `kind` is for errors that are no traps.
fn step(result: wasmtime::Result<Vec<u8>>, kind: &'static str) -> Step {
    let error = match result {
        Ok(slots) => return Step::Finished(slots),
        Err(error) => error,
    };
    if error.is::<ImportThrew>() {
        return Step::Thrown;
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => Step::Interrupted,
        Some(Trap::StackOverflow) => Step::Failed(Failure {
            kind: "RangeError",
            message: String::from("Maximum call stack size exceeded"),
        }),
        Some(trap) => Step::Failed(Failure { kind: "RuntimeError", message: trap_message(*trap) }),
        None => Step::Failed(Failure { kind, message: format!("{error:#}") }),
    }
}

/// The words of V8, which people know and search for.
fn trap_message(trap: Trap) -> String {
    String::from(match trap {
        Trap::UnreachableCodeReached => "unreachable",
        Trap::MemoryOutOfBounds => "memory access out of bounds",
        Trap::TableOutOfBounds => "table index is out of bounds",
        Trap::IndirectCallToNull | Trap::BadSignature => "null function or function signature mismatch",
        Trap::IntegerDivisionByZero => "divide by zero",
        // Of a division or of a conversion, for which V8 has different words.
        Trap::IntegerOverflow => "integer overflow",
        Trap::BadConversionToInteger => "float unrepresentable in integer range",
        Trap::NullReference => "dereferencing a null pointer",
        Trap::ArrayOutOfBounds => "array element access out of bounds",
        Trap::CastFailure => "illegal cast",
        other => return other.to_string(),
    })
}
