//! Which part of the file counts: the top level, or an environment over it.
//!
//! Source: Cloudflare's documentation, "Environments" and "Configuration - Wrangler", "Non-inheritable keys".

use super::fields::Field;
use crate::config::document::Node;
use crate::config::problems::Problems;
use crate::config::spelling::nearest;

/// The top level of a file and the environment chosen over it.
pub(in crate::config) struct Scope<'a> {
    root: &'a Node,
    /// The chosen environment's name, as in `--env`.
    environment: Option<&'a str>,
    /// The environment's own section, where the file has it.
    section: Option<Field<'a>>,
}

impl<'a> Scope<'a> {
    /// Chooses `environment`, and reports one that the file does not have; the top level then counts, so that
    /// its problems are found as well.
    ///
    /// A file without any environments serves every one of them with a warning, as in wrangler: in a session
    /// of many workers, all receive the same `--env`.
    pub(in crate::config) fn select(
        root: &'a Node,
        environment: Option<&'a str>,
        problems: &mut Problems,
    ) -> Self {
        let section = environment.and_then(|name| section(root, name, problems));
        Self { root, environment, section }
    }

    /// The chosen environment's name.
    pub(in crate::config) fn environment(&self) -> Option<&'a str> {
        self.environment
    }

    /// A field that only the top level has.
    pub(in crate::config) fn top_level(&self, key: &str) -> Option<Field<'a>> {
        self.root.entry(key).map(|entry| Field::new("", entry))
    }

    /// A field of the environment's own section.
    pub(in crate::config) fn own(&self, key: &str) -> Option<Field<'a>> {
        self.section.as_ref().and_then(|section| section.child(key))
    }

    /// A field that environments inherit: the environment's own, else the top level's.
    pub(in crate::config) fn inherited(&self, key: &str) -> Option<Field<'a>> {
        self.own(key).or_else(|| self.top_level(key))
    }

    /// A field that environments do not inherit. Where only the top level has it, the worker goes without,
    /// with a warning.
    pub(in crate::config) fn not_inherited(&self, key: &str, problems: &mut Problems) -> Option<Field<'a>> {
        let Some(section) = &self.section else {
            return self.top_level(key);
        };
        let own = section.child(key);
        if own.is_none()
            && let Some(top_level) = self.top_level(key)
        {
            let within = &section.path;
            let message = format!(
                "\"{key}\" exists at the top level, but not on \"{within}\".\n\
                 This is not what you probably want, since \"{key}\" is not inherited by environments."
            );
            problems
                .warning(top_level.key_span, message)
                .label(format!("not in \"{within}\""))
                .help(format!("Please add \"{key}\" to \"{within}\"."));
        }
        own
    }
}

fn section<'a>(root: &'a Node, name: &str, problems: &mut Problems) -> Option<Field<'a>> {
    let Some(environments) = root.entry("env").map(|entry| Field::new("", entry)) else {
        report_no_environments(root, name, problems);
        return None;
    };
    if !environments.is_object(problems) {
        return None;
    }
    let section = environments.child(name);
    if section.is_none() {
        report_unknown(&environments, name, problems);
    }
    section.filter(|section| section.is_object(problems))
}

fn report_no_environments(root: &Node, name: &str, problems: &mut Problems) {
    let section = if problems.is_toml() {
        format!("[env.{name}]")
    } else {
        format!("\"env\": {{ \"{name}\": {{ … }} }}")
    };
    problems
        .warning(&(root.span.start..root.span.start), unknown_environment(name))
        .help(format!("the top level is used; add {section} to change that"));
}

fn report_unknown(environments: &Field<'_>, name: &str, problems: &mut Problems) {
    let names: Vec<&str> = environments.node.entries().iter().map(|entry| entry.key.as_str()).collect();
    let listed = names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let available = format!("The available configured environment names are: {listed}.");
    let help = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"? {available}"),
        None if names.is_empty() => "the file has no environments".to_owned(),
        None => available,
    };
    problems.error(environments.key_span, unknown_environment(name)).label("looked for here").help(help);
}

fn unknown_environment(name: &str) -> String {
    format!("No environment found in configuration with name \"{name}\".")
}
