//! The end of a session.

use std::time::Duration;

use super::Session;

/// How long requests and handlers under way may take to finish at the end.
const PATIENCE: Duration = Duration::from_secs(5);

impl Session {
    /// Nothing new is begun, what runs may finish and store what it sends, then the queues are closed. Where nothing is
    /// kept, nobody waits for what runs.
    pub(super) async fn shut_down(self) {
        let Self {
            options, servers, events, state, workers, mut custom_builds, mut timekeeping, layers, ..
        } = self;
        let patience = if options.discarded { Duration::ZERO } else { PATIENCE };
        timekeeping.stop();
        custom_builds.stop();
        events.close();
        workers.disconnect();
        futures::future::join_all(servers.into_iter().map(|server| server.stop(patience))).await;
        let settled = async {
            tokio::select! {
                () = workers.settled() => {}
                // What waits for a clock that nobody moves any more never ends.
                () = timekeeping.stands_still() => {}
            }
        };
        let _ = tokio::time::timeout(patience, settled).await;
        state.broker.shutdown(timekeeping.patience(patience)).await;
        layers.finish();
    }
}
