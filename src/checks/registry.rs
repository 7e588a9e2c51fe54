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
    let live = scene.live()?;
    let mut engine = OnEngine {
        image: match &spec.image {
            Some(name) => Some(scene.image_of(Some(name)).await?.id),
            None => None,
        },
        same: None,
    };
    let started = scene.container_of(Some(&spec.container)).await?;
    let request = request(spec);
    let look = async || {
        let dial = scene.dial(&started, spec.port).await?;
        let answer = http::observe(&request, dial, nonce).await;
        if spec.on_engine.is_some() {
            let mut same = false;
            for id in ids(&answer) {
                same |= live.engine.image(&id).await?.is_some();
            }
            engine.same = Some(same);
        }
        Ok(Look::Now(judge(spec, &answer, &engine, nonce)))
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

/// What the learner's engine has.
#[derive(Debug, Default)]
pub(crate) struct OnEngine {
    /// The id of the image that the check names.
    image: Option<String>,
    /// Whether it has the registry's image, where that was asked.
    same: Option<bool>,
}

/// The ids that an engine may know the registry's image by: the containerd store takes its manifest's, the older one its
/// configuration's.
fn ids(answer: &Answer) -> Vec<String> {
    let Answer::Answered { headers, body, .. } = answer else {
        return Vec::new();
    };
    let manifest: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let config = manifest.pointer("/config/digest");
    let config = config.and_then(|it| it.as_str()).map(str::to_owned);
    config.into_iter().chain(digest(headers)).collect()
}

fn digest(headers: &[(String, String)]) -> Option<String> {
    let is_it = |(name, _): &&(String, String)| name.eq_ignore_ascii_case("docker-content-digest");
    headers.iter().find(is_it).map(|(_, value)| value.clone())
}

/// Judges a registry's answer.
pub(crate) fn judge(
    spec: &RegistryCheck,
    answer: &Answer,
    engine: &OnEngine,
    nonce: &Nonce,
) -> Verdict {
    let name = format!("{}:{}", spec.repository, spec.tag);
    let see = format!("docker logs {}", spec.container);
    let fail = |said: String| Verdict::Fail(Cause::new(said).see(see.clone()));
    let headers = match answer {
        Answer::Answered {
            status: 200,
            headers,
            ..
        } => headers,
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
    let said = format!("{} in the registry is not what it should be", tick(&name));
    let mut found = Comparison::new(nonce, said);
    let seen = digest(headers).as_deref().map_or(Value::Missing, text);
    found.look("digest", spec.digest.as_ref(), &seen);
    if let (Some(id), Some(image)) = (&engine.image, &spec.image)
        && !ids(answer).contains(id)
    {
        found.note("image", format!("your {image}"), "another image");
    }
    if found.holds()
        && let (Some(expected), Some(same)) = (spec.on_engine, engine.same)
        && expected != same
    {
        let said = match same {
            true => "your engine still has the image: it goes with its last name",
            false => "your engine does not have the image",
        };
        return Verdict::Fail(Cause::new(said).see("docker images"));
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
        let engine = OnEngine {
            image: image.map(str::to_owned),
            same: None,
        };
        judged_with(more, answer, &engine)
    }

    fn judged_with(more: &str, answer: &Answer, engine: &OnEngine) -> Verdict {
        let spec = format!("{{container: hub, repository: team/web, tag: '1.0'{more}}}");
        let spec = serde_yaml::from_str(&spec).unwrap();
        judge(&spec, answer, engine, &Nonce::fixed("n"))
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

    #[test]
    fn it_may_have_to_be_on_the_engine_or_to_have_gone() {
        let same = |same| OnEngine {
            image: None,
            same: Some(same),
        };
        for (more, there, right) in [
            (", on_engine: false", false, true),
            (", on_engine: false", true, false),
            (", on_engine: true", true, true),
            (", on_engine: true", false, false),
        ] {
            let verdict = judged_with(more, &answered(200), &same(there));
            assert_eq!(verdict == Verdict::Pass, right, "{more}, {there}");
        }
        assert_eq!(ids(&answered(200)), ["sha256:c", "sha256:m"]);
    }
}
