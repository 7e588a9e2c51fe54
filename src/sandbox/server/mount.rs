//! The volumes and folders of a container that is made: under their own names, and where they really are.

use std::path::Path;

use super::Server;
use crate::sandbox::policy::Refusal;
use crate::sandbox::policy::container::{
    self, AskedBind, AskedVolume, HostBody, MountBody, Place, Plan, VolumeOptions, clean,
};
use crate::sandbox::policy::json::{Empty, Unique};
use crate::sandbox::policy::rules::Binds;

impl Server {
    /// Mounts volumes under their own names, and folders where they really are.
    pub(super) async fn mount(
        &self,
        plan: &mut Plan,
        host: &mut HostBody,
        of_image: Unique<Empty>,
    ) -> Result<(), Refusal> {
        let mut binds = Vec::new();
        let mut mounts = host.mounts.take().unwrap_or_default();
        for AskedBind { source, place } in std::mem::take(&mut plan.binds) {
            if let Binds::Carried(workspace) = &self.rules.binds {
                let below = source.strip_prefix(workspace).unwrap_or(&source);
                let carried = self.carried.get();
                let carried = carried.ok_or_else(|| Refusal::engine(503, "no workspace yet"))?;
                mounts.push(carried.mount(&source, below, place).await?);
                continue;
            }
            let source = self.real_folder(&source)?;
            put(place, &source, &mut binds, &mut mounts);
        }
        for AskedVolume {
            name,
            labels,
            place,
        } in std::mem::take(&mut plan.volumes)
        {
            let volume = self.make_volume(&name, labels).await?;
            put(place, volume.as_str(), &mut binds, &mut mounts);
        }
        // A volume without a name would carry no label, and could not be told from anybody's.
        let wanted = plan.anonymous.iter().chain(of_image.0.keys());
        for target in wanted {
            let target = clean(target);
            if plan.covered.contains(&target) {
                continue;
            }
            mounts.push(MountBody {
                r#type: Some("volume".to_owned()),
                target: Some(target.clone()),
                volume_options: Some(VolumeOptions {
                    labels: Some(Unique(self.labels.clone())),
                    ..VolumeOptions::default()
                }),
                ..MountBody::default()
            });
            plan.covered.push(target);
        }
        host.binds = Some(binds);
        host.mounts = Some(mounts);
        Ok(())
    }

    /// Where a folder of the host really is, its links followed: inside the workspace, or refused. What changes between
    /// here and the start cannot be seen from here.
    fn real_folder(&self, source: &Path) -> Result<String, Refusal> {
        let Binds::Inside(workspace) = &self.rules.binds else {
            let shown = crate::text::tick(&source.display().to_string());
            return Err(Refusal::not_allowed(
                format!("the host's {shown}"),
                "use a volume",
            ));
        };
        let shown = source.display().to_string();
        let unusable = |error: std::io::Error| {
            Refusal::engine(
                500,
                format!("cannot look at {}: {error}", crate::text::tick(&shown)),
            )
        };
        let workspace_really = std::fs::canonicalize(workspace).map_err(unusable)?;
        // What is not there yet has no links: the engine makes it, below what is there.
        let there = source
            .ancestors()
            .find(|path| path.symlink_metadata().is_ok())
            .unwrap_or(Path::new("/"));
        let real = std::fs::canonicalize(there).map_err(unusable)?;
        let rest = source.strip_prefix(there).unwrap_or(Path::new(""));
        if !real.starts_with(&workspace_really) {
            return Err(container::outside(&shown, workspace));
        }
        let real = match rest.as_os_str().is_empty() {
            true => real,
            false => real.join(rest),
        };
        match real.to_str() {
            Some(text) if !text.contains(':') => Ok(text.to_owned()),
            _ => Err(Refusal::unreadable("the name of a folder of the host")),
        }
    }
}

fn put(place: Place, source: &str, binds: &mut Vec<String>, mounts: &mut Vec<MountBody>) {
    match place {
        Place::Bind { target, options } => {
            let options = options.map(|options| format!(":{options}"));
            binds.push(format!("{source}:{target}{}", options.unwrap_or_default()));
        }
        Place::Mount(mount) => mounts.push(MountBody {
            source: Some(source.to_owned()),
            ..*mount
        }),
    }
}
