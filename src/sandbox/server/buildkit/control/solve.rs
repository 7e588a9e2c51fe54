//! What of a build may be asked of BuildKit: each part of its request is judged, and what is sent is made of those.

use std::collections::HashMap;

use hyper::Response;

use super::{Call, Failed, denied};
use crate::outcome::JournalCall;
use crate::sandbox::policy::Refusal;
use crate::sandbox::policy::call::{Builder, Context};
use crate::sandbox::policy::frontend::{self, FRONTEND};
use crate::sandbox::policy::rules::{Downloads, Outward};
use crate::sandbox::server::build::Facts;
use crate::sandbox::server::buildkit::messages::{
    CacheOptions, Exporter, PartialSolve, Solve, SourcePolicy, SourceRule, SourceSelector,
};
use crate::sandbox::server::context;
use crate::sandbox::server::stream::Body;
use crate::text::tick;

impl Call<'_> {
    /// A build as it may be sent.
    pub(super) async fn solve_allowed(
        &self,
        asked: Solve,
        note: &mut JournalCall,
    ) -> Result<Solve, Refusal> {
        // Every field is named: one that is added to the shape must be thought about here.
        let Solve {
            reference,
            definition,
            exporter,
            exporter_attrs,
            session,
            frontend,
            frontend_attrs,
            cache,
            entitlements,
            frontend_inputs,
            internal,
            source_policy: _,
            exporters,
            enable_session_exporter,
        } = asked;
        no_graph(definition.as_deref(), &frontend_inputs)?;
        if !entitlements.is_empty() {
            return Err(Refusal::not_allowed(
                format!("a build with the rights {}", tick(&entitlements.join(", "))),
                "leave out `--allow`",
            ));
        }
        if enable_session_exporter {
            return Err(Refusal::not_allowed(
                "an output that the client decides on later",
                "name it with `--output`",
            ));
        }
        if session.is_empty() {
            return Err(Refusal::unreadable("a build without a session"));
        }
        if reference.is_empty() {
            return Err(Refusal::unreadable("a build without a reference"));
        }
        // Whoever knows another's reference finds nothing by it.
        let reference = self.server.session_name(&reference);
        let session = self.server.session_name(&session);
        let frontend_attrs = match frontend.as_str() {
            // The client puts it together itself: part by part, each of them looked at.
            "" => HashMap::new(),
            FRONTEND => self.attributes(&session, frontend_attrs, note).await?,
            other => return Err(foreign_frontend(other)),
        };
        let mut sent = Solve {
            reference: reference.clone(),
            session: session.clone(),
            frontend,
            frontend_attrs,
            internal,
            cache: Some(cache_allowed(cache.unwrap_or_default())?),
            source_policy: self.source_policy(),
            ..Solve::default()
        };
        let old = (!exporter.is_empty()).then_some(Exporter {
            kind: exporter,
            attrs: exporter_attrs,
        });
        if let Some(old) = old {
            let old = self.export(old, note)?;
            sent.exporter = old.kind;
            sent.exporter_attrs = old.attrs;
        }
        for exporter in exporters {
            sent.exporters.push(self.export(exporter, note)?);
        }
        // What is refused is nobody's build.
        self.server.builds.join(&reference, &session);
        Ok(sent)
    }

    fn export(&self, asked: Exporter, note: &mut JournalCall) -> Result<Exporter, Refusal> {
        let export = frontend::export(&asked.kind, asked.attrs)?;
        let mut attrs: HashMap<String, String> = export.attributes.into_iter().collect();
        let mut names = Vec::new();
        for written in &export.names {
            note.objects.push(crate::outcome::JournalObject {
                kind: "image".to_owned(),
                name: written.clone(),
            });
            let (repository, tag) = self.server.place(written, "")?;
            names.push(format!("{repository}:{tag}"));
        }
        if !names.is_empty() {
            attrs.insert("name".to_owned(), names.join(","));
        }
        Ok(Exporter {
            kind: export.kind,
            attrs,
        })
    }

    /// The frontend's attributes as they are sent; what the Dockerfile's reading depends on is noted first.
    async fn attributes(
        &self,
        session: &str,
        asked: HashMap<String, String>,
        note: &mut JournalCall,
    ) -> Result<HashMap<String, String>, Refusal> {
        let told = frontend::told(asked)?;
        let server = self.server;
        // An engine that does not know build contexts would take their names for images.
        const CONTEXTS_FROM: u32 = 23;
        let has_contexts = !told.folders.is_empty() || !told.images.is_empty();
        if has_contexts && server.engine.info().major < CONTEXTS_FROM {
            return Err(Refusal::not_allowed(
                "a build context of its own",
                "this engine's builder does not know `--build-context`",
            ));
        }
        server.platform(&told.platform)?;
        let mut attributes: HashMap<String, String> = told.attributes.into_iter().collect();
        for (key, value) in &attributes {
            if let Some(name) = key.strip_prefix("build-arg:") {
                let flags = note.flags.entry("build-arg".to_owned()).or_default();
                flags.push(name.to_owned());
            }
            if matches!(key.as_str(), "filename" | "target") {
                let flag = if key == "filename" { "file" } else { "target" };
                note.flags.insert(flag.to_owned(), vec![value.clone()]);
            }
        }
        for (name, written) in &told.images {
            let image = server.base(written).await?;
            if !image.triggers.is_empty() {
                return Err(Refusal::not_allowed(
                    "a build context that is an image with triggers",
                    "use it in a `FROM`",
                ));
            }
            let key = format!("context:{name}");
            attributes.insert(key, format!("docker-image://{}", image.name));
        }
        for (key, other) in &told.sessions {
            attributes.insert(key.clone(), server.session_name(other));
        }
        if let Context::Upload(id) = &told.context {
            let url = format!("http://buildkit-session/{id}");
            attributes.insert("context".to_owned(), url);
        }
        if server.rules.outward == Outward::Closed {
            attributes.insert("force-network-mode".to_owned(), "none".to_owned());
        }
        attributes.insert("image-resolve-mode".to_owned(), "local".to_owned());
        // Cache mounts are shared by all builds of an engine, but for this.
        let namespace = "build-arg:BUILDKIT_CACHE_MOUNT_NS".to_owned();
        attributes.insert(namespace, server.namespace());
        // A `# syntax=` is blanked where the file is read; with this no builder would look for one.
        attributes.insert("cmdline".to_owned(), "dockerfile.v0".to_owned());
        let mut contexts = told.folders;
        contexts.extend(told.images.into_iter().map(|(name, _)| name));
        let facts = Facts {
            dockerfile: context::dockerfile_name(&told.dockerfile)?,
            arguments: told.arguments,
            contexts,
            builder: Builder::BuildKit,
        };
        server.builds.expect(session, facts);
        Ok(attributes)
    }

    pub(super) async fn solve_part(&self, asked: PartialSolve) -> Result<Response<Body>, Failed> {
        let mut note = JournalCall::default();
        match self.part_allowed(asked, &mut note).await {
            Ok(sent) => {
                self.pass("/moby.buildkit.v1.frontend.LLBBridge/Solve", &sent)
                    .await
            }
            Err(refusal) => {
                self.write(note, Some(&refusal));
                Err(denied(&refusal))
            }
        }
    }

    async fn part_allowed(
        &self,
        asked: PartialSolve,
        note: &mut JournalCall,
    ) -> Result<PartialSolve, Refusal> {
        let PartialSolve {
            definition,
            frontend,
            frontend_attrs,
            allow_result_return,
            allow_result_array,
            is_final,
            frontend_inputs,
            evaluate,
            source_policies: _,
        } = asked;
        no_graph(definition.as_deref(), &frontend_inputs)?;
        if frontend != FRONTEND {
            return Err(foreign_frontend(&frontend));
        }
        let session = self
            .server
            .builds
            .session_of(&self.build)
            .await
            .ok_or_else(|| Refusal::unreadable("a part of no build"))?;
        Ok(PartialSolve {
            frontend_attrs: self.attributes(&session, frontend_attrs, note).await?,
            frontend,
            allow_result_return,
            allow_result_array,
            is_final,
            evaluate,
            source_policies: self.source_policy().into_iter().collect(),
            ..PartialSolve::default()
        })
    }

    /// A second wall on engines that have it: images of the sandbox alone, and downloads where they are allowed.
    fn source_policy(&self) -> Option<SourcePolicy> {
        const POLICIES_FROM: u32 = 23;
        if self.server.engine.info().major < POLICIES_FROM {
            return None;
        }
        let rule = |allows: bool, identifier: String| SourceRule {
            action: i32::from(!allows),
            selector: Some(SourceSelector {
                identifier,
                match_type: 0,
            }),
        };
        let names = &self.server.names;
        let prefix = names.image_pattern("*");
        let prefix = prefix.trim_end_matches("/*");
        let mut rules = vec![
            rule(false, "docker-image://*".to_owned()),
            rule(true, format!("docker-image://docker.io/{prefix}/*")),
            rule(true, format!("docker-image://docker.io/{prefix}.at/*")),
            rule(true, format!("docker-image://{}:*", names.address())),
        ];
        if self.server.rules.downloads == Downloads::Refused {
            for scheme in ["http", "https", "git", "oci-layout", "docker-image-blob"] {
                rules.push(rule(false, format!("{scheme}://*")));
            }
            rules.push(rule(true, "http://buildkit-session/*".to_owned()));
        }
        Some(SourcePolicy { version: 1, rules })
    }
}

/// A build graph of the client's own could name any image and any place.
fn no_graph(definition: Option<&[u8]>, inputs: &HashMap<String, Vec<u8>>) -> Result<(), Refusal> {
    let is_empty = definition.unwrap_or_default().is_empty();
    match is_empty && inputs.is_empty() {
        true => Ok(()),
        false => Err(Refusal::not_allowed(
            "a build graph of its own",
            "write a Dockerfile",
        )),
    }
}

fn foreign_frontend(name: &str) -> Refusal {
    Refusal::not_allowed(
        format!("the frontend {}", tick(name)),
        "the engine's own reads Dockerfiles: remove the `syntax` line",
    )
}

/// Steps come from the engine's cache and go there; within the image they may be kept too.
fn cache_allowed(asked: CacheOptions) -> Result<CacheOptions, Refusal> {
    let CacheOptions {
        export_reference,
        import_references: _,
        exports,
        imports: _,
    } = asked;
    let elsewhere = exports.iter().find(|export| export.kind != "inline");
    if let Some(export) = elsewhere {
        return Err(Refusal::not_allowed(
            format!("a cache of the kind {}", tick(&export.kind)),
            "the engine keeps the steps: leave out `--cache-to`",
        ));
    }
    if !export_reference.is_empty() {
        return Err(Refusal::not_allowed(
            "a cache in a registry",
            "leave it out",
        ));
    }
    Ok(CacheOptions {
        exports,
        ..CacheOptions::default()
    })
}
