//! Code that a command makes before it is bundled.

#[cfg(target_os = "linux")]
use crate::support::processes::is_alive;
use crate::support::processes::wait_until;
use crate::support::project::Project;
use crate::support::session::Session;

/// A project whose Worker is made from `word.txt` by `script`, in a folder with a space in its name.
fn project(script: &str, watched: &str) -> Project {
    let config = format!(
        r#"{{ "name": "made", "main": "dist/index.js", "compatibility_date": "2026-06-05",
              "build": {{ "command": "sh ./make.sh", "watch_dir": {watched} }} }}"#
    );
    Project::new(&[
        ("my app/wrangler.jsonc", &config),
        ("my app/src/word.txt", "one"),
        ("my app/make.sh", script),
    ])
}

fn start(project: &Project) -> Session {
    Session::start(project, &["-c", "my app/wrangler.jsonc"])
}

const MAKE: &str = "echo making\nmkdir -p dist\nread word < src/word.txt\n[ \"$word\" = bad ] && exit 3\n\
    echo \"export default { fetch: () => new Response('$word') };\" > dist/index.js\n";

#[test]
fn a_command_makes_the_code_before_it_is_bundled_and_when_a_watched_file_changes() {
    let project = project(MAKE, "\"src\"");
    let session = start(&project);
    assert_eq!(session.text("/"), "one");
    project.write("my app/src/word.txt", "two\n");
    session.output.wait_for("[custom build] Running: sh ./make.sh");
    session.output.wait_for("[custom build] making");
    wait_until("the edit is live", || session.text("/") == "two");
    // Each run is told, whatever else is seen of the folders that are made.
    let runs = |text: &str| {
        project.write("my app/src/word.txt", text);
        wait_until("the edit is live", || session.text("/") == text.trim());
    };
    project.write("my app/src/deep/er/new.txt", "");
    session.output.wait_for("[custom build] making");
    runs("three\n");
    project.write("my app/src/deep/er/new.txt", "again");
    session.output.wait_for("[custom build] making");
    runs("four\n");
    session.stop();
}

#[test]
fn a_command_that_fails_is_reported_and_the_last_good_code_serves() {
    let project = project(MAKE, "[\"src\"]");
    let session = start(&project);
    project.write("my app/src/word.txt", "bad\n");
    session
        .errors()
        .wait_for("error: The custom build of worker \"made\" failed (exit status: 3): sh ./make.sh");
    session.output.wait_for("Worker \"made\" goes on with its last good code until this is mended.");
    assert_eq!(session.text("/"), "one");
    project.write("my app/src/word.txt", "good\n");
    session.output.wait_for("Reloaded made (1 ms)");
    assert_eq!(session.text("/"), "good");
    session.stop();
}

#[test]
fn a_first_command_that_fails_is_shown_to_clients_until_it_is_mended() {
    let project = project("exit 7", "\".\"");
    let session = start(&project);
    let answer = session.get("/");
    assert_eq!(answer.head.status(), 500);
    assert!(
        answer.body.contains("has no code that runs yet") && answer.body.contains("exit status: 7"),
        "{}",
        answer.body
    );
    project.write("my app/make.sh", MAKE);
    session.output.wait_for("Reloaded made (1 ms)");
    assert_eq!(session.text("/"), "one");
    session.stop();
}

#[test]
fn a_command_that_does_not_end_keeps_no_other_worker() {
    let config = |name: &str, build: &str| {
        format!(r#"{{ "name": "{name}", "main": "{name}.js", "compatibility_date": "2026-06-05" {build} }}"#)
    };
    let slow = r#", "build": { "command": "while ! [ -e go ]; do sleep 0.02; done", "watch_dir": "none" }"#;
    let project = Project::new(&[
        ("slow.json", &config("slow", slow)),
        ("quick.json", &config("quick", "")),
        ("slow.js", "export default { fetch() {} };"),
        ("quick.js", "console.log('quick runs'); export default { fetch() {} };"),
    ]);
    let arguments = ["-c", "slow.json", "-c", "quick.json", "--ip", "127.0.0.1", "--port", "0"];
    let session = Session::start_as_on_a_terminal(project.path(), &arguments);
    session.output.wait_for("Waiting for the custom build of worker \"slow\": while …");
    session.output.wait_for("…quick runs");
    project.write("go", "");
    session.output.wait_for("Ready on …");
    session.stop();
}

#[test]
fn a_command_that_writes_where_it_is_watched_comes_to_rest() {
    // Every run leaves another text in a watched file.
    let make = format!("{MAKE}echo run >> ../runs\nwc -l < ../runs > src/generated.txt\n");
    let project = project(&make, "\"src\"");
    let session = start(&project);
    for word in ["two", "three"] {
        project.write("my app/src/word.txt", &format!("{word}\n"));
        wait_until("the edit is live", || session.text("/") == word);
    }
    // It is at rest when a command that was not asked for would have told of itself long ago: each takes part in the
    // reload of the variables, and none is begun after it.
    project.write("my app/.dev.vars", "A=1");
    session.output.wait_for("Reloaded made (1 ms)");
    let runs = || std::fs::read_to_string(project.path().join("runs")).unwrap().lines().count();
    let settled = runs();
    project.write("my app/.dev.vars", "A=2");
    session.output.wait_for("Reloaded made (1 ms)");
    assert_eq!(runs(), settled);
    session.stop();
}

#[cfg(target_os = "linux")]
#[test]
fn the_end_of_a_session_ends_a_command_with_everything_it_started() {
    let make = format!(
        "{MAKE}[ \"$word\" = long ] || exit 0\nsleep 1000 & echo $! > ../sleeper; echo sleeping; wait\n"
    );
    // Also when it ends with its terminal.
    for signal in ["TERM", "HUP"] {
        let project = project(&make, "\"src\"");
        let mut session = start(&project);
        project.write("my app/src/word.txt", "long\n");
        session.output.wait_for("[custom build] sleeping");
        session.signal(signal);
        assert_eq!(session.end().0.code(), Some(0), "{signal}");
        let sleeper = std::fs::read_to_string(project.path().join("sleeper")).unwrap();
        let sleeper = sleeper.trim().parse().unwrap();
        wait_until("the command's child is gone", || !is_alive(sleeper));
    }
}
