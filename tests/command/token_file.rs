//! `dev --api-token-file`.

use crate::support::session::{Session, run};
use crate::{project, texts};

#[test]
fn the_token_of_the_file_is_asked_for_and_never_printed() {
    let project = project();
    project.write("token", " s3cret\n");
    let config = project.path().join("my shop/wrangler.jsonc");
    let session = Session::start(&project, &["-c", config.to_str().unwrap(), "--api-token-file", "token"]);
    let target = "/cdn-cgi/api/client/v4/accounts/a/queues";
    let mut connection = session.connect();
    assert_eq!(connection.request("GET", target, &[], None).unwrap().head.status(), 403);
    let token = [("authorization", "Bearer s3cret")];
    assert_eq!(connection.request("GET", target, &token, None).unwrap().head.status(), 200);
    drop(connection);
    let transcripts = (session.output.transcript(), session.errors().transcript());
    assert!(!format!("{transcripts:?}").contains("s3cret"), "{transcripts:?}");
    session.stop();
}

#[test]
fn a_file_without_a_token_is_a_mistake() {
    let project = project();
    project.write("my shop/token", "two tokens\n");
    let output = run(&project.path().join("my shop"), &["dev", "--api-token-file", "token"]);
    let (_, errors) = texts(&output);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        errors,
        "error: the token file token has other than visible ASCII characters; it should hold one token\n"
    );
    let both = ["dev", "--api-token-file", "token", "--api-token", "x"];
    assert_eq!(run(&project.path().join("my shop"), &both).status.code(), Some(2));
}
