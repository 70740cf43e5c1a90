//! What a person may ask of a session that runs.

use tokio::sync::{mpsc, oneshot};

/// The way to ask. Clones ask the same session.
#[derive(Clone, Debug)]
pub struct Controls {
    sender: mpsc::UnboundedSender<Control>,
}

/// What is asked.
#[derive(Debug)]
pub(super) struct Control {
    /// Whether nothing is to be delivered for now.
    pub paused: bool,
    /// Told when it is so, with the queues that stay paused.
    pub done: oneshot::Sender<Vec<String>>,
}

impl Controls {
    pub(super) fn new() -> (Self, mpsc::UnboundedReceiver<Control>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self { sender }, receiver)
    }

    /// Stops, or resumes, the delivery of all queues of the session, and waits until it is so. Sends are taken as
    /// before; the setting of each queue stays, and so does nothing of this after the session. Answers with the queues
    /// of the session that are paused by such a setting.
    pub async fn pause(&self, paused: bool) -> Vec<String> {
        let (done, is_done) = oneshot::channel();
        // The session may have ended.
        let _ = self.sender.send(Control { paused, done });
        is_done.await.unwrap_or_default()
    }
}
