//! The `registry` kind: what a registry that the learner runs has under a tag, asked as a client would ask.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;

use crate::course::matcher::Value;
use crate::course::spec::{HttpSpec, RegistryCheck};
use crate::outcome::Cause;
use crate::text::tick;

use super::http::{self, Answer};
use super::nonce::Nonce;
use super::patience::{Look, settle};
use super::scene::{Lacking, Scene};
use super::verdict::{Comparison, Verdict, text};

/// The manifests that a registry may answer with; it converts what is not among them, or refuses.
/// Source: the OCI distribution specification, and the registry's HTTP API V2 before it.
const MANIFESTS: &str = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json";

pub(super) async fn check(
    spec: &RegistryCheck,
    scene: &Scene<'_>,
    nonce: &Nonce,
) -> Result<Verdict, Lacking> {
    let image = match &spec.image {
        Some(name) => Some(scene.image_of(Some(name)).await?.id),
        None => None,
    };
    let started = scene.container_of(Some(&spec.container)).await?;
    let request = request(spec);
    let look = async || {
        let dial = scene.dial(&started, spec.port).await?;
        let answer = http::observe(&request, dial, nonce).await;
        Ok(Look::Now(judge(spec, &answer, image.as_deref(), nonce)))
    };
    Ok(settle(scene.patience(spec.within, None), look).await?)
}

fn request(spec: &RegistryCheck) -> HttpSpec {
    let mut headers = IndexMap::from([("accept".to_owned(), MANIFESTS.to_owned())]);
    if let (Some(user), Some(password)) = (&spec.user, &spec.password) {
        let pair = STANDARD.encode(format!("{user}:{password}"));
        headers.insert("authorization".to_owned(), format!("Basic {pair}"));
    }
    HttpSpec {
        path: format!("/v2/{}/manifests/{}", spec.repository, spec.tag),
        headers,
        ..HttpSpec::get("/")
    }
}

/// Judges a registry's answer; `image` is the id that the learner's image has.
pub(crate) fn judge(
    spec: &RegistryCheck,
    answer: &Answer,
    image: Option<&str>,
    nonce: &Nonce,
) -> Verdict {
    let name = format!("{}:{}", spec.repository, spec.tag);
    let see = format!("docker logs {}", spec.container);
    let fail = |said: String| Verdict::Fail(Cause::new(said).see(see.clone()));
    let (headers, body) = match answer {
        Answer::Answered {
            status: 200,
            headers,
            body,
        } => (headers, body),
        Answer::Answered { status: 401, .. } => {
            return fail("the registry asks who is there, and does not take the name and password it should take".to_owned());
        }
        Answer::Answered { status: 404, .. } => {
            return fail(format!("the registry has no {}", tick(&name)));
        }
        Answer::Answered { status, .. } => {
            return fail(format!("the registry answers with status {status}"));
        }
        Answer::Refused | Answer::NoHttp(_) | Answer::TimedOut => {
            let said = format!(
                "no registry answers on port {} of {}",
                spec.port,
                tick(&spec.container)
            );
            return fail(said);
        }
        Answer::Unroutable => {
            let said = "there is no way from here to the container's network";
            return Verdict::Error(Cause::new(said));
        }
    };
    let header = |wanted: &str| {
        let mut all = headers.iter();
        all.find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.clone())
    };
    let digest = header("docker-content-digest");
    let said = format!("{} in the registry is not what it should be", tick(&name));
    let mut found = Comparison::new(nonce, said);
    let seen = digest.as_ref().map_or(Value::Missing, text);
    found.look("digest", spec.digest.as_ref(), &seen);
    if let (Some(id), Some(image)) = (image, &spec.image) {
        let manifest: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
        let config = manifest
            .pointer("/config/digest")
            .and_then(|it| it.as_str());
        // The containerd store knows an image by its manifest, the older one by its configuration.
        if config != Some(id) && digest.as_deref() != Some(id) {
            found.note("image", format!("your {image}"), "another image");
        }
    }
    found.verdict(format!("docker pull localhost:{}/{name}", spec.port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16) -> Answer {
        Answer::Answered {
            status,
            headers: vec![("Docker-Content-Digest".to_owned(), "sha256:m".to_owned())],
            body: r#"{"config": {"digest": "sha256:c"}}"#.to_owned(),
        }
    }

    fn judged(more: &str, answer: &Answer, image: Option<&str>) -> Verdict {
        let spec = format!("{{container: hub, repository: team/web, tag: '1.0'{more}}}");
        let spec = serde_yaml::from_str(&spec).unwrap();
        judge(&spec, answer, image, &Nonce::fixed("n"))
    }

    #[test]
    fn a_tag_is_there_or_is_not() {
        assert_eq!(judged("", &answered(200), None), Verdict::Pass);
        for answer in [answered(404), answered(401), answered(500), Answer::Refused] {
            assert!(matches!(judged("", &answer, None), Verdict::Fail(_)));
        }
        assert!(matches!(
            judged("", &Answer::Unroutable, None),
            Verdict::Error(_)
        ));
    }

    #[test]
    fn it_is_the_learners_image_by_its_configuration_or_its_manifest() {
        let more = ", image: 'web:1'";
        assert_eq!(
            judged(more, &answered(200), Some("sha256:c")),
            Verdict::Pass
        );
        assert_eq!(
            judged(more, &answered(200), Some("sha256:m")),
            Verdict::Pass
        );
        assert!(matches!(
            judged(more, &answered(200), Some("sha256:x")),
            Verdict::Fail(_)
        ));
        let digest = ", digest: 'sha256:m'";
        assert_eq!(judged(digest, &answered(200), None), Verdict::Pass);
    }
}
