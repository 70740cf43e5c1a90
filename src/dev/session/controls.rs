//! What a person may ask of a session that runs.

use tokio::sync::mpsc;

/// The way to ask. Clones ask the same session.
#[derive(Clone, Debug)]
pub struct Controls {
    sender: mpsc::UnboundedSender<Control>,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    /// Deliver nothing for now.
    Pause,
    /// Deliver again.
    Resume,
}

impl Controls {
    pub(super) fn new() -> (Self, mpsc::UnboundedReceiver<Control>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self { sender }, receiver)
    }

    /// Stops, or resumes, the delivery of all queues of the session. Sends are taken as before; the setting of
    /// each queue stays, and so does nothing of this after the session.
    pub fn pause(&self, paused: bool) {
        // The session may have ended.
        let _ = self.sender.send(if paused { Control::Pause } else { Control::Resume });
    }
}
