//! Configuration files and what becomes of them: each case in `fixtures/config` is a file or a folder, and
//! `<case>.expected` beside it holds the diagnostics as a person sees them and the resolved worker.
//!
//! A file's first comment may hold `args: --env staging --var NAME:value`; a folder's `args` file does the
//! same and may name several files with `-c`, and variables of the process with `--process-env NAME=value`.
//! `BLESS=1 cargo test --test config` rewrites the expectations.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use qemu_dev::base::Diagnostic;
use qemu_dev::config::session_checks::{check_services, check_session};
use qemu_dev::config::{
    Build, Bundling, DevServer, InvocationLimits, LoadRequest, ProcessEnvironment, QueueConsumer,
    QueueProducer, Resolved, discover, load,
};
use qemu_dev::report::render;

#[test]
fn every_case_is_as_expected() {
    let root = root();
    let mut names = BTreeSet::new();
    let mut failures = Vec::new();
    for case in cases(&root) {
        assert!(names.insert(case.name.clone()), "two cases are named {}", case.name);
        let expected_path = root.join(format!("{}.expected", case.name));
        let found = case.run(&root);
        if std::env::var_os("BLESS").is_some() {
            fs::write(&expected_path, &found).unwrap();
            continue;
        }
        let expected = fs::read_to_string(&expected_path).unwrap_or_default();
        if expected != found {
            failures.push(format!("{}\n--- expected\n{expected}--- found\n{found}", case.name));
        }
    }
    assert!(failures.is_empty(), "{} cases differ:\n{}", failures.len(), failures.join("\n"));
    assert!(names.len() >= 80, "only {} cases were found", names.len());
}

#[test]
fn every_expectation_has_its_case() {
    let root = root();
    let names: BTreeSet<String> = cases(&root).into_iter().map(|case| case.name).collect();
    for path in entries(&root).into_iter().filter(|path| has_extension(path, &["expected"])) {
        assert!(names.contains(&stem(&path)), "{} has no case", path.display());
    }
}

#[test]
fn files_cut_off_anywhere_are_reported_within_their_text() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/index.ts"), "").unwrap();
    for path in entries(&root()).into_iter().filter(|path| has_extension(path, &["json", "jsonc", "toml"])) {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let cut_path = folder.path().join(path.file_name().unwrap());
        for (end, _) in text.char_indices().step_by(29) {
            fs::write(&cut_path, &text[..end]).unwrap();
            let request = LoadRequest { path: cut_path.clone(), ..LoadRequest::default() };
            let loaded = load(&request);
            for (source, span) in loaded.diagnostics.iter().filter_map(|diagnostic| diagnostic.place.as_ref())
            {
                assert!(
                    source.text().get(span.clone()).is_some(),
                    "{} cut at {end}: {span:?}",
                    path.display()
                );
            }
            assert!(!render(&loaded.diagnostics, true, folder.path()).contains('\r'));
        }
    }
}

/// The folder of the cases; the current directory of a test is its package.
fn root() -> PathBuf {
    std::env::current_dir().unwrap().join("fixtures/config")
}

struct Case {
    name: String,
    /// The configuration files, when none is named in the arguments.
    files: Vec<PathBuf>,
    /// What paths in the arguments are relative to.
    directory: PathBuf,
    arguments: String,
}

fn cases(root: &Path) -> Vec<Case> {
    entries(root)
        .into_iter()
        .filter_map(|path| if path.is_dir() { folder(path) } else { file(root, path) })
        .collect()
}

fn file(root: &Path, path: PathBuf) -> Option<Case> {
    if !has_extension(&path, &["json", "jsonc", "toml", "conf"]) {
        return None;
    }
    let bytes = fs::read(&path).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let arguments =
        text.lines().next().and_then(|line| line.split_once("args: ")).map(|(_, arguments)| arguments);
    let arguments = arguments.unwrap_or_default().to_owned();
    Some(Case { name: stem(&path), files: vec![path], directory: root.to_path_buf(), arguments })
}

/// A folder is a case when it says how to be loaded; others only hold what cases refer to.
fn folder(path: PathBuf) -> Option<Case> {
    let arguments = fs::read_to_string(path.join("args")).ok()?;
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    Some(Case { name, files: Vec::new(), directory: path, arguments })
}

impl Case {
    fn run(&self, root: &Path) -> String {
        let mut request = LoadRequest::default();
        let mut files = self.files.clone();
        let mut words = self.arguments.split_whitespace();
        while let Some(flag) = words.next() {
            let value = words.next().unwrap_or_else(|| panic!("{}: {flag} needs a value", self.name));
            match flag {
                "-c" => files.push(self.directory.join(value)),
                "--discover-in" => files.push(discover::discover(&self.directory.join(value)).unwrap()),
                "--env" => request.environment = Some(value.to_owned()),
                "--env-file" => request.env_files.push(self.directory.join(value)),
                // A variable of the process, NAME=value.
                "--process-env" => {
                    let (name, value) = value.split_once('=').unwrap();
                    let mut variables = std::mem::take(&mut request.process.variables);
                    variables.insert(name.to_owned(), value.to_owned());
                    request.process = ProcessEnvironment::new(variables);
                }
                "--var" => request.vars.push(value.to_owned()),
                other => panic!("{}: unknown argument {other}", self.name),
            }
        }
        self.load_all(root, &files, &request)
    }

    fn load_all(&self, root: &Path, files: &[PathBuf], request: &LoadRequest) -> String {
        let mut diagnostics: Vec<Diagnostic> = Vec::new();
        let (mut workers, mut sound) = (Vec::new(), Vec::new());
        let mut watched = Vec::new();
        for path in files {
            let loaded = load(&LoadRequest { path: path.clone(), ..request.clone() });
            diagnostics.extend(loaded.diagnostics);
            sound.extend(loaded.resolved.clone().filter(|_| !loaded.failed));
            workers.extend(loaded.resolved);
            watched.extend(loaded.watched_files);
        }
        diagnostics.extend(check_session(&workers));
        if workers.len() == files.len() {
            diagnostics.extend(check_services(&workers));
        }
        let mut found = render(&diagnostics, false, root);
        sound.iter().for_each(|worker| found.push_str(&dump(worker)));
        if !request.env_files.is_empty() || !self.files.contains(&files[0]) {
            watched.iter().for_each(|path| writeln!(found, "watches {}", path.display()).unwrap());
        }
        // Paths of this machine are not part of what is expected.
        found.replace(&format!("{}/", root.display()), "").replace(&root.display().to_string(), ".")
    }
}

/// Everything about a worker, defaults left out where they would drown the case.
fn dump(worker: &Resolved) -> String {
    let Resolved {
        source: _,
        config_path: _,
        directory,
        name,
        name_span: _,
        environment,
        main,
        main_span: _,
        tsconfig_span: _,
        compatibility_date,
        compatibility_flags,
        compatibility,
        vars,
        secrets,
        producers,
        consumers,
        dev: DevServer { port, ip },
        build,
        bundling,
        rules,
        limits: InvocationLimits { cpu_ms },
        crons,
        services,
        missing_bindings,
    } = worker;
    let mut text = format!("worker {name} main {}", main.display());
    environment.iter().for_each(|environment| write!(text, " environment {environment}").unwrap());
    writeln!(text, "\ncompatibility {compatibility_date} {compatibility_flags:?}").unwrap();
    let on = [
        (compatibility.json_messages, "json_messages"),
        (compatibility.expose_error_codes, "expose_error_codes"),
        (compatibility.consumer_no_wait_for_wait_until, "consumer_no_wait_for_wait_until"),
        (compatibility.nodejs_compat, "nodejs_compat"),
    ];
    on.iter().filter(|(on, _)| *on).for_each(|(_, name)| writeln!(text, "  {name}").unwrap());
    vars.iter()
        .for_each(|var| writeln!(text, "var {} = {} ({:?})", var.name, var.value, var.origin).unwrap());
    secrets.iter().for_each(|secrets| writeln!(text, "secrets {:?}", secrets.names).unwrap());
    producers.iter().for_each(|producer| dump_producer(&mut text, producer));
    consumers.iter().for_each(|consumer| dump_consumer(&mut text, consumer));
    port.iter().for_each(|port| writeln!(text, "dev.port {port}").unwrap());
    ip.iter().for_each(|ip| writeln!(text, "dev.ip {ip}").unwrap());
    if let Some(Build { command, cwd, watch_dirs }) = build {
        let cwd = cwd.strip_prefix(directory).unwrap_or(cwd);
        writeln!(text, "build {command:?} in {:?} watching {watch_dirs:?}", cwd.display()).unwrap();
    }
    dump_bundling(&mut text, bundling, directory);
    if rules.len() != 3 || rules.iter().any(|rule| rule.fallthrough) {
        rules.iter().for_each(|rule| writeln!(text, "{rule:?}").unwrap());
    }
    if *cpu_ms != 30_000 {
        writeln!(text, "limits.cpu_ms {cpu_ms}").unwrap();
    }
    crons.iter().for_each(|cron| writeln!(text, "cron {cron}").unwrap());
    for service in services {
        writeln!(text, "service {} -> {} {:?}", service.binding, service.service, service.entrypoint)
            .unwrap();
    }
    missing_bindings.iter().for_each(|missing| writeln!(text, "missing: {}", missing.message()).unwrap());
    text
}

fn dump_bundling(text: &mut String, bundling: &Bundling, directory: &Path) {
    let Bundling { defines, aliases, tsconfig, jsx_factory, jsx_fragment } = bundling;
    defines.iter().for_each(|(name, value)| writeln!(text, "define {name} = {value}").unwrap());
    aliases.iter().for_each(|(from, to)| writeln!(text, "alias {from} -> {to}").unwrap());
    if let Some(tsconfig) = tsconfig {
        writeln!(text, "tsconfig {}", tsconfig.strip_prefix(directory).unwrap_or(tsconfig).display())
            .unwrap();
    }
    jsx_factory.iter().for_each(|factory| writeln!(text, "jsx_factory {factory}").unwrap());
    jsx_fragment.iter().for_each(|fragment| writeln!(text, "jsx_fragment {fragment}").unwrap());
}

fn dump_producer(text: &mut String, producer: &QueueProducer) {
    let QueueProducer { binding, queue, delivery_delay_seconds, span: _, binding_span: _, queue_span: _ } =
        producer;
    write!(text, "producer {binding} -> {queue}").unwrap();
    delivery_delay_seconds.iter().for_each(|seconds| write!(text, " delivery_delay {seconds}s").unwrap());
    text.push('\n');
}

fn dump_consumer(text: &mut String, consumer: &QueueConsumer) {
    let QueueConsumer {
        queue,
        max_batch_size,
        max_batch_timeout_ms,
        max_retries,
        max_concurrency,
        retry_delay_seconds,
        dead_letter_queue,
        visibility_timeout_ms,
        span: _,
        queue_span: _,
        dead_letter_queue_span: _,
    } = consumer;
    write!(text, "consumer {queue} size {max_batch_size} timeout {max_batch_timeout_ms}ms").unwrap();
    write!(text, " retries {max_retries} delay {retry_delay_seconds}s").unwrap();
    max_concurrency.iter().for_each(|most| write!(text, " concurrency {most}").unwrap());
    visibility_timeout_ms.iter().for_each(|timeout| write!(text, " visibility {timeout}ms").unwrap());
    dead_letter_queue.iter().for_each(|queue| write!(text, " dead letters {queue}").unwrap());
    text.push('\n');
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension().is_some_and(|extension| extensions.iter().any(|known| extension == *known))
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}
