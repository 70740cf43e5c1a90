//! The bundler's settings: as close to wrangler's as they can be, and nothing that only a deployment needs.

use rolldown::{
    AttachDebugInfo, BundlerOptions, BundlerTransformOptions, ChecksOptions, CodeSplittingMode,
    CommentsOptions, Either, ExperimentalOptions, JsxOptions, ModuleType, OutputFormat, Platform,
    RawMinifyOptions, ResolveOptions, SourceMapType, TsConfig,
};

use super::request::BundleRequest;

/// The conditions of a package's `exports` that wrangler asks for
/// (<https://developers.cloudflare.com/workers/wrangler/bundling/#conditional-exports>).
const CONDITIONS: [&str; 3] = ["workerd", "worker", "browser"];

/// The newest language version that needs no translation for the engine.
const TARGET: &str = "es2024";

/// What `import.meta.url` reads: a Worker has no file of its own.
const MODULE_URL: &str = "\"file:///worker.js\"";

/// The settings that bundle the Worker of `request` into one ES module with a source map.
pub(super) fn options(request: &BundleRequest) -> BundlerOptions {
    let main = request.main_path().to_string_lossy().into_owned();
    BundlerOptions {
        input: Some(vec![main.into()]),
        cwd: Some(request.directory.clone()),
        dir: Some(".".to_owned()),
        format: Some(OutputFormat::Esm),
        platform: Some(Platform::Browser),
        code_splitting: Some(CodeSplittingMode::Bool(false)),
        sourcemap: Some(SourceMapType::Hidden),
        sourcemap_exclude_sources: Some(true),
        comments: Some(CommentsOptions { legal: false, annotation: false, jsdoc: false }),
        module_types: Some(module_types().into_iter().collect()),
        resolve: Some(resolution(request)),
        define: Some(defines(request).into_iter().collect()),
        transform: Some(transformation(request)),
        tsconfig: request.tsconfig.clone().map(TsConfig::Manual),
        checks: Some(checks()),
        keep_names: Some(true),
        // The code stays as it was written: inlining would move the places that stacks name.
        minify: Some(RawMinifyOptions::Bool(false)),
        experimental: Some(ExperimentalOptions {
            attach_debug_info: Some(AttachDebugInfo::None),
            ..ExperimentalOptions::default()
        }),
        ..BundlerOptions::default()
    }
}

/// As for wrangler, any JavaScript may contain JSX. Style sheets have no place in a Worker: importing one has
/// no effect.
fn module_types() -> [(String, ModuleType); 4] {
    let types = [
        ("js", ModuleType::Jsx),
        ("mjs", ModuleType::Jsx),
        ("cjs", ModuleType::Jsx),
        ("css", ModuleType::Empty),
    ];
    types.map(|(extension, module_type)| (extension.to_owned(), module_type))
}

fn resolution(request: &BundleRequest) -> ResolveOptions {
    let alias = request.aliases.iter().map(|(specifier, module)| {
        let module = match module.starts_with('.') {
            true => request.directory.join(module).to_string_lossy().into_owned(),
            false => module.clone(),
        };
        // The resolver takes a key as the start of a path unless a dollar sign ends it.
        (format!("{specifier}$"), vec![Some(module)])
    });
    ResolveOptions {
        alias: Some(alias.collect()),
        symlinks: Some(request.follows_links),
        condition_names: Some(CONDITIONS.map(str::to_owned).to_vec()),
        ..ResolveOptions::default()
    }
}

/// The user's definitions come last and so prevail.
fn defines(request: &BundleRequest) -> Vec<(String, String)> {
    let own = [
        ("process.env.NODE_ENV", "\"development\"".to_owned()),
        ("import.meta.url", MODULE_URL.to_owned()),
        ("import.meta", format!("{{\"url\": {MODULE_URL}}}")),
    ];
    own.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(request.defines.clone()).collect()
}

fn transformation(request: &BundleRequest) -> BundlerTransformOptions {
    let jsx = request.jsx_factory.clone().map(|factory| {
        Either::Right(JsxOptions {
            runtime: Some("classic".to_owned()),
            pragma: Some(factory),
            pragma_frag: request.jsx_fragment.clone(),
            ..JsxOptions::default()
        })
    });
    BundlerTransformOptions { jsx, target: Some(Either::Left(TARGET.to_owned())), ..Default::default() }
}

/// Warnings about the shape of the output concern nobody here.
fn checks() -> ChecksOptions {
    ChecksOptions {
        eval: Some(false),
        missing_global_name: Some(false),
        missing_name_option_for_iife_export: Some(false),
        invalid_annotation: Some(false),
        mixed_exports: Some(false),
        filename_conflict: Some(false),
        empty_import_meta: Some(false),
        prefer_builtin_feature: Some(false),
        could_not_clean_directory: Some(false),
        plugin_timings: Some(false),
        duplicate_shebang: Some(false),
        ineffective_dynamic_import: Some(false),
        large_barrel_modules: Some(false),
        sourcemap_broken: Some(false),
        ..ChecksOptions::default()
    }
}
