//! The program itself: completions, manual pages, versions, pipes, and paths that are no text.

use std::io::Read;
use std::process::Stdio;

use crate::support::session::command;
use crate::{printed, project, qemu_dev, queues, refused};

#[test]
fn completions_for_each_shell() {
    let project = project();
    for (shell, expected) in [
        ("bash", "COMPREPLY"),
        ("zsh", "#compdef qemu-dev"),
        ("fish", "complete -c qemu-dev"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion:arg-completer[qemu-dev]"),
    ] {
        let script = printed(qemu_dev(&project, &["completions", shell]));
        assert!(script.contains(expected) && script.contains("pause-delivery"), "{shell}");
    }
    let unknown = refused(qemu_dev(&project, &["completions", "tcsh"]), 2);
    assert!(unknown.contains("possible values: bash, elvish, fish, powershell, zsh"), "{unknown}");
}

#[cfg(unix)]
#[test]
fn bash_completes_commands_and_options_at_any_depth() {
    let project = project();
    project.write("complete", &printed(qemu_dev(&project, &["completions", "bash"])));
    let completed = |words: &str| {
        let (before, word) = words.rsplit_once(' ').unwrap();
        let last = before.rsplit(' ').next().unwrap();
        let ask = format!(
            "source ./complete; COMP_WORDS=({before} '{word}'); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _qemu__dev qemu-dev '{word}' {last}; echo \"${{COMPREPLY[*]}}\""
        );
        let mut bash = std::process::Command::new("bash");
        printed(bash.args(["-c", &ask]).current_dir(project.path()).output().unwrap())
    };
    assert_eq!(completed("qemu-dev ex"), "exec\n");
    assert_eq!(completed("qemu-dev queues pa"), "pause-delivery\n");
    assert_eq!(completed("qemu-dev queues consumer worker a"), "add\n");
    assert_eq!(completed("qemu-dev queues pause-delivery --pers"), "--persist-to\n");
    assert_eq!(completed("qemu-dev dev --log-"), "--log-format --log-level\n");
    assert_eq!(completed("qemu-dev dev --log-format j"), "json\n");
}

#[test]
fn manual_pages() {
    let project = project();
    let page = printed(qemu_dev(&project, &["man"]));
    assert!(page.contains(".TH qemu-dev 1"), "{page}");
    printed(qemu_dev(&project, &["man", "--output", "man1"]));
    for name in ["qemu-dev.1", "qemu-dev-dev.1", "qemu-dev-queues-send.1"] {
        assert!(project.path().join("my shop/man1").join(name).is_file(), "{name}");
    }
}

#[test]
fn versions_of_what_matters() {
    let versions = printed(qemu_dev(&project(), &["--version"]));
    assert!(
        versions.starts_with(concat!("qemu-dev ", env!("CARGO_PKG_VERSION"), "\nwasmtime ")),
        "{versions}"
    );
    assert!(versions.contains("\nrolldown ") && versions.contains("\nSQLite"), "{versions}");
}

#[test]
fn every_command_has_help_with_examples() {
    let project = project();
    let names = |help: &str| -> Vec<String> {
        let commands = help.split_once("\nCommands:\n").map(|(_, rest)| rest).unwrap_or_default();
        let lines = commands.lines().take_while(|line| !line.is_empty());
        let name = |line: &str| line.split_whitespace().next().map(str::to_owned);
        lines.filter(|line| line.starts_with("  ") && !line.starts_with("   ")).filter_map(name).collect()
    };
    // With each command, whether the one above it has examples.
    let mut open: Vec<(Vec<String>, bool)> = vec![(Vec::new(), false)];
    while let Some((path, above)) = open.pop() {
        let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
        arguments.push("--help");
        let help = printed(qemu_dev(&project, &arguments));
        let (names, examples) = (names(&help), help.contains("Examples:\n"));
        assert!(!names.is_empty() || examples || above, "{path:?}\n{help}");
        let below = names.into_iter().filter(|name| name != "help");
        open.extend(below.map(|name| (path.iter().cloned().chain([name]).collect(), examples)));
    }
}

#[test]
fn a_reader_that_has_seen_enough_ends_a_command_silently() {
    let project = project();
    printed(queues(&project, &["create", "orders"]));
    let lines = "\"".to_owned() + &"x".repeat(10_000) + "\"\n";
    let send = ["send", "orders", "-", "--ndjson"];
    printed(crate::queues_with_input(&project, &send, lines.repeat(100).as_bytes()));
    let mut command = command(&project.path().join("my shop"));
    let mut child = command
        .args(["queues", "export", "orders"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 6];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((&first, output.status.code()), (b"{\"id\":", Some(0)));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn no_colours_where_there_is_no_terminal() {
    let project = project();
    let plain = refused(queues(&project, &["info", "nowhere"]), 1);
    assert!(!plain.contains('\x1b'), "{plain:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn paths_may_be_no_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let project = project();
    let state = project.path().join(OsStr::from_bytes(b"st\xffate"));
    for (arguments, expected) in
        [(["create", "q"].as_slice(), "Created queue q.\n"), (&["peek", "q"], "Queue q has no messages.\n")]
    {
        let mut command = command(&project.path().join("my shop"));
        let output = command.arg("queues").args(arguments).arg("--persist-to").arg(&state).output().unwrap();
        assert_eq!(printed(output), expected);
    }
    assert!(state.join("queues.sqlite").is_file());
}
