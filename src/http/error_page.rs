//! What a client gets when a Worker throws.

use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Response, StatusCode};

use super::exchange::AnswerBody;
use crate::runtime::exception::Exception;
use crate::runtime::isolate::InvocationError;

/// A page for browsers, plain text for others; status 500.
pub fn render(error: &InvocationError, request: &HeaderMap) -> Response<AnswerBody> {
    let (content_type, body) = if wants_html(request) {
        ("text/html;charset=utf-8", html(error))
    } else {
        ("text/plain;charset=utf-8", text(error))
    };
    let mut answer = Response::new(AnswerBody::whole(body));
    *answer.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

fn wants_html(request: &HeaderMap) -> bool {
    request
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|accept| accept.to_str().ok())
        .any(|accept| accept.contains("text/html"))
}

fn text(error: &InvocationError) -> String {
    match error {
        InvocationError::Exception(exception) => format!("{exception}\n"),
        InvocationError::Died(reason) => format!("{reason}\n"),
    }
}

fn html(error: &InvocationError) -> String {
    let details = match error {
        InvocationError::Exception(exception) => exception_html(exception),
        InvocationError::Died(reason) => died_html(reason),
    };
    let kind = match error {
        InvocationError::Exception(_) => "The Worker threw an exception",
        InvocationError::Died(_) => "The Worker could not answer",
    };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{}</title>\n<style>{STYLE}</style>\n<main>\n<p>{kind}</p>\n{details}\n</main>\n</html>\n",
        escape(error.to_string().lines().next().unwrap_or_default())
    )
}

/// The first line as a headline; what follows, such as the diagnostics of a build, as it is.
fn died_html(reason: &str) -> String {
    match reason.split_once('\n') {
        None => format!("<h1>{}</h1>", escape(reason)),
        Some((headline, details)) => {
            format!("<h1>{}</h1><pre>{}</pre>", escape(headline), escape(details))
        }
    }
}

fn exception_html(exception: &Exception) -> String {
    let cause = exception
        .cause
        .as_ref()
        .map(|cause| format!("<section><p>Caused by</p>{}</section>", exception_html(cause)))
        .unwrap_or_default();
    let stack = match exception.stack.as_str() {
        "" => String::new(),
        stack => format!("<pre>{}</pre>", escape(stack)),
    };
    format!("<h1>{}</h1>{stack}{cause}", escape(&exception.headline()))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#222;background:#fff}\
main{max-width:60rem;margin:3rem auto;padding:0 1.5rem}h1{font-size:1.4rem;overflow-wrap:anywhere}\
p{color:#b00020;margin:0}pre{overflow:auto;padding:1rem;background:#f4f4f4;border-radius:.5rem}\
section{margin:1rem 0 0 1rem}@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}\
p{color:#ff8a80}pre{background:#262626}}";

#[cfg(test)]
mod tests {
    use super::*;

    fn thrown() -> InvocationError {
        InvocationError::Exception(Exception {
            name: "TypeError".into(),
            message: "<b> is not a function".into(),
            stack: "    at fetch (src/index.ts:3:5)".into(),
            cause: Some(Box::new(Exception { message: "deeper".into(), ..Exception::default() })),
        })
    }

    #[test]
    fn browsers_get_a_page_with_everything_escaped() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("text/html,*/*"));
        let answer = render(&thrown(), &headers);
        assert_eq!(answer.status(), 500);
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/html;charset=utf-8");
        let page = html(&thrown());
        assert!(page.contains("TypeError: &lt;b&gt; is not a function"), "{page}");
        assert!(page.contains("src/index.ts:3:5") && page.contains("deeper"), "{page}");
    }

    #[test]
    fn a_worker_without_code_shows_what_is_wrong_with_it() {
        let page = html(&InvocationError::Died("Worker \"w\" has no code that runs yet.\nerror: <b>".into()));
        assert!(page.contains("<h1>Worker &quot;w&quot; has no code that runs yet.</h1>"), "{page}");
        assert!(page.contains("<pre>error: &lt;b&gt;</pre>"), "{page}");
    }

    #[test]
    fn others_get_plain_text() {
        let answer = render(&thrown(), &HeaderMap::new());
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/plain;charset=utf-8");
        let text = text(&thrown());
        assert_eq!(
            text,
            "TypeError: <b> is not a function\n    at fetch (src/index.ts:3:5)\n  [cause]: deeper\n"
        );
    }
}
