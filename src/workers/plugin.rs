//! What the bundler asks us: where an import leads, and the code of modules that are no files of code.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rolldown_common::{EcmaModuleAstUsage, ImportKind, ModuleInfo, ModuleType, NormalModule};
use rolldown_plugin::{
    HookLoadArgs, HookLoadOutput, HookLoadReturn, HookNoopReturn, HookResolveIdArgs, HookResolveIdOutput,
    HookResolveIdReturn, HookTransformAstArgs, HookTransformAstReturn, HookUsage, Plugin, PluginContext,
    PluginContextResolveOptions, SharedLoadPluginContext,
};

use super::awaits;
use super::findings::{Findings, Reason, Unresolved};
use super::import_site;
use super::links;
use super::modules;
use super::request::BundleRequest;
use super::rules::asset_kind;
use super::virtual_module::{Code, VirtualModule};

/// Our side of the bundler, for one build.
#[derive(Debug)]
pub(super) struct WorkersPlugin {
    request: BundleRequest,
    findings: Arc<Findings>,
    passes_awaits: bool,
}

impl WorkersPlugin {
    /// With `passes_awaits`, the runtime sees every `await`; see [`awaits`].
    pub fn new(request: BundleRequest, findings: Arc<Findings>, passes_awaits: bool) -> Self {
        Self { request, findings, passes_awaits }
    }

    /// The real path of the file that is imported as an asset. A bare path may start at the importing file,
    /// as wrangler reads it.
    async fn asset_file(&self, context: &PluginContext, args: &HookResolveIdArgs<'_>) -> Option<String> {
        let specifier = args.specifier.strip_suffix("?module").unwrap_or(args.specifier);
        let beside = Path::new(args.importer?).parent()?.join(specifier);
        if beside.is_file() {
            return beside.canonicalize().ok()?.into_os_string().into_string().ok();
        }
        let resolved =
            context.resolve(specifier, args.importer, Some(options(args.kind))).await.ok()?.ok()?;
        Some(resolved.id.to_string()).filter(|id| Path::new(id).is_file())
    }

    /// What stands in for a module of Node.js that is not provided, where a package imports it: most of them have
    /// it in code that a Worker does not reach. What a package does without, it goes on doing without.
    async fn absent_for_package(
        &self,
        context: &PluginContext,
        importer: &str,
        args: &HookResolveIdArgs<'_>,
    ) -> Option<HookResolveIdOutput> {
        let package = modules::package_of(Path::new(importer))?;
        let module = modules::node_module(args.specifier).filter(|_| self.request.nodejs_compat)?;
        if context
            .resolve(args.specifier, args.importer, Some(options(args.kind)))
            .await
            .is_ok_and(|found| found.is_ok())
            || is_handled(importer, args.specifier)
        {
            return None;
        }
        self.note_unresolved(importer, args, Reason::AbsentForPackage);
        Some(HookResolveIdOutput::from_id(VirtualModule::Absent { package: &package, module: &module }.id()))
    }

    /// What stands in for an import that leads nowhere, so that the build goes on to the next problem.
    fn unresolved(
        &self,
        importer: &str,
        args: &HookResolveIdArgs<'_>,
        reason: Reason,
    ) -> HookResolveIdOutput {
        self.note_unresolved(importer, args, reason);
        HookResolveIdOutput::from_id(VirtualModule::Missing(args.specifier).id())
    }

    fn note_unresolved(&self, importer: &str, args: &HookResolveIdArgs<'_>, reason: Reason) {
        self.findings.add_unresolved(Unresolved {
            importer: PathBuf::from(importer),
            specifier: args.specifier.to_owned(),
            dynamic: args.kind == ImportKind::DynamicImport,
            reason,
        });
    }
}

impl Plugin for WorkersPlugin {
    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed("workers")
    }

    fn register_hook_usage(&self) -> HookUsage {
        HookUsage::ResolveId | HookUsage::Load | HookUsage::ModuleParsed | HookUsage::TransformAst
    }

    async fn resolve_id(&self, context: &PluginContext, args: &HookResolveIdArgs<'_>) -> HookResolveIdReturn {
        let Some(importer) = args.importer.filter(|importer| !importer.starts_with('\0')) else {
            return Ok(None);
        };
        if let Some(module) = modules::provided(args.specifier, self.request.nodejs_compat) {
            if module == awaits::CONTEXT_MODULE {
                self.findings.see_contexts();
            }
            return Ok(Some(runtime_module(module, args.kind)));
        }
        // What packages import of each other is theirs.
        if !importer.contains("/node_modules/") {
            self.findings.add_links(links::of_import(Path::new(importer), args.specifier));
        }
        if let Some(kind) = asset_kind(&self.request.rules, args.specifier)
            && let Some(file) = self.asset_file(context, args).await
        {
            return Ok(Some(HookResolveIdOutput::from_id(VirtualModule::Asset(kind, &file).id())));
        }
        if let Some(absent) = self.absent_for_package(context, importer, args).await {
            return Ok(Some(absent));
        }
        if !matches!(args.kind, ImportKind::Import | ImportKind::DynamicImport) {
            return Ok(None);
        }
        match context.resolve(args.specifier, args.importer, Some(options(args.kind))).await? {
            Ok(resolved) if resolved.external.is_external() => {
                Ok(Some(self.unresolved(importer, args, Reason::Url)))
            }
            Ok(resolved) => Ok(Some(HookResolveIdOutput::from_resolved_id(resolved))),
            Err(error) => Ok(Some(self.unresolved(importer, args, Reason::from_message(&error.to_string())))),
        }
    }

    async fn load(&self, _context: SharedLoadPluginContext, args: &HookLoadArgs<'_>) -> HookLoadReturn {
        let Some(module) = VirtualModule::from_id(args.id) else {
            return Ok(None);
        };
        if let Some(file) = module.file() {
            self.findings.add_asset(file);
        }
        let (code, module_type) = match module.code(&self.findings)? {
            Code::JavaScript(code) => (code, ModuleType::Js),
            Code::Text(text) => (text, ModuleType::Text),
        };
        let module_type = Some(module_type);
        Ok(Some(HookLoadOutput { code: code.into(), module_type, ..HookLoadOutput::default() }))
    }

    async fn transform_ast(
        &self,
        _context: &PluginContext,
        mut args: HookTransformAstArgs<'_>,
    ) -> HookTransformAstReturn {
        if self.passes_awaits {
            args.ast.program.with_mut(|fields| awaits::pass_operands(fields.program, fields.allocator));
        }
        Ok(args.ast)
    }

    async fn module_parsed(
        &self,
        _context: &PluginContext,
        _info: Arc<ModuleInfo>,
        module: &NormalModule,
    ) -> HookNoopReturn {
        if module.ecma_view.ast_usage.contains(EcmaModuleAstUsage::TopLevelAwait) {
            self.findings.see_top_level_await();
        }
        Ok(())
    }
}

/// A static import stays one, for [`super::script`] to translate.
fn runtime_module(module: &str, kind: ImportKind) -> HookResolveIdOutput {
    match kind {
        ImportKind::Require => HookResolveIdOutput::from_id(VirtualModule::Required(module).id()),
        ImportKind::DynamicImport => {
            HookResolveIdOutput::from_id(VirtualModule::ImportedDynamically(module).id())
        }
        _ => HookResolveIdOutput { external: Some(true.into()), ..HookResolveIdOutput::from_id(module) },
    }
}

/// Whether the file says what happens without the module.
fn is_handled(importer: &str, specifier: &str) -> bool {
    let text = std::fs::read_to_string(importer).unwrap_or_default();
    import_site::find(&text, specifier).is_some_and(|site| import_site::failure_is_handled(&text, &site))
}

fn options(import_kind: ImportKind) -> PluginContextResolveOptions {
    PluginContextResolveOptions { import_kind, ..PluginContextResolveOptions::default() }
}
