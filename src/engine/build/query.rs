//! A build's settings as the query of its request.

use super::{BuildRequest, Builder, Cache};
use crate::engine::Product;

/// The processor quota's period, microseconds: the kernel's default.
const CPU_PERIOD: u64 = 100_000;

/// `/build?…`.
pub(super) fn path(request: &BuildRequest, product: Product) -> String {
    let mut pairs: Vec<(&str, String)> = vec![
        (
            "version",
            if request.builder == Builder::Classic {
                "1"
            } else {
                "2"
            }
            .to_owned(),
        ),
        ("dockerfile", request.dockerfile.clone()),
        ("rm", "1".to_owned()),
        ("forcerm", "1".to_owned()),
        ("networkmode", "none".to_owned()),
    ];
    if request.builder == Builder::BuildKit {
        pairs.push(("labels", object(&request.labels)));
    }
    if let Some(tag) = &request.tag {
        pairs.push(("t", tag.clone()));
    }
    if let Some(target) = &request.target {
        pairs.push(("target", target.clone()));
    }
    if request.cache == Cache::Ignore {
        pairs.push(("nocache", "1".to_owned()));
    }
    let mut args = request.args.clone();
    if request.builder == Builder::BuildKit && !request.cache_namespace.is_empty() {
        args.push((
            "BUILDKIT_CACHE_MOUNT_NS".to_owned(),
            request.cache_namespace.clone(),
        ));
    }
    pairs.push(("buildargs", object(&args)));
    let limits = &request.limits;
    if limits.memory > 0 {
        pairs.push(("memory", limits.memory.to_string()));
        pairs.push(("memswap", limits.memory.to_string()));
    }
    if limits.cpus > 0.0 {
        pairs.push(("cpuperiod", CPU_PERIOD.to_string()));
        pairs.push((
            "cpuquota",
            ((limits.cpus * CPU_PERIOD as f64) as u64).to_string(),
        ));
    }
    // Podman reads this key in a form of its own.
    if limits.pids > 0 && request.builder == Builder::Classic && product == Product::Docker {
        // A build step takes no process limit of its own. `nproc` counts a user's processes over the whole
        // machine and not root's at all, but it does hold back what runs under USER.
        let ulimit =
            serde_json::json!([{"Name": "nproc", "Soft": limits.pids, "Hard": limits.pids}]);
        pairs.push(("ulimits", ulimit.to_string()));
    }
    let query: Vec<String> = pairs
        .into_iter()
        .map(|(key, value)| format!("{key}={}", encoded(&value)))
        .collect();
    format!("/build?{}", query.join("&"))
}

fn object(pairs: &[(String, String)]) -> String {
    let map: serde_json::Map<String, serde_json::Value> = pairs
        .iter()
        .map(|(key, value)| (key.clone(), value.clone().into()))
        .collect();
    serde_json::Value::Object(map).to_string()
}

fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(builder: Builder) -> BuildRequest {
        BuildRequest {
            cache_namespace: "n1".into(),
            args: vec![("A".into(), "b&c".into())],
            ..BuildRequest::new("context.tar".into(), builder)
        }
    }

    #[test]
    fn a_build_has_no_network_and_leaves_no_container() {
        for builder in [Builder::Classic, Builder::BuildKit] {
            let path = path(&request(builder), Product::Docker);
            for part in ["networkmode=none", "rm=1", "forcerm=1"] {
                assert!(path.contains(part), "{path}");
            }
        }
    }

    #[test]
    fn values_cannot_add_settings() {
        let path = path(&request(Builder::Classic), Product::Docker);
        assert!(
            path.contains("buildargs=%7B%22A%22%3A%22b%26c%22%7D"),
            "{path}"
        );
    }

    #[test]
    fn cache_mounts_are_kept_apart_where_there_are_any() {
        assert!(
            path(&request(Builder::BuildKit), Product::Docker).contains("BUILDKIT_CACHE_MOUNT_NS")
        );
        assert!(
            !path(&request(Builder::Classic), Product::Docker).contains("BUILDKIT_CACHE_MOUNT_NS")
        );
    }
}
