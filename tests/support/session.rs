//! Sessions of the real binary.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, Once};

use super::http::{Answer, Connection};
use super::lines::Lines;
use super::project::Project;

/// A session that runs until it is stopped, or killed when the test is over.
pub struct Session {
    child: Child,
    /// Standard output; of a session as on a terminal, everything.
    pub output: Lines,
    /// Standard error.
    pub errors: Option<Lines>,
    /// Where it answers.
    pub url: String,
}

impl Session {
    /// Starts a session in the folder of a project on a free port, and waits until it is ready.
    pub fn start(project: &Project, arguments: &[&str]) -> Self {
        let mut session = Self::spawn(project, arguments);
        // What waited in the queues may be delivered before this line.
        let ready = session.output.find("Ready on http://…");
        session.url = ready.split(' ').nth(2).unwrap().to_owned();
        session
    }

    /// The same, with what is made once kept in this folder, where the engine need not be.
    pub fn start_with_cache(project: &Project, cache: &Path, arguments: &[&str]) -> Self {
        let mut command = command(project.path());
        command.arg("dev").args(arguments).stdin(Stdio::null()).env("XDG_CACHE_HOME", cache);
        let mut session = Self::spawn_command(command);
        session.url = session.output.find("Ready on http://…").split(' ').nth(2).unwrap().to_owned();
        session
    }

    /// The same, with what it reports as JSON lines.
    pub fn start_with_json_log(project: &Project, arguments: &[&str]) -> Self {
        let mut session = Self::spawn(project, &[arguments, &["--log-format", "json"]].concat());
        let ready: serde_json::Value =
            serde_json::from_str(&session.output.find("…\"kind\":\"ready\"…")).unwrap();
        session.url = ready["url"].as_str().unwrap().to_owned();
        session
    }

    fn spawn(project: &Project, arguments: &[&str]) -> Self {
        Self::spawn_command(dev(project.path(), arguments))
    }

    fn spawn_command(mut command: Command) -> Self {
        command.args(["--ip", "127.0.0.1", "--port", "0"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let output = Lines::read(child.stdout.take().unwrap(), Arc::default());
        let errors = Lines::read(child.stderr.take().unwrap(), Arc::default());
        Self { child, output, errors: Some(errors), url: String::new() }
    }

    /// Starts a session whose output and errors come as one, as they do on a terminal.
    pub fn start_as_on_a_terminal(folder: &Path, arguments: &[&str]) -> Self {
        let (reader, writer) = io::pipe().unwrap();
        let mut command = dev(folder, arguments);
        command.stdout(writer.try_clone().unwrap()).stderr(writer);
        let child = command.spawn().unwrap();
        // It holds the pipe's other end, which must close with the session.
        drop(command);
        Self { child, output: Lines::read(reader, Arc::default()), errors: None, url: String::new() }
    }

    /// Starts a session in the folder of a project on a terminal of its own, and waits until it is ready. When it ends,
    /// its exit code and the settings of the terminal are printed. When it is stopped, the terminal is put back, and it
    /// goes on in the foreground after the next line. `script` makes the terminal.
    #[cfg(target_os = "linux")]
    pub fn start_on_a_terminal(project: &Project, environment: &[(&str, &str)]) -> Self {
        let program = env!("CARGO_BIN_EXE_qemu-dev");
        let line = format!(
            "set -m; '{program}' dev --ip 127.0.0.1 --port 0; code=$?
             while [ $code = 148 ]; do stty icanon echo; echo stopped; read line; fg; code=$?; done
             echo ended with $code; stty -a"
        );
        let mut command = as_program(&prepared(project.path()), "script");
        command
            .args(["--quiet", "--command", &line, "/dev/null"])
            .env_remove("CI")
            .env("TERM", "xterm")
            .env("SHELL", "/bin/sh");
        command.envs(environment.iter().copied()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let output = Lines::read(child.stdout.take().unwrap(), Arc::default());
        let mut session = Self { child, output, errors: None, url: String::new() };
        let ready = session.output.find("Ready on …http://…");
        let (_, url) = ready.split_once("http://").unwrap();
        session.url = format!("http://{}", url.split([' ', '\u{1b}']).next().unwrap());
        session
    }

    /// Presses keys of its terminal.
    pub fn press(&mut self, keys: &str) {
        let keyboard = self.child.stdin.as_mut().unwrap();
        keyboard.write_all(keys.as_bytes()).unwrap();
        keyboard.flush().unwrap();
    }

    /// What is printed to standard error.
    pub fn errors(&self) -> &Lines {
        self.errors.as_ref().unwrap()
    }

    /// A new connection to the session.
    pub fn connect(&self) -> Connection {
        Connection::open(&self.url).unwrap()
    }

    /// Asks with GET.
    pub fn get(&self, target: &str) -> Answer {
        self.connect().request("GET", target, &[], None).unwrap()
    }

    /// The body of a GET that succeeds.
    pub fn text(&self, target: &str) -> String {
        let answer = self.get(target);
        assert_eq!(answer.head.status(), 200, "{answer:?}");
        answer.body
    }

    /// Sends a signal: `INT`, `TERM` or `KILL`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the end; answers with the exit status and what was printed until then.
    pub fn end(&mut self) -> (ExitStatus, Vec<String>) {
        let rest = self.output.rest();
        (self.child.wait().unwrap(), rest)
    }

    /// Ends the session as Ctrl-C does, with exit code 0; answers with what was printed until then.
    pub fn stop(mut self) -> Vec<String> {
        self.signal("TERM");
        let (status, rest) = self.end();
        assert_eq!(status.code(), Some(0), "{status}");
        rest
    }

    /// Ends the session without any warning.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- the session printed\n{}", self.output.transcript());
            if let Some(errors) = &self.errors {
                eprintln!("--- and to standard error\n{}", errors.transcript());
            }
            eprintln!("---");
        }
    }
}

/// Runs `qemu-dev` to its end.
pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    command(folder).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// `qemu-dev` in this folder, with the engine prepared.
pub fn prepared(folder: &Path) -> Command {
    prepare_engine();
    command(folder)
}

/// Runs `qemu-dev` to its end with this on standard input.
pub fn run_with_input(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut command = command(folder);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writing = std::thread::spawn({
        let input = input.to_owned();
        // Whoever has seen enough does not read on.
        move || drop(stdin.write_all(&input))
    });
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    output
}

/// Another program in the surrounding of this one.
fn as_program(command: &Command, program: &str) -> Command {
    let mut other = Command::new(program);
    other.current_dir(command.get_current_dir().unwrap());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => other.env(name, value),
            None => other.env_remove(name),
        };
    }
    other
}

/// `qemu-dev dev`, with the engine prepared.
fn dev(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = prepared(folder);
    command.arg("dev").args(arguments).stdin(Stdio::null());
    command
}

/// `qemu-dev`, in a surrounding that is always the same.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qemu-dev"));
    command
        .current_dir(folder)
        .env("XDG_CACHE_HOME", cache())
        .env_remove("CLOUDFLARE_ENV")
        .env_remove("QEMU_DEV_API_TOKEN");
    command
}

/// Shared by all tests and kept: preparing the engine takes seconds.
fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache")
}

/// Sessions that start together would all prepare the engine.
fn prepare_engine() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let project = Project::new(&[
            ("wrangler.json", r#"{"name": "first", "main": "index.js", "compatibility_date": "2026-06-05"}"#),
            ("index.js", "export default {};"),
        ]);
        let mut command = command(project.path());
        command.args(["dev", "--port", "0"]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let output = Lines::read(child.stdout.take().unwrap(), Arc::new(Mutex::default()));
        let session = Session { child, output, errors: None, url: String::new() };
        session.output.wait_for("Ready on …");
    });
}

/// Has the engine for Python made, which takes longer than anything else is waited for.
pub fn prepare_python() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let source = "from workers import WorkerEntrypoint\n\n\nclass Default(WorkerEntrypoint):\n    \
                      async def queue(self, batch):\n        pass\n";
        let project = Project::new(&[
            ("wrangler.json", r#"{"name": "first", "main": "entry.py", "compatibility_date": "2026-06-05"}"#),
            ("entry.py", source),
        ]);
        let output = run(project.path(), &["exec", "--", "true"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    });
}
