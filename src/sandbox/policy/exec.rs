//! What may be run in a running container.

use serde::{Deserialize, Serialize};

use super::json::Words;
use super::{Refusal, json};

/// The body of an exec's creation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::sandbox) struct ExecBody {
    pub(in crate::sandbox) user: Option<String>,
    #[serde(skip_serializing)]
    privileged: Option<bool>,
    pub(in crate::sandbox) tty: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    console_size: Option<[u32; 2]>,
    pub(in crate::sandbox) attach_stdin: Option<bool>,
    pub(in crate::sandbox) attach_stderr: Option<bool>,
    pub(in crate::sandbox) attach_stdout: Option<bool>,
    pub(in crate::sandbox) detach: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detach_keys: Option<String>,
    pub(in crate::sandbox) env: Option<Vec<String>>,
    pub(in crate::sandbox) working_dir: Option<String>,
    pub(in crate::sandbox) cmd: Option<Words>,
    /// docker-py names the container here too.
    #[serde(skip_serializing, rename = "Container")]
    container: Option<String>,
}

/// Reads and judges the body of an exec's creation.
pub(in crate::sandbox) fn create(body: &[u8]) -> Result<ExecBody, Refusal> {
    let mut asked: ExecBody = json::object(body)?;
    if asked.privileged.take() == Some(true) {
        return Err(Refusal::not_allowed(
            "a privileged exec",
            "it would hold the whole machine: leave out `--privileged`",
        ));
    }
    asked.container = None;
    Ok(asked)
}

/// The body of an exec's start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::sandbox) struct ExecStart {
    pub(in crate::sandbox) detach: Option<bool>,
    pub(in crate::sandbox) tty: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    console_size: Option<[u32; 2]>,
}

/// Reads the body of an exec's start.
pub(in crate::sandbox) fn start(body: &[u8]) -> Result<ExecStart, Refusal> {
    match body.trim_ascii() {
        b"" => Ok(ExecStart::default()),
        body => json::object(body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exec_never_gets_privileges() {
        let plain = create(br#"{"Privileged":false,"Cmd":["true"]}"#).unwrap();
        let sent = serde_json::to_value(&plain).unwrap();
        assert_eq!(sent.get("Privileged"), None);
        for body in [
            r#"{"Privileged":true,"Cmd":["sh"]}"#,
            r#"{"privileged":true,"Cmd":["sh"]}"#,
            r#"{"Privileged":false,"Privileged":true,"Cmd":["sh"]}"#,
        ] {
            assert!(create(body.as_bytes()).is_err(), "{body}");
        }
    }
}
