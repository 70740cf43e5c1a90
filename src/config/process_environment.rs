//! What the surroundings say about variables.
//!
//! Source: Cloudflare's documentation, "System environment variables".

use std::collections::BTreeMap;

/// The environment variables of this process, as far as they matter for those of workers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessEnvironment {
    /// Whether `.env` and its variants are looked at where there is no `.dev.vars`:
    /// `CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV`, true by default.
    pub loads_dot_env: bool,
    /// Whether the variables of this process become variables of workers, beside those of `.env`:
    /// `CLOUDFLARE_INCLUDE_PROCESS_ENV`, false by default.
    pub is_included: bool,
    /// The variables; those that are not UTF-8 are left out.
    pub variables: BTreeMap<String, String>,
}

impl Default for ProcessEnvironment {
    fn default() -> Self {
        Self::new(BTreeMap::new())
    }
}

impl ProcessEnvironment {
    /// What these variables say.
    pub fn new(variables: BTreeMap<String, String>) -> Self {
        let flag =
            |name: &str, default: bool| match variables.get(name).map(|value| value.to_ascii_lowercase()) {
                Some(value) if value == "true" => true,
                Some(value) if value == "false" => false,
                _ => default,
            };
        Self {
            loads_dot_env: flag("CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV", true),
            is_included: flag("CLOUDFLARE_INCLUDE_PROCESS_ENV", false),
            variables,
        }
    }

    /// That of this process.
    pub fn of_this_process() -> Self {
        let texts = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self::new(texts.collect())
    }
}
