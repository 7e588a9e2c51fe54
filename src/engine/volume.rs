//! Volumes: made, looked at and removed.

use std::collections::{BTreeMap, HashMap};

use bollard::models::VolumeCreateRequest;
use bollard::query_parameters::{
    ListVolumesOptions, ListVolumesOptionsBuilder, RemoveVolumeOptionsBuilder,
};

use super::{Engine, EngineError, names};

/// One inspection of a volume.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VolumeFacts {
    /// Its name.
    pub name: String,
    /// `local`, or a plugin's name.
    pub driver: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// The folder with its files, on the engine's machine.
    pub folder: String,
}

impl Engine {
    /// Looks at a volume; `None` only when the engine says that there is none.
    pub async fn volume(&self, name: &str) -> Result<Option<VolumeFacts>, EngineError> {
        if !names::is_plausible(name) {
            return Ok(None);
        }
        let inspected = self.docker().inspect_volume(name).await;
        match inspected.map_err(|error| EngineError::of("inspect a volume", "volume", name, error))
        {
            Ok(volume) => Ok(Some(VolumeFacts {
                name: volume.name,
                driver: volume.driver,
                labels: volume.labels.into_iter().collect(),
                folder: volume.mountpoint,
            })),
            Err(EngineError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The name of a volume with this label, if there is one.
    pub async fn volume_labelled(
        &self,
        key: &str,
        value: &str,
    ) -> Result<Option<String>, EngineError> {
        let filters = HashMap::from([("label", vec![format!("{key}={value}")])]);
        let options = ListVolumesOptionsBuilder::default()
            .filters(&filters)
            .build();
        let listed = self.docker().list_volumes(Some(options)).await;
        let listed =
            listed.map_err(|error| EngineError::of("list the volumes", "volume", value, error))?;
        let mut volumes = listed.volumes.into_iter().flatten();
        Ok(volumes.next().map(|volume| volume.name))
    }

    /// The names of all volumes, sorted.
    pub async fn volumes(&self) -> Result<Vec<String>, EngineError> {
        let listed = self.docker().list_volumes(None::<ListVolumesOptions>).await;
        let listed =
            listed.map_err(|error| EngineError::of("list the volumes", "volume", "", error))?;
        let volumes = listed.volumes.unwrap_or_default().into_iter();
        let mut names: Vec<String> = volumes.map(|volume| volume.name).collect();
        names.sort();
        Ok(names)
    }

    /// Creates an empty volume; one that exists already is fine.
    pub async fn create_volume(
        &self,
        name: &str,
        labels: &BTreeMap<String, String>,
    ) -> Result<(), EngineError> {
        self.make_volume(name, labels, HashMap::new()).await
    }

    /// Creates a volume whose files are those of a folder of the engine's machine. The folder is looked for when the first
    /// container with the volume starts, and held for as long as one runs.
    pub async fn create_volume_of(
        &self,
        name: &str,
        labels: &BTreeMap<String, String>,
        folder: &str,
    ) -> Result<(), EngineError> {
        let options = [("type", "none"), ("o", "bind"), ("device", folder)];
        let options = options.map(|(key, value)| (key.to_owned(), value.to_owned()));
        self.make_volume(name, labels, options.into()).await
    }

    async fn make_volume(
        &self,
        name: &str,
        labels: &BTreeMap<String, String>,
        options: HashMap<String, String>,
    ) -> Result<(), EngineError> {
        let request = VolumeCreateRequest {
            name: Some(name.to_owned()),
            labels: Some(labels.clone().into_iter().collect()),
            driver_opts: (!options.is_empty()).then_some(options),
            ..Default::default()
        };
        let created = self.docker().create_volume(request).await;
        created
            .map(drop)
            .map_err(|error| EngineError::of("create a volume", "volume", name, error))
    }

    /// Removes a volume; one that is gone is fine.
    pub async fn remove_volume(&self, name: &str) -> Result<(), EngineError> {
        let options = RemoveVolumeOptionsBuilder::default().force(true).build();
        let removed = self.docker().remove_volume(name, Some(options)).await;
        match removed.map_err(|error| EngineError::of("remove a volume", "volume", name, error)) {
            Err(EngineError::NotFound { .. }) => Ok(()),
            other => other,
        }
    }
}
