//! `WebAssembly` inside a Worker, through the real engine.

use super::*;

/// Processor time for tests of other things, in milliseconds.
const AMPLE_CPU_MS: u64 = 30_000;

/// A Worker that imports `module`, in the text format, as `wasm`.
async fn worker(module: &str, source: &str, cpu_ms: u64) -> Harness {
    let module = wat::parse_str(module).expect("a valid module");
    let source = format!("import wasm from './module.wasm';\n{source}");
    let files: [(&str, &[u8]); 2] = [("index.ts", source.as_bytes()), ("module.wasm", &module)];
    Harness::of(Blueprint { cpu_ms, ..blueprint_from(&files, &[]).await }).await
}

/// What `expression`, a function of nothing, gives as JSON; exceptions as `Name: message`.
async fn evaluate(module: &str, statements: &str) -> String {
    let source = format!(
        "const attempt = (use) => {{ try {{ return use(); }} catch (error) {{ return `${{error.name}}: ${{error.message}}`; }} }};
        const bigints = (key, value) => typeof value === 'bigint' ? `${{value}}n` : value;
        export default {{ fetch() {{
            const run = () => {{ {statements} }};
            return new Response(JSON.stringify(attempt(run), bigints));
        }} }}"
    );
    worker(module, &source, AMPLE_CPU_MS).await.get("/").await.expect("answered").1
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_go_in_and_out_by_their_types() {
    let module = r#"(module
        (func (export "i32") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
        (func (export "i64") (param i64) (result i64) (i64.mul (local.get 0) (i64.const -3)))
        (func (export "f32") (param f32) (result f32) (local.get 0))
        (func (export "f64") (param f64) (result f64) (f64.sqrt (local.get 0)))
        (func (export "swap") (param i32 f64) (result f64 i32) (local.get 1) (local.get 0))
        (func (export "none")))"#;
    let statements = "const { exports: e } = new WebAssembly.Instance(wasm);
        return [e.i32(0x7fffffff, '1'), e.i64(2n ** 62n), e.f32(0.1), e.f64(2), e.swap(7, 1.5), e.none() === undefined,
            e.i32.length, e.i32 === e.i32, Object.isFrozen(e), attempt(() => e.i64(1)), attempt(() => new e.none())];";
    assert_eq!(
        evaluate(module, statements).await,
        "[-2147483648,\"4611686018427387904n\",0.10000000149011612,1.4142135623730951,[1.5,7],true,2,true,true,\
         \"TypeError: cannot convert to bigint\",\"TypeError: not a constructor\"]"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_is_shared_in_both_directions_and_detached_when_it_grows() {
    let module = r#"(module
        (import "env" "seen" (func $seen (param i32)))
        (memory (export "memory") 2 4)
        (data (i32.const 8) "hello")
        (func (export "upper") (param $at i32) (param $end i32)
            (loop $next
                (i32.store8 (local.get $at) (i32.and (i32.load8_u (local.get $at)) (i32.const 0xdf)))
                (local.set $at (i32.add (local.get $at) (i32.const 1)))
                (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
            (call $seen (i32.load8_u (i32.const 100000)))
            (i32.store8 (i32.const 9) (i32.const 33)))
        (func (export "grow") (result i32) (memory.grow (i32.const 1))))"#;
    let statements = "let during;
        const { memory, upper, grow } = new WebAssembly.Instance(wasm, { env: { seen(value) {
            during = [value, text(8, 13)];
            new Uint8Array(memory.buffer)[12] = 63;
        } } }).exports;
        const text = (from, to) => new TextDecoder().decode(new Uint8Array(memory.buffer, from, to - from));
        const view = new Uint8Array(memory.buffer);
        const before = [text(8, 13), memory.buffer.byteLength, memory.buffer === view.buffer];
        view[100000] = 42;
        upper(8, 13);
        const after = [text(8, 13), String.fromCharCode(...view.subarray(8, 13)), view[100000]];
        const grown = [grow(), view.length, memory.buffer.byteLength, text(8, 13), memory.grow(1), memory.buffer.byteLength];
        return { before, during, after, grown, too: attempt(() => memory.grow(1)), failed: grow() };";
    assert_eq!(
        evaluate(module, statements).await,
        "{\"before\":[\"hello\",131072,true],\"during\":[42,\"HELLO\"],\"after\":[\"H!LL?\",\"H!LL?\",42],\
         \"grown\":[2,0,196608,\"H!LL?\",3,262144],\
         \"too\":\"RangeError: WebAssembly.Memory.grow(): Maximum memory size exceeded\",\"failed\":-1}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_through_a_view_that_nobody_keeps_are_not_lost() {
    let module = r#"(module (memory (export "memory") 1)
        (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0))))"#;
    let statements = "const { memory, load } = new WebAssembly.Instance(wasm).exports;
        new Uint8Array(memory.buffer)[5] = 50;
        const first = load(5);
        new Uint8Array(memory.buffer)[5] = 51;
        return [first, load(5), new Uint8Array(memory.buffer)[5]];";
    assert_eq!(evaluate(module, statements).await, "[50,51,51]");
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_call_back_into_the_module_and_exceptions_go_through_it() {
    let module = r#"(module
        (import "env" "f" (func $f (param i32) (result i32)))
        (import "env" "pair" (func $pair (result i32 i64)))
        (func (export "down") (param i32) (result i32)
            (if (result i32) (i32.eqz (local.get 0))
                (then (i32.const 1000))
                (else (i32.add (call $f (i32.sub (local.get 0) (i32.const 1))) (i32.const 1)))))
        (func (export "pair") (result i64) (call $pair) (drop) (i64.extend_i32_s)))"#;
    let statements = "const { exports } = new WebAssembly.Instance(wasm, { env: {
            f(n) { if (n === 3) throw new RangeError('three'); return exports.down(n); },
            pair: () => [5, 6n],
        } });
        const fails = attempt(() => exports.down(6));
        return [exports.down(2), fails, exports.down(1), exports.pair()];";
    assert_eq!(evaluate(module, statements).await, "[1002,\"RangeError: three\",1001,\"5n\"]");
}

#[tokio::test(flavor = "multi_thread")]
async fn recursion_through_imports_without_end_is_an_exception() {
    let module = r#"(module (import "env" "f" (func $f)) (func (export "g") (call $f)) (func $r (export "r") (call $r)))"#;
    let statements = "const { exports } = new WebAssembly.Instance(wasm, { env: { f() { exports.g(); } } });
        return [attempt(() => exports.g()), attempt(() => exports.r()), attempt(() => exports.g())];";
    let expected = "\"RangeError: Maximum call stack size exceeded\"";
    assert_eq!(evaluate(module, statements).await, format!("[{expected},{expected},{expected}]"));
}

#[tokio::test(flavor = "multi_thread")]
async fn traps_are_runtime_errors_in_the_words_of_v8() {
    let module = r#"(module (memory 1) (table 1 funcref)
        (func (export "unreachable") unreachable)
        (func (export "load") (result i32) (i32.load (i32.const 65536)))
        (func (export "divide") (result i32) (i32.div_u (i32.const 1) (i32.const 0)))
        (func (export "convert") (result i32) (i32.trunc_f64_s (f64.const 1e20)))
        (func (export "indirect") (call_indirect (i32.const 0)))
        (func (export "beyond") (call_indirect (i32.const 9))))"#;
    let statements = "const { exports } = new WebAssembly.Instance(wasm);
        const is = attempt(() => { try { exports.load(); } catch (error) {
            return error instanceof WebAssembly.RuntimeError && error instanceof Error; } });
        return [is, ...Object.values(exports).map((use) => attempt(use))];";
    assert_eq!(
        evaluate(module, statements).await,
        "[true,\"RuntimeError: unreachable\",\"RuntimeError: memory access out of bounds\",\"RuntimeError: divide by zero\",\
         \"RuntimeError: integer overflow\",\
         \"RuntimeError: null function or function signature mismatch\",\"RuntimeError: table index is out of bounds\"]"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_hold_functions_and_values_of_javascript() {
    let module = r#"(module
        (table (export "functions") 2 funcref)
        (table (export "values") 1 10 externref)
        (elem (i32.const 0) $seven)
        (func $seven (export "seven") (result i32) (i32.const 7))
        (func (export "call") (param i32) (result i32) (call_indirect (result i32) (local.get 0)))
        (func (export "same") (param externref) (result externref) (local.get 0))
        (func (export "keep") (param externref) (table.set 1 (i32.const 0) (local.get 0)))
        (func (export "grow") (result i32) (table.grow 1 (ref.null extern) (i32.const 2))))"#;
    let statements = "const { exports: e } = new WebAssembly.Instance(wasm);
        const object = { a: 1 };
        e.functions.set(1, e.functions.get(0));
        e.keep(object);
        const values = [e.values.get(0) === object, e.same(object) === object, e.same(undefined) === undefined, e.same(null)];
        e.values.set(0, 'text');
        for (let count = 0; count < 5000; count++) e.same({ count });
        return { called: e.call(1), same: e.functions.get(0) === e.seven, values, kept: e.values.get(0), grown: e.grow(),
            length: [e.values.length, e.values.grow(2, 5), e.values.get(4)], null: attempt(() => e.functions.set(0)),
            beyond: attempt(() => e.functions.get(2)), foreign: attempt(() => e.functions.set(0, () => 1)), call: attempt(() => e.call(0)) };";
    assert_eq!(
        evaluate(module, statements).await,
        "{\"called\":7,\"same\":true,\"values\":[true,true,true,null],\"kept\":\"text\",\"grown\":1,\"length\":[3,3,5],\
         \"beyond\":\"RangeError: WebAssembly.Table.get(): invalid address 2 in funcref table of size 2\",\
         \"foreign\":\"TypeError: WebAssembly.Table.set(): Argument 1 is invalid for table: function-typed object expected\",\
         \"call\":\"RuntimeError: null function or function signature mismatch\"}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_made_by_javascript_link_instances_together() {
    let module = r#"(module
        (import "env" "memory" (memory 1)) (import "env" "table" (table 1 funcref))
        (import "env" "count" (global $count (mut i32))) (import "env" "big" (global $big i64))
        (func (export "store") (i32.store8 (i32.const 0) (global.get $count)) (global.set $count (i32.const 9)))
        (func $big (export "big") (result i64) (global.get $big)) (elem (i32.const 0) $big))"#;
    let statements = "const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 });
        const table = new WebAssembly.Table({ element: 'anyfunc', initial: 1 });
        const count = new WebAssembly.Global({ value: 'i32', mutable: true }, 5);
        const { exports } = new WebAssembly.Instance(wasm, { env: { memory, table, count, big: 8n } });
        exports.store();
        return [new Uint8Array(memory.buffer)[0], count.value, exports.big(), table.get(0)(), table.get(0) === exports.big,
            attempt(() => { new WebAssembly.Global({ value: 'f64' }).value = 1; }),
            attempt(() => new WebAssembly.Instance(wasm)),
            attempt(() => new WebAssembly.Instance(wasm, {})),
            attempt(() => new WebAssembly.Instance(wasm, { env: {} })),
            attempt(() => new WebAssembly.Instance(wasm, { env: { memory, table, count: 1, big: 8n } })) ];";
    assert_eq!(
        evaluate(module, statements).await,
        "[5,9,\"8n\",\"8n\",true,\
         \"TypeError: set WebAssembly.Global.value: Can't set the value of an immutable global.\",\
         \"TypeError: WebAssembly.Instance(): Imports argument must be present and must be an object\",\
         \"TypeError: WebAssembly.Instance(): Import #0 \\\"env\\\": module is not an object or function\",\
         \"LinkError: WebAssembly.Instance(): Import #0 \\\"env\\\" \\\"memory\\\": memory import must be a WebAssembly.Memory object\",\
         \"LinkError: WebAssembly.Instance(): Import #2 \\\"env\\\" \\\"count\\\": global import must be a number, valid Wasm reference, or WebAssembly.Global object\"]"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn modules_describe_themselves_and_bytes_are_not_compiled() {
    let module = r#"(module (import "a" "b" (func)) (memory (export "m") 1) (@custom "note" "text"))"#;
    let source = "const attempt = async (use) => { try { return await use(); } catch (error) { return `${error.name}: ${error.message}`; } };
        export default { async fetch() {
            const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
            const [section] = WebAssembly.Module.customSections(wasm, 'note');
            const { exports } = await WebAssembly.instantiate(wasm, { a: { b() {} } });
            return Response.json([wasm instanceof WebAssembly.Module, WebAssembly.Module.imports(wasm), WebAssembly.Module.exports(wasm),
                new TextDecoder().decode(section), WebAssembly.validate(bytes), WebAssembly.validate(new Uint8Array(8)),
                exports.m instanceof WebAssembly.Memory, String(wasm), await attempt(() => WebAssembly.compile(bytes)),
                await attempt(() => WebAssembly.instantiate(bytes)), await attempt(() => new WebAssembly.Module(bytes))]);
        } };";
    let harness = worker(module, source, AMPLE_CPU_MS).await;
    assert_eq!(
        harness.get("/").await.expect("answered").1,
        "[true,[{\"module\":\"a\",\"name\":\"b\",\"kind\":\"function\"}],[{\"name\":\"m\",\"kind\":\"memory\"}],\"text\",true,false,true,\
         \"[object WebAssembly.Module]\",\
         \"CompileError: WebAssembly.compile(): Wasm code generation disallowed by embedder\",\
         \"CompileError: WebAssembly.instantiate(): Wasm code generation disallowed by embedder\",\
         \"CompileError: WebAssembly.Module(): Wasm code generation disallowed by embedder\"]"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn modules_are_held_to_the_limits_of_their_isolate() {
    let module = r#"(module (memory (export "memory") 1)
        (func (export "loop") (loop $again (br $again)))
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#;
    let source = "let count = 0;
        export default { fetch(request) {
            const { exports } = new WebAssembly.Instance(wasm);
            if (request.url.endsWith('/loop')) exports.loop();
            return Response.json([++count, exports.grow(100), exports.grow(3000)]);
        } };";
    let harness = worker(module, source, 500).await;
    assert_eq!(harness.get("/").await.expect("answered").1, "[1,1,-1]");
    let looped = harness.get("/loop").await.expect_err("stopped").to_string();
    assert!(looped.contains("CPU time limit"), "{looped}");
    assert_eq!(harness.get("/").await.expect("answered").1, "[1,1,-1]");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_module_fails_the_start_by_name() {
    let blueprint = blueprint_from(
        &[("index.ts", b"import wasm from './broken.wasm'; export default { fetch() { return new Response(wasm); } }"),
          ("broken.wasm", b"\0asm\x09")],
        &[],
    );
    let (worker, _recorder) = Harness::unloaded();
    let error = worker.load(blueprint.await).await.expect_err("does not start").to_string();
    assert!(error.contains("CompileError: broken.wasm:"), "{error}");
}
