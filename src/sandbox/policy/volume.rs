//! Which volumes may be made.

use serde::{Deserialize, Serialize};

use super::container::{DriverBody, no_own_labels, plain_driver, volume_name};
use super::json::Unique;
use super::{Refusal, json};

/// The body of a volume's creation, as it goes to the engine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::sandbox) struct VolumeBody {
    /// The name; empty where the engine makes one up.
    pub(in crate::sandbox) name: String,
    pub(in crate::sandbox) labels: Unique<String>,
}

/// Reads and judges the body of a volume's creation.
pub(in crate::sandbox) fn create(body: &[u8]) -> Result<VolumeBody, Refusal> {
    #[derive(Default, Deserialize)]
    #[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
    struct Asked {
        name: Option<String>,
        driver: Option<String>,
        driver_opts: Option<Unique<String>>,
        labels: Option<Unique<String>>,
        cluster_volume_spec: Option<serde_json::Value>,
    }
    let Asked {
        name,
        driver,
        driver_opts,
        labels,
        cluster_volume_spec,
    } = json::object(body)?;
    plain_driver(Some(DriverBody {
        name: driver,
        options: driver_opts,
    }))?;
    if cluster_volume_spec.is_some() {
        return Err(Refusal::not_allowed(
            "a volume of a swarm",
            "make a plain one",
        ));
    }
    let name = name.unwrap_or_default();
    if !name.is_empty() {
        volume_name(&name)?;
    }
    let labels = labels.unwrap_or_default();
    no_own_labels(labels.0.keys())?;
    Ok(VolumeBody { name, labels })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_local_volumes_are_made() {
        let plain =
            create(br#"{"Name":"data","Driver":"local","DriverOpts":{},"Labels":{"a":"b"}}"#);
        assert_eq!(plain.unwrap().name, "data");
        for body in [
            r#"{"Name":"x","Driver":"nfs"}"#,
            r#"{"Name":"x","DriverOpts":{"type":"none","o":"bind","device":"/"}}"#,
            r#"{"Name":"x","Labels":{"sealegs.sandbox":"x"}}"#,
            r#"{"Name":"../x"}"#,
            r#"{"Name":"x","ClusterVolumeSpec":{}}"#,
            r#"{"Name":"x","Driver":"local","Driver":"nfs"}"#,
        ] {
            assert!(create(body.as_bytes()).is_err(), "{body}");
        }
    }
}
