//! Bodies of content type `v8`: structured clones in the form in which the runtime keeps them.
//!
//! They are JSON. What JSON has no value for is an array that begins with what it is, such as `["date",0]`; all arrays
//! are such arrays. Objects are numbered in the order in which they begin, so that `["ref",0]` is the first again. Only
//! Workers make such bodies, but a body may come from elsewhere, with a file.

mod parts;
mod tags;

use serde_json::value::RawValue;

use self::parts::{Kind, Parts};
use super::json_text::{self, TooDeep};

/// A body is not a structured clone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body is not a structured clone as Workers send it with the content type v8: {0}")]
pub struct NotCloned(String);

/// Whether a Worker can read this body. The patterns of regular expressions are not looked at.
///
/// # Errors
///
/// Says what is wrong with the body.
pub fn check(body: &[u8]) -> Result<(), NotCloned> {
    let text = std::str::from_utf8(body).map_err(|_| NotCloned("it is not UTF-8".to_owned()))?;
    let value: &RawValue =
        serde_json::from_str(text).map_err(|error| NotCloned(format!("it is not JSON: {error}")))?;
    json_text::compact(text).map_err(|error: TooDeep| NotCloned(format!("it {error}")))?;
    Reading::default().value(value).map_err(NotCloned)
}

/// The objects that began so far; of buffers the length in bytes.
#[derive(Default)]
struct Reading {
    begun: Vec<Option<u64>>,
}

type Checked = Result<(), String>;

impl Reading {
    fn value(&mut self, value: &RawValue) -> Checked {
        match Kind::of(value) {
            Kind::Primitive => Ok(()),
            Kind::Object => {
                self.begun.push(None);
                self.properties(value)
            }
            Kind::Array => self.tagged(&Parts::of_array(value)?),
        }
    }

    fn properties(&mut self, object: &RawValue) -> Checked {
        Parts::of_object(object)?.values().try_for_each(|value| self.value(value))
    }

    fn all<'a>(&mut self, values: impl IntoIterator<Item = &'a RawValue>) -> Checked {
        self.begun.push(None);
        values.into_iter().try_for_each(|value| self.value(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(body: &str) -> String {
        check(body.as_bytes()).expect_err(body).0
    }

    #[test]
    fn what_workers_send_is_known() {
        for body in [
            r#"{"a":1.5,"b":"\ud800","\ud800":null,"__proto__":["undefined"]}"#,
            r#"["array",["number","-0"],["number","NaN"],["bigint","-12"],true]"#,
            r#"["map",1,["set",{}],"k",["ref",0]]"#,
            r#"["date",null]"#,
            r#"["date",-8640000000000000.5]"#,
            r#"["regexp","a+","gi"]"#,
            r#"["boxed",["bigint","1"]]"#,
            r#"["sparse",4294967295,{"3":{}}]"#,
            r#"["view","Uint16Array",["buffer","\u0000\u00ff\u0001\u0002"],2,1]"#,
            r#"["array",["buffer",""],["view","DataView",["ref",1],0,0]]"#,
            r#"["error","TypeError",{"message":"m","stack":"s","cause":["error","Error",{}]}]"#,
            r#"["exception","AbortError",{"message":"m"}]"#,
        ] {
            assert_eq!(check(body.as_bytes()), Ok(()), "{body}");
        }
    }

    #[test]
    fn what_no_worker_could_read_is_refused() {
        for body in [
            "junk",
            "1],[2",
            "",
            "[]",
            "[1]",
            r#"["nosuch",1]"#,
            r#"["bigint","x"]"#,
            r#"["bigint"]"#,
            r#"["ref",0]"#,
            r#"["array",["ref",-1]]"#,
            r#"["map",1]"#,
            r#"["date","x"]"#,
            r#"["regexp",1,""]"#,
            r#"["boxed",{}]"#,
            r#"["sparse",4294967296,{}]"#,
            r#"["sparse",1,[]]"#,
            r#"["buffer","\u0100"]"#,
            r#"["number","1"]"#,
            r#"["view","Uint16Array",["buffer","\u0000\u0000"],1,1]"#,
            r#"["view","Nothing",["buffer",""],0,0]"#,
            r#"["view","Uint8Array",["buffer","a"],0,2]"#,
            r#"["view","Uint8Array",{},0,0]"#,
            r#"["error","Nothing",{}]"#,
            r#"["exception","AbortError",{}]"#,
            r#"{"a":["nosuch"]}"#,
            r#"["undefined",1]"#,
        ] {
            problem(body);
        }
        assert_eq!(problem(r#"["nosuch",1]"#), "no value begins with [\"nosuch\"");
        assert_eq!(problem("[]"), "an array does not begin with what it is");
        assert!(check(b"\xff\xffo\"\x01").is_err(), "V8's own format");
        let nested = format!("{}{}", "{\"a\":".repeat(513), "1".to_owned() + &"}".repeat(513));
        assert_eq!(problem(&nested), "it is nested more than 512 levels deep");
    }
}
