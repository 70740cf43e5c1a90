//! Workers that call each other.

use super::*;
use crate::runtime::services::ServiceTarget;
use crate::runtime::setup::SetupService;

const TARGET: &str = "import { WorkerEntrypoint, RpcTarget } from 'cloudflare:workers';
    let calls = 0;
    export default class extends WorkerEntrypoint {
        #secret = 1;
        own = 'hidden';
        async fetch(request) {
            const url = new URL(request.url);
            if (url.pathname === '/throw') throw new RangeError('too far');
            if (url.pathname === '/redirect') return Response.redirect('http://other/end', 302);
            if (url.pathname === '/stream') return new Response(request.body, { headers: { 'x-from': 'target' } });
            return new Response(`${request.method} ${request.url} ${request.headers.get('x-test')} ${await request.text()}`);
        }
        add(a, b) { return a + b; }
        echo(value) { return value; }
        get count() { return ++calls; }
        fail() { throw new TypeError('no'); }
        strange() { throw new (class Odd extends Error { name = 'Odd'; })('different'); }
        counter() { return new (class Counter extends RpcTarget {})(); }
        callback() { return () => 1; }
        props() { return this.ctx.props; }
        greeting() { return this.env.GREETING + ' ' + this.#secret; }
        async later() { this.ctx.waitUntil(new Promise((done) => setTimeout(done, 1))); return 'later'; }
    }
    export class Admin extends WorkerEntrypoint {
        fetch(request) { return new URL(request.url).pathname === '/props' ? Response.json(this.ctx.props) : new Response('admin'); }
        name() { return 'Admin'; }
        props() { return this.ctx.props; }
    }
    export const plain = { twice(value, env) { return env.GREETING + value * 2; }, fetch: () => new Response('plain') };";

/// A Worker that evaluates the path's body against `env`, with bindings to [`TARGET`] and itself.
async fn caller(body: &str) -> (Harness, Worker) {
    let source = format!(
        "import {{ WorkerEntrypoint }} from 'cloudflare:workers';
        export default class extends WorkerEntrypoint {{
            async fetch(request) {{
                const {{ env }} = this;
                if (new URL(request.url).pathname === '/self') return new Response('myself');
                {body}
            }}
        }}"
    );
    let (worker, recorder) = Harness::unloaded();
    let target = Worker::new("target", worker.environment().clone(), recorder.clone());
    for worker in [&worker, &target] {
        worker.environment().services.add(worker);
    }
    target.load(blueprint(TARGET).await).await.expect("the target starts");
    let bindings = [
        ("OTHER", "target", None),
        ("ADMIN", "target", Some("Admin")),
        ("PLAIN", "target", Some("plain")),
        ("NOBODY", "target", Some("Nobody")),
        ("SELF", "test", None),
        ("GONE", "gone", None),
    ];
    let mut blueprint = blueprint(&source).await;
    for (binding, service, entrypoint) in bindings {
        let entrypoint = entrypoint.map(str::to_owned);
        let props = (binding == "ADMIN").then(|| r#"{"role":"admin"}"#.into());
        blueprint
            .services
            .insert(binding.into(), ServiceTarget { service: service.into(), entrypoint, props });
        blueprint.setup.services.push(SetupService { binding: binding.into() });
    }
    worker.load(blueprint).await.expect("the caller starts");
    (Harness { worker, recorder }, target)
}

/// What an expression over `env` and `request` comes to, as JSON, or what it throws.
async fn evaluate(expression: &str) -> String {
    let body = format!(
        "try {{ return Response.json(await (async () => ({expression}))()); }}
         catch (error) {{ return new Response(`${{error instanceof Error}} ${{error}}`); }}"
    );
    let (harness, _target) = caller(&body).await;
    harness.get("/").await.expect("an answer").1
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_reach_the_other_worker_and_its_answer_comes_back() {
    for (expression, expected) in [
        ("await (await env.OTHER.fetch(request)).text()", r#""GET http://localhost:8787/ yes ""#),
        (
            "await (await env.OTHER.fetch('http://other/a?b', { method: 'PUT', body: 'text', headers: { 'x-test': 1 } })).text()",
            r#""PUT http://other/a?b 1 text""#,
        ),
        ("await (await env.ADMIN.fetch('http://other/')).text()", r#""admin""#),
        ("await (await env.PLAIN.fetch('http://other/')).text()", r#""plain""#),
        ("await (await env.SELF.fetch('http://other/self')).text()", r#""myself""#),
        (
            "await (async (r) => [r.status, r.redirected, r.url, await r.text()])(await env.OTHER.fetch('http://other/redirect'))",
            r#"[200,true,"http://other/end","GET http://other/end null "]"#,
        ),
        ("(await env.OTHER.fetch('http://other/redirect', { redirect: 'manual' })).status", "302"),
        ("await env.OTHER.fetch('http://other/throw')", "true RangeError: too far"),
        (
            "await env.NOBODY.fetch('http://other/')",
            "true TypeError: Worker \"test\" has no entrypoint \"Nobody\": it exports Admin, default, plain.",
        ),
        (
            "await env.GONE.fetch('http://x/')",
            "true Error: The worker \"gone\" is no longer part of this session.",
        ),
    ] {
        assert_eq!(evaluate(expression).await, expected, "{expression}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_are_called_with_structured_clones() {
    for (expression, expected) in [
        ("await env.OTHER.add(1, 2)", "3"),
        ("await env.OTHER.greeting()", r#""hello 1""#),
        ("await env.OTHER.later()", r#""later""#),
        ("await env.ADMIN.name()", r#""Admin""#),
        ("await env.PLAIN.twice(4)", r#""hello8""#),
        ("await env.ADMIN.props()", r#"{"role":"admin"}"#),
        ("await (await env.ADMIN.fetch('http://other/props')).json()", r#"{"role":"admin"}"#),
        ("await env.OTHER.props()", "{}"),
        ("await env.OTHER.count", "1"),
        (
            "((v) => [v.when instanceof Date, v.bytes instanceof Uint8Array && v.bytes[1], v.map.get('a'), v.self === v, v.none])(
                await env.OTHER.echo((() => { const v = { when: new Date(0), bytes: new Uint8Array([1, 2]), map: new Map([['a', 3n.toString()]]), none: undefined }; v.self = v; return v; })()))",
            r#"[true,2,"3",true,null]"#,
        ),
        ("await Promise.all([1, 2, 3].map((n) => env.OTHER.add(n, n)))", "[2,4,6]"),
        ("typeof env.OTHER.anything", r#""function""#),
    ] {
        assert_eq!(evaluate(expression).await, expected, "{expression}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_cannot_be_made_say_why() {
    for (expression, expected) in [
        ("await env.OTHER.fail()", "true TypeError: no"),
        ("await env.OTHER.strange()", "true Error: Odd: different"),
        ("await env.OTHER.own()", "true TypeError: The RPC receiver does not implement the method \"own\"."),
        (
            "await env.OTHER.toString()",
            "true TypeError: The RPC receiver does not implement the method \"toString\".",
        ),
        (
            "await env.OTHER.queue()",
            "true TypeError: 'queue' is a reserved method and cannot be called over RPC.",
        ),
        ("await env.OTHER.count()", "true TypeError: \"count\" is not a function."),
        (
            "await env.PLAIN.twice(1, 2)",
            "true TypeError: Methods of a plain object get one argument over RPC; use a class that extends WorkerEntrypoint.",
        ),
    ] {
        assert_eq!(evaluate(expression).await, expected, "{expression}");
    }
    let refused = "(qemu-dev passes the arguments and results of RPC by structured clone: no functions, RpcTargets or streams)";
    for expression in [
        "await env.OTHER.echo(() => 1)",
        "await env.OTHER.callback()",
        "await env.OTHER.counter()",
        "await env.OTHER.echo(new ReadableStream())",
        "await env.OTHER.echo(env.ADMIN)",
    ] {
        let said = evaluate(expression).await;
        assert!(said.contains("could not be cloned.") && said.ends_with(refused), "{expression}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_stream_both_ways() {
    let body = "const { readable, writable } = new TransformStream();
        const writer = writable.getWriter();
        const answer = await env.OTHER.fetch('http://other/stream', { method: 'POST', body: readable });
        const reader = answer.body.getReader();
        const seen = [answer.headers.get('x-from')];
        for (const word of ['one', 'two']) {
            writer.write(new TextEncoder().encode(word));
            seen.push(new TextDecoder().decode((await reader.read()).value));
        }
        writer.close();
        seen.push((await reader.read()).done);
        return Response.json(seen);";
    let (harness, _target) = caller(body).await;
    assert_eq!(harness.get("/").await.expect("an answer").1, r#"["target","one","two",true]"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_target_is_replaced_without_its_callers_and_waited_for() {
    let (harness, target) = caller("return Response.json(await env.OTHER.add(1, 2));").await;
    assert_eq!(harness.get("/").await.expect("an answer").1, "3");
    let hold = target.hold_requests();
    let mut waiting = Box::pin(harness.get("/"));
    let early = tokio::time::timeout(Duration::from_millis(50), &mut waiting).await;
    assert!(early.is_err(), "answered before the reload: {early:?}");
    target.load(blueprint(&TARGET.replace("a + b", "a * b")).await).await.expect("the target starts");
    drop(hold);
    assert_eq!(waiting.await.expect("an answer").1, "2");
    assert!(harness.recorder.lines().is_empty(), "{:?}", harness.recorder.lines());
}
