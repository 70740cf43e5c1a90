//! Errors as the Worker itself reads them, through the real engine.

use super::*;

/// What a handler whose body is `statements` answers.
async fn answer(statements: &str) -> String {
    let source = format!("export default {{ async fetch() {{ {statements} }} }}");
    Harness::new(&source).await.get("/").await.expect("answered").1
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_those_of_v8_where_the_engine_says_as_much() {
    let said = answer(
        "const uses = [() => undefined.a, () => null.a.b, () => { undefined['a b'] = 1; }, () => [...undefined],
            () => missing, () => { const read = () => later; const first = read(); let later = 1; return [first, later]; }, () => `${Symbol('s')}`, () => new Array(-1),
            () => { throw new TypeError('cannot be'); }, () => JSON.stringify(1n), () => { const a = []; a[0] = a; return JSON.stringify(a); },
            () => [].reduce((a) => a), () => Headers.prototype.get.call({}, 'a').length,
            () => { class Own { #state = 1; static read(value) { return value.#state; } } return Own.read({}); }];
        return Response.json(uses.map((use) => { try { return use(); } catch (error) { return String(error); } }));",
    )
    .await;
    assert_eq!(
        serde_json::from_str::<Vec<String>>(&said).expect("a list"),
        [
            "TypeError: Cannot read properties of undefined (reading 'a')",
            "TypeError: Cannot read properties of null (reading 'a')",
            "TypeError: Cannot set properties of undefined (setting 'a b')",
            "TypeError: undefined is not iterable (cannot read property Symbol(Symbol.iterator))",
            "ReferenceError: missing is not defined",
            "ReferenceError: Cannot access 'later' before initialization",
            "TypeError: Cannot convert a Symbol value to a string",
            "RangeError: Invalid array length",
            "TypeError: cannot be",
            "TypeError: Do not know how to serialize a BigInt",
            "TypeError: Converting circular structure to JSON",
            "TypeError: Reduce of empty array with no initial value",
            "TypeError: Illegal invocation: function called with incorrect `this` reference. See \
            https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.",
            "TypeError: Cannot read private member #state from an object whose class did not declare it",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn stacks_begin_with_the_message_and_name_nothing_of_the_runtime() {
    let said = answer(
        "class Refused extends Error { constructor(...values) { super(...values); this.name = 'Refused'; } }
        function fail() { throw new Refused('not now'); }
        try { [1].map(fail); } catch (error) { return new Response(error.stack); }",
    )
    .await;
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[0], "Error: not now", "{said}");
    assert!(lines.iter().any(|line| line.starts_with("    at fail (worker.js:")), "{said}");
    assert!(lines.contains(&"    at map (native)"), "{said}");
    assert!(lines[1..].iter().all(|line| line.contains("worker.js:") || line.contains("(native)")), "{said}");
    assert!(!said.contains("__qemu_dev") && !said.contains("invocation"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_of_the_worker_gets_its_call_sites() {
    let said = answer(
        "const before = Error.prepareStackTrace;
        Error.prepareStackTrace = (error, sites) => `${error.message}:${sites[0].getFunctionName()}`;
        function place() { return new Error('m').stack; }
        const own = place();
        Error.prepareStackTrace = undefined;
        return Response.json([before === undefined, own, place().startsWith('Error: m\\n    at place (')]);",
    )
    .await;
    assert_eq!(said, r#"[true,"m:place",true]"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn logged_errors_have_their_present_name_and_places_in_the_users_files() {
    let harness = Harness::new(
        "export default { async fetch() {
            const error = new Error('late'); error.name = 'Renamed'; console.error(error); console.log(error.stack);
            console.error(new DOMException('gone', 'AbortError'));
            return new Response('ok'); } }",
    )
    .await;
    harness.get("/").await.expect("answered");
    let lines = harness.recorder.lines();
    assert!(lines[0].starts_with("Renamed: late\n    at fetch ("), "{lines:?}");
    assert!(lines[0].contains("index.ts:2:"), "{lines:?}");
    assert!(
        lines[1].starts_with("Error: late\n    at fetch (") && lines[1].contains("index.ts:2:"),
        "{lines:?}"
    );
    assert!(lines[2].starts_with("AbortError: gone\n    at fetch ("), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_is_a_property_of_the_error_like_any_other() {
    let said = answer(
        "const error = new Error('m');
        const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(error, 'stack');
        const text = JSON.parse(JSON.stringify(error, Object.getOwnPropertyNames(error))).stack;
        error.stack = undefined;
        const replaced = error.stack;
        delete error.stack;
        const plain = {}; Error.captureStackTrace(plain);
        return Response.json([writable, enumerable, configurable, text.startsWith('Error: m\\n    at fetch'), replaced === undefined,
            'stack' in error, Object.hasOwn(plain, 'stack'), Object.hasOwn(structuredClone(new TypeError('a')), 'stack')]);",
    )
    .await;
    assert_eq!(said, "[true,false,true,true,true,false,true,true]");
}

#[tokio::test(flavor = "multi_thread")]
async fn places_are_the_users_in_whatever_is_logged_around_an_error() {
    let harness = Harness::new(
        "export default { async fetch() {
            console.error(new Error('one'), 'tail');
            console.error(Object.assign(new Error('coded'), { code: 5 }));
            console.error(new Error('outer', { cause: new Error('inner') }));
            console.log(JSON.stringify({ stack: new Error('kept').stack }));
            return new Response('ok'); } }",
    )
    .await;
    harness.get("/").await.expect("answered");
    let lines = harness.recorder.lines();
    assert!(lines.iter().all(|line| !line.contains("worker.js:")), "{lines:?}");
    for (line, place, rest) in
        [(0, "index.ts:2:", " tail"), (1, "index.ts:3:", " {"), (2, "index.ts:4:", " {")]
    {
        let frame = lines[line].lines().nth(1).expect("a frame");
        assert!(frame.contains(place) && frame.ends_with(rest), "{frame}");
    }
    assert!(
        lines[2].contains("\n      at fetch (") || lines[2].contains("\n        at fetch ("),
        "{lines:?}"
    );
    assert!(lines[3].contains("\\n    at fetch (") && lines[3].contains("index.ts:5:"), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn code_from_strings_is_refused_in_handlers_only() {
    let harness = Harness::new(
        "const compiled = new Function('a', 'return a + 1');
        (0, eval)('1 + 1');
        export default { async fetch() {
            const attempts = [() => (0, eval)('1'), () => eval('1'), () => eval(5), () => new Function('return 1'),
                () => (() => {}).constructor('return 1'), () => (async () => {}).constructor('return 1'),
                () => (function* () {}).constructor(''), () => (async function* () {}).constructor('')];
            const said = attempts.map((attempt) => { try { return attempt(); } catch (error) { return String(error); } });
            return Response.json([compiled(1), [...new Set(said)], (() => {}) instanceof Function, Function.name,
                (() => {}).constructor === Function, typeof new Function()]);
        } }",
    )
    .await;
    assert_eq!(
        harness.get("/").await.expect("answered").1,
        r#"[2,["EvalError: Code generation from strings disallowed for this context",5],true,"Function",true,"function"]"#
    );
}
