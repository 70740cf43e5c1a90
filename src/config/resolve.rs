//! Runs the rules over one file and puts their results together.

use std::path::Path;

use super::check::binding_names::{self, Bindings};
use super::check::environments::Scope;
use super::check::{
    build, bundling, compatibility, dev, limits, main, name, queues, rules, secrets, services, triggers,
    unknown_keys, unsupported_bindings, vars,
};
use super::compatibility::CompatibilityFlags;
use super::document::Node;
use super::problems::Problems;
use super::resolved::Resolved;

/// The worker that `root` describes for `environment`; `None` when something without a default is missing.
///
/// Looks at nothing but the text: whether files exist is checked later. With an environment, only what
/// counts for it is checked; unknown keys are found everywhere. A `main` takes the place of the one in the text.
pub(super) fn resolve(
    root: &Node,
    config_path: &Path,
    environment: Option<&str>,
    main: Option<&Path>,
    problems: &mut Problems,
) -> Option<Resolved> {
    let directory = config_path.parent().unwrap_or(Path::new("/"));
    unknown_keys::warn_unknown_keys(root, problems);
    let scope = Scope::select(root, environment, problems);

    let (name, name_span) = name::name(&scope, directory, problems);
    let entry_point = main::main(&scope, root, directory, main, problems);
    let compatibility_date = compatibility::date(&scope, root, problems);
    let compatibility_flags = compatibility::flags(&scope, problems);
    let (vars, vars_field) = vars::vars(&scope, problems);
    let (producers, consumers) = queues::queues(&scope, problems);
    let secrets = secrets::secrets(&scope, problems);
    let services = services::services(&scope, problems);
    let missing_bindings = unsupported_bindings::unsupported_bindings(&scope, problems);
    let dev = dev::dev(&scope, problems);
    let build = build::build(&scope, directory, problems);
    let (bundling, tsconfig_span) = bundling::bundling(&scope, directory, problems);
    let rules = rules::rules(&scope, problems);
    let limits = limits::limits(&scope, problems);
    let crons = triggers::crons(&scope, problems);
    let bindings = Bindings {
        producers: &producers,
        services: &services,
        missing: &missing_bindings,
        vars: vars_field.as_ref(),
    };
    binding_names::check_unique(&bindings, problems);

    let (main, main_span) = entry_point?;
    Some(Resolved {
        source: problems.source().clone(),
        config_path: config_path.to_path_buf(),
        directory: directory.to_path_buf(),
        name,
        name_span,
        environment: environment.map(str::to_owned),
        main,
        main_span,
        compatibility_date,
        compatibility: CompatibilityFlags::new(compatibility_date, &compatibility_flags),
        compatibility_flags,
        vars,
        secrets,
        producers,
        consumers,
        dev,
        build,
        bundling,
        tsconfig_span,
        rules,
        limits,
        crons,
        services,
        missing_bindings,
    })
}
