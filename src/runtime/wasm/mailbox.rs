//! How the host's functions and a running module hand over to each other.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use wasmtime::StoreContextMut;

use super::coroutines::State;

/// What a module is asked to do.
pub enum Request {
    /// Anything that runs no code of a module.
    Access(Access),
    /// Call the function with this number.
    Call {
        /// The function's number.
        function: u32,
        /// The slots of its arguments.
        arguments: Vec<u8>,
    },
    /// Instantiate a module and run its start function.
    Instantiate {
        /// The module.
        module: wasmtime::Module,
        /// The numbers of its imports, in order.
        imports: Vec<u32>,
    },
    /// The import that was called last returns the values in these slots.
    Resume(Vec<u8>),
    /// The import that was called last throws.
    Throw,
}

/// A look at the store.
pub type Access = Box<dyn FnOnce(&mut StoreContextMut<'_, State>) + Send>;

/// What came of a [`Request`].
pub enum Step {
    /// The slots of the results.
    Finished(Vec<u8>),
    /// The module calls an import; it goes on with [`Request::Resume`] or [`Request::Throw`].
    Called {
        /// The number of the function that was imported.
        function: u32,
        /// The slots of its arguments.
        arguments: Vec<u8>,
    },
    /// It trapped, could not be linked, or was asked what makes no sense.
    Failed(Failure),
    /// An import threw, and the exception went through all of the module.
    Thrown,
    /// The module passed the limit of processor time.
    Interrupted,
}

/// An error for JavaScript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// `RuntimeError`, `LinkError`, `RangeError` or `TypeError`.
    pub kind: &'static str,
    /// The message.
    pub message: String,
}

/// One request and one step at a time. Clones share it.
#[derive(Clone, Default)]
pub struct Mailbox(Arc<Mutex<Slots>>);

#[derive(Default)]
struct Slots {
    request: Option<Request>,
    step: Option<Step>,
}

impl Mailbox {
    /// Leaves a request.
    pub fn ask(&self, request: Request) {
        self.slots().request = Some(request);
    }

    /// Waits for a request.
    pub async fn request(&self) -> Request {
        poll_fn(|_| self.slots().request.take().map_or(Poll::Pending, Poll::Ready)).await
    }

    /// Leaves what came of the request.
    pub fn answer(&self, step: Step) {
        self.slots().step = Some(step);
    }

    /// Takes what came of the request.
    pub fn step(&self) -> Option<Step> {
        self.slots().step.take()
    }

    /// Each lock only moves a value in or out, so a panic elsewhere spoils nothing.
    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
