//! Log drivers: those that keep the log here, and not without end.

use super::body::LogBody;
use crate::sandbox::policy::Refusal;
use crate::sandbox::policy::json::Unique;
use crate::text::tick;

/// The log settings that are sent; a driver that reaches out is refused, and so is a tag that is a template: the engine
/// would carry it out itself, at whatever length. `most` is for all files of a log together, in bytes.
pub(super) fn limited(asked: Option<&LogBody>, most: u64) -> Result<LogBody, Refusal> {
    let driver = asked
        .and_then(|log| log.r#type.as_deref())
        .filter(|driver| !driver.is_empty());
    let mut options = asked.and_then(|log| log.config.clone()).unwrap_or_default();
    // The engine's own default may be one that reaches out.
    let driver = driver.unwrap_or("json-file");
    if !matches!(driver, "json-file" | "local" | "none") {
        return Err(Refusal::not_allowed(
            format!("the log driver {}", tick(driver)),
            "`json-file`, `local` and `none` are there",
        ));
    }
    let files = options.0.get("max-file").map(|files| files.parse::<u8>());
    let files = files.and_then(Result::ok).unwrap_or(1).max(1);
    let most = most / u64::from(files);
    for (key, value) in &options.0 {
        let fine = match key.as_str() {
            "max-size" => bytes(value).is_some_and(|size| size <= most),
            "max-file" => value
                .parse::<u8>()
                .is_ok_and(|files| (1..=5).contains(&files)),
            "max-buffer-size" => bytes(value).is_some_and(|size| size <= 1 << 20),
            "mode" => matches!(value.as_str(), "blocking" | "non-blocking"),
            "compress" | "labels" | "labels-regex" | "env" | "env-regex" => true,
            "tag" => !value.contains("{{"),
            _ => false,
        };
        if !fine {
            return Err(Refusal::not_allowed(
                format!("the log option {}", tick(&format!("{key}={value}"))),
                "leave it out",
            ));
        }
    }
    if driver != "none" && most > 0 {
        let limit = options.0.entry("max-size".to_owned());
        limit.or_insert_with(|| format!("{most}b"));
    }
    Ok(LogBody {
        r#type: Some(driver.to_owned()),
        config: Some(Unique(options.0)),
    })
}

/// `10m`, `512k`, `1g`, `4194304b`, `4194304`.
fn bytes(text: &str) -> Option<u64> {
    let lower = text.trim().to_ascii_lowercase();
    let lower = lower.strip_suffix('b').unwrap_or(&lower);
    let (digits, shift) = match lower.char_indices().last()? {
        (at, 'k') => (&lower[..at], 10),
        (at, 'm') => (&lower[..at], 20),
        (at, 'g') => (&lower[..at], 30),
        _ => (lower, 0),
    };
    digits.parse::<u64>().ok()?.checked_mul(1 << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_docker_writes_them() {
        assert_eq!(bytes("10m"), Some(10 << 20));
        assert_eq!(bytes("1K"), Some(1024));
        assert_eq!(bytes("4194304b"), Some(4 << 20));
        assert_eq!(bytes("2kb"), Some(2048));
        assert_eq!(bytes("-1"), None);
        assert_eq!(bytes("unlimited"), None);
    }
}
