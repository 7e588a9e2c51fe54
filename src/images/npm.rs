//! Tarballs from the npm registry, fetched by the host's own client and under its own settings.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::arch::Arch;
use super::error::ImageError;
use super::recipe::NpmPackage;
use super::tree::{Owners, Tree, Unpacking};

/// A package for one processor.
pub(super) struct Tarball<'a> {
    pub(super) name: String,
    package: &'a NpmPackage,
}

impl<'a> Tarball<'a> {
    pub(super) fn of(package: &'a NpmPackage, arch: Arch) -> Self {
        Self {
            name: package.name.replace("{arch}", arch.npm()),
            package,
        }
    }

    pub(super) fn version(&self) -> &'static str {
        self.package.version
    }

    /// Where it lies in the store.
    pub(super) fn file(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}-{}.tgz", self.name, self.package.version))
    }

    /// Fetches it; the client checks it against the registry's digest. Nothing of it is run.
    pub(super) fn fetch(&self, folder: &Path) -> Result<(), ImageError> {
        let package = format!("{}@{}", self.name, self.package.version);
        // Fetched into a folder of its own: a tarball cut short never gets the final name.
        let aside =
            tempfile::tempdir_in(folder).map_err(|error| ImageError::store(folder, &error))?;
        let output = Command::new("npm")
            .args([
                "pack",
                "--ignore-scripts",
                "--silent",
                "--loglevel=error",
                &package,
            ])
            .current_dir(aside.path())
            .stdin(Stdio::null())
            .output()
            .map_err(|_| ImageError::Tool("npm".to_owned()))?;
        if !output.status.success() {
            if let Some(full) = ImageError::no_room(folder, &output.stderr) {
                return Err(full);
            }
            let text = String::from_utf8_lossy(&output.stderr);
            let told = text.lines().map(str::trim).find(|line| !line.is_empty());
            let reason = told.unwrap_or("npm failed and said nothing").to_owned();
            return Err(ImageError::Npm { package, reason });
        }
        let target = self.file(folder);
        std::fs::rename(self.file(aside.path()), &target)
            .map_err(|error| ImageError::store(&target, &error))
    }

    /// Unpacks it into the tree, for root whoever packed it.
    pub(super) fn unpack(
        &self,
        folder: &Path,
        left_out: &[&str],
        tree: &mut Tree,
    ) -> Result<(), ImageError> {
        let fault = |reason: String| ImageError::Unpack {
            file: self
                .file(folder)
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            reason,
        };
        let mut child = Command::new("gzip")
            .arg("-dc")
            .arg(self.file(folder))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|_| ImageError::Tool("gzip".to_owned()))?;
        let stream = child.stdout.take().expect("stdout is piped");
        let read = tree.unpack(
            stream,
            &Unpacking {
                owners: Owners::Root,
                strip: "package",
                into: self.package.into,
                left_out,
            },
        );
        let status = child.wait().map_err(|error| fault(error.to_string()))?;
        read.map_err(|error| fault(error.to_string()))?;
        if status.success() {
            Ok(())
        } else {
            Err(fault(format!("gzip ended with {status}")))
        }
    }
}
