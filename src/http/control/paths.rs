//! Every path that is served, and what is done there. The router and the description both come from the one
//! table.

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operation {
    ShowClock,
    MoveClock,
    WaitUntilIdle,
    Expect,
    Reset,
    CallQueue,
    CallScheduled,
    CallEmail,
}

/// One operation, and where it is done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route {
    pub operation: Operation,
    pub method: &'static str,
    pub path: &'static str,
}

const CLOCK: &str = "/cdn-cgi/api/clock";
const IDLE: &str = "/cdn-cgi/api/idle";
const EXPECT: &str = "/cdn-cgi/api/expect";
const RESET: &str = "/cdn-cgi/api/reset";
const QUEUE: &str = "/cdn-cgi/handler/queue";
const SCHEDULED: &str = "/cdn-cgi/handler/scheduled";
const EMAIL: &str = "/cdn-cgi/handler/email";

const fn route(method: &'static str, path: &'static str, operation: Operation) -> Route {
    Route { operation, method, path }
}

/// Everything that is served.
pub(super) const ROUTES: [Route; 10] = [
    route("GET", CLOCK, Operation::ShowClock),
    route("POST", CLOCK, Operation::MoveClock),
    route("GET", IDLE, Operation::WaitUntilIdle),
    route("POST", EXPECT, Operation::Expect),
    route("POST", RESET, Operation::Reset),
    route("POST", QUEUE, Operation::CallQueue),
    route("GET", SCHEDULED, Operation::CallScheduled),
    // As wrangler does, whatever the method.
    route("POST", SCHEDULED, Operation::CallScheduled),
    route("GET", EMAIL, Operation::CallEmail),
    route("POST", EMAIL, Operation::CallEmail),
];

/// Whether a path is one that [`super::Control::answer`] is to answer.
pub fn is_control(path: &str) -> bool {
    ROUTES.iter().any(|route| route.path == path)
}

/// What a path and a method lead to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// An operation.
    Operation(Operation),
    /// Operations of these methods only.
    OtherMethods(String),
    /// Nothing.
    Nothing,
}

/// Finds the operation at a path.
pub(super) fn find(method: &str, path: &str) -> Found {
    let here = || ROUTES.iter().filter(|route| route.path == path);
    if let Some(route) = here().find(|route| route.method == method) {
        return Found::Operation(route.operation);
    }
    let others: Vec<&str> = here().map(|route| route.method).collect();
    if others.is_empty() { Found::Nothing } else { Found::OtherMethods(others.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_route_is_found_by_its_own_path_and_only_once() {
        for route in &ROUTES {
            assert_eq!(find(route.method, route.path), Found::Operation(route.operation));
            assert!(is_control(route.path));
        }
        assert_eq!(find("PUT", CLOCK), Found::OtherMethods("GET, POST".to_owned()));
        assert_eq!(find("GET", "/cdn-cgi/api/clocks"), Found::Nothing);
        assert!(!is_control("/cdn-cgi/api/client/v4/accounts/a/queues"));
    }
}
