//! The one command of the shell: hands a call on to the station, unread.

use std::borrow::Cow;

use doorstep_station::{Failure, Station, rpc::Reply};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use tauri::{
    State,
    http::HeaderMap,
    ipc::{InvokeBody, Request, Response},
};

/// Names the station command.
const COMMAND: &str = "x-doorstep-command";
/// Holds the arguments when the body is raw bytes: JSON, percent-encoded, as on loopback.
const ARGS: &str = "x-doorstep-args";

/// Runs a station command: the body is its JSON arguments, or bytes with the arguments in a header.
///
/// # Errors
/// What the station answers, as `{code, message, …}`.
#[tauri::command]
pub async fn rpc(station: State<'_, Station>, request: Request<'_>) -> Result<Response, Failure> {
    let call = Call::read(request.headers(), request.body())?;
    Ok(
        match doorstep_station::rpc::call(&station, &call.command, call.args, call.body).await? {
            Reply::Json(json) => Response::new(json),
            Reply::Bytes { bytes, .. } => Response::new(bytes),
        },
    )
}

/// A call as the page sent it.
#[derive(Debug, PartialEq)]
struct Call {
    command: String,
    args: Value,
    body: Vec<u8>,
}

impl Call {
    fn read(headers: &HeaderMap, body: &InvokeBody) -> Result<Self, Failure> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let command = text(COMMAND)
            .ok_or_else(|| Failure::bad_request("no command"))?
            .to_owned();
        let (args, body) = match body {
            InvokeBody::Json(args) => (args.clone(), Vec::new()),
            InvokeBody::Raw(bytes) => (decode(text(ARGS).unwrap_or("{}"))?, bytes.clone()),
        };
        Ok(Self { command, args, body })
    }
}

fn decode(header: &str) -> Result<Value, Failure> {
    let json: Cow<'_, str> = percent_decode_str(header)
        .decode_utf8()
        .map_err(|_| Failure::bad_request("arguments are not UTF-8"))?;
    // What serde says could hold what was typed, so it is left out.
    serde_json::from_str(&json).map_err(|_| Failure::bad_request("arguments are not JSON"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn a_json_body_is_the_arguments() {
        let body = InvokeBody::Json(json!({"pin": "1234"}));
        let call = Call::read(&headers(&[(COMMAND, "unlock")]), &body).unwrap();
        assert_eq!(
            call,
            Call {
                command: "unlock".into(),
                args: json!({"pin": "1234"}),
                body: vec![]
            }
        );
    }

    #[test]
    fn bytes_carry_their_arguments_in_a_header() {
        let body = InvokeBody::Raw(vec![1, 2, 3]);
        let args = "%7B%22name%22%3A%22%E6%88%B7%E5%8F%A3%E7%B0%BF%22%7D";
        let call = Call::read(&headers(&[(COMMAND, "add_page"), (ARGS, args)]), &body).unwrap();
        assert_eq!(
            call,
            Call {
                command: "add_page".into(),
                args: json!({"name": "户口簿"}),
                body: vec![1, 2, 3]
            }
        );
    }

    #[test]
    fn nonsense_is_refused_without_repeating_it() {
        let raw = InvokeBody::Raw(vec![]);
        for (pairs, body) in [
            (vec![], InvokeBody::Json(json!({}))),
            (vec![(COMMAND, "add_page"), (ARGS, "%FF")], raw.clone()),
            (vec![(COMMAND, "add_page"), (ARGS, "{secret")], raw),
        ] {
            let failure = Call::read(&headers(&pairs), &body).unwrap_err();
            assert_eq!(failure.code, doorstep_station::FailureCode::BadRequest);
            assert!(!failure.message.contains("secret"));
        }
    }
}
