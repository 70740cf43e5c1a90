//! Packages from npm, as Workers use them: each in a `fetch()` that produces and in a `queue()` that consumes.
//!
//! They are installed by `npm ci` in this folder, which `.ci/run` does; without that these tests are ignored.

#[path = "../support/mod.rs"]
mod support;

mod stand_in;

use std::path::Path;

use support::project::Project;
use support::session::Session;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/packages");

/// Runs `workers/{name}.js`: what its `fetch()` answers, then what its `queue()` prints.
fn check(name: &str, answered: &str, consumed: &str) {
    let installed = Path::new(FOLDER).join("node_modules");
    assert!(installed.is_dir(), "the packages are not there: run `npm ci` in tests/packages");
    let configuration = format!(
        r#"{{
            "name": "{name}", "main": "{FOLDER}/workers/{name}.js",
            "compatibility_date": "2026-01-01", "compatibility_flags": ["nodejs_compat"],
            "queues": {{
                "producers": [{{ "binding": "QUEUE", "queue": "q" }}],
                "consumers": [{{ "queue": "q", "max_batch_timeout": 1 }}]
            }}
        }}"#
    );
    let project = Project::new(&[("wrangler.json", &configuration)]);
    let session = Session::start(&project, &["--var", &format!("STAND_IN:{}", stand_in::start())]);
    assert_eq!(session.text("/"), answered, "{name} in fetch()");
    assert_eq!(session.output.wait_for("consumed …"), format!("consumed {consumed}"), "{name} in queue()");
}

macro_rules! packages {
    ($($name:ident: $answered:literal, $consumed:literal;)*) => {
        $(#[test]
        #[ignore = "needs `npm ci` in tests/packages"]
        fn $name() {
            check(stringify!($name), $answered, $consumed);
        })*
    };
}

packages! {
    archives:
        r#"[["a.txt","folder/","folder/b.txt"],true]"#,
        r#"["first",600,"first","across"]"#;
    aws4fetch:
        r#""Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31""#,
        r#"[200,{"signed":true,"body":"content"}]"#;
    clients:
        r#"[{"body":{"a":1},"test":"yes"},["HTTPError",404]]"#,
        r#"["OK",{"a":1}]"#;
    data:
        r#"[[[9,8,5,3],[2,1]],{"odd":[9,5,3,1],"even":[8,2]}]"#,
        r#"["12345678901234567890","1970-01-01T00:00:00.000Z",{},3,["name","when","tags"]]"#;
    dates:
        r#"["Friday, 2nd January 2026","mardi 3 février 2026"]"#,
        r#"["2026-03-04T10:00:00.000Z","in 5 days",{"days":5}]"#;
    documents:
        r#"["Title","https://example.com/1",[{"name":"a, b","count":1},{"name":"c","count":2}],{"retries":3,"hosts":["a","b"],"nested":{"key":"value","same":"value"}}]"#,
        r#"[2,"two",["h1","ul"],"a:\n  - 1\n  - b: null\n","x,y\r\n\"1,2\",\"\"\"\""]"#;
    drizzle:
        r#"{"sql":"select \"id\" from \"orders\" where (\"orders\".\"customer\" = ? and \"orders\".\"total\" > ?)","params":["a",5]}"#,
        r#"[[["insert into \"orders\" (\"id\", \"customer\", \"total\") values (null, ?, ?) on conflict (\"orders\".\"id\") do update set \"total\" = total + 1 returning \"id\", \"customer\", \"total\"",["b",7],"all"]],{"id":1,"customer":"b","total":7}]"#;
    effect:
        "3",
        r#"[[2,4,6],"caught refused"]"#;
    graphql:
        r#"[null,"Cannot query field \"nothing\" on type \"Query\".",{"order":"order 2"}]"#,
        r#"{"ship":true}"#;
    hono:
        "[401,400,202]",
        r#"["7",3]"#;
    identifiers:
        r#""dd2c1780-811a-5296-81c5-178a0ef488bc""#,
        "[true,true,true,1,true,true,4,7,16]";
    jose:
        r#"[6,4,"ERR_JWT_EXPIRED"]"#,
        r#"[["HS256","RS256","PS384","ES256","ES512","EdDSA"],["hidden","hidden","hidden","hidden"]]"#;
    jsonwebtoken:
        r#""JsonWebTokenError""#,
        r#"[[1,null],[2,null],[3,null],[4,"you"]]"#;
    openai:
        r#"["hi",[404,"NotFoundError"]]"#,
        r#""hello""#;
    pages:
        r#"["Orders",[["/1","one"],["/2","two"]],"<a rel=\"nofollow\" href=\"/1\">one</a><a href=\"/2\">two</a><hr>"]"#,
        r#"["<order id=\"7\"><item>a</item><item>b</item></order>",{"order":{"item":["a","b"],"@_id":"7"}}]"#;
    p_queue:
        "[[2,4,6,8,10],2]",
        "[[12,14,16],1]";
    resend:
        r#"[null,"not_found"]"#,
        r#"[{"id":"email-1"},null]"#;
    robots:
        r#"[["https://example.com/sitemap.xml"],5]"#,
        "[true,false,true]";
    routing:
        r#"[[200,{"found":"root"}],[200,{"id":"5","page":"2"}],[404,{"status":404,"error":"nothing here"}]]"#,
        r#"["one","no JSON"]"#;
    stripe:
        r#""cus_1""#,
        r#"["invoice.paid","StripeSignatureVerificationError"]"#;
    toucan:
        r#"[[["TypeError","in fetch",{"queue":"q"}]],[200]]"#,
        r#"[[["RangeError","in queue",{"queue":"q"}]],[200]]"#;
    webhooks:
        r#""v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=""#,
        r#"[{"type":"user.created"},{"type":"user.created"},"No matching signature found"]"#;
    zones:
        r#"["2026 Jan 01 19:00 -05:00","June 1, 2026"]"#,
        r#"["2026-01-02T00:01:01.000Z","1:01","3 days ago"]"#;
    zod:
        r#"[false,["id","email","placed","kind.type"]]"#,
        r#"["2026-01-02T00:00:00.000Z",[],{"type":"new"}]"#;
}
