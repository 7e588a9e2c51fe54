//! The way from recipes to archives: resolve, fetch, unpack, mend, write. One image's failure leaves
//! the others alone.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::arch::Arch;
use super::archive::{Identity, Layer, pack};
use super::debian::{Apt, Package, unpack};
use super::error::ImageError;
use super::layer::sha256;
use super::npm::Tarball;
use super::recipe::{Bench, Recipe};
use super::store::{Record, Store};
use super::tree::Tree;

/// How archives are written; a change here makes every archive a new one.
const FORMAT: &str = concat!(
    "1\n",
    include_str!("archive.rs"),
    include_str!("layer.rs"),
    include_str!("tree.rs"),
    include_str!("recipes/accounts.rs"),
    include_str!("debian/unpack.rs"),
);

/// What happens while images are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The packages an image needs are being worked out.
    Resolving {
        /// The recipe's name.
        image: &'static str,
    },
    /// An archive made from the same recipe and packages is used again.
    Reused {
        /// The recipe's name.
        image: &'static str,
    },
    /// Packages are being fetched.
    Fetching {
        /// The recipe's name.
        image: &'static str,
        /// How many are not in the store yet.
        packages: usize,
    },
    /// Packages are being unpacked.
    Unpacking {
        /// The recipe's name.
        image: &'static str,
        /// How many.
        packages: usize,
    },
    /// The files are made to look and behave as in the official image.
    Mending {
        /// The recipe's name.
        image: &'static str,
    },
    /// The archive is being written.
    Writing {
        /// The recipe's name.
        image: &'static str,
    },
    /// The archive is in place.
    Done {
        /// The recipe's name.
        image: &'static str,
        /// The size of the archive.
        bytes: u64,
        /// From the first step to the last.
        took: Duration,
    },
}

/// An image in a file, ready to load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltImage {
    /// The recipe's name.
    pub name: &'static str,
    /// The names it stands for; the archive carries the first.
    pub tags: Vec<String>,
    /// The docker-archive file.
    pub archive: PathBuf,
    /// The size of the file.
    pub bytes: u64,
    /// The SHA-256 of the file, in hex.
    pub sha256: String,
}

/// What became of one recipe: its name, and the image or what stopped it.
pub type Made = (&'static str, Result<BuiltImage, ImageError>);

/// Makes the images of `recipes`, in their order, with packages and archives kept in `store`.
/// Blocks; takes seconds an image when nothing is in the store.
pub fn build(recipes: &[&'static Recipe], store: &Path, on: &dyn Fn(Notice)) -> Vec<Made> {
    let mut all = Vec::new();
    build_each(recipes, store, on, &mut |made| all.push(made));
    all
}

/// The same, each image handed over as soon as it is made. What images share is made once.
pub(super) fn build_each(
    recipes: &[&'static Recipe],
    store: &Path,
    on: &dyn Fn(Notice),
    each: &mut dyn FnMut(Made),
) {
    let room = Room::open(store, on);
    for recipe in recipes {
        let made = match &room {
            Ok(room) => room.image(recipe),
            Err(error) => Err(error.clone()),
        };
        each((recipe.name, made));
    }
}

/// What the images of one run share.
struct Room<'a> {
    store: Store,
    arch: Arch,
    on: &'a dyn Fn(Notice),
    apt: OnceCell<Result<Apt, ImageError>>,
    inputs: RefCell<HashMap<&'static str, Rc<Inputs>>>,
    bases: RefCell<HashMap<&'static str, Rc<Base>>>,
}

/// A base image's files and its layers, bottom to top.
struct Base {
    tree: Tree,
    layers: Vec<Rc<Layer>>,
}

/// What an image is made from, known before anything is fetched.
struct Inputs {
    packages: Vec<Package>,
    /// What the bases bring.
    beneath: Vec<Package>,
    versions: BTreeMap<String, String>,
    key: String,
}

impl<'a> Room<'a> {
    fn open(store: &Path, on: &'a dyn Fn(Notice)) -> Result<Self, ImageError> {
        Ok(Self {
            store: Store::open(store)?,
            arch: Arch::host()?,
            on,
            apt: OnceCell::new(),
            inputs: RefCell::default(),
            bases: RefCell::default(),
        })
    }

    fn image(&self, recipe: &'static Recipe) -> Result<BuiltImage, ImageError> {
        let started = Instant::now();
        (self.on)(Notice::Resolving { image: recipe.name });
        let inputs = self.inputs(recipe)?;
        let tag = recipe.tags[0];
        if let Some(record) = self.store.whole(tag, &inputs.key) {
            (self.on)(Notice::Reused { image: recipe.name });
            return Ok(self.built(recipe, record));
        }
        let made = self.make(recipe, &inputs)?;
        let layers: Vec<&Layer> = made.layers.iter().map(Rc::as_ref).collect();
        let config = self.with_bench(recipe, &inputs, |bench| Ok((recipe.config)(bench)))?;
        let identity = Identity {
            tag,
            key: &inputs.key,
            arch: self.arch,
            config: &config,
        };
        let record = self.store.keep(tag, &inputs.key, |mut out| {
            pack(&identity, &layers, &mut out)
        })?;
        let bytes = record.bytes;
        (self.on)(Notice::Done {
            image: recipe.name,
            bytes,
            took: started.elapsed(),
        });
        Ok(self.built(recipe, record))
    }

    fn built(&self, recipe: &Recipe, record: Record) -> BuiltImage {
        BuiltImage {
            name: recipe.name,
            tags: recipe.tags.iter().map(|tag| (*tag).to_owned()).collect(),
            archive: self.store.archive(recipe.tags[0]),
            bytes: record.bytes,
            sha256: record.sha256,
        }
    }

    /// The files and the layers of a base, made once a run.
    fn base(&self, recipe: &'static Recipe) -> Result<Rc<Base>, ImageError> {
        if let Some(base) = self.bases.borrow().get(recipe.name) {
            return Ok(Rc::clone(base));
        }
        let inputs = self.inputs(recipe)?;
        let base = Rc::new(self.make(recipe, &inputs)?);
        self.bases
            .borrow_mut()
            .insert(recipe.name, Rc::clone(&base));
        Ok(base)
    }

    /// The files of an image, and its layers: those of its base, and its own above them.
    fn make(&self, recipe: &'static Recipe, inputs: &Inputs) -> Result<Base, ImageError> {
        let base = recipe.base.map(|base| self.base(base)).transpose()?;
        let (beneath, mut layers) = match &base {
            Some(base) => (base.tree.clone(), base.layers.clone()),
            None => (Tree::default(), Vec::new()),
        };
        let tree = self.tree(recipe, inputs, beneath.clone())?;
        (self.on)(Notice::Writing { image: recipe.name });
        layers.push(Rc::new(self.layer(recipe, &tree.over(&beneath))?));
        Ok(Base { tree, layers })
    }

    /// All files of an image, those of the base among them.
    fn tree(
        &self,
        recipe: &'static Recipe,
        inputs: &Inputs,
        beneath: Tree,
    ) -> Result<Tree, ImageError> {
        let image = recipe.name;
        self.fetch(recipe, inputs)?;
        let packages = inputs.packages.len() + recipe.npm.len();
        (self.on)(Notice::Unpacking { image, packages });
        let mut tree = beneath;
        if !inputs.packages.is_empty() {
            let apt = self.apt()?;
            let files: Vec<PathBuf> = inputs.packages.iter().map(|deb| apt.file(deb)).collect();
            tree.lay(unpack(&files, recipe.left_out)?);
        }
        for package in recipe.npm {
            let tarball = Tarball::of(package, self.arch);
            tarball.unpack(&self.store.npm(), recipe.left_out, &mut tree)?;
        }
        (self.on)(Notice::Mending { image });
        self.with_bench(recipe, inputs, |bench| (recipe.mend)(&mut tree, bench))?;
        Ok(tree)
    }

    fn fetch(&self, recipe: &'static Recipe, inputs: &Inputs) -> Result<(), ImageError> {
        let image = recipe.name;
        let npm = self.store.npm();
        let mut debs = inputs.packages.clone();
        if !debs.is_empty() {
            let apt = self.apt()?;
            debs.retain(|package| !apt.has(package));
        }
        let mut tarballs: Vec<Tarball<'_>> = recipe
            .npm
            .iter()
            .map(|package| Tarball::of(package, self.arch))
            .collect();
        tarballs.retain(|tarball| !tarball.file(&npm).is_file());
        if debs.is_empty() && tarballs.is_empty() {
            return Ok(());
        }
        (self.on)(Notice::Fetching {
            image,
            packages: debs.len() + tarballs.len(),
        });
        if !debs.is_empty() {
            self.apt()?.fetch(image, &debs)?;
        }
        tarballs.iter().try_for_each(|tarball| tarball.fetch(&npm))
    }

    fn layer(&self, recipe: &Recipe, tree: &Tree) -> Result<Layer, ImageError> {
        let made_by = format!("sealegs images build {}", recipe.name);
        let scratch = self.store.scratch();
        Layer::write(tree, made_by, &scratch).map_err(|error| ImageError::store(&scratch, &error))
    }

    /// The packages an image needs over those of its base, and the key that follows from them.
    fn inputs(&self, recipe: &'static Recipe) -> Result<Rc<Inputs>, ImageError> {
        if let Some(inputs) = self.inputs.borrow().get(recipe.name) {
            return Ok(Rc::clone(inputs));
        }
        let base = recipe.base.map(|base| self.inputs(base)).transpose()?;
        let mut packages = match recipe.packages {
            [] => Vec::new(),
            wanted => self.apt()?.closure(recipe.name, wanted, recipe.without)?,
        };
        let mut beneath = Vec::new();
        if let Some(base) = &base {
            beneath.extend(base.beneath.iter().chain(&base.packages).cloned());
            packages.retain(|package| !beneath.contains(package));
        }
        let mut versions: BTreeMap<String, String> = packages
            .iter()
            .map(|p| (p.name.clone(), p.version.clone()))
            .collect();
        for package in recipe.npm {
            let tarball = Tarball::of(package, self.arch);
            versions.insert(package.name.to_owned(), tarball.version().to_owned());
        }
        let key = key(
            recipe,
            self.arch,
            &versions,
            base.as_ref().map_or("", |base| &base.key),
        );
        let inputs = Rc::new(Inputs {
            packages,
            beneath,
            versions,
            key,
        });
        self.inputs
            .borrow_mut()
            .insert(recipe.name, Rc::clone(&inputs));
        Ok(inputs)
    }

    /// apt, its lists read when the first image asks for packages.
    fn apt(&self) -> Result<&Apt, ImageError> {
        let opened = self
            .apt
            .get_or_init(|| Apt::open(&self.store.apt(), self.arch));
        opened.as_ref().map_err(Clone::clone)
    }

    fn with_bench<T>(
        &self,
        recipe: &Recipe,
        inputs: &Inputs,
        work: impl FnOnce(&Bench<'_>) -> Result<T, ImageError>,
    ) -> Result<T, ImageError> {
        let scratch = self.store.scratch();
        let folder =
            tempfile::tempdir_in(&scratch).map_err(|error| ImageError::store(&scratch, &error))?;
        work(&Bench {
            image: recipe.name,
            versions: &inputs.versions,
            scratch: folder.path(),
        })
    }
}

/// What an archive's bytes follow from, in 16 hex digits.
fn key(recipe: &Recipe, arch: Arch, versions: &BTreeMap<String, String>, base: &str) -> String {
    let versions: String = versions
        .iter()
        .map(|(name, version)| format!("{name}={version}\n"))
        .collect();
    let all = [FORMAT, recipe.text, arch.name(), &versions, base].join("\0");
    sha256(all.as_bytes())[..16].to_owned()
}
