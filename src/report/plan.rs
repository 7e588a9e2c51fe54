//! What a room asks of Docker Hub, in words and in numbers.

use serde_json::json;

use super::table;
use crate::images::plan::{PER_ACCOUNT, PER_ADDRESS, Plan, WINDOW_HOURS};
use crate::render::{Indent, Span, Style, wrapped};
use crate::text::{count, list};

/// The plan for programs, with a version.
pub fn json(plan: &Plan) -> String {
    let json = json!({
        "version": 1,
        "learners": plan.learners,
        "images": plan.hub,
        "other_registries": plan.elsewhere,
        "no_registry": plan.nowhere,
        "pulls": plan.pulls(),
        "pulls_by_mirror": plan.pulls_by_mirror(),
        "limit": {"per_address": PER_ADDRESS, "per_account": PER_ACCOUNT, "hours": WINDOW_HOURS},
        "fits": plan.fits(),
        "hours": plan.hours(),
    });
    format!("{json:#}\n")
}

/// The plan for people: the sum, the limit, and the ways out where they do not fit.
pub fn text(plan: &Plan, style: &Style) -> String {
    let rows: Vec<Vec<String>> = plan
        .hub
        .iter()
        .map(|name| vec![name.clone(), plan.learners.to_string()])
        .collect();
    let mut out = match rows.is_empty() {
        true => String::new(),
        false => table(&["image", "pulls"], &rows, style),
    };
    let learners = usize::try_from(plan.learners).unwrap_or(usize::MAX);
    let mut say = |line: String| {
        let spans = [Span::plain(&line)];
        out.push_str(&wrapped(&spans, Indent::default(), style));
    };
    if rows.is_empty() {
        say("nothing of this comes from Docker Hub".to_owned());
    } else {
        say(format!(
            "\n{} × {}: {} from Docker Hub",
            count(plan.hub.len(), "image"),
            count(learners, "learner"),
            count(plan.pulls() as usize, "pull")
        ));
        say(match plan.fits() {
            true => format!(
                "{}Docker Hub allows one address {PER_ADDRESS} in {WINDOW_HOURS} hours with no account: the room fits",
                style.glyphs.either("✓ ", "")
            ),
            false => format!(
                "{}Docker Hub allows one address {PER_ADDRESS} in {WINDOW_HOURS} hours with no account: {} too many, the last learner waits {} hours",
                style.glyphs.either("✗ ", ""),
                plan.pulls() - PER_ADDRESS,
                plan.hours()
            ),
        });
    }
    if !plan.fits() {
        let bullet = style.glyphs.bullet();
        say("\nWays out:".to_owned());
        say(format!(
            "{bullet} a kit: `sealegs images save FILE` once, then no pulls at all"
        ));
        say(format!(
            "{bullet} a mirror in the room: {} (`sealegs images serve`, or any other with `--mirror HOST:PORT`)",
            count(plan.pulls_by_mirror() as usize, "pull")
        ));
        say(format!(
            "{bullet} `docker login` of every learner: {PER_ACCOUNT} in {WINDOW_HOURS} hours for each free account"
        ));
    }
    for (names, said) in [
        (&plan.elsewhere, "not counted, from other registries"),
        (&plan.nowhere, "not counted, in no registry"),
    ] {
        if !names.is_empty() {
            say(format!("\n{said}: {}", list(names)));
        }
    }
    out
}
